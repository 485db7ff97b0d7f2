import type { Prng } from '../../../src/base/prng.ts'

const TEXT_BYTES = 4_096
const ASCII_FIRST = 33
const ASCII_COUNT = 94

/** Cuts values out of 4 KiB of printable ASCII, at places that are drawn. */
export class PrintableText {
  readonly #random: Prng
  readonly #text: Buffer

  constructor(random: Prng) {
    this.#random = random
    this.#text = Buffer.from(Array.from({ length: TEXT_BYTES }, () => ASCII_FIRST + random.below(ASCII_COUNT)))
  }

  /** Copies `length` bytes of it to `[start, start + length)` of `bytes`. */
  cut(bytes: Buffer, start: number, length: number): void {
    const from = this.#random.below(TEXT_BYTES - length)
    this.#text.copy(bytes, start, from, from + length)
  }
}

/** Writes `number` in decimal, with zeros before it, into the `digits` bytes from `start`. */
export function writeDigits(bytes: Buffer, start: number, digits: number, number: number): void {
  for (let at = start + digits - 1, rest = number; at >= start; at--, rest = Math.floor(rest / 10)) bytes[at] = 0x30 + (rest % 10)
}
