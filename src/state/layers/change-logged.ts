import type { RecordContext } from '../../record/record-context.ts'
import type { RecordHeaders } from '../../record/record-headers.ts'
import { ByteSlice } from '../byte-slice.ts'
import type { ChangelogWriter } from '../changelog-writer.ts'
import type { KeyRange } from '../key-range.ts'
import type { PositionTracker } from '../position.ts'
import type { RowCursor, SortedBytesStore, WritableBytesStore } from '../sorted-bytes-store.ts'

/** A store whose changes carry the time that their changelog records get. */
export interface LoggedBytesStore extends SortedBytesStore {
  /** `null` deletes. `context`: of the record that made the change, where that is not the one in hand. */
  put(key: ByteSlice, value: ByteSlice | null, timestamp: number, context?: Readonly<RecordContext>): void
}

/** What of a row is not in the changelog: the bytes at the start of its key, and those before its plain value (P§6.3). */
export interface RowPrefixes {
  readonly keyPrefixBytes: number
  prefixOf(row: ByteSlice): number
  /** Whether rows have headers, which the changelog records get. */
  readonly hasHeaders: boolean
  readHeaders(row: ByteSlice): RecordHeaders | null
}

/** Where changes are written to as well. */
export interface LoggingTarget {
  /** `null`: nowhere. */
  readonly changelog: ChangelogWriter | null
  /** The record context whose headers the changelog records get; `null`: they have none, or those of the rows. */
  readonly headersOf: Readonly<RecordContext> | null
  /** The context of the record in hand: a deletion in a store that keeps headers is logged with its headers. */
  readonly record: Readonly<RecordContext>
  /** Moves on with each change. */
  readonly position: PositionTracker
}

/** Writes each change to the changelog of `target` as well, which has the plain key and value (P§6.3). */
export function withChangelog(store: WritableBytesStore, target: LoggingTarget, prefixes: RowPrefixes): LoggedBytesStore {
  return new ChangeLogged(store, target, prefixes)
}

class ChangeLogged implements LoggedBytesStore {
  readonly #store: WritableBytesStore
  readonly #changelog: ChangelogWriter | null
  readonly #headersOf: Readonly<RecordContext> | null
  readonly #record: Readonly<RecordContext>
  readonly #position: PositionTracker
  readonly #prefixes: RowPrefixes
  readonly #keyPrefixBytes: number
  readonly #plain = new ByteSlice()
  readonly #plainKey = new ByteSlice()

  constructor(store: WritableBytesStore, { changelog, headersOf, record, position }: LoggingTarget, prefixes: RowPrefixes) {
    this.#store = store
    this.#changelog = changelog
    this.#headersOf = headersOf
    this.#record = record
    this.#position = position
    this.#prefixes = prefixes
    this.#keyPrefixBytes = prefixes.keyPrefixBytes
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

  put(key: ByteSlice, value: ByteSlice | null, timestamp: number, context: Readonly<RecordContext> = this.#record): void {
    this.#store.put(key, value, context)
    this.#position.note(context)
    if (this.#changelog === null) return
    if (value !== null) this.#plain.set(value.buffer, value.start + this.#prefixes.prefixOf(value), value.end)
    this.#plainKey.set(key.buffer, key.start + this.#keyPrefixBytes, key.end)
    const headers = this.#headersOf === null ? this.#headersFor(value, context) : this.#headersOf.headers
    this.#changelog.write(this.#plainKey, value === null ? null : this.#plain, timestamp, headers)
  }

  #headersFor(value: ByteSlice | null, context: Readonly<RecordContext>): RecordHeaders | null {
    if (!this.#prefixes.hasHeaders) return null
    return value === null ? context.headers : this.#prefixes.readHeaders(value)
  }
}
