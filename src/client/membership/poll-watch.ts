import type { Environment, Timer } from '../../base/environment.ts'

/** Notices that a thread has not polled for too long (`max.poll.interval.ms`). */
export class PollWatch {
  readonly #environment: Environment
  readonly #timeoutMs: number
  readonly #onLate: () => void
  #polledAtMs = 0
  #timer: Timer | null = null

  /** `onLate` is called once each time that `timeoutMs` has passed without a poll; the next time counts from then or from the next poll. */
  constructor(environment: Environment, timeoutMs: number, onLate: () => void) {
    this.#environment = environment
    this.#timeoutMs = timeoutMs
    this.#onLate = onLate
  }

  start(): void {
    this.polled()
    this.#wait()
  }

  /** Cheap: the timer that is set stays, and looks at the time of the last poll when it fires. */
  polled(): void {
    this.#polledAtMs = this.#environment.clock.monotonic()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = null
  }

  #wait(): void {
    const restMs = this.#polledAtMs + this.#timeoutMs - this.#environment.clock.monotonic()
    this.#timer = this.#environment.scheduler.after(Math.max(0, restMs), () => {
      this.#timer = null
      const isLate = this.#environment.clock.monotonic() - this.#polledAtMs >= this.#timeoutMs
      if (isLate) this.polled()
      this.#wait()
      if (isLate) this.#onLate()
    })
  }
}
