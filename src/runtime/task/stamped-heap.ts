/** What a {@link StampedHeap} orders by. */
export interface Stamped {
  /** Must not change while the item is in the heap. */
  readonly timestamp: number
}

/**
 * A binary heap that gives the item with the smallest timestamp, and gives items of equal timestamps in exactly the order in which
 * `java.util.PriorityQueue` would: Kafka Streams leaves that order to its heap, and answers must be the same (P§5.3).
 */
export class StampedHeap<T extends Stamped> {
  readonly #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  /** The item that `poll` would give. */
  peek(): T | undefined {
    return this.#items[0]
  }

  /** Adds an item. */
  offer(item: T): void {
    const items = this.#items
    let index = items.length
    items.push(item)
    while (index > 0) {
      const above = (index - 1) >>> 1
      const parent = items[above]!
      if (item.timestamp >= parent.timestamp) break
      items[index] = parent
      index = above
    }
    items[index] = item
  }

  /** Takes out the item with the smallest timestamp. */
  poll(): T | undefined {
    const items = this.#items
    const first = items[0]
    const last = items.pop()
    const count = items.length
    if (last === undefined || count === 0) return first
    const half = count >>> 1
    let index = 0
    while (index < half) {
      let below = 2 * index + 1
      let child = items[below]!
      const right = below + 1
      if (right < count && child.timestamp > items[right]!.timestamp) child = items[(below = right)]!
      if (last.timestamp <= child.timestamp) break
      items[index] = child
      index = below
    }
    items[index] = last
    return first
  }

  clear(): void {
    this.#items.length = 0
  }
}
