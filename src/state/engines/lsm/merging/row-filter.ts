import type { ByteSlice } from '../../../byte-slice.ts'
import { uint32At } from '../files/block-search.ts'
import { STORE_ID_BYTES } from '../files/sorted-file-writer.ts'

/** What decides whether rows of a store are still needed. */
export interface StoreMark {
  readonly id: number
  /** The mark of expiry, without the id of the store; `null` = nothing has expired. */
  readonly expiredBelow: Buffer | null
}

/** Which rows a merge keeps: those of stores that exist, at or above their marks of expiry. */
export class RowFilter {
  readonly #marks: ReadonlyMap<number, StoreMark>
  readonly #dropsTombstones: boolean
  // The store of the row before: rows of a store come one after the other.
  #store = -1
  #isKnown = false
  #expiredBelow: Buffer | null = null

  /** `dropsTombstones`: there are no older rows that they could hide. */
  constructor(marks: readonly StoreMark[], dropsTombstones: boolean) {
    this.#marks = new Map(marks.map((mark) => [mark.id, mark]))
    this.#dropsTombstones = dropsTombstones
  }

  keeps(key: ByteSlice, isTombstone: boolean): boolean {
    if (isTombstone && this.#dropsTombstones) return false
    const store = uint32At(key.buffer, key.start)
    if (store !== this.#store) {
      const mark = this.#marks.get(store)
      this.#store = store
      this.#isKnown = mark !== undefined
      this.#expiredBelow = mark?.expiredBelow ?? null
    }
    if (!this.#isKnown) return false
    return this.#expiredBelow === null || !isBelow(key, this.#expiredBelow)
  }
}

/** Whether a key that begins with the id of its store is below a mark, which does not. */
function isBelow(key: ByteSlice, mark: Buffer): boolean {
  const { buffer } = key
  const start = key.start + STORE_ID_BYTES
  const length = Math.min(key.end - start, mark.length)
  for (let index = 0; index < length; index++) {
    const difference = buffer[start + index]! - mark[index]!
    if (difference !== 0) return difference < 0
  }
  return key.end - start < mark.length
}
