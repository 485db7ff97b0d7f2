const FILLED_MAX = 0.6
const FIRST_SLOTS = 1 << 16
const FNV_PRIME = 0x0100_0193
const FNV_BASIS = 0x811c_9dc5

/**
 * Remembers one number for each key, for tens of millions of keys, more than a `Map` can have. Keys are told apart by 64 bits of their
 * hash: two keys that have the same are taken for one, which happens once in a hundred thousand runs with ten million keys.
 */
export class LastValues {
  size = 0
  #slots = FIRST_SLOTS
  #high = new Uint32Array(FIRST_SLOTS)
  /** 0: nothing is here. */
  #low = new Uint32Array(FIRST_SLOTS)
  #values = new Uint32Array(FIRST_SLOTS)

  /** Sets the number, an unsigned one of 32 bits, of the key in `[start, end)`. */
  set(bytes: Buffer, start: number, end: number, value: number): void {
    let high = FNV_BASIS
    let low = end - start
    for (let index = start; index < end; index++) {
      high = Math.imul(high ^ bytes[index]!, FNV_PRIME)
      low = Math.imul(low ^ bytes[index]!, 0x5bd1_e995)
      low ^= low >>> 15
    }
    this.#put(high >>> 0, (low | 1) >>> 0, value)
    if (this.size > this.#slots * FILLED_MAX) this.#grow()
  }

  /** The sum over all keys of a mixture of key and number, as a whole number. Does not depend on an order. */
  sum(): bigint {
    let sum = 0n
    let part = 0
    for (let slot = 0; slot < this.#slots; slot++) {
      if (this.#low[slot] === 0) continue
      part += (Math.imul(this.#high[slot]! ^ this.#values[slot]!, FNV_PRIME) ^ this.#low[slot]!) >>> 0
      if (part > 2 ** 52) {
        sum += BigInt(part)
        part = 0
      }
    }
    return sum + BigInt(part)
  }

  #put(high: number, low: number, value: number): void {
    const mask = this.#slots - 1
    let slot = (high ^ (low >>> 7)) & mask
    while (this.#low[slot] !== 0 && (this.#low[slot] !== low || this.#high[slot] !== high)) slot = (slot + 1) & mask
    if (this.#low[slot] === 0) {
      this.size++
      this.#high[slot] = high
      this.#low[slot] = low
    }
    this.#values[slot] = value
  }

  #grow(): void {
    const [high, low, values] = [this.#high, this.#low, this.#values]
    this.#slots *= 2
    this.size = 0
    this.#high = new Uint32Array(this.#slots)
    this.#low = new Uint32Array(this.#slots)
    this.#values = new Uint32Array(this.#slots)
    for (let slot = 0; slot < low.length; slot++) if (low[slot] !== 0) this.#put(high[slot]!, low[slot]!, values[slot]!)
  }
}
