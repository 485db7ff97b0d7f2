import { writeInt64 } from '../base/int64.ts'
import { ByteSlice } from './byte-slice.ts'
import { TIMESTAMP_BYTES } from './row-codec.ts'
import type { ChangeCursor } from './sorted-bytes-store.ts'

/** A record of a changelog, or of a source topic that serves as one. */
export interface RestoreRecord {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: number
}

/** Changelog records as rows: the value of a store with timestamps gets that of its record in front (P§6.3). */
export class RestoreBatch implements ChangeCursor {
  readonly key: ByteSlice = new ByteSlice()
  readonly value: ByteSlice = new ByteSlice()
  #isTombstone = false
  readonly #records: Iterator<RestoreRecord>
  readonly #prefixBytes: number
  #row: Buffer = Buffer.allocUnsafeSlow(256)

  constructor(records: Iterable<RestoreRecord>, prefixBytes: number) {
    this.#records = records[Symbol.iterator]()
    this.#prefixBytes = prefixBytes
  }

  get isTombstone(): boolean {
    return this.#isTombstone
  }

  next(): boolean {
    for (;;) {
      const step = this.#records.next()
      if (step.done === true) return false
      const { key, value, timestamp } = step.value
      // Only a source topic can have records without a key; a table drops them, too.
      if (key === null) continue
      this.key.set(key, 0, key.length)
      this.#isTombstone = value === null
      if (value !== null) this.#setValue(value, timestamp)
      return true
    }
  }

  close(): void {
    this.#records.return?.()
  }

  #setValue(value: Buffer, timestamp: number): void {
    if (this.#prefixBytes === 0) {
      this.value.set(value, 0, value.length)
      return
    }
    const length = TIMESTAMP_BYTES + value.length
    if (length > this.#row.length) this.#row = Buffer.allocUnsafeSlow(length * 2)
    writeInt64(this.#row, 0, timestamp)
    value.copy(this.#row, TIMESTAMP_BYTES)
    this.value.set(this.#row, 0, length)
  }
}
