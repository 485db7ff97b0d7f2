import { ByteSlice, compareSlices, type CopiedBytes } from '../../byte-slice.ts'
import type { KeyRange } from '../../key-range.ts'
import { LeafMemory } from './leaf-memory.ts'
import { TreeCursor } from './tree-cursor.ts'
import { Inner, Leaf, NODE_WIDTH, type TreeNode } from './tree-node.ts'

/** A leaf with more bytes than this is split even if it has few rows. */
const LEAF_BYTES_MAX = 64 * 1024
const SPLIT_ROWS_MIN = 4

/**
 * Rows of bytes in unsigned order of their keys: a B+ tree that is copied on write.
 *
 * A scan takes the root and raises the epoch of the tree; from then on a node of an older epoch is copied before it is changed. So a scan
 * costs nothing until somebody writes, sees the rows of its opening for ever, and needs no closing. One that is closed before anybody has
 * written takes its epoch back, and costs nothing at all. A value may be a tombstone: the tree keeps such rows like others, `get` does not
 * find them.
 */
export class SortedTree {
  #root: TreeNode | null = null
  #epoch = 0
  #rowCount = 0
  /** The last leaf, if the row that was put last into it came behind all others: the next one may, too. `null`: not known. */
  #tail: Leaf | null = null
  readonly #memory = new LeafMemory()
  /** The scan that was begun last, as long as nothing was written since. */
  #latest: TreeCursor | null = null
  // The way to the leaf that is being changed: inner nodes and the child taken in each.
  readonly #path: Inner[] = []
  readonly #taken: number[] = []
  readonly #separator = new ByteSlice()

  /** Tombstones included. */
  get rowCount(): number {
    return this.#rowCount
  }

  /** Sets `into` to the value of `key`; false if there is none. The slice is valid until the tree is changed. */
  get(key: ByteSlice, into: ByteSlice): boolean {
    let node = this.#root
    if (node === null) return false
    while (node instanceof Inner) node = node.children[node.childFor(key)]!
    const index = node.find(key)
    return index >= 0 && node.readValue(index, into)
  }

  /** Writes a row; `null` writes a tombstone. Both are copied. */
  put(key: ByteSlice, value: CopiedBytes | null): void {
    const tail = this.#tail
    if (tail !== null && tail.epoch === this.#epoch && !isFull(tail) && tail.endsBefore(key)) {
      this.#rowCount++
      tail.insert(tail.count, key, value)
      return
    }
    const leaf = this.#ownedLeaf(key)
    const index = leaf.find(key)
    if (index >= 0) {
      leaf.replace(index, key, value)
      return
    }
    this.#rowCount++
    if (isFull(leaf)) this.#insertSplit(leaf, -1 - index, key, value)
    else {
      if (-1 - index === leaf.count && this.#isLast()) this.#tail = leaf
      leaf.insert(-1 - index, key, value)
    }
  }

  /** Removes a row, a tombstone as well. Returns whether there was one. */
  remove(key: ByteSlice): boolean {
    if (!this.#has(key)) return false
    const leaf = this.#ownedLeaf(key)
    leaf.remove(leaf.find(key))
    this.#rowCount--
    if (leaf.count === 0) this.#removeLeaf()
    return true
  }

  /** Removes all rows with keys below `bound`, in time of the nodes that they fill. */
  removeBelow(bound: Buffer): void {
    const key = new ByteSlice(bound)
    if (this.#root === null || compareSlices(firstKeyOf(this.#root, this.#separator), key) >= 0) return
    const leaf = this.#ownedLeaf(key)
    const index = leaf.find(key)
    let removed = index >= 0 ? index : -1 - index
    for (let count = removed; count > 0; count--) leaf.remove(0)
    for (let depth = 0; depth < this.#path.length; depth++) {
      const parent = this.#path[depth]!
      const taken = this.#taken[depth]!
      for (const child of parent.children.splice(0, taken)) removed += rowsUnder(child)
      parent.keys.splice(0, taken)
      parent.keysChanged()
      this.#taken[depth] = 0
    }
    this.#rowCount -= removed
    if (leaf.count === 0) this.#removeLeaf()
    else this.#lowerRoot()
  }

  /** The rows as they are now. */
  scan(range: KeyRange, isReverse: boolean): TreeCursor {
    this.#epoch++
    return (this.#latest = new TreeCursor(this.#root, range, isReverse, this.#onClose))
  }

  // No node is of the epoch of this scan, and nobody sees those of the one before: they may be changed in place again.
  readonly #onClose = (cursor: TreeCursor): void => {
    if (cursor !== this.#latest) return
    this.#latest = null
    this.#epoch--
  }

  #has(key: ByteSlice): boolean {
    let node = this.#root
    if (node === null) return false
    while (node instanceof Inner) node = node.children[node.childFor(key)]!
    return node.find(key) >= 0
  }

  /** Whether the leaf at the end of `#path` is the last one. */
  #isLast(): boolean {
    return this.#path.every((parent, depth) => this.#taken[depth] === parent.children.length - 1)
  }

  /** The leaf for `key`, with all nodes on the way to it made changeable; the way is left in `#path` and `#taken`. */
  #ownedLeaf(key: ByteSlice): Leaf {
    this.#latest = null
    this.#path.length = 0
    this.#taken.length = 0
    let node = this.#owned(this.#root ?? new Leaf(this.#epoch))
    this.#root = node
    while (node instanceof Inner) {
      const taken = node.childFor(key)
      const child = this.#owned(node.children[taken]!)
      node.children[taken] = child
      this.#path.push(node)
      this.#taken.push(taken)
      node = child
    }
    return node
  }

  #owned(node: TreeNode): TreeNode {
    if (node.epoch === this.#epoch) return node
    if (node instanceof Leaf) return node.part(this.#epoch, 0, node.count)
    return node.copy(this.#epoch)
  }

  #insertSplit(leaf: Leaf, index: number, key: ByteSlice, value: CopiedBytes | null): void {
    // Rows that come in order fill their leaves: what comes after the last row starts a new one.
    const middle = index === leaf.count ? leaf.count : leaf.count >>> 1
    const right = middle === leaf.count ? leaf.next(this.#epoch, this.#memory) : leaf.part(this.#epoch, middle, leaf.count)
    if (middle < leaf.count) leaf.truncate(middle)
    if (leaf === this.#tail) this.#tail = right
    if (index > middle || right.count === 0) right.insert(index - middle, key, value)
    else leaf.insert(index, key, value)
    right.readKey(0, this.#separator)
    this.#insertChild(this.#separator.copy(), right)
  }

  /** Adds `child` to the right of the child that was taken last, and splits upwards what becomes too wide. */
  #insertChild(separator: Buffer, child: TreeNode): void {
    let key = separator
    let right = child
    for (let depth = this.#path.length - 1; depth >= 0; depth--) {
      const parent = this.#path[depth]!
      const taken = this.#taken[depth]!
      parent.insert(taken, key, right)
      if (parent.children.length <= NODE_WIDTH) return
      const middle = taken + 2 === parent.children.length ? NODE_WIDTH : parent.children.length >>> 1
      right = new Inner(this.#epoch, parent.keys.splice(middle), parent.children.splice(middle))
      key = parent.keys.pop()!
      parent.keysChanged()
    }
    this.#root = new Inner(this.#epoch, [key], [this.#root!, right])
  }

  /** Removes the child that was taken last, and upwards what becomes empty. */
  #removeLeaf(): void {
    this.#tail = null
    for (let depth = this.#path.length - 1; depth >= 0; depth--) {
      const parent = this.#path[depth]!
      const taken = this.#taken[depth]!
      parent.children.splice(taken, 1)
      if (parent.keys.length > 0) parent.keys.splice(Math.max(0, taken - 1), 1)
      parent.keysChanged()
      if (parent.children.length > 0) {
        this.#lowerRoot()
        return
      }
    }
    this.#root = null
  }

  #lowerRoot(): void {
    while (this.#root instanceof Inner && this.#root.children.length === 1) this.#root = this.#root.children[0]!
  }
}

function isFull({ count, used }: Leaf): boolean {
  return count >= NODE_WIDTH || (used > LEAF_BYTES_MAX && count >= SPLIT_ROWS_MIN)
}

function rowsUnder(node: TreeNode): number {
  if (!(node instanceof Inner)) return node.count
  let rows = 0
  for (const child of node.children) rows += rowsUnder(child)
  return rows
}

function firstKeyOf(from: TreeNode, into: ByteSlice): ByteSlice {
  let node = from
  while (node instanceof Inner) node = node.children[0]!
  node.readKey(0, into)
  return into
}
