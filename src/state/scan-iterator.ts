import type { StoreIterator } from './key-value-store.ts'
import type { RowCursor } from './sorted-bytes-store.ts'

/** Scans that are open. */
export interface ScanCount {
  openScans: number
}

/** The rows of a cursor, each turned into what `read` makes of it. Counts itself in `count` while it is open. */
export class ScanIterator<T> implements StoreIterator<T> {
  readonly #cursor: RowCursor
  readonly #read: (cursor: RowCursor) => T
  readonly #count: ScanCount
  #isDone = false

  constructor(cursor: RowCursor, read: (cursor: RowCursor) => T, count: ScanCount) {
    this.#cursor = cursor
    this.#read = read
    this.#count = count
    count.openScans++
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
    this.#count.openScans--
    this.#cursor.close()
  }

  [Symbol.iterator](): Iterator<T> {
    return this
  }

  [Symbol.dispose](): void {
    this.close()
  }
}
