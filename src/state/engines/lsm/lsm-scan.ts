import { ByteSlice, compareTo } from '../../byte-slice.ts'
import type { KeyRange } from '../../key-range.ts'
import type { ChangeCursor, RowCursor } from '../../sorted-bytes-store.ts'

/** What a scan ends at, and gives back when it does. */
export interface ScanEnd {
  readonly range: KeyRange
  readonly isReverse: boolean
  /** Called once, when the scan is at its end or closed. */
  readonly release: () => void
}

/** The rows of a scan: those of its sources without tombstones, up to the end of the range. */
export class LsmScan implements RowCursor {
  readonly key: ByteSlice = new ByteSlice()
  readonly value: ByteSlice = new ByteSlice()
  #rows: ChangeCursor | null
  readonly #end: Buffer | null
  readonly #includesEnd: boolean
  readonly #step: 1 | -1
  readonly #release: () => void

  constructor(rows: ChangeCursor, { range, isReverse, release }: ScanEnd) {
    this.#rows = rows
    this.#end = isReverse ? range.from : range.to
    this.#includesEnd = isReverse || range.includesTo
    this.#step = isReverse ? -1 : 1
    this.#release = release
  }

  next(): boolean {
    const rows = this.#rows
    if (rows === null) return false
    while (rows.next()) {
      if (rows.isTombstone) continue
      const { key, value } = rows
      if (this.#end !== null) {
        const order = compareTo(key, this.#end, 0, this.#end.length) * this.#step
        if (order > 0 || (order === 0 && !this.#includesEnd)) break
      }
      this.key.set(key.buffer, key.start, key.end)
      this.value.set(value.buffer, value.start, value.end)
      return true
    }
    this.close()
    return false
  }

  close(): void {
    if (this.#rows === null) return
    this.#rows.close()
    this.#rows = null
    this.#release()
  }
}
