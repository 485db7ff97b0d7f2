import type { AbortedTransactionEntry } from './producer-states.ts'

/** The aborted transactions of one partition, in the order of their markers. */
export class AbortedIndex {
  #entries: AbortedTransactionEntry[] = []

  /** Markers come in the order of their offsets. */
  add(entry: AbortedTransactionEntry): void {
    this.#entries.push(entry)
  }

  /** The aborted transactions that a reader of the offsets in `[from, until)` must know, in the order of their markers. */
  between(from: number, until: number): readonly AbortedTransactionEntry[] {
    const entries = this.#entries
    let low = 0
    let high = entries.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (entries[middle]!.lastOffset < from) low = middle + 1
      else high = middle
    }
    const found: AbortedTransactionEntry[] = []
    for (let index = low; index < entries.length; index++) {
      const entry = entries[index]!
      if (entry.firstOffset < until) found.push(entry)
      // All that was open at this marker is known to begin at or after the last stable offset that followed it.
      if (entry.lastStableOffset >= until) break
    }
    return found
  }

  /** Forgets the transaction whose marker is at `lastOffset`, if there is one. */
  remove(lastOffset: number): void {
    this.#entries = this.#entries.filter((entry) => entry.lastOffset !== lastOffset)
  }

  /** Forgets the transactions that ended before `logStart`. */
  trim(logStart: number): void {
    const first = this.#entries.findIndex((entry) => entry.lastOffset >= logStart)
    this.#entries = first < 0 ? [] : this.#entries.slice(first)
  }
}
