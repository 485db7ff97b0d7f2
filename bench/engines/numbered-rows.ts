import { ByteSlice } from '../../src/state/byte-slice.ts'
import type { ChangeCursor } from '../../src/state/sorted-bytes-store.ts'
import { MeasuredKey } from './measured-keys.ts'

/** Bytes of every value. */
export const VALUE_BYTES = 100

/** The first `count` of `rows`, which are numbers, as rows that a commit writes. */
export class NumberedRows implements ChangeCursor {
  readonly isTombstone: boolean = false
  readonly #key = new MeasuredKey()
  readonly key: ByteSlice = this.#key.slice
  readonly value: ByteSlice = new ByteSlice(Buffer.alloc(VALUE_BYTES, 'value '))
  readonly #rows: Uint32Array
  readonly #count: number
  #next = 0

  constructor(rows: Uint32Array, count: number) {
    this.#rows = rows
    this.#count = count
  }

  next(): boolean {
    if (this.#next === this.#count) return false
    const index = this.#rows[this.#next++]!
    this.#key.set(index)
    this.value.buffer.writeUInt32LE(index, VALUE_BYTES - 4)
    return true
  }

  close(): void {
    this.#next = this.#count
  }
}
