import type { RecordContext } from '../../record/record-context.ts'
import { ByteSlice } from '../byte-slice.ts'
import type { ChangelogWriter } from '../changelog-writer.ts'
import type { KeyRange } from '../key-range.ts'
import type { RowCursor, SortedBytesStore, WritableBytesStore } from '../sorted-bytes-store.ts'

/** A store whose changes carry the time that their changelog records get. */
export interface LoggedBytesStore extends SortedBytesStore {
  /** `null` deletes. */
  put(key: ByteSlice, value: ByteSlice | null, timestamp: number): void
}

/** What of a row is not in the changelog: so many bytes at the start of its key, and of its value (P§6.3). */
export interface RowPrefixes {
  readonly keyPrefixBytes: number
  readonly prefixBytes: number
}

/** Where changes are written to as well. */
export interface LoggingTarget {
  /** `null`: nowhere. */
  readonly changelog: ChangelogWriter | null
  /** The record context whose headers the changelog records get; `null`: they have none. */
  readonly headersOf: Readonly<RecordContext> | null
}

/** Writes each change to the changelog of `target` as well, which has the plain key and value (P§6.3). */
export function withChangelog(store: WritableBytesStore, target: LoggingTarget, prefixes: RowPrefixes): LoggedBytesStore {
  return new ChangeLogged(store, target, prefixes)
}

class ChangeLogged implements LoggedBytesStore {
  readonly #store: WritableBytesStore
  readonly #changelog: ChangelogWriter | null
  readonly #headersOf: Readonly<RecordContext> | null
  readonly #prefixBytes: number
  readonly #keyPrefixBytes: number
  readonly #plain = new ByteSlice()
  readonly #plainKey = new ByteSlice()

  constructor(store: WritableBytesStore, { changelog, headersOf }: LoggingTarget, { prefixBytes, keyPrefixBytes }: RowPrefixes) {
    this.#store = store
    this.#changelog = changelog
    this.#headersOf = headersOf
    this.#prefixBytes = prefixBytes
    this.#keyPrefixBytes = keyPrefixBytes
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
    this.#plainKey.set(key.buffer, key.start + this.#keyPrefixBytes, key.end)
    const headers = this.#headersOf === null ? null : this.#headersOf.headers
    this.#changelog.write(this.#plainKey, value === null ? null : this.#plain, timestamp, headers)
  }
}
