import { ByteSlice, type CopiedBytes, compareTo } from '../../byte-slice.ts'
import { prefixNumber, sharedLength } from './key-prefix.ts'
import type { LeafMemory } from './leaf-memory.ts'

/** Rows per leaf, and children per inner node. */
export const NODE_WIDTH = 64

const SLOT = 3
/** Bytes of a prefix. */
const PREFIX = 8
/** Bytes of both tables of a leaf. */
const TABLE_BYTES = NODE_WIDTH * (PREFIX + SLOT * 4)
const TOMBSTONE = 0xffff_ffff
const FIRST_CAPACITY = 512

/**
 * A page of rows: their bytes in one buffer, in order of arrival, and a table of slots (start, key length, value length) in order of the
 * keys. Rows cost no objects, so that tens of millions of them do not burden the garbage collector.
 *
 * All keys begin with the same `#shared` bytes or more; `#prefixes` has the number of the six bytes that follow, per slot.
 */
export class Leaf {
  /** The epoch of the tree in which this node was made: only then may it be changed in place. */
  readonly epoch: number
  count = 0
  /** Bytes of the buffer that are taken, by rows and by what they have outgrown. */
  used = 0
  #bytes: Buffer
  readonly #slots: Uint32Array
  readonly #prefixes: Float64Array
  #shared = 0

  /** `memory`: where to take the bytes from; `null`: they are its own. */
  constructor(epoch: number, capacity: number = FIRST_CAPACITY, memory: LeafMemory | null = null) {
    this.epoch = epoch
    // One piece of memory for both tables: each piece costs the garbage collector.
    const tables = memory === null ? Buffer.allocUnsafeSlow(TABLE_BYTES) : memory.take(TABLE_BYTES + capacity)
    this.#prefixes = new Float64Array(tables.buffer, tables.byteOffset, NODE_WIDTH)
    this.#slots = new Uint32Array(tables.buffer, tables.byteOffset + NODE_WIDTH * PREFIX, NODE_WIDTH * SLOT)
    this.#bytes = memory === null ? Buffer.allocUnsafeSlow(capacity) : tables.subarray(TABLE_BYTES)
  }

  /** An empty leaf for rows that come after those of this one, and are of their size. */
  next(epoch: number, memory: LeafMemory): Leaf {
    return new Leaf(epoch, Math.max(FIRST_CAPACITY, this.used + (this.used >>> 4)), memory)
  }

  /** Whether `key` comes after all keys of this leaf, which has some. */
  endsBefore(key: ByteSlice): boolean {
    const slots = this.#slots
    const last = (this.count - 1) * SLOT
    const start = slots[last]!
    return compareTo(key, this.#bytes, start, start + slots[last + 1]!) > 0
  }

  /** The row with `key`, or `-1 - index` of where it would be. */
  find(key: ByteSlice): number {
    const slots = this.#slots
    const bytes = this.#bytes
    const shared = this.#shared
    const first = slots[0]!
    if (this.count === 0) return -1
    if (sharedLength(key, bytes, first, shared) < shared) return compareTo(key, bytes, first, first + slots[1]!) < 0 ? -1 : -1 - this.count
    const prefixes = this.#prefixes
    const prefix = prefixNumber(key.buffer, key.start + shared, key.end)
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      let order = prefix - prefixes[middle]!
      if (order === 0) {
        const start = slots[middle * SLOT]!
        order = compareTo(key, bytes, start, start + slots[middle * SLOT + 1]!)
        if (order === 0) return middle
      }
      if (order < 0) high = middle
      else low = middle + 1
    }
    return -1 - low
  }

  readKey(index: number, into: ByteSlice): void {
    const start = this.#slots[index * SLOT]!
    into.set(this.#bytes, start, start + this.#slots[index * SLOT + 1]!)
  }

  /** False for a tombstone, with `into` untouched. */
  readValue(index: number, into: ByteSlice): boolean {
    const length = this.#slots[index * SLOT + 2]!
    if (length === TOMBSTONE) return false
    const start = this.#slots[index * SLOT]! + this.#slots[index * SLOT + 1]!
    into.set(this.#bytes, start, start + length)
    return true
  }

  /** Puts a row where `find` said it would be. There is room for a row. */
  insert(index: number, key: ByteSlice, value: CopiedBytes | null): void {
    const slots = this.#slots
    const shared = this.count === 0 ? key.end - key.start : sharedLength(key, this.#bytes, slots[0]!, this.#shared)
    if (index < this.count) {
      slots.copyWithin((index + 1) * SLOT, index * SLOT, this.count * SLOT)
      this.#prefixes.copyWithin(index + 1, index, this.count)
    }
    slots[index * SLOT + 1] = 0
    slots[index * SLOT + 2] = TOMBSTONE
    this.count++
    this.#write(index, key, value)
    if (shared === this.#shared) this.#prefixes[index] = prefixNumber(key.buffer, key.start + shared, key.end)
    else this.#share(shared)
  }

  /** Replaces the value of a row. `key` is the key that it has. */
  replace(index: number, key: ByteSlice, value: CopiedBytes | null): void {
    const slots = this.#slots
    const length = slots[index * SLOT + 2]!
    if (value === null) slots[index * SLOT + 2] = TOMBSTONE
    else if (length !== TOMBSTONE && value.length <= length) {
      value.copyTo(this.#bytes, slots[index * SLOT]! + slots[index * SLOT + 1]!)
      slots[index * SLOT + 2] = value.length
    } else this.#write(index, key, value)
  }

  remove(index: number): void {
    this.#slots.copyWithin(index * SLOT, (index + 1) * SLOT, this.count * SLOT)
    this.#prefixes.copyWithin(index, index + 1, this.count)
    this.count--
  }

  /** A leaf of `epoch` with the rows in `[from, to)`. */
  part(epoch: number, from: number, to: number): Leaf {
    const slots = this.#slots
    let size = 0
    for (let index = from; index < to; index++) size += this.#rowLength(index)
    const part = new Leaf(epoch, Math.max(FIRST_CAPACITY, size + (size >>> 1)))
    for (let index = from; index < to; index++) {
      const start = slots[index * SLOT]!
      const at = part.count++ * SLOT
      part.#slots[at] = part.used
      part.#slots[at + 1] = slots[index * SLOT + 1]!
      part.#slots[at + 2] = slots[index * SLOT + 2]!
      part.used += this.#bytes.copy(part.#bytes, part.used, start, start + this.#rowLength(index))
    }
    part.#share(part.#sharedByAll())
    return part
  }

  /** Forgets the rows from `count` on, which another leaf has taken. */
  truncate(count: number): void {
    this.count = count
    this.#makeRoom(0)
    this.#share(this.#sharedByAll())
  }

  #rowLength(index: number): number {
    const valueLength = this.#slots[index * SLOT + 2]!
    return this.#slots[index * SLOT + 1]! + (valueLength === TOMBSTONE ? 0 : valueLength)
  }

  /** What the first and the last key have in common, all keys have. */
  #sharedByAll(): number {
    if (this.count === 0) return 0
    const last = new ByteSlice()
    this.readKey(this.count - 1, last)
    return sharedLength(last, this.#bytes, this.#slots[0]!, this.#slots[1]!)
  }

  #share(shared: number): void {
    this.#shared = shared
    for (let index = 0; index < this.count; index++) {
      const start = this.#slots[index * SLOT]!
      this.#prefixes[index] = prefixNumber(this.#bytes, start + shared, start + this.#slots[index * SLOT + 1]!)
    }
  }

  #write(index: number, key: ByteSlice, value: CopiedBytes | null): void {
    const keyLength = key.end - key.start
    const length = keyLength + (value === null ? 0 : value.length)
    if (this.used + length > this.#bytes.length) this.#makeRoom(length, index)
    const at = index * SLOT
    this.#slots[at] = this.used
    this.#slots[at + 1] = keyLength
    this.#slots[at + 2] = value === null ? TOMBSTONE : value.length
    key.copyTo(this.#bytes, this.used)
    value?.copyTo(this.#bytes, this.used + keyLength)
    this.used += length
  }

  /** Moves the rows, without `skipped`, into a buffer that has room for them, `length` more bytes, and some. */
  #makeRoom(length: number, skipped = -1): void {
    const slots = this.#slots
    const old = this.#bytes
    let live = 0
    for (let index = 0; index < this.count; index++) if (index !== skipped) live += this.#rowLength(index)
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY, Math.ceil((live + length) * 1.5)))
    this.used = 0
    for (let index = 0; index < this.count; index++) {
      if (index === skipped) continue
      const start = slots[index * SLOT]!
      slots[index * SLOT] = this.used
      this.used += old.copy(this.#bytes, this.used, start, start + this.#rowLength(index))
    }
  }
}

/** Children in the order of their keys. `keys[i]` is at most the first key of child `i + 1` and greater than the last of child `i`. */
export class Inner {
  readonly epoch: number
  readonly keys: Buffer[]
  readonly children: TreeNode[]
  // As in a leaf; made when a search needs them.
  #prefixes: Float64Array | null = null
  #shared = 0

  constructor(epoch: number, keys: Buffer[], children: TreeNode[]) {
    this.epoch = epoch
    this.keys = keys
    this.children = children
  }

  /** A node of that epoch with the same children. */
  copy(epoch: number): Inner {
    const copy = new Inner(epoch, this.keys.slice(), this.children.slice())
    copy.#prefixes = this.#prefixes?.slice() ?? null
    copy.#shared = this.#shared
    return copy
  }

  /** Puts `child` to the right of the child `taken`; `key` is its first key. */
  insert(taken: number, key: Buffer, child: TreeNode): void {
    const prefixes = this.#prefixes
    const known = this.keys[0]
    if (prefixes !== null && known !== undefined && sharedLength(new ByteSlice(key), known, 0, this.#shared) === this.#shared) {
      prefixes.copyWithin(taken + 1, taken, this.keys.length)
      prefixes[taken] = prefixNumber(key, this.#shared, key.length)
    } else this.#prefixes = null
    this.keys.splice(taken, 0, key)
    this.children.splice(taken + 1, 0, child)
  }

  /** To be called after each other change of `keys`. */
  keysChanged(): void {
    this.#prefixes = null
  }

  /** The child in which `key` is, if it is anywhere. */
  childFor(key: ByteSlice): number {
    const { keys } = this
    if (keys.length === 0) return 0
    const prefixes = this.#prefixes ?? this.#index()
    const shared = this.#shared
    const first = keys[0]!
    if (sharedLength(key, first, 0, shared) < shared) return compareTo(key, first, 0, first.length) < 0 ? 0 : keys.length
    const prefix = prefixNumber(key.buffer, key.start + shared, key.end)
    let low = 0
    let high = keys.length
    while (low < high) {
      const middle = (low + high) >>> 1
      let order = prefix - prefixes[middle]!
      if (order === 0) order = compareTo(key, keys[middle]!, 0, keys[middle]!.length)
      if (order < 0) high = middle
      else low = middle + 1
    }
    return low
  }

  #index(): Float64Array {
    const { keys } = this
    const first = keys[0]!
    const shared = sharedLength(new ByteSlice(keys[keys.length - 1]), first, 0, first.length)
    const prefixes = new Float64Array(NODE_WIDTH)
    for (let index = 0; index < keys.length; index++) prefixes[index] = prefixNumber(keys[index]!, shared, keys[index]!.length)
    this.#shared = shared
    this.#prefixes = prefixes
    return prefixes
  }
}

/** A node of a `SortedTree`. */
export type TreeNode = Leaf | Inner
