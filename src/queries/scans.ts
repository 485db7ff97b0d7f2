import type { StoreIterator } from '../state/key-value-store.ts'

/** A scan, each row of it turned into what `show` makes of it. */
export class ShownScan<T, X> implements StoreIterator<X> {
  readonly #scan: StoreIterator<T>
  readonly #show: (row: T) => X

  constructor(scan: StoreIterator<T>, show: (row: T) => X) {
    this.#scan = scan
    this.#show = show
  }

  next(): IteratorResult<X, undefined> {
    const step = this.#scan.next()
    return step.done === true ? step : { done: false, value: this.#show(step.value) }
  }

  /** A loop that is left early ends the scan. */
  return(): IteratorResult<X, undefined> {
    this.close()
    return { done: true, value: undefined }
  }

  close(): void {
    this.#scan.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  [Symbol.iterator](): Iterator<X> {
    return this
  }
}

/** A list as a scan. */
export class ListScan<T> implements StoreIterator<T> {
  readonly #rows: readonly T[]
  #next = 0

  constructor(rows: readonly T[]) {
    this.#rows = rows
  }

  next(): IteratorResult<T, undefined> {
    return this.#next < this.#rows.length ? { done: false, value: this.#rows[this.#next++]! } : { done: true, value: undefined }
  }

  close(): void {
    this.#next = this.#rows.length
  }

  [Symbol.dispose](): void {
    this.close()
  }

  [Symbol.iterator](): Iterator<T> {
    return this
  }
}
