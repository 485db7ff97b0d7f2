import type { Cancellable } from '../../processor/processor.ts'
import { type Stamped, StampedHeap } from './stamped-heap.ts'

/** One schedule of a processor (P§5.5). */
export class Punctuation<N> implements Stamped, Cancellable {
  /** The node that made the schedule. */
  readonly node: N
  readonly intervalMs: number
  readonly punctuator: (timestamp: number) => void
  /** When the next punctuation is due; `Infinity`: never. */
  timestamp: number
  isCancelled = false

  constructor(node: N, firstMs: number, intervalMs: number, punctuator: (timestamp: number) => void) {
    this.node = node
    this.timestamp = firstMs
    this.intervalMs = intervalMs
    this.punctuator = punctuator
  }

  cancel(): void {
    this.isCancelled = true
  }

  /** Moves on to the first time after `now` that is a whole number of intervals away: what was missed is made up for by one punctuation. */
  advance(now: number): void {
    let next = this.timestamp + this.intervalMs
    if (now >= next) next = this.timestamp + (Math.floor((now - this.timestamp) / this.intervalMs) + 1) * this.intervalMs
    this.timestamp = next > Number.MAX_SAFE_INTEGER ? Infinity : next
  }
}

/** The schedules of one task and one kind of time. */
export class PunctuationQueue<N> {
  readonly #heap = new StampedHeap<Punctuation<N>>()

  /** When the next schedule is due, `Infinity` if there is none. May be the time of a cancelled one. */
  get nextMs(): number {
    return this.#heap.peek()?.timestamp ?? Infinity
  }

  /**
   * Adds a schedule. `firstMs` is when it is first due; of an `anchored` one that is in the past the first time that is not.
   */
  schedule(punctuation: Punctuation<N>, anchored: boolean, now: number): Cancellable {
    if (anchored && punctuation.timestamp < now) punctuation.advance(now)
    this.#heap.offer(punctuation)
    return punctuation
  }

  /** Calls `run` for each schedule that is due at `now`, once each; returns whether there was one. A schedule whose `run` throws is gone. */
  punctuate(now: number, run: (punctuation: Punctuation<N>, now: number) => void): boolean {
    let punctuated = false
    for (let top = this.#heap.peek(); top !== undefined && top.timestamp <= now; top = this.#heap.peek()) {
      this.#heap.poll()
      if (top.isCancelled) continue
      run(top, now)
      punctuated = true
      // It may have cancelled itself.
      if (top.isCancelled) continue
      top.advance(now)
      this.#heap.offer(top)
    }
    return punctuated
  }

  clear(): void {
    this.#heap.clear()
  }
}
