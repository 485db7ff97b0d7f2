import type { Scheduler } from '../environment.ts'
import type { Channel } from './channel.ts'

/** An end of a channel within one thread. */
export interface LocalChannel extends Channel {
  /** Resolves when the other end is closed and all that it has posted is taken. */
  readonly whenOver: Promise<void>
}

/** The two ends of a channel within one thread, whose messages go over `scheduler`. */
export function localChannel(scheduler: Scheduler): readonly [LocalChannel, LocalChannel] {
  const link = { isClosed: false }
  const first = new LocalEnd(scheduler, link)
  const second = new LocalEnd(scheduler, link)
  first.other = second
  second.other = first
  return [first, second]
}

class LocalEnd implements LocalChannel {
  other: LocalEnd | null = null
  readonly #scheduler: Scheduler
  readonly #link: { isClosed: boolean }
  readonly #arrived: unknown[] = []
  readonly #over = Promise.withResolvers<void>()
  #isDue = false
  #isClosed = false
  #onMessage: ((message: never) => void) | null = null

  constructor(scheduler: Scheduler, link: { isClosed: boolean }) {
    this.#scheduler = scheduler
    this.#link = link
  }

  get onMessage(): ((message: never) => void) | null {
    return this.#onMessage
  }

  set onMessage(listener: ((message: never) => void) | null) {
    this.#onMessage = listener
    this.#deliverSoon()
  }

  get whenOver(): Promise<void> {
    return this.#over.promise
  }

  post(message: unknown): void {
    if (!this.#link.isClosed) this.other!.#arrive(structuredClone(message))
  }

  close(): void {
    this.#isClosed = true
    this.#link.isClosed = true
    this.#arrived.length = 0
    this.other!.#deliverSoon()
  }

  #arrive(message: unknown): void {
    this.#arrived.push(message)
    this.#deliverSoon()
  }

  #deliverSoon(): void {
    if (this.#link.isClosed && this.#arrived.length === 0) this.#over.resolve()
    if (this.#isDue || this.#isClosed || this.#onMessage === null || this.#arrived.length === 0) return
    this.#isDue = true
    this.#scheduler.soon(() => {
      this.#isDue = false
      // One at a time: whoever takes it may close the channel, or go away.
      if (this.#onMessage !== null && this.#arrived.length > 0) this.#onMessage(this.#arrived.shift() as never)
      this.#deliverSoon()
    })
  }
}
