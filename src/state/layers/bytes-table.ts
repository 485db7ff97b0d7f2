import { assert } from '../../base/assert.ts'
import { ByteSlice } from '../byte-slice.ts'
import type { ChangeCursor } from '../sorted-bytes-store.ts'

/** What a row costs beside its bytes (design 4: entry = key + value + 96 bytes). */
export const ROW_OVERHEAD_BYTES = 96

const FIRST_ROWS = 64
const FIRST_BYTES = 4096
const FIELDS = 5
const HASH = 0
const START = 1
const KEY_LENGTH = 2
const VALUE_LENGTH = 3
const VALUE_ROOM = 4
const TOMBSTONE = -1
const ARENA_BYTES_MAX = 0x7fff_ffff
/** A cleared table keeps so many times the memory that its rows took. */
const SPARE_FACTOR_MAX = 4

/**
 * The rows that were written since the last commit: a hash table over bytes in one arena. A row costs no objects; writing the same row
 * again costs no memory if the value has not grown. Rows are never removed: a deletion is a row, too.
 */
export class BytesTable {
  #slots: Int32Array
  #rows: Int32Array
  #arena: Buffer
  #used = 0
  #rowCount = 0
  #liveBytes = 0
  /** The row that was found last: who gets a row often writes it next. */
  #found = -1

  constructor() {
    this.#slots = new Int32Array(FIRST_ROWS * 2)
    this.#rows = new Int32Array(FIRST_ROWS * FIELDS)
    this.#arena = Buffer.allocUnsafeSlow(FIRST_BYTES)
  }

  /**
   * Forgets all rows. The memory stays for the rows to come, if they are likely to need it: new memory beside that which is given up but not
   * collected yet is what makes the peak of a process. Cursors and slices of this table end here.
   */
  clear(): void {
    let rows = FIRST_ROWS
    while (rows < this.#rowCount) rows *= 2
    if (this.#slots.length > rows * 2 * SPARE_FACTOR_MAX) {
      this.#slots = new Int32Array(rows * 2)
      this.#rows = new Int32Array(rows * FIELDS)
    } else this.#slots.fill(0)
    const bytes = Math.max(FIRST_BYTES, this.#liveBytes)
    if (this.#arena.length > bytes * SPARE_FACTOR_MAX) this.#arena = Buffer.allocUnsafeSlow(bytes)
    this.#used = 0
    this.#rowCount = 0
    this.#liveBytes = 0
    this.#found = -1
  }

  get rowCount(): number {
    return this.#rowCount
  }

  /** Key and value bytes and the overhead of all rows. */
  get bytes(): number {
    return this.#liveBytes + this.#rowCount * ROW_OVERHEAD_BYTES
  }

  /** The row with `key`, -1 if there is none. Valid for ever. */
  find(key: ByteSlice): number {
    const hash = hashOf(key)
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const row = this.#slots[slot]! - 1
      if (row < 0) return -1
      if (this.#rows[row * FIELDS + HASH] === hash && this.#hasKey(row, key)) return (this.#found = row)
    }
  }

  /** Sets `into` to the value of a row; false, with `into` untouched, for a deletion. Valid until the table is written to. */
  readValue(row: number, into: ByteSlice): boolean {
    const at = row * FIELDS
    const length = this.#rows[at + VALUE_LENGTH]!
    if (length === TOMBSTONE) return false
    const start = this.#rows[at + START]! + this.#rows[at + KEY_LENGTH]!
    into.set(this.#arena, start, start + length)
    return true
  }

  readKey(row: number, into: ByteSlice): void {
    const start = this.#rows[row * FIELDS + START]!
    into.set(this.#arena, start, start + this.#rows[row * FIELDS + KEY_LENGTH]!)
  }

  /** Writes a row; `null` = a deletion. Both slices are copied; they may not be of this table. */
  set(key: ByteSlice, value: ByteSlice | null): void {
    const row = this.#found >= 0 && this.#hasKey(this.#found, key) ? this.#found : this.find(key)
    if (row < 0) this.#add(key, value)
    else this.#replace(row, key, value)
  }

  /** All rows, in the order in which they were first written. The table is not written to while the cursor is used. */
  rows(): ChangeCursor {
    return new TableCursor(this)
  }

  #add(key: ByteSlice, value: ByteSlice | null): void {
    if ((this.#rowCount + 1) * 2 > this.#slots.length) this.#widen()
    const row = this.#rowCount++
    const hash = hashOf(key)
    this.#rows[row * FIELDS + HASH] = hash
    this.#rows[row * FIELDS + VALUE_ROOM] = 0
    this.#write(row, key, value)
    this.#link(row, hash)
  }

  #replace(row: number, key: ByteSlice, value: ByteSlice | null): void {
    const at = row * FIELDS
    const oldLength = Math.max(0, this.#rows[at + VALUE_LENGTH]!)
    const newLength = value === null ? 0 : value.end - value.start
    if (newLength > this.#rows[at + VALUE_ROOM]!) {
      this.#liveBytes -= this.#rows[at + KEY_LENGTH]! + oldLength
      this.#write(row, key, value)
      return
    }
    this.#liveBytes += newLength - oldLength
    this.#rows[at + VALUE_LENGTH] = value === null ? TOMBSTONE : newLength
    if (value !== null) copyBytes(value, this.#arena, this.#rows[at + START]! + this.#rows[at + KEY_LENGTH]!)
  }

  /** Puts key and value of `row` at the end of the arena. */
  #write(row: number, key: ByteSlice, value: ByteSlice | null): void {
    const keyLength = key.end - key.start
    const valueLength = value === null ? 0 : value.end - value.start
    if (this.#used + keyLength + valueLength > this.#arena.length) this.#makeRoom(keyLength + valueLength, row)
    const at = row * FIELDS
    this.#rows[at + START] = this.#used
    this.#rows[at + KEY_LENGTH] = keyLength
    this.#rows[at + VALUE_LENGTH] = value === null ? TOMBSTONE : valueLength
    this.#rows[at + VALUE_ROOM] = valueLength
    copyBytes(key, this.#arena, this.#used)
    if (value !== null) copyBytes(value, this.#arena, this.#used + keyLength)
    this.#used += keyLength + valueLength
    this.#liveBytes += keyLength + valueLength
  }

  /** Moves the rows, without `skipped`, to an arena with room for `length` more bytes; what was outgrown stays behind. */
  #makeRoom(length: number, skipped: number): void {
    const old = this.#arena
    const size = Math.max(FIRST_BYTES, (this.#liveBytes + length) * 2)
    assert(size <= ARENA_BYTES_MAX, 'The uncommitted rows of a store fit into one arena')
    this.#arena = Buffer.allocUnsafeSlow(size)
    this.#used = 0
    for (let row = 0; row < this.#rowCount; row++) {
      if (row === skipped) continue
      const at = row * FIELDS
      const valueLength = Math.max(0, this.#rows[at + VALUE_LENGTH]!)
      const start = this.#rows[at + START]!
      this.#rows[at + START] = this.#used
      this.#rows[at + VALUE_ROOM] = valueLength
      this.#used += old.copy(this.#arena, this.#used, start, start + this.#rows[at + KEY_LENGTH]! + valueLength)
    }
  }

  #widen(): void {
    const rows = new Int32Array(this.#rows.length * 2)
    rows.set(this.#rows)
    this.#rows = rows
    this.#slots = new Int32Array(this.#slots.length * 2)
    for (let row = 0; row < this.#rowCount; row++) this.#link(row, rows[row * FIELDS + HASH]!)
  }

  #link(row: number, hash: number): void {
    const mask = this.#slots.length - 1
    let slot = hash & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = row + 1
  }

  #hasKey(row: number, key: ByteSlice): boolean {
    const start = this.#rows[row * FIELDS + START]!
    const length = this.#rows[row * FIELDS + KEY_LENGTH]!
    if (key.end - key.start !== length) return false
    const arena = this.#arena
    const buffer = key.buffer
    const offset = key.start - start
    for (let index = start; index < start + length; index++) if (arena[index] !== buffer[index + offset]) return false
    return true
  }
}

class TableCursor implements ChangeCursor {
  readonly key: ByteSlice = new ByteSlice()
  readonly value: ByteSlice = new ByteSlice()
  #isTombstone = false
  #row = 0
  readonly #table: BytesTable

  constructor(table: BytesTable) {
    this.#table = table
  }

  get isTombstone(): boolean {
    return this.#isTombstone
  }

  next(): boolean {
    if (this.#row >= this.#table.rowCount) return false
    this.#table.readKey(this.#row, this.key)
    this.#isTombstone = !this.#table.readValue(this.#row, this.value)
    this.#row++
    return true
  }

  close(): void {
    this.#row = this.#table.rowCount
  }
}

/** FNV-1a with a last mix, because the table looks at the low bits only. */
function hashOf({ buffer, start, end }: ByteSlice): number {
  let hash = 0x811c_9dc5
  for (let index = start; index < end; index++) hash = Math.imul(hash ^ buffer[index]!, 0x0100_0193)
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b_3c6d) ^ (hash >>> 12)
}

// Below this length a loop beats the call into native code.
const LOOP_LENGTH_MAX = 24

function copyBytes({ buffer, start, end }: ByteSlice, target: Buffer, at: number): void {
  if (end - start > LOOP_LENGTH_MAX) buffer.copy(target, at, start, end)
  else for (let index = start; index < end; index++) target[at + index - start] = buffer[index]!
}
