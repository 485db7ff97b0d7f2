import type { StoreIterator } from '../state/key-value-store.ts'

/** Scans one after the other. */
export class ChainedScans<T> implements StoreIterator<T> {
  readonly #scans: readonly StoreIterator<T>[]
  #current = 0

  constructor(scans: readonly StoreIterator<T>[]) {
    this.#scans = scans
  }

  next(): IteratorResult<T, undefined> {
    for (; this.#current < this.#scans.length; this.#current++) {
      const step = this.#scans[this.#current]!.next()
      if (step.done !== true) return step
    }
    return { done: true, value: undefined }
  }

  close(): void {
    this.#current = this.#scans.length
    for (const scan of this.#scans) scan.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  *[Symbol.iterator](): Iterator<T> {
    try {
      for (let step = this.next(); step.done !== true; step = this.next()) yield step.value
    } finally {
      this.close()
    }
  }
}
