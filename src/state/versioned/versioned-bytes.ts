import { readInt64, writeInt64 } from '../../base/int64.ts'
import { ByteSlice } from '../byte-slice.ts'
import type { WritableBytesStore } from '../sorted-bytes-store.ts'
import type { WindowTimes } from '../windows/window-times.ts'
import {
  endOf,
  forEachVersion,
  findVersion,
  FoundVersion,
  readVersion,
  rowOf,
  startOf,
  withNewer,
  withNewest,
  withOldest,
  withReplaced,
} from './segment-row.ts'
import { type VersionLayout, versionSegment } from './version-layout.ts'
import { IS_LATEST, NOT_PUT } from './versioned-key-value-store.ts'

const SEGMENT_BYTES = 8
const TIMESTAMP_BYTES = 8
// The segment of the latest versions: rows are the timestamp and the value.
const LATEST = -1

/**
 * The versions of keys as rows of bytes (P§6.5): the latest version of a key is in a row of its own, an older one in the row of its key in
 * the segment of its end. A latest version without a value is only known by the end of the one before it.
 *
 * `times.storeTime` is the greatest timestamp that was put. Segments that ended before the history retention are removed.
 */
export class VersionedBytes {
  /** What the last `get` found: its start, and its end (-1: it is the latest). */
  foundTimestamp = -1
  foundValidTo: number = IS_LATEST
  readonly #store: WritableBytesStore
  readonly #layout: VersionLayout
  readonly #times: WindowTimes
  readonly #expireBelow: (mark: Buffer) => void
  /** The numbers of the segments that have rows, ascending; `null` = not known. */
  #segments: number[] | null = null
  #keyBuffer: Buffer = Buffer.allocUnsafeSlow(64)
  readonly #rowKey = new ByteSlice()
  readonly #row = new ByteSlice()
  readonly #value = new ByteSlice()
  readonly #found = new FoundVersion()

  /** `expireBelow`: removes all rows with lower keys, the committed ones at the next commit. */
  constructor(store: WritableBytesStore, layout: VersionLayout, times: WindowTimes, expireBelow: (mark: Buffer) => void) {
    this.#store = store
    this.#layout = layout
    this.#times = times
    this.#expireBelow = expireBelow
  }

  /** The key below which rows have expired; `null`: none has. */
  get mark(): Buffer | null {
    const first = this.#firstSegment
    return first > 0 ? segmentKey(first) : null
  }

  /** The rows have changed beneath. */
  reset(): void {
    this.#segments = null
  }

  /** Whether a version that starts at `timestamp` is too old to be put. */
  isExpired(timestamp: number): boolean {
    return timestamp < this.#times.storeTime - this.#layout.historyRetentionMs
  }

  /** Sets `into` to the value of the latest version; false if there is none. */
  getLatest(key: ByteSlice, into: ByteSlice): boolean {
    this.#setKey(key)
    if (!this.#readLatest()) return false
    this.foundTimestamp = readInt64(this.#row.buffer, this.#row.start)
    this.foundValidTo = IS_LATEST
    into.set(this.#row.buffer, this.#row.start + TIMESTAMP_BYTES, this.#row.end)
    return true
  }

  /** Sets `into` to the value of the version that held at `asOf`; false if there was none or it is not known any more. */
  getAsOf(key: ByteSlice, asOf: number, into: ByteSlice): boolean {
    if (this.getLatest(key, into) && this.foundTimestamp <= asOf) return true
    if (this.isExpired(asOf)) return false
    const segments = this.#knownSegments()
    const first = versionSegment(this.#layout, asOf)
    for (let index = segments.length - 1; index >= 0 && segments[index]! >= first; index--) {
      if (!this.#read(segments[index]!)) continue
      // Between this row and the newer versions that were looked at before there was no value.
      if (endOf(this.#row) <= asOf) return false
      if (startOf(this.#row) > asOf) continue
      findVersion(this.#row, asOf, this.#found)
      if (this.#found.valueBytes < 0) return false
      readVersion(this.#row, this.#found, into)
      this.foundTimestamp = this.#found.validFrom
      this.foundValidTo = this.#found.validTo
      return true
    }
    return false
  }

  /**
   * Takes the versions that held at any time from `from` to `to`, both included, newest first; the end of the latest is `IS_LATEST`. The
   * slice is valid during the call. Before the history retention only a version that is still the latest is found.
   */
  between(key: ByteSlice, from: number, to: number, take: (value: ByteSlice, validFrom: number, validTo: number) => void): void {
    const latest = new ByteSlice()
    if (this.getLatest(key, latest) && this.foundTimestamp <= to) take(latest, this.foundTimestamp, IS_LATEST)
    if (this.isExpired(to)) return
    const segments = this.#knownSegments()
    const first = versionSegment(this.#layout, Math.max(0, from))
    for (let index = segments.length - 1; index >= 0 && segments[index]! >= first; index--) {
      if (!this.#read(segments[index]!) || startOf(this.#row) > to) continue
      forEachVersion(this.#row, (value, validFrom, validTo) => {
        if (validFrom <= to && validTo > from) take(value, validFrom, validTo)
      })
    }
  }

  /** Puts a version. Returns its end, `IS_LATEST` or `NOT_PUT`. */
  put(key: ByteSlice, value: ByteSlice | null, timestamp: number): number {
    if (this.isExpired(timestamp)) return NOT_PUT
    if (timestamp > this.#times.storeTime) this.#times.storeTime = timestamp
    this.#removeExpired()
    this.#setKey(key)
    let next = Infinity
    if (this.#readLatest()) {
      const latest = readInt64(this.#row.buffer, this.#row.start)
      if (timestamp >= latest) {
        if (timestamp > latest) this.#endLatest(latest, timestamp)
        this.#putLatest(value, timestamp)
        return IS_LATEST
      }
      next = latest
    }
    return this.#putBefore(next, value, timestamp)
  }

  /** Moves the latest version, whose row was read, to the segment of its end. */
  #endLatest(validFrom: number, validTo: number): void {
    const { buffer, start, end } = this.#row
    this.#value.set(buffer, start + TIMESTAMP_BYTES, end)
    this.#addNewest(this.#value, validFrom, validTo)
  }

  /** Puts a version that ends at `next`, the start of the latest one, or earlier; `Infinity`: there is no latest one. */
  #putBefore(next: number, value: ByteSlice | null, timestamp: number): number {
    const segments = this.#knownSegments()
    const first = versionSegment(this.#layout, timestamp)
    for (let index = segments.length - 1; index >= 0 && segments[index]! >= first; index--) {
      const segment = segments[index]!
      if (!this.#read(segment)) continue
      if (endOf(this.#row) <= timestamp) break
      const start = startOf(this.#row)
      if (start <= timestamp) return this.#putInto(segment, value, timestamp)
      next = start
    }
    return next === Infinity ? this.#putAfterAll(value, timestamp) : this.#putBetween(value, timestamp, next)
  }

  /** Puts a version into the row that was read, in the time that it covers. */
  #putInto(segment: number, value: ByteSlice | null, timestamp: number): number {
    const found = this.#found
    findVersion(this.#row, timestamp, found)
    const { validTo, validFrom } = found
    if (validFrom === timestamp) this.#write(segment, withReplaced(this.#row, found, timestamp, value))
    else if (versionSegment(this.#layout, timestamp) === segment) this.#write(segment, withNewer(this.#row, found, timestamp, value))
    else {
      // The one that was found ends in an older segment from now on.
      const row = new ByteSlice(this.#row.copy())
      const isPresent = found.valueBytes >= 0
      if (isPresent) readVersion(row, found, this.#value)
      const changed = withReplaced(row, found, timestamp, value)
      this.#addNewest(isPresent ? this.#value : null, validFrom, timestamp)
      this.#write(segment, changed)
    }
    return validTo
  }

  /** Puts a version after which there is none. */
  #putAfterAll(value: ByteSlice | null, timestamp: number): number {
    if (value !== null) {
      this.#putLatest(value, timestamp)
      return IS_LATEST
    }
    const segment = versionSegment(this.#layout, timestamp)
    if (!this.#read(segment)) this.#write(segment, rowOf(null, timestamp, timestamp))
    else {
      const end = endOf(this.#row)
      if (end !== timestamp) this.#write(segment, withNewest(this.#row, null, end, timestamp))
    }
    return IS_LATEST
  }

  /** Puts a version that ends at `next`, where no row covers its time. */
  #putBetween(value: ByteSlice | null, timestamp: number, next: number): number {
    const segment = versionSegment(this.#layout, next)
    if (!this.#read(segment)) this.#write(segment, rowOf(value, timestamp, next))
    else if (endOf(this.#row) <= timestamp) this.#write(segment, withNewest(this.#row, value, timestamp, next))
    else this.#write(segment, withOldest(this.#row, timestamp, value))
    return next
  }

  /** Adds a version to the row of the segment in which it ends; it is newer than those in it. Nothing is kept of one that has expired. */
  #addNewest(value: ByteSlice | null, validFrom: number, validTo: number): void {
    const segment = versionSegment(this.#layout, validTo)
    if (segment < this.#firstSegment) return
    this.#write(segment, this.#read(segment) ? withNewest(this.#row, value, validFrom, validTo) : rowOf(value, validFrom, validTo))
  }

  get #firstSegment(): number {
    return versionSegment(this.#layout, this.#times.storeTime - this.#layout.historyRetentionMs)
  }

  #removeExpired(): void {
    const segments = this.#knownSegments()
    const first = this.#firstSegment
    if (segments.length === 0 || segments[0]! >= first) return
    this.#expireBelow(segmentKey(first))
    while (segments.length > 0 && segments[0]! < first) segments.shift()
  }

  #knownSegments(): number[] {
    if (this.#segments !== null) return this.#segments
    const segments: number[] = []
    for (let from = 0; ;) {
      const rows = this.#store.scan({ from: segmentKey(from), to: segmentKey(LATEST), includesTo: false }, false)
      const segment = rows.next() ? readInt64(rows.key.buffer, rows.key.start) : LATEST
      rows.close()
      if (segment === LATEST) break
      segments.push(segment)
      from = segment + 1
    }
    this.#segments = segments
    return segments
  }

  #setKey({ buffer, start, end }: ByteSlice): void {
    const length = SEGMENT_BYTES + end - start
    if (length > this.#keyBuffer.length) this.#keyBuffer = Buffer.allocUnsafeSlow(length * 2)
    buffer.copy(this.#keyBuffer, SEGMENT_BYTES, start, end)
    this.#rowKey.set(this.#keyBuffer, 0, length)
  }

  #keyIn(segment: number): ByteSlice {
    writeInt64(this.#keyBuffer, 0, segment)
    return this.#rowKey
  }

  #readLatest(): boolean {
    return this.#store.get(this.#keyIn(LATEST), this.#row)
  }

  #read(segment: number): boolean {
    return this.#store.get(this.#keyIn(segment), this.#row)
  }

  #write(segment: number, row: Buffer): void {
    this.#value.set(row, 0, row.length)
    this.#store.put(this.#keyIn(segment), this.#value)
    const segments = this.#knownSegments()
    let at = segments.length
    while (at > 0 && segments[at - 1]! > segment) at--
    if (segments[at - 1] !== segment) segments.splice(at, 0, segment)
  }

  #putLatest(value: ByteSlice | null, timestamp: number): void {
    if (value === null) {
      this.#store.put(this.#keyIn(LATEST), null)
      return
    }
    const row = Buffer.allocUnsafeSlow(TIMESTAMP_BYTES + value.length)
    writeInt64(row, 0, timestamp)
    value.buffer.copy(row, TIMESTAMP_BYTES, value.start, value.end)
    this.#value.set(row, 0, row.length)
    this.#store.put(this.#keyIn(LATEST), this.#value)
  }
}

/** Where a segment begins. That of the latest versions is behind all others. */
function segmentKey(segment: number): Buffer {
  const key = Buffer.allocUnsafeSlow(SEGMENT_BYTES)
  writeInt64(key, 0, segment)
  return key
}
