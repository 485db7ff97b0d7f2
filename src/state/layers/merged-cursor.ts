import { type ByteSlice, compareSlices } from '../byte-slice.ts'
import type { ChangeCursor, RowCursor } from '../sorted-bytes-store.ts'

/**
 * The rows of two cursors of the same direction as one: where both have a key the row of `over` counts, and its tombstones hide rows of
 * `under`.
 */
export function mergedCursor(over: ChangeCursor, under: RowCursor, isReverse: boolean): RowCursor {
  return new MergedCursor(over, under, isReverse ? -1 : 1)
}

class MergedCursor implements RowCursor {
  readonly #over: ChangeCursor
  readonly #under: RowCursor
  readonly #step: 1 | -1
  #hasOver: boolean
  #hasUnder: boolean
  // The cursor whose row was given last and is to be moved on.
  #current: RowCursor | null = null

  constructor(over: ChangeCursor, under: RowCursor, step: 1 | -1) {
    this.#over = over
    this.#under = under
    this.#step = step
    this.#hasOver = over.next()
    this.#hasUnder = under.next()
  }

  get key(): ByteSlice {
    return this.#current!.key
  }

  get value(): ByteSlice {
    return this.#current!.value
  }

  next(): boolean {
    if (this.#current === this.#over) this.#hasOver = this.#over.next()
    else if (this.#current !== null) this.#hasUnder = this.#under.next()
    this.#current = null
    while (this.#hasOver || this.#hasUnder) {
      const order = !this.#hasUnder ? -1 : !this.#hasOver ? 1 : compareSlices(this.#over.key, this.#under.key) * this.#step
      if (order > 0) {
        this.#current = this.#under
        return true
      }
      if (order === 0) this.#hasUnder = this.#under.next()
      if (!this.#over.isTombstone) {
        this.#current = this.#over
        return true
      }
      this.#hasOver = this.#over.next()
    }
    return false
  }

  close(): void {
    this.#over.close()
    this.#under.close()
    this.#hasOver = false
    this.#hasUnder = false
    this.#current = null
  }
}
