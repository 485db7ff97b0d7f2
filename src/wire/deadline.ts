import type { Scheduler, Timer } from '../base/environment.ts'

/** A time by which something has to have happened, which can be set anew for each step of it. */
export class Deadline {
  readonly #scheduler: Scheduler
  readonly #timeoutMs: number
  readonly #onMissed: () => void
  #timer: Timer | null = null

  /** It does not run yet. */
  constructor(scheduler: Scheduler, timeoutMs: number, onMissed: () => void) {
    this.#scheduler = scheduler
    this.#timeoutMs = timeoutMs
    this.#onMissed = onMissed
  }

  /** Runs it from now on. */
  restart(): void {
    this.#timer?.cancel()
    this.#timer = this.#scheduler.after(this.#timeoutMs, this.#onMissed)
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }
}
