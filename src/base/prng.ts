import { assert } from './assert.ts'
import type { Random } from './environment.ts'

/**
 * A seeded source of randomness (xoshiro128** seeded by SplitMix32): the same seed gives the same draws on every machine and version of
 * Node. For simulation and tests; not for secrets.
 */
export class Prng implements Random {
  #a: number
  #b: number
  #c: number
  #d: number

  /** `seed` is any safe integer: all of its bits count. */
  constructor(seed: number) {
    assert(Number.isSafeInteger(seed), 'The seed of a Prng is a safe integer')
    let state = (seed ^ Math.imul(Math.floor(seed / 0x1_0000_0000), 0x85eb_ca6b)) | 0
    const draw = (): number => {
      state = (state + 0x9e37_79b9) | 0
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0_aaad)
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a_2d97)
      return mixed ^ (mixed >>> 15)
    }
    this.#a = draw()
    this.#b = draw()
    this.#c = draw()
    this.#d = draw()
  }

  /** Uniform over the integers in [0, 2^32). */
  uint32(): number {
    const scaled = Math.imul(this.#b, 5)
    const result = Math.imul((scaled << 7) | (scaled >>> 25), 9)
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = (this.#d << 11) | (this.#d >>> 21)
    return result >>> 0
  }

  /** Uniform in [0, 1), 53 bits. */
  next(): number {
    const high = this.uint32() >>> 5
    return (high * 0x400_0000 + (this.uint32() >>> 6)) / 0x20_0000_0000_0000
  }

  /** Uniform over the integers in [0, bound). */
  below(bound: number): number {
    assert(Number.isSafeInteger(bound) && bound > 0, 'The bound of a draw is a positive integer')
    return Math.floor(this.next() * bound)
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** One of `choices`, each equally likely. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)]!
  }

  /** A generator of its own whose draws do not disturb this one's. */
  fork(): Prng {
    return new Prng(this.uint32())
  }

  uuid(): string {
    let digits = ''
    for (let index = 0; index < 4; index++) digits += this.uint32().toString(16).padStart(8, '0')
    const variant = (8 + (Number.parseInt(digits[16]!, 16) & 3)).toString(16)
    return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}-${digits.slice(20)}`
  }
}
