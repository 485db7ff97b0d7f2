import type { StoreIterator } from './key-value-store.ts'
import type { RowCursor } from './sorted-bytes-store.ts'

/** The rows of a cursor, each turned into what `read` makes of it. */
export class ScanIterator<T> implements StoreIterator<T> {
  readonly #cursor: RowCursor
  readonly #read: (cursor: RowCursor) => T
  #isDone = false

  constructor(cursor: RowCursor, read: (cursor: RowCursor) => T) {
    this.#cursor = cursor
    this.#read = read
  }

  next(): IteratorResult<T, undefined> {
    if (!this.#isDone && this.#cursor.next()) return { done: false, value: this.#read(this.#cursor) }
    this.close()
    return { done: true, value: undefined }
  }

  /** A loop that is left early ends the scan. */
  return(): IteratorResult<T, undefined> {
    this.close()
    return { done: true, value: undefined }
  }

  close(): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#cursor.close()
  }

  [Symbol.iterator](): Iterator<T> {
    return this
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
