import { ByteSlice, compareTo } from '../../byte-slice.ts'
import { isEmptyRange, type KeyRange } from '../../key-range.ts'
import type { ChangeCursor } from '../../sorted-bytes-store.ts'
import { Inner, type Leaf, type TreeNode } from './tree-node.ts'

/** Walks the rows of a tree whose nodes do not change any more. */
export class TreeCursor implements ChangeCursor {
  readonly key: ByteSlice = new ByteSlice()
  readonly value: ByteSlice = new ByteSlice()
  #isTombstone = false
  readonly #path: Inner[] = []
  readonly #taken: number[] = []
  #leaf: Leaf | null = null
  #index = 0
  readonly #step: 1 | -1
  // Where the walk ends, in its own direction.
  readonly #end: Buffer | null
  readonly #includesEnd: boolean
  readonly #onClose: (cursor: TreeCursor) => void

  /** `onClose`: called at each `close`. */
  constructor(root: TreeNode | null, range: KeyRange, isReverse: boolean, onClose: (cursor: TreeCursor) => void) {
    this.#onClose = onClose
    this.#step = isReverse ? -1 : 1
    this.#end = isReverse ? range.from : range.to
    this.#includesEnd = isReverse || range.includesTo
    if (root === null || isEmptyRange(range)) return
    const start = isReverse ? range.to : range.from
    if (start === null) this.#toEdge(root)
    else this.#toKey(root, start, isReverse && !range.includesTo)
  }

  get isTombstone(): boolean {
    return this.#isTombstone
  }

  next(): boolean {
    const leaf = this.#leaf
    if (leaf === null) return false
    if (this.#index < 0 || this.#index >= leaf.count) {
      this.#nextLeaf()
      return this.next()
    }
    leaf.readKey(this.#index, this.key)
    if (this.#end !== null && this.#isPastEnd(this.#end)) {
      this.#leaf = null
      return false
    }
    this.#isTombstone = !leaf.readValue(this.#index, this.value)
    this.#index += this.#step
    return true
  }

  close(): void {
    this.#leaf = null
    this.#path.length = 0
    this.#onClose(this)
  }

  #isPastEnd(end: Buffer): boolean {
    const order = compareTo(this.key, end, 0, end.length) * this.#step
    return order > 0 || (order === 0 && !this.#includesEnd)
  }

  #nextLeaf(): void {
    while (this.#path.length > 0) {
      const parent = this.#path[this.#path.length - 1]!
      const taken = this.#taken[this.#taken.length - 1]! + this.#step
      if (taken >= 0 && taken < parent.children.length) {
        this.#taken[this.#taken.length - 1] = taken
        this.#toEdge(parent.children[taken]!)
        return
      }
      this.#path.pop()
      this.#taken.pop()
    }
    this.#leaf = null
  }

  /** To the first row under `from`, in the direction of the walk. */
  #toEdge(from: TreeNode): void {
    let node = from
    while (node instanceof Inner) {
      const taken = this.#step > 0 ? 0 : node.children.length - 1
      this.#path.push(node)
      this.#taken.push(taken)
      node = node.children[taken]!
    }
    this.#leaf = node
    this.#index = this.#step > 0 ? 0 : node.count - 1
  }

  /** To the row with key `start`, or the next one in the direction of the walk; `skipsEqual`: the next one in any case. */
  #toKey(root: TreeNode, start: Buffer, skipsEqual: boolean): void {
    const key = new ByteSlice(start)
    let node = root
    while (node instanceof Inner) {
      const taken = node.childFor(key)
      this.#path.push(node)
      this.#taken.push(taken)
      node = node.children[taken]!
    }
    this.#leaf = node
    const found = node.find(key)
    if (found >= 0) this.#index = skipsEqual ? found + this.#step : found
    else this.#index = this.#step > 0 ? -1 - found : -2 - found
  }
}
