/**
 * A `java.util.PriorityQueue`: a binary heap in an array. Java's assignors change what elements are compared by while these are in the
 * queue, and read the array as it lies, so the moves of the heap are part of the result.
 */
export class JavaPriorityQueue<T> implements Iterable<T> {
  readonly #compare: (left: T, right: T) => number
  readonly #heap: T[] = []

  /** `initial`: laid out as Java's constructor from a collection does. */
  constructor(compare: (left: T, right: T) => number, initial: readonly T[] = []) {
    this.#compare = compare
    this.#heap.push(...initial)
    for (let index = (initial.length >>> 1) - 1; index >= 0; index--) this.#siftDown(index, this.#heap[index] as T)
  }

  get size(): number {
    return this.#heap.length
  }

  offer(value: T): void {
    this.#heap.push(value)
    this.#siftUp(this.#heap.length - 1, value)
  }

  /** Removes the least element and gives it; undefined when there is none. */
  poll(): T | undefined {
    const first = this.#heap[0]
    const last = this.#heap.pop()
    if (this.#heap.length > 0) this.#siftDown(0, last as T)
    return first
  }

  has(value: T): boolean {
    return this.#heap.includes(value)
  }

  /** Removes `value` itself, wherever it is. */
  remove(value: T): void {
    const index = this.#heap.indexOf(value)
    if (index < 0) return
    const moved = this.#heap.pop() as T
    if (index === this.#heap.length) return
    this.#siftDown(index, moved)
    if (this.#heap[index] === moved) this.#siftUp(index, moved)
  }

  /** The elements as they lie in the array. */
  [Symbol.iterator](): Iterator<T> {
    return this.#heap[Symbol.iterator]()
  }

  #siftUp(from: number, value: T): void {
    let index = from
    while (index > 0) {
      const parent = (index - 1) >>> 1
      const above = this.#heap[parent] as T
      if (this.#compare(value, above) >= 0) break
      this.#heap[index] = above
      index = parent
    }
    this.#heap[index] = value
  }

  #siftDown(from: number, value: T): void {
    const half = this.#heap.length >>> 1
    let index = from
    while (index < half) {
      let child = 2 * index + 1
      const right = child + 1
      if (right < this.#heap.length && this.#compare(this.#heap[child] as T, this.#heap[right] as T) > 0) child = right
      const below = this.#heap[child] as T
      if (this.#compare(value, below) <= 0) break
      this.#heap[index] = below
      index = child
    }
    this.#heap[index] = value
  }
}
