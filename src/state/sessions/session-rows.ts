import type { Windowed } from '../../model/windowed.ts'
import type { RecordHeaders } from '../../record/record-headers.ts'
import type { FastSerde } from '../../serdes/fast-serde.ts'
import type { ByteSlice } from '../byte-slice.ts'
import type { KeyRange } from '../key-range.ts'
import type { CachedRows } from '../layers/cached.ts'
import type { TypedRows } from '../layers/typed-rows.ts'
import type { RowCodec } from '../row-codec.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import { SEGMENT_BYTES } from '../windows/window-key.ts'
import type { WindowTimes } from '../windows/window-times.ts'
import type { SessionBytes } from './session-bytes.ts'
import { allSessions, compareSessionKeyIn, endIn, sessionStartIn, sessionsFrom } from './session-key.ts'
import type { SessionLayout } from './session-layout.ts'
import { copiedRow, inExactOrder, type SessionRow } from './session-row.ts'
import { forEachSession, type SessionScans } from './sessions-of-key.ts'

/** What the rows of sessions are made of. */
export interface SessionRowsParts<K, V> {
  readonly rows: TypedRows<Windowed<K>, V>
  /** The same where it is a cache. */
  readonly cached: CachedRows<Windowed<K>, V> | null
  readonly bytes: SessionBytes
  readonly codec: RowCodec<Windowed<K>, V>
  /** The serde of the keys without their sessions. */
  readonly key: FastSerde<K>
  readonly layout: SessionLayout
  readonly times: WindowTimes
}

/** Keys from and to, both included; `null` = open end. Earliest end, latest start. */
export interface SessionRange {
  readonly first: Buffer | null
  readonly last: Buffer | null
  readonly earliestEnd: number
  readonly latestStart: number
}

/** The sessions of a store beneath its public face: the operator that owns the store uses them as they are, without checks. */
export class SessionRows<K, V> {
  readonly rows: TypedRows<Windowed<K>, V>
  readonly times: WindowTimes
  /** Whether the store keeps headers with its values. Aggregates have none. */
  readonly hasHeaders: boolean
  readonly #parts: SessionRowsParts<K, V>
  /** The scans of its task, and of those who only look. */
  readonly #scans: SessionScans
  readonly #views: SessionScans
  /** The greatest end that was put: a cache can have sessions that the store does not know of yet. */
  #lastEnd = -1

  constructor(parts: SessionRowsParts<K, V>) {
    const { rows, times, cached } = parts
    this.#parts = parts
    this.rows = rows
    this.times = times
    this.hasHeaders = parts.codec.hasHeaders
    const scan = (range: KeyRange): RowCursor => rows.scan(range, false)
    this.#views = { scan, use: scan }
    this.#scans = cached === null ? this.#views : { scan, use: (range) => usedRows(cached, range) }
  }

  /** Writes the value of a session; `null` deletes it. `timestamp` is that of the changelog record. */
  put(session: Windowed<K>, value: V | null, timestamp: number): void {
    if (session.window.end > this.#lastEnd) this.#lastEnd = session.window.end
    this.rows.put(session, value, timestamp)
  }

  /** Deletes a session. Where there is no cache, Java's stores do not let others expire for that. */
  remove(session: Windowed<K>, timestamp: number): void {
    const { rows, bytes } = this.#parts
    if (rows.isCached) {
      this.put(session, null, timestamp)
      return
    }
    bytes.isRemoving = true
    rows.put(session, null, timestamp)
    bytes.isRemoving = false
  }

  /**
   * Gives the sessions of `key` that end at `earliestEnd` or later and start at `latestStart` or earlier to `take`, in order of their ends.
   * The row is valid during the call.
   */
  find(key: K, earliestEnd: number, latestStart: number, take: (row: RowCursor) => void): void {
    this.#find(this.#scans, { key, earliestEnd, latestStart }, take)
  }

  /** Copies of what `find` gives, in Java's order. `isUse`: a cache counts them as used. */
  foundRows(query: { readonly key: K; readonly earliestEnd: number; readonly latestStart: number }, isUse: boolean): SessionRow[] {
    const found: SessionRow[] = []
    this.#find(isUse ? this.#scans : this.#views, query, (row) => void found.push(copiedRow(row)))
    return this.#parts.layout.isExact ? inExactOrder(found) : found
  }

  /** A cursor over the sessions of a range of keys, in byte order of their rows. */
  scanRange({ first, last, earliestEnd, latestStart }: SessionRange, isReverse: boolean): RowCursor {
    const { layout, rows } = this.#parts
    const range = layout.isExact ? rangeOfKeys(first, last) : sessionsFrom(layout, Math.max(0, earliestEnd))
    return new MatchingSessions(rows.scan(range, isReverse), { first, last, earliestEnd, latestStart })
  }

  /** The sessions that ended from `earliest` to `latest`, both included, in the order in which they are final (`SessionBytes.ended`). */
  ended(earliest: number, latest: number): readonly SessionRow[] {
    return this.#parts.bytes.ended(earliest, latest)
  }

  /** The bytes of a key. */
  keyBytes(key: K): Buffer {
    return this.#parts.codec.keyBytes(key, this.#parts.key)
  }

  /** The session of a row. */
  sessionIn(key: ByteSlice): Windowed<K> {
    return this.#parts.codec.readKey(key)
  }

  /** The value of a row. */
  valueIn(value: ByteSlice): V | null {
    return this.#parts.codec.readValue(value)
  }

  /** The headers of a row; `null` = none. */
  headersIn(value: ByteSlice): RecordHeaders | null {
    return this.#parts.codec.readHeaders(value)
  }

  #find(
    scans: SessionScans,
    { key, earliestEnd, latestStart }: { readonly key: K; readonly earliestEnd: number; readonly latestStart: number },
    take: (row: RowCursor) => void,
  ): void {
    const { layout, times } = this.#parts
    const lastEnd = Math.max(this.#lastEnd, times.storeTime)
    forEachSession(scans, { layout, key: this.keyBytes(key), earliestEnd, latestStart, lastEnd }, take)
  }
}

const isNeverLast = (): boolean => false

function usedRows<K, V>(cached: CachedRows<Windowed<K>, V>, range: KeyRange): RowCursor {
  cached.useRange(range, isNeverLast)
  return cached.scan(range, false)
}

/** The rows of a range of keys where all are in segment 0. */
function rangeOfKeys(first: Buffer | null, last: Buffer | null): KeyRange {
  const from = first === null ? null : rowStart(first)
  if (last === null) return { ...allSessions, from }
  // Behind a key comes the end of its session, which begins with a zero byte: a key that `last` goes on from with a zero byte can have rows
  // behind those of `last`.
  const zero = last.indexOf(0)
  const to = zero < 0 ? rowStart(Buffer.concat([last, Buffer.of(0x80)])) : rowStart(Buffer.concat([last.subarray(0, zero), Buffer.of(1)]))
  return { from, to, includesTo: false }
}

function rowStart(key: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(SEGMENT_BYTES), key])
}

class MatchingSessions implements RowCursor {
  readonly #cursor: RowCursor
  readonly #range: SessionRange

  constructor(cursor: RowCursor, range: SessionRange) {
    this.#cursor = cursor
    this.#range = range
  }

  get key(): ByteSlice {
    return this.#cursor.key
  }

  get value(): ByteSlice {
    return this.#cursor.value
  }

  next(): boolean {
    while (this.#cursor.next()) if (this.#matches(this.#cursor.key)) return true
    return false
  }

  close(): void {
    this.#cursor.close()
  }

  #matches(row: ByteSlice): boolean {
    const { first, last, earliestEnd, latestStart } = this.#range
    if (endIn(row) < earliestEnd || sessionStartIn(row) > latestStart) return false
    return (first === null || compareSessionKeyIn(row, first) >= 0) && (last === null || compareSessionKeyIn(row, last) <= 0)
  }
}
