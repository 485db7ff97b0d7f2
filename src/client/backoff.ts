import type { Random } from '../base/environment.ts'

/** How long to wait between tries: `baseMs`, doubled at each try up to `maxMs`, with 20 % jitter. */
export class Backoff {
  readonly #baseMs: number
  readonly #maxMs: number
  readonly #random: Random
  #tries = 0

  constructor(baseMs: number, maxMs: number, random: Random) {
    this.#baseMs = baseMs
    this.#maxMs = maxMs
    this.#random = random
  }

  /** How often `nextMs` was called since the last reset. */
  get tries(): number {
    return this.#tries
  }

  /** The time to wait before the next try. */
  nextMs(): number {
    const plainMs = Math.min(this.#maxMs, this.#baseMs * 2 ** Math.min(this.#tries, 30))
    this.#tries++
    return plainMs * (0.8 + 0.4 * this.#random.next())
  }

  reset(): void {
    this.#tries = 0
  }
}
