/** Something that is to happen at a time. Created by its owner; the queue orders by `atMs`, then `order`, then `sequence`. */
export interface QueuedEvent {
  readonly atMs: number
  readonly order: number
  readonly sequence: number
  /** Set by `EventQueue.cancel`. */
  isCancelled: boolean
  /** Set while the event is in the queue. */
  isQueued: boolean
}

function isEarlier(left: QueuedEvent, right: QueuedEvent): boolean {
  if (left.atMs !== right.atMs) return left.atMs < right.atMs
  if (left.order !== right.order) return left.order < right.order
  return left.sequence < right.sequence
}

/** A binary heap of events. Cancelled ones are dropped lazily, and at the latest when they are the greater part. */
export class EventQueue<E extends QueuedEvent> {
  #heap: E[] = []
  #cancelledCount = 0

  /** The number of events that are still to happen. */
  get length(): number {
    return this.#heap.length - this.#cancelledCount
  }

  push(event: E): void {
    event.isQueued = true
    this.#heap.push(event)
    this.#up(this.#heap.length - 1)
  }

  /** The earliest event, which stays in the queue. */
  peek(): E | undefined {
    while (this.#heap.length > 0 && this.#heap[0]!.isCancelled) {
      this.#take()
      this.#cancelledCount--
    }
    return this.#heap[0]
  }

  /** Takes the earliest event out. */
  pop(): E | undefined {
    return this.peek() === undefined ? undefined : this.#take()
  }

  /** Does nothing if the event has left the queue or was cancelled before. */
  cancel(event: E): void {
    if (!event.isQueued || event.isCancelled) return
    event.isCancelled = true
    this.#cancelledCount++
    if (this.#cancelledCount > 64 && this.#cancelledCount * 2 > this.#heap.length) this.#compact()
  }

  #take(): E {
    const heap = this.#heap
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length > 0) {
      heap[0] = last
      this.#down(0)
    }
    first.isQueued = false
    return first
  }

  #compact(): void {
    const kept = this.#heap.filter((event) => !event.isCancelled)
    kept.sort((left, right) => (isEarlier(left, right) ? -1 : 1))
    this.#heap = kept
    this.#cancelledCount = 0
  }

  #up(from: number): void {
    const heap = this.#heap
    const event = heap[from]!
    let index = from
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!isEarlier(event, heap[parent]!)) break
      heap[index] = heap[parent]!
      index = parent
    }
    heap[index] = event
  }

  #down(from: number): void {
    const heap = this.#heap
    const event = heap[from]!
    let index = from
    for (;;) {
      let child = index * 2 + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isEarlier(heap[child + 1]!, heap[child]!)) child++
      if (!isEarlier(heap[child]!, event)) break
      heap[index] = heap[child]!
      index = child
    }
    heap[index] = event
  }
}
