import { assert } from '../../base/assert.ts'
import { ByteSlice, compareSlices, compareTo } from '../byte-slice.ts'
import type { KeyRange, WantedRows } from '../key-range.ts'
import type { ChangeCursor } from '../sorted-bytes-store.ts'
import { KEY_AT, startIn, WINDOW_SUFFIX_BYTES } from '../windows/window-key.ts'
import type { BytesTable } from './bytes-table.ts'

const FIRST_ROWS = 64
/** Cleared, it keeps so many times the memory that its rows took. */
const SPARE_FACTOR_MAX = 4
/** A walk goes over so many rows that are not wanted, and as many again for each that is, before it gives up. */
const PASSED_ROWS_MAX = 32

/**
 * The rows of a window store that are in a table, by the keys of their windows: a hash table with the latest row of each key, and from each
 * row the one before it. To find the few rows of a key in some windows costs less than half of what it costs to keep all rows in order.
 */
export class RowsByKey {
  readonly #table: BytesTable
  /** By hash of the key: the latest row, from 1; 0: none. */
  #slots: Int32Array = new Int32Array(FIRST_ROWS * 2)
  /** By row: the one before it with the same key, -1: none. */
  #before: Int32Array = new Int32Array(FIRST_ROWS)
  /** By row: the greatest start of a window from it back. */
  #latest: Float64Array = new Float64Array(FIRST_ROWS)
  #rowCount = 0
  readonly #row = new ByteSlice()
  readonly #other = new ByteSlice()
  readonly #value = new ByteSlice()
  /** Rows that were found. */
  readonly #found: number[] = []

  constructor(table: BytesTable) {
    this.#table = table
    this.addNewRows()
  }

  /** Forgets all rows, as the table has done. The memory stays for those to come. */
  clear(): void {
    let rows = FIRST_ROWS
    while (rows < this.#rowCount) rows *= 2
    if (this.#before.length > rows * SPARE_FACTOR_MAX) this.#makeRoom(rows)
    else this.#slots.fill(0)
    this.#rowCount = 0
  }

  /** Takes in the rows that the table has got since the last call. To be called after each change of it. */
  addNewRows(): void {
    const { rowCount } = this.#table
    while (this.#rowCount < rowCount) {
      if ((this.#rowCount + 1) * 2 > this.#slots.length) this.#widen()
      this.#add(this.#rowCount++)
    }
  }

  /** The wanted rows in `range`, as they are now, ascending; `null`: there are too many others of that key to look at. */
  find({ from, to }: KeyRange, wanted: WantedRows): FoundRows | null {
    assert(from !== null && to !== null, 'the range of a single key has two ends')
    const found = this.#found
    found.length = 0
    const { key } = wanted
    let passed = 0
    for (let row = this.#slots[this.#slotOf(key.buffer, key.start, key.end)]! - 1; row >= 0; row = this.#before[row]!) {
      if (this.#latest[row]! < wanted.from) break
      this.#table.readKey(row, this.#row)
      const isWanted = compareTo(this.#row, from, 0, from.length) >= 0 && compareTo(this.#row, to, 0, to.length) <= 0
      if (isWanted) found.push(row)
      else if (++passed > PASSED_ROWS_MAX + found.length) return null
    }
    return found.length === 0 ? noRows : this.#copy()
  }

  /** Copies what was found, so that nothing changes it any more. */
  #copy(): FoundRows {
    const table = this.#table
    const found = this.#found
    // The latest came first; mostly that is the order of time, too.
    found.reverse()
    for (let index = 1; index < found.length; index++) {
      if (this.#compare(found[index - 1]!, found[index]!) < 0) continue
      found.sort((one, other) => this.#compare(one, other))
      break
    }
    const ends: number[] = []
    let length = 0
    for (const row of found) {
      table.readKey(row, this.#row)
      ends.push((length += this.#row.length))
      if (table.readValue(row, this.#value)) ends.push((length += this.#value.length))
      else ends.push(TOMBSTONE)
    }
    const bytes = Buffer.allocUnsafe(length)
    let at = 0
    for (const row of found) {
      table.readKey(row, this.#row)
      at += this.#row.buffer.copy(bytes, at, this.#row.start, this.#row.end)
      if (table.readValue(row, this.#value)) at += this.#value.buffer.copy(bytes, at, this.#value.start, this.#value.end)
    }
    return new FoundRows(bytes, ends)
  }

  #compare(one: number, other: number): number {
    this.#table.readKey(one, this.#row)
    this.#table.readKey(other, this.#other)
    return compareSlices(this.#row, this.#other)
  }

  #add(row: number): void {
    this.#table.readKey(row, this.#row)
    const { buffer, start, end } = this.#row
    const time = startIn(this.#row)
    const slot = this.#slotOf(buffer, start + KEY_AT, end - WINDOW_SUFFIX_BYTES)
    const before = this.#slots[slot]! - 1
    this.#slots[slot] = row + 1
    this.#before[row] = before
    this.#latest[row] = before < 0 ? time : Math.max(time, this.#latest[before]!)
  }

  #widen(): void {
    const before = this.#before
    const latest = this.#latest
    this.#makeRoom(before.length * 2)
    this.#before.set(before)
    this.#latest.set(latest)
    for (let row = 0; row < this.#rowCount; row++) this.#add(row)
  }

  #makeRoom(rows: number): void {
    this.#slots = new Int32Array(rows * 2)
    this.#before = new Int32Array(rows)
    this.#latest = new Float64Array(rows)
  }

  /** The slot of a key, which may be empty. */
  #slotOf(bytes: Buffer, start: number, end: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = hashOf(bytes, start, end) & mask
    for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
      this.#table.readKey(slots[slot]! - 1, this.#other)
      if (this.#hasKey(this.#other, bytes, start, end)) break
    }
    return slot
  }

  #hasKey(row: ByteSlice, bytes: Buffer, start: number, end: number): boolean {
    const rowStart = row.start + KEY_AT
    if (row.end - WINDOW_SUFFIX_BYTES - rowStart !== end - start) return false
    const { buffer } = row
    for (let index = start; index < end; index++) if (buffer[rowStart + index - start] !== bytes[index]) return false
    return true
  }
}

const TOMBSTONE = -1

/** Rows that are the cursor's own. */
class FoundRows implements ChangeCursor {
  readonly key: ByteSlice = new ByteSlice()
  readonly value: ByteSlice = new ByteSlice()
  isTombstone = false
  readonly #bytes: Buffer
  /** Of each row the end of its key and that of its value, `TOMBSTONE` for a deletion. */
  readonly #ends: readonly number[]
  #next = 0
  #at = 0

  constructor(bytes: Buffer, ends: readonly number[]) {
    this.#bytes = bytes
    this.#ends = ends
  }

  /** Whether there never was a row. */
  get isEmpty(): boolean {
    return this.#ends.length === 0
  }

  next(): boolean {
    if (this.#next >= this.#ends.length) return false
    const keyEnd = this.#ends[this.#next]!
    const valueEnd = this.#ends[this.#next + 1]!
    this.#next += 2
    this.key.set(this.#bytes, this.#at, keyEnd)
    this.isTombstone = valueEnd === TOMBSTONE
    this.#at = this.isTombstone ? keyEnd : valueEnd
    this.value.set(this.#bytes, keyEnd, this.#at)
    return true
  }

  close(): void {
    this.#next = this.#ends.length
  }
}

/** No rows. One for all: it has nothing to remember. */
export const noRows: FoundRows = new FoundRows(Buffer.alloc(0), [])

/** FNV-1a with a last mix, because the table looks at the low bits only. */
function hashOf(bytes: Buffer, start: number, end: number): number {
  let hash = 0x811c_9dc5
  for (let index = start; index < end; index++) hash = Math.imul(hash ^ bytes[index]!, 0x0100_0193)
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b_3c6d) ^ (hash >>> 12)
}
