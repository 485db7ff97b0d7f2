import { type ByteSlice, compareTo } from '../../byte-slice.ts'

/** Rows per leaf, and children per inner node. */
export const NODE_WIDTH = 64

const SLOT = 3
const TOMBSTONE = 0xffff_ffff
const FIRST_CAPACITY = 512

/**
 * A page of rows: their bytes in one buffer, in order of arrival, and a table of slots (start, key length, value length) in order of the
 * keys. Rows cost no objects, so that tens of millions of them do not burden the garbage collector.
 */
export class Leaf {
  /** The epoch of the tree in which this node was made: only then may it be changed in place. */
  readonly epoch: number
  count: number
  slots: Uint32Array
  bytes: Buffer
  used: number

  constructor(epoch: number, capacity: number = FIRST_CAPACITY) {
    this.epoch = epoch
    this.count = 0
    this.slots = new Uint32Array(NODE_WIDTH * SLOT)
    this.bytes = Buffer.allocUnsafeSlow(capacity)
    this.used = 0
  }

  /** The row with `key`, or `-1 - index` of where it would be. */
  find(key: ByteSlice): number {
    const { slots, bytes } = this
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      const start = slots[middle * SLOT]!
      const order = compareTo(key, bytes, start, start + slots[middle * SLOT + 1]!)
      if (order === 0) return middle
      if (order < 0) high = middle
      else low = middle + 1
    }
    return -1 - low
  }

  readKey(index: number, into: ByteSlice): void {
    const start = this.slots[index * SLOT]!
    into.set(this.bytes, start, start + this.slots[index * SLOT + 1]!)
  }

  /** False for a tombstone, with `into` untouched. */
  readValue(index: number, into: ByteSlice): boolean {
    const length = this.slots[index * SLOT + 2]!
    if (length === TOMBSTONE) return false
    const start = this.slots[index * SLOT]! + this.slots[index * SLOT + 1]!
    into.set(this.bytes, start, start + length)
    return true
  }

  /** Puts a row where `find` said it would be. There is room for a row. */
  insert(index: number, key: ByteSlice, value: ByteSlice | null): void {
    this.slots.copyWithin((index + 1) * SLOT, index * SLOT, this.count * SLOT)
    this.slots[index * SLOT + 1] = 0
    this.slots[index * SLOT + 2] = TOMBSTONE
    this.count++
    this.#write(index, key, value)
  }

  /** Replaces the value of a row. `key` is the key that it has. */
  replace(index: number, key: ByteSlice, value: ByteSlice | null): void {
    const { slots } = this
    const length = slots[index * SLOT + 2]!
    if (value === null) slots[index * SLOT + 2] = TOMBSTONE
    else if (length !== TOMBSTONE && value.end - value.start <= length) {
      value.buffer.copy(this.bytes, slots[index * SLOT]! + slots[index * SLOT + 1]!, value.start, value.end)
      slots[index * SLOT + 2] = value.end - value.start
    } else this.#write(index, key, value)
  }

  remove(index: number): void {
    this.slots.copyWithin(index * SLOT, (index + 1) * SLOT, this.count * SLOT)
    this.count--
  }

  /** A leaf of `epoch` with the rows in `[from, to)`. */
  part(epoch: number, from: number, to: number): Leaf {
    const { slots, bytes } = this
    let size = 0
    for (let index = from; index < to; index++) size += slots[index * SLOT + 1]! + this.#valueLength(index)
    const part = new Leaf(epoch, Math.max(FIRST_CAPACITY, size + (size >>> 1)))
    for (let index = from; index < to; index++) {
      const start = slots[index * SLOT]!
      bytes.copy(part.bytes, part.used, start, start + slots[index * SLOT + 1]! + this.#valueLength(index))
      const at = part.count++ * SLOT
      part.slots[at] = part.used
      part.slots[at + 1] = slots[index * SLOT + 1]!
      part.slots[at + 2] = slots[index * SLOT + 2]!
      part.used += slots[index * SLOT + 1]! + this.#valueLength(index)
    }
    return part
  }

  /** Forgets the rows from `count` on, which another leaf has taken. */
  truncate(count: number): void {
    this.count = count
    this.#makeRoom(0)
  }

  #valueLength(index: number): number {
    const length = this.slots[index * SLOT + 2]!
    return length === TOMBSTONE ? 0 : length
  }

  #write(index: number, key: ByteSlice, value: ByteSlice | null): void {
    const keyLength = key.end - key.start
    const length = keyLength + (value === null ? 0 : value.end - value.start)
    if (this.used + length > this.bytes.length) this.#makeRoom(length, index)
    const at = index * SLOT
    this.slots[at] = this.used
    this.slots[at + 1] = keyLength
    this.slots[at + 2] = value === null ? TOMBSTONE : value.end - value.start
    key.buffer.copy(this.bytes, this.used, key.start, key.end)
    if (value !== null) value.buffer.copy(this.bytes, this.used + keyLength, value.start, value.end)
    this.used += length
  }

  /** Moves the rows, without `skipped`, into a buffer that has room for them, `length` more bytes, and some. */
  #makeRoom(length: number, skipped = -1): void {
    const { slots, bytes: old } = this
    let live = 0
    for (let index = 0; index < this.count; index++) if (index !== skipped) live += slots[index * SLOT + 1]! + this.#valueLength(index)
    this.bytes = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY, Math.ceil((live + length) * 1.5)))
    this.used = 0
    for (let index = 0; index < this.count; index++) {
      if (index === skipped) continue
      const start = slots[index * SLOT]!
      const end = start + slots[index * SLOT + 1]! + this.#valueLength(index)
      slots[index * SLOT] = this.used
      this.used += old.copy(this.bytes, this.used, start, end)
    }
  }
}

/** Children in the order of their keys. `keys[i]` is at most the first key of child `i + 1` and greater than the last of child `i`. */
export class Inner {
  readonly epoch: number
  keys: Buffer[]
  children: TreeNode[]

  constructor(epoch: number, keys: Buffer[], children: TreeNode[]) {
    this.epoch = epoch
    this.keys = keys
    this.children = children
  }

  /** The child in which `key` is, if it is anywhere. */
  childFor(key: ByteSlice): number {
    const { keys } = this
    let low = 0
    let high = keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const separator = keys[middle]!
      if (compareTo(key, separator, 0, separator.length) < 0) high = middle
      else low = middle + 1
    }
    return low
  }
}

/** A node of a `SortedTree`. */
export type TreeNode = Leaf | Inner
