import { ByteSlice, compareTo } from '../../../byte-slice.ts'
import { prefixNumber } from '../../memory/key-prefix.ts'

/** The fields of a row in the table of rows. */
export const RowFields = {
  hash: 0,
  start: 1,
  keyLength: 2,
  /** -1 = the row is a tombstone. */
  valueLength: 3,
  valueRoom: 4,
  count: 5,
  tombstone: -1,
} as const

/** Rows of a memtable that do not change as long as a scan is open. */
export interface TableRows {
  readonly fields: Int32Array<ArrayBuffer>
  /** The key of a row is at its start, and then its value. */
  readonly arena: Buffer
  openScans: number
}

// Rows are numbered in 24 bits beside 40 bits of their keys.
const ROW_BITS = 24
const ROW_MASK = 0xff_ffff
const isLittleEndian = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1
const LOW = isLittleEndian ? 0 : 1

/** The rows of a table in the order of their keys. Rows are added to the table, never removed, and keep their keys. */
export class RowOrder {
  #sorted = new Int32Array(0)
  readonly #key = new ByteSlice()

  get bytes(): number {
    return this.#sorted.byteLength
  }

  /** The rows `[0, rowCount)` in order; `areSorted`: they were added in it. What was given is never changed. */
  upTo(rowCount: number, rows: TableRows, areSorted: boolean): Int32Array<ArrayBuffer> {
    const known = this.#sorted.length
    if (known === rowCount) return this.#sorted
    if (areSorted) return (this.#sorted = rowNumbers(rowCount))
    const added = this.#sortRange(known, rowCount, rows)
    this.#sorted = known === 0 ? added : this.#merge(this.#sorted, added, rows)
    return this.#sorted
  }

  /** Sorts by native code what five bytes of the keys, behind those that all share, can order; the rest by comparing keys. */
  #sortRange(from: number, to: number, rows: TableRows): Int32Array<ArrayBuffer> {
    const count = to - from
    const compare = (left: number, right: number): number => this.#compare(left, right, rows)
    if (count > ROW_MASK) return Int32Array.from({ length: count }, (_, index) => from + index).sort(compare)
    const shared = sharedByRange(from, to, rows)
    const halves = new Uint32Array(count * 2)
    for (let index = 0; index < count; index++) {
      const start = rows.fields[(from + index) * RowFields.count + RowFields.start]!
      const length = rows.fields[(from + index) * RowFields.count + RowFields.keyLength]!
      const prefix = prefixNumber(rows.arena, start + shared, start + length)
      // 48 bits, of which the last eight are left to the comparison of keys.
      halves[index * 2 + 1 - LOW] = Math.floor(prefix / 0x1_0000)
      halves[index * 2 + LOW] = ((((prefix % 0x1_0000) / 0x100) | 0) << ROW_BITS) | index
    }
    new BigUint64Array(halves.buffer).sort()
    const sorted = new Int32Array(count)
    for (let index = 0; index < count; index++) sorted[index] = from + (halves[index * 2 + LOW]! & ROW_MASK)
    for (let start = 0; start < count;) {
      let end = start + 1
      while (end < count && isSamePrefix(halves, start, end)) end++
      if (end - start > 1) sorted.subarray(start, end).sort(compare)
      start = end
    }
    return sorted
  }

  /** Both are in order. Few are added to many as a rule: what lies between two of them is copied at once. */
  #merge(known: Int32Array<ArrayBuffer>, added: Int32Array<ArrayBuffer>, rows: TableRows): Int32Array<ArrayBuffer> {
    const merged = new Int32Array(known.length + added.length)
    let from = 0
    let at = 0
    for (const row of added) {
      let low = from
      let high = known.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if (this.#compare(row, known[middle]!, rows) < 0) high = middle
        else low = middle + 1
      }
      merged.set(known.subarray(from, low), at)
      at += low - from
      from = low
      merged[at++] = row
    }
    merged.set(known.subarray(from), at)
    return merged
  }

  #compare(left: number, right: number, { fields, arena }: TableRows): number {
    const leftStart = fields[left * RowFields.count + RowFields.start]!
    const rightStart = fields[right * RowFields.count + RowFields.start]!
    this.#key.set(arena, leftStart, leftStart + fields[left * RowFields.count + RowFields.keyLength]!)
    return compareTo(this.#key, arena, rightStart, rightStart + fields[right * RowFields.count + RowFields.keyLength]!)
  }
}

function rowNumbers(count: number): Int32Array<ArrayBuffer> {
  const numbers = new Int32Array(count)
  for (let row = 0; row < count; row++) numbers[row] = row
  return numbers
}

function isSamePrefix(halves: Uint32Array, left: number, right: number): boolean {
  const low = (halves[left * 2 + LOW]! ^ halves[right * 2 + LOW]!) >>> ROW_BITS
  return low === 0 && halves[left * 2 + 1 - LOW] === halves[right * 2 + 1 - LOW]
}

/** How many bytes at their beginning the keys of the rows `[from, to)` have in common. */
function sharedByRange(from: number, to: number, { fields, arena }: TableRows): number {
  const first = fields[from * RowFields.count + RowFields.start]!
  let shared = fields[from * RowFields.count + RowFields.keyLength]!
  for (let row = from + 1; row < to && shared > 0; row++) {
    const start = fields[row * RowFields.count + RowFields.start]!
    const max = Math.min(shared, fields[row * RowFields.count + RowFields.keyLength]!)
    let length = 0
    while (length < max && arena[first + length] === arena[start + length]) length++
    shared = length
  }
  return shared
}
