import { assert } from '../../../../base/assert.ts'
import { type ByteSlice, compareTo, type CopiedBytes } from '../../../byte-slice.ts'
import type { KeyRange } from '../../../key-range.ts'
import { hashOfKey } from '../files/key-hash.ts'
import { RowFields, RowOrder, type TableRows } from './row-order.ts'
import { TableCursor } from './table-cursor.ts'

const FIRST_ROWS = 64
const FIRST_BYTES = 4096
const ARENA_BYTES_MAX = 0x7fff_ffff
const TOMBSTONE = RowFields.tombstone
/** What a row takes in the tables: its fields, two slots of the index, its place in the order. */
const ROW_BYTES = RowFields.count * 4 + 8 + 4

/**
 * The rows of one store in the memtable: a hash table over bytes in one arena. A row costs no objects, and none is removed: a deletion is a
 * row, too. Scans need the rows in order; it is made at the first scan and kept up at later ones, so that who never scans does not pay.
 * Rows that come in the order of their keys, as they do where a changelog is restored that was written so, are not hashed before one is
 * looked for or comes out of order.
 *
 * A scan sees the rows of its opening: as long as one is open the next change first takes a copy of the arena and leaves the old one to
 * the scans.
 */
export class RowTable {
  readonly #store: number
  // `null`: all rows have come in order, and none was looked for.
  #slots: Int32Array<ArrayBuffer> | null = null
  #rows: TableRows = { fields: new Int32Array(FIRST_ROWS * RowFields.count), arena: Buffer.allocUnsafeSlow(FIRST_BYTES), openScans: 0 }
  #order = new RowOrder()
  #used = 0
  #liveBytes = 0
  #rowCount = 0
  #tombstones = 0

  /** `store`: its id, which the hashes of keys depend on. */
  constructor(store: number) {
    this.#store = store
  }

  /** Tombstones included. */
  get rowCount(): number {
    return this.#rowCount
  }

  get tombstones(): number {
    return this.#tombstones
  }

  /** Keys, values, and what each row costs. */
  get liveBytes(): number {
    return this.#liveBytes + this.#rowCount * ROW_BYTES
  }

  /** What is allocated. */
  get bytes(): number {
    return this.#rows.arena.length + this.#rows.fields.byteLength + (this.#slots?.byteLength ?? 0) + this.#order.bytes
  }

  /** The row with `key`, -1 if there is none; `hash` is the hash of the key. */
  find(key: ByteSlice, hash: number): number {
    const slots = this.#slots ?? this.#index()
    const { fields } = this.#rows
    const wanted = hash | 0
    const mask = slots.length - 1
    for (let slot = wanted & mask; ; slot = (slot + 1) & mask) {
      const row = slots[slot]! - 1
      if (row < 0) return -1
      if (fields[row * RowFields.count + RowFields.hash] === wanted && this.#hasKey(row, key)) return row
    }
  }

  /** Sets `into` to the value of a row; false, with `into` untouched, for a tombstone. Valid until the table is changed. */
  readValue(row: number, into: ByteSlice): boolean {
    const { fields, arena } = this.#rows
    const at = row * RowFields.count
    const length = fields[at + RowFields.valueLength]!
    if (length === TOMBSTONE) return false
    const start = fields[at + RowFields.start]! + fields[at + RowFields.keyLength]!
    into.set(arena, start, start + length)
    return true
  }

  /** Writes a row; `null` = a tombstone. Both are copied; they are not of this table. */
  set(key: ByteSlice, value: CopiedBytes | null): void {
    if (this.#rows.openScans > 0) this.#leaveToScans()
    if (this.#slots === null && this.#endsBefore(key)) {
      this.#add(key, value)
      return
    }
    const hash = hashOfKey(key.buffer, key.start, key.end, this.#store)
    const row = this.find(key, hash)
    if (row >= 0) this.#replace(row, key, value)
    else this.#link(this.#add(key, value), hash | 0)
  }

  /** The rows in `range` as they are now. */
  scan(range: KeyRange, isReverse: boolean): TableCursor {
    const order = this.#order.upTo(this.#rowCount, this.#rows, this.#slots === null)
    return new TableCursor(this.#rows, order, range, isReverse)
  }

  /** Forgets all rows and keeps the memory; false, with nothing done, while a scan is open. */
  clear(): boolean {
    if (this.#rows.openScans > 0) return false
    this.#slots = null
    this.#order = new RowOrder()
    this.#used = 0
    this.#liveBytes = 0
    this.#rowCount = 0
    this.#tombstones = 0
    return true
  }

  /** Whether `key` comes after those of all rows, which have come in order. */
  #endsBefore(key: ByteSlice): boolean {
    if (this.#rowCount === 0) return true
    const { fields, arena } = this.#rows
    const last = (this.#rowCount - 1) * RowFields.count
    const start = fields[last + RowFields.start]!
    return compareTo(key, arena, start, start + fields[last + RowFields.keyLength]!) > 0
  }

  /** Gives the number of the new row, which is not in the hash table yet. */
  #add(key: ByteSlice, value: CopiedBytes | null): number {
    if ((this.#rowCount + 1) * RowFields.count > this.#rows.fields.length) this.#widen()
    const row = this.#rowCount++
    this.#rows.fields[row * RowFields.count + RowFields.valueRoom] = 0
    if (value === null) this.#tombstones++
    this.#write(row, key, value)
    return row
  }

  #replace(row: number, key: ByteSlice, value: CopiedBytes | null): void {
    const { fields, arena } = this.#rows
    const at = row * RowFields.count
    const oldLength = fields[at + RowFields.valueLength]!
    if ((oldLength === TOMBSTONE) !== (value === null)) this.#tombstones += value === null ? 1 : -1
    const newLength = value === null ? 0 : value.length
    if (newLength > fields[at + RowFields.valueRoom]!) {
      this.#liveBytes -= fields[at + RowFields.keyLength]! + Math.max(0, oldLength)
      this.#write(row, key, value)
      return
    }
    this.#liveBytes += newLength - Math.max(0, oldLength)
    fields[at + RowFields.valueLength] = value === null ? TOMBSTONE : newLength
    if (value === null) return
    value.copyTo(arena, fields[at + RowFields.start]! + fields[at + RowFields.keyLength]!)
  }

  /** Puts key and value of `row` at the end of the arena. */
  #write(row: number, key: ByteSlice, value: CopiedBytes | null): void {
    const keyLength = key.end - key.start
    const valueLength = value === null ? 0 : value.length
    if (this.#used + keyLength + valueLength > this.#rows.arena.length) this.#makeRoom(keyLength + valueLength, row)
    const { fields, arena } = this.#rows
    const at = row * RowFields.count
    fields[at + RowFields.start] = this.#used
    fields[at + RowFields.keyLength] = keyLength
    fields[at + RowFields.valueLength] = value === null ? TOMBSTONE : valueLength
    fields[at + RowFields.valueRoom] = valueLength
    key.copyTo(arena, this.#used)
    value?.copyTo(arena, this.#used + keyLength)
    this.#used += keyLength + valueLength
    this.#liveBytes += keyLength + valueLength
  }

  /** Moves the rows, without `skipped`, to an arena with room for `length` more bytes; what was outgrown stays behind. */
  #makeRoom(length: number, skipped: number): void {
    const { fields, arena } = this.#rows
    const size = Math.max(FIRST_BYTES, (this.#liveBytes + length) * 2)
    assert(size <= ARENA_BYTES_MAX, 'The rows of a store in the memtable fit into one arena')
    const grown = Buffer.allocUnsafeSlow(size)
    if (this.#used === this.#liveBytes) arena.copy(grown, 0, 0, this.#used)
    else this.#used = this.#compact(grown, skipped)
    this.#rows = { fields, arena: grown, openScans: 0 }
  }

  /** Copies the rows, without `skipped`, one behind the other to `target`; gives how long they are. */
  #compact(target: Buffer, skipped: number): number {
    const { fields, arena } = this.#rows
    let used = 0
    for (let row = 0; row < this.#rowCount; row++) {
      if (row === skipped) continue
      const at = row * RowFields.count
      const valueLength = Math.max(0, fields[at + RowFields.valueLength]!)
      const start = fields[at + RowFields.start]!
      fields[at + RowFields.start] = used
      fields[at + RowFields.valueRoom] = valueLength
      used += arena.copy(target, used, start, start + fields[at + RowFields.keyLength]! + valueLength)
    }
    return used
  }

  #leaveToScans(): void {
    const { fields, arena } = this.#rows
    this.#rows = { fields: fields.slice(), arena: Buffer.allocUnsafeSlow(arena.length), openScans: 0 }
    arena.copy(this.#rows.arena, 0, 0, this.#used)
  }

  #widen(): void {
    const { fields, arena } = this.#rows
    const wider = new Int32Array(fields.length * 2)
    wider.set(fields)
    this.#rows = { fields: wider, arena, openScans: 0 }
    if (this.#slots !== null) this.#index()
  }

  /** Puts all rows into a hash table with room for as many as the fields have. */
  #index(): Int32Array<ArrayBuffer> {
    const { fields, arena } = this.#rows
    const slots = new Int32Array((fields.length / RowFields.count) * 2)
    const isHashed = this.#slots !== null
    this.#slots = slots
    for (let row = 0; row < this.#rowCount; row++) {
      const at = row * RowFields.count
      const start = fields[at + RowFields.start]!
      if (!isHashed) fields[at + RowFields.hash] = hashOfKey(arena, start, start + fields[at + RowFields.keyLength]!, this.#store) | 0
      this.#link(row, fields[at + RowFields.hash]!)
    }
    return slots
  }

  #link(row: number, hash: number): void {
    const slots = this.#slots!
    const mask = slots.length - 1
    let slot = hash & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = row + 1
    this.#rows.fields[row * RowFields.count + RowFields.hash] = hash
  }

  #hasKey(row: number, key: ByteSlice): boolean {
    const { fields, arena } = this.#rows
    const start = fields[row * RowFields.count + RowFields.start]!
    const length = fields[row * RowFields.count + RowFields.keyLength]!
    if (key.end - key.start !== length) return false
    const { buffer } = key
    const offset = key.start - start
    for (let index = start; index < start + length; index++) if (arena[index] !== buffer[index + offset]) return false
    return true
  }
}
