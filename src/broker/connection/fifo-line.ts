import type { Scheduler } from '../../base/environment.ts'

interface Item<T> {
  readonly value: T
  isDue: boolean
}

/**
 * One direction of a connection: what is put in comes out in the same order, each in an event of the receiver's own, whatever the order
 * in which its scheduler runs the events of one millisecond and however long what is before it takes.
 */
export class FifoLine<T> {
  readonly #scheduler: Scheduler
  readonly #deliver: (value: T) => void
  #items: Item<T>[] = []
  #isClosed = false

  constructor(scheduler: Scheduler, deliver: (value: T) => void) {
    this.#scheduler = scheduler
    this.#deliver = deliver
  }

  /** Delivers `value` `delayMs` from now (0: after what is ready now), or after what is before it if that is later. */
  push(value: T, delayMs: number): void {
    if (this.#isClosed) return
    const item: Item<T> = { value, isDue: false }
    this.#items.push(item)
    const fallDue = (): void => {
      item.isDue = true
      this.#deliverHead()
    }
    if (delayMs > 0) this.#scheduler.after(delayMs, fallDue)
    else this.#scheduler.soon(fallDue)
  }

  /** Nothing more comes out. */
  close(): void {
    this.#isClosed = true
    this.#items = []
  }

  #deliverHead(): void {
    if (this.#items[0]?.isDue !== true) return
    const { value } = this.#items.shift()!
    if (this.#items[0]?.isDue === true) this.#scheduler.soon(() => this.#deliverHead())
    this.#deliver(value)
  }
}
