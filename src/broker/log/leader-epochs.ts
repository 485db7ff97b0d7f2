interface EpochStart {
  readonly epoch: number
  readonly startOffset: number
}

/** Which leader epoch wrote which part of a log. */
export class LeaderEpochs {
  #starts: EpochStart[] = []

  /** The latest epoch, -1 before the first. */
  get latest(): number {
    return this.#starts.at(-1)?.epoch ?? -1
  }

  /** A leader begins to write at `startOffset`. An epoch that wrote nothing is overwritten by the next one. */
  start(epoch: number, startOffset: number): void {
    while (this.#starts.length > 0 && this.#starts.at(-1)!.startOffset >= startOffset) this.#starts.pop()
    this.#starts.push({ epoch, startOffset })
  }

  /**
   * The largest epoch that is not above `epoch`, and where it ended: what OffsetForLeaderEpoch answers. (-1, -1) for an epoch that is
   * yet to come.
   */
  endOf(epoch: number, endOffset: number): { readonly epoch: number; readonly endOffset: number } {
    if (epoch > this.latest) return { epoch: -1, endOffset: -1 }
    if (epoch === this.latest) return { epoch, endOffset }
    const next = this.#starts.findIndex((start) => start.epoch > epoch)
    const before = this.#starts[next - 1]
    return { epoch: before?.epoch ?? epoch, endOffset: this.#starts[next]!.startOffset }
  }

  /** The epoch that wrote `offset`, -1 if none is known. */
  at(offset: number): number {
    for (let index = this.#starts.length - 1; index >= 0; index--) {
      const start = this.#starts[index]!
      if (start.startOffset <= offset) return start.epoch
    }
    return -1
  }
}
