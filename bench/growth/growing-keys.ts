import { Prng } from '../../src/base/prng.ts'
import type { Pair } from '../input.ts'

const VALUE_CHARACTERS = 100
const TEXT_CHARACTERS = 4_096
/** One record in so many is of a key that has come before. */
const KNOWN_EVERY = 4

/** Records most of which are of new keys, in no order; the others of keys that have come before, any of them. Keys have 16 characters. */
export class GrowingKeys {
  readonly #random = new Prng(11)
  readonly #text: string
  #keys = 0
  #records = 0

  constructor() {
    this.#text = Array.from({ length: TEXT_CHARACTERS }, () => String.fromCharCode(33 + this.#random.below(94))).join('')
  }

  /** Keys that have come. */
  get keys(): number {
    return this.#keys
  }

  /** The next records. */
  take(count: number): Pair[] {
    return Array.from({ length: count }, () => {
      const isKnown = ++this.#records % KNOWN_EVERY === 0
      const index = isKnown ? this.#random.below(this.#keys) : this.#keys++
      const from = this.#random.below(TEXT_CHARACTERS - VALUE_CHARACTERS)
      return { key: keyOf(index), value: this.#text.slice(from, from + VALUE_CHARACTERS) }
    })
  }
}

/** Keys that follow each other in number are far from each other in order. */
function keyOf(index: number): string {
  const scattered = Math.imul(index ^ (index >>> 16), 0x45d9_f3b) >>> 0
  return scattered.toString(16).padStart(8, '0') + index.toString(16).padStart(8, '0')
}
