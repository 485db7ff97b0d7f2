import type { Scheduler, Timer } from '../../base/environment.ts'

/** Lets the loop of a stream thread sleep until there is something to do or a time has passed. One sleeper. */
export class Wakeup {
  readonly #scheduler: Scheduler
  #isCalled = false
  #resolve: (() => void) | null = null
  #timer: Timer | null = null

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  /** Ends the sleep, or the next one at once. May be called from anywhere, any number of times. */
  readonly call = (): void => {
    this.#isCalled = true
    const resolve = this.#resolve
    if (resolve === null) return
    this.#resolve = null
    this.#timer?.cancel()
    this.#timer = null
    resolve()
  }

  /** Resolves after the next `call()`, or at once if there was one since the last sleep, and at the latest after `delayMs`. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#isCalled = false
        resolve()
      }
      if (this.#isCalled || delayMs <= 0) {
        // Through the scheduler, so that timers and answers get their turn even when there is always something to do.
        this.#scheduler.soon(done)
        return
      }
      this.#resolve = done
      this.#timer = this.#scheduler.after(delayMs, this.call)
    })
  }
}
