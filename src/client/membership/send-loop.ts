import type { Environment, Timer } from '../../base/environment.ts'

/** What a membership sends, and when. */
export interface SendLoopOptions {
  /** When the next request is due, monotonic milliseconds; `Infinity`: none is. */
  readonly dueMs: () => number
  /** Sends it and takes its answer. Rejects only by mistake. */
  readonly send: () => Promise<void>
  readonly onMistake: (error: unknown) => void
}

/** Sends what is due, or waits until something is; one request is in flight at a time. */
export class SendLoop {
  readonly #environment: Environment
  readonly #options: SendLoopOptions
  #isSending = false
  #timer: Timer | null = null

  constructor(environment: Environment, options: SendLoopOptions) {
    this.#environment = environment
    this.#options = options
  }

  /** To be called whenever something may be due that was not. */
  wake(): void {
    this.stop()
    if (this.#isSending) return
    const dueMs = this.#options.dueMs()
    if (dueMs === Infinity) return
    const waitMs = dueMs - this.#environment.clock.monotonic()
    if (waitMs > 0) {
      this.#timer = this.#environment.scheduler.after(waitMs, () => this.wake())
      return
    }
    this.#isSending = true
    this.#options.send().then(() => {
      this.#isSending = false
      this.wake()
    }, this.#options.onMistake)
  }

  /** Does not wait any more; an answer that is under way is still taken. */
  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }
}
