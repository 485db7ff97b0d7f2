/**
 * How many bytes of responses are held. A response counts whole until the last of its chunks is released, because its bytes are views of
 * one buffer.
 */
export class FetchBudget {
  readonly #bytesMax: number
  readonly #onFreed: () => void
  #heldBytes = 0
  #reservedBytes = 0

  constructor(bytesMax: number, onFreed: () => void) {
    this.#bytesMax = bytesMax
    this.#onFreed = onFreed
  }

  /** What may still be asked for; at most 0 when the budget is used up. */
  get freeBytes(): number {
    return this.#bytesMax - this.#heldBytes - this.#reservedBytes
  }

  /** Sets bytes aside for a response that is asked for. */
  reserve(bytes: number): void {
    this.#reservedBytes += bytes
  }

  unreserve(bytes: number): void {
    this.#reservedBytes -= bytes
  }

  /** Counts a response of `bytes` until the returned lease has ended. */
  hold(bytes: number): ResponseLease {
    this.#heldBytes += bytes
    return new ResponseLease(() => {
      this.#heldBytes -= bytes
      this.#onFreed()
    })
  }
}

/** The bytes of one response, held as long as one of its chunks is. */
export class ResponseLease {
  readonly #onEnd: () => void
  #holders = 1

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd
  }

  retain(): void {
    this.#holders++
  }

  release(): void {
    this.#holders--
    if (this.#holders === 0) this.#onEnd()
  }
}
