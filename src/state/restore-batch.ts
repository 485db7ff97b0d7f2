import { writeInt64 } from '../base/int64.ts'
import type { RecordHeaders } from '../record/record-headers.ts'
import { ByteSlice } from './byte-slice.ts'
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

/** How the rows of a store differ from the records of its changelog (P§6.3). */
export interface RowForm {
  /** Bytes before the plain value: 8 for its timestamp, or 0. */
  readonly prefixBytes: number
  /** Whether rows begin with the headers of the record: `prefixBytes` is that of a row without. */
  readonly hasHeaders?: boolean | undefined
  /** Of a window store. */
  readonly window?: WindowLayout | undefined
}

/** Changelog records as rows: the value of a store with timestamps gets that of its record in front, the key of a window its segment. */
export class RestoreBatch implements ChangeCursor {
  readonly key: ByteSlice = new ByteSlice()
  readonly value: ByteSlice = new ByteSlice()
  #isTombstone = false
  readonly #records: Iterator<RestoreRecord>
  readonly #prefixBytes: number
  readonly #hasHeaders: boolean
  readonly #window: WindowLayout | undefined
  #row: Buffer = Buffer.allocUnsafeSlow(256)

  constructor(records: Iterable<RestoreRecord>, { prefixBytes, window, hasHeaders = false }: RowForm) {
    this.#records = records[Symbol.iterator]()
    this.#prefixBytes = prefixBytes
    this.#hasHeaders = hasHeaders
    this.#window = window
  }

  get isTombstone(): boolean {
    return this.#isTombstone
  }

  next(): boolean {
    for (;;) {
      const step = this.#records.next()
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
    this.#records.return?.()
  }

  #setValue(value: Buffer, timestamp: number, headers: RecordHeaders | null): void {
    if (this.#prefixBytes === 0) {
      this.value.set(value, 0, value.length)
      return
    }
    const headersBytes = this.#hasHeaders ? rowHeadersSize(headers) : 0
    const timestampBytes = this.#hasHeaders ? this.#prefixBytes - 1 : this.#prefixBytes
    const length = headersBytes + timestampBytes + value.length
    if (length > this.#row.length) this.#row = Buffer.allocUnsafeSlow(length * 2)
    if (this.#hasHeaders) writeRowHeaders(headers, this.#row, 0)
    if (timestampBytes > 0) writeInt64(this.#row, headersBytes, timestamp)
    value.copy(this.#row, headersBytes + timestampBytes)
    this.value.set(this.#row, 0, length)
  }
}
