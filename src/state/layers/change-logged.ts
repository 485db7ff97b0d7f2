import { ByteSlice } from '../byte-slice.ts'
import type { ChangelogWriter } from '../changelog-writer.ts'
import type { KeyRange } from '../key-range.ts'
import type { RowCursor, SortedBytesStore, WritableBytesStore } from '../sorted-bytes-store.ts'

/** A store whose changes carry the time that their changelog records get. */
export interface LoggedBytesStore extends SortedBytesStore {
  /** `null` deletes. */
  put(key: ByteSlice, value: ByteSlice | null, timestamp: number): void
}

/**
 * Writes each change to `changelog` as well (`null`: to none). `prefixBytes` at the start of a value are left out there: the changelog
 * has the plain value, and no headers (P§6.3).
 */
export function withChangelog(store: WritableBytesStore, changelog: ChangelogWriter | null, prefixBytes: number): LoggedBytesStore {
  return new ChangeLogged(store, changelog, prefixBytes)
}

class ChangeLogged implements LoggedBytesStore {
  readonly #store: WritableBytesStore
  readonly #changelog: ChangelogWriter | null
  readonly #prefixBytes: number
  readonly #plain = new ByteSlice()

  constructor(store: WritableBytesStore, changelog: ChangelogWriter | null, prefixBytes: number) {
    this.#store = store
    this.#changelog = changelog
    this.#prefixBytes = prefixBytes
  }

  get rowCount(): number {
    return this.#store.rowCount
  }

  get(key: ByteSlice, into: ByteSlice): boolean {
    return this.#store.get(key, into)
  }

  scan(range: KeyRange, isReverse: boolean): RowCursor {
    return this.#store.scan(range, isReverse)
  }

  put(key: ByteSlice, value: ByteSlice | null, timestamp: number): void {
    this.#store.put(key, value)
    if (this.#changelog === null) return
    if (value !== null) this.#plain.set(value.buffer, value.start + this.#prefixBytes, value.end)
    this.#changelog.write(key, value === null ? null : this.#plain, timestamp)
  }
}
