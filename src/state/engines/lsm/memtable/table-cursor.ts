import { ByteSlice, compareTo } from '../../../byte-slice.ts'
import { isEmptyRange, type KeyRange } from '../../../key-range.ts'
import type { ChangeCursor } from '../../../sorted-bytes-store.ts'
import { RowFields, type TableRows } from './row-order.ts'

/** Walks rows of a memtable in order. The rows stay as they are until it is closed or at its end. */
export class TableCursor implements ChangeCursor {
  readonly key: ByteSlice = new ByteSlice()
  readonly value: ByteSlice = new ByteSlice()
  #isTombstone = false
  readonly #rows: TableRows
  readonly #order: Int32Array
  #index: number
  #end: number
  readonly #step: 1 | -1
  #isOpen = true

  constructor(rows: TableRows, order: Int32Array, range: KeyRange, isReverse: boolean) {
    this.#rows = rows
    this.#order = order
    rows.openScans++
    const first = range.from === null ? 0 : this.#countBelow(range.from, false)
    const end = range.to === null ? order.length : this.#countBelow(range.to, range.includesTo)
    const isEmpty = first >= end || isEmptyRange(range)
    this.#step = isReverse ? -1 : 1
    this.#index = isReverse ? end - 1 : first
    this.#end = isEmpty ? this.#index : isReverse ? first - 1 : end
  }

  get isTombstone(): boolean {
    return this.#isTombstone
  }

  next(): boolean {
    if (this.#index === this.#end) {
      this.close()
      return false
    }
    const { fields, arena } = this.#rows
    const at = this.#order[this.#index]! * RowFields.count
    const start = fields[at + RowFields.start]!
    const valueStart = start + fields[at + RowFields.keyLength]!
    const valueLength = fields[at + RowFields.valueLength]!
    this.key.set(arena, start, valueStart)
    this.#isTombstone = valueLength === RowFields.tombstone
    if (!this.#isTombstone) this.value.set(arena, valueStart, valueStart + valueLength)
    this.#index += this.#step
    return true
  }

  close(): void {
    this.#index = this.#end
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#rows.openScans--
  }

  /** How many rows have a key less than `bytes`, or equal to it if `includesEqual`. */
  #countBelow(bytes: Buffer, includesEqual: boolean): number {
    const { fields, arena } = this.#rows
    let low = 0
    let high = this.#order.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const at = this.#order[middle]! * RowFields.count
      const start = fields[at + RowFields.start]!
      this.key.set(arena, start, start + fields[at + RowFields.keyLength]!)
      const order = compareTo(this.key, bytes, 0, bytes.length)
      if (order < 0 || (order === 0 && includesEqual)) low = middle + 1
      else high = middle
    }
    return low
  }
}
