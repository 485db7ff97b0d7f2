import { writeInt64 } from '../base/int64.ts'
import type { RecordHeaders } from '../record/record-headers.ts'
import { ByteSlice, type CopiedBytes } from './byte-slice.ts'
import { rowHeadersSize, writeRowHeaders } from './row-headers.ts'
import type { ChangeCursor } from './sorted-bytes-store.ts'
import { rowKeyOf } from './windows/window-key.ts'
import type { WindowLayout } from './windows/window-layout.ts'

/** A record of a changelog, or of a source topic that serves as one. */
export interface RestoreRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: number
  /** Absent or `null`: none. */
  readonly headers?: RecordHeaders | null | undefined
}

/** Where a record lies: key and value are ranges of the buffer, both ends -1 where there is none. */
export interface RecordPlace {
  readonly buffer: Buffer
  readonly keyStart: number
  readonly keyEnd: number
  readonly valueStart: number
  readonly valueEnd: number
  readonly timestamp: number
}

/** Records that can be walked over, too, without an object for each: either that or the iterator, once. */
export interface RecordWalk extends Iterable<RestoreRecord> {
  /** The next record, valid until the next call; `null` after the last. */
  step(): RecordPlace | null
}

/** How the rows of a store differ from the records of its changelog (P§6.3). */
export interface RowForm {
  /** Bytes before the plain value: 8 for its timestamp, or 0. */
  readonly prefixBytes: number
  /** Whether rows begin with the headers of the record: `prefixBytes` is that of a row without. */
  readonly hasHeaders?: boolean | undefined
  /** Of a window store. */
  readonly window?: WindowLayout | undefined
}

const TIMESTAMP_BYTES = 8

/** The value of a record with its timestamp in front. */
class StampedBytes implements CopiedBytes {
  readonly #plain = new ByteSlice()
  #timestamp = 0

  get length(): number {
    return TIMESTAMP_BYTES + this.#plain.length
  }

  set({ buffer, valueStart, valueEnd, timestamp }: RecordPlace): void {
    this.#plain.set(buffer, valueStart, valueEnd)
    this.#timestamp = timestamp
  }

  copyTo(target: Buffer, at: number): void {
    writeInt64(target, at, this.#timestamp)
    this.#plain.copyTo(target, at + TIMESTAMP_BYTES)
  }
}

/** Changelog records as rows: the value of a store with timestamps gets that of its record in front, the key of a window its segment. */
export class RestoreBatch implements ChangeCursor {
  readonly key: ByteSlice = new ByteSlice()
  readonly #value = new ByteSlice()
  /** The value of the current row, if it is not put together yet. */
  readonly #stamped = new StampedBytes()
  #isStamped = false
  #isTombstone = false
  /** Where the records come from, one of both: rows that are made of nothing but key, value and time need no object for each. */
  readonly #walk: RecordWalk | null
  readonly #records: Iterator<RestoreRecord> | null
  readonly #prefixBytes: number
  readonly #hasHeaders: boolean
  readonly #window: WindowLayout | undefined
  #row: Buffer = Buffer.allocUnsafeSlow(256)

  constructor(records: Iterable<RestoreRecord>, { prefixBytes, window, hasHeaders = false }: RowForm) {
    const isPlain = window === undefined && !hasHeaders
    this.#walk = isPlain && 'step' in records ? (records as RecordWalk) : null
    this.#records = this.#walk === null ? records[Symbol.iterator]() : null
    this.#prefixBytes = prefixBytes
    this.#hasHeaders = hasHeaders
    this.#window = window
  }

  get isTombstone(): boolean {
    return this.#isTombstone
  }

  get value(): ByteSlice {
    if (this.#isStamped) {
      const { length } = this.#stamped
      this.#stamped.copyTo(this.#roomFor(length), 0)
      this.#value.set(this.#row, 0, length)
      this.#isStamped = false
    }
    return this.#value
  }

  get copied(): CopiedBytes | undefined {
    return this.#isStamped ? this.#stamped : undefined
  }

  next(): boolean {
    this.#isStamped = false
    if (this.#walk !== null) return this.#step(this.#walk)
    const records = this.#records!
    for (;;) {
      const step = records.next()
      if (step.done === true) return false
      const { key, value, timestamp, headers = null } = step.value
      // Only a source topic can have records without a key; a table drops them, too.
      if (key === null) continue
      const rowKey = this.#window === undefined ? key : rowKeyOf(this.#window, key)
      this.key.set(rowKey, 0, rowKey.length)
      this.#isTombstone = value === null
      if (value !== null) this.#setValue(value, timestamp, headers)
      return true
    }
  }

  close(): void {
    this.#records?.return?.()
  }

  #step(walk: RecordWalk): boolean {
    let place = walk.step()
    while (place !== null && place.keyStart < 0) place = walk.step()
    if (place === null) return false
    const { buffer, valueStart, valueEnd } = place
    this.key.set(buffer, place.keyStart, place.keyEnd)
    this.#isTombstone = valueStart < 0
    if (valueStart < 0) return true
    this.#isStamped = this.#prefixBytes > 0
    if (this.#isStamped) this.#stamped.set(place)
    else this.#value.set(buffer, valueStart, valueEnd)
    return true
  }

  #roomFor(length: number): Buffer {
    if (length > this.#row.length) this.#row = Buffer.allocUnsafeSlow(length * 2)
    return this.#row
  }

  #setValue(value: Buffer, timestamp: number, headers: RecordHeaders | null): void {
    if (this.#prefixBytes === 0) {
      this.#value.set(value, 0, value.length)
      return
    }
    const headersBytes = this.#hasHeaders ? rowHeadersSize(headers) : 0
    const timestampBytes = this.#hasHeaders ? this.#prefixBytes - 1 : this.#prefixBytes
    const length = headersBytes + timestampBytes + value.length
    this.#roomFor(length)
    if (this.#hasHeaders) writeRowHeaders(headers, this.#row, 0)
    if (timestampBytes > 0) writeInt64(this.#row, headersBytes, timestamp)
    value.copy(this.#row, headersBytes + timestampBytes)
    this.#value.set(this.#row, 0, length)
  }
}
