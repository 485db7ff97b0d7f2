import { StoreError } from '../base/errors.ts'

/** What every store checks that processors use: that it is open, and what it is given. */
export class StoreGuard {
  readonly #store: string
  #isOpen = true

  constructor(store: string) {
    this.#store = store
  }

  /** From now on `checkOpen` throws. */
  close(): void {
    this.#isOpen = false
  }

  /** Throws `StoreError` `STORE_CLOSED`. */
  checkOpen(): void {
    if (this.#isOpen) return
    throw new StoreError(
      'STORE_CLOSED',
      `Cannot use store "${this.#store}": it is closed, use it only while the processor that it was given to is open`,
      { store: this.#store },
    )
  }

  /** Throws as `checkOpen`, and `TypeError` for no key. `action`: what is done with the key. */
  checkKey(key: unknown, action: string): void {
    this.checkOpen()
    if (key !== null && key !== undefined) return
    throw new TypeError(`Cannot ${action} in store "${this.#store}": the key is ${key}, a key is required`)
  }

  /** Throws `TypeError` for `undefined`. */
  checkValue(value: unknown): void {
    if (value !== undefined) return
    throw new TypeError(`Cannot put undefined into store "${this.#store}": give a value, or null to delete`)
  }

  /** Throws `TypeError` for what is no number. Any number, also an infinite one, can be looked for. */
  checkTime(time: unknown): void {
    if (typeof time === 'number' && !Number.isNaN(time)) return
    throw new TypeError(`Cannot fetch in store "${this.#store}": the time is ${String(time)}, milliseconds since 1970 are required`)
  }
}
