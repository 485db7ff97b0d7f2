import { ByteSlice, compareTo } from '../byte-slice.ts'
import { SortedTree } from '../engines/memory/sorted-tree.ts'
import { allKeys, type KeyRange } from '../key-range.ts'
import type { ChangeCursor, RowCursor, SortedBytesStore, WritableBytesStore } from '../sorted-bytes-store.ts'
import { BytesTable } from './bytes-table.ts'
import { mergedCursor } from './merged-cursor.ts'
import { noRows, RowsByKey } from './rows-by-key.ts'

/** A store that keeps what is written to itself until it is told where to put it: the changes since the last commit (design 4). */
export interface OverlayStore extends WritableBytesStore {
  /** Bytes of the changes: key + value + 96 each. */
  readonly uncommittedBytes: number
  /** The mark of expiry that was set since `drop`, for the engine; `null`: none was. */
  readonly expiredBelow: Buffer | null
  /** Hides all rows with lower keys, committed or not, also those that are put later. The mark only rises; the buffer is not changed again by anybody. */
  expireBelow(mark: Buffer): void
  /** The changes, for the engine. The overlay is not written to until `drop`. */
  changes(): ChangeCursor
  /** Begins anew with no changes and no mark: what there were is in the engine by now, or is not to be. Cursors keep what they see. */
  drop(): void
}

/** An overlay over the committed rows of a store. */
export function withOverlay(base: SortedBytesStore): OverlayStore {
  return new Overlay(base)
}

class Overlay implements OverlayStore {
  readonly #base: SortedBytesStore
  readonly #table: BytesTable = new BytesTable()
  // The same rows in order, from the first scan on until `drop`: a store that nobody scans does not pay for it.
  #index: SortedTree | null = null
  /** Those of a window store by their keys, from the first scan of a single key on. */
  #byKey: RowsByKey | null = null
  #expiredBelow: Buffer | null = null
  readonly #found = new ByteSlice()

  constructor(base: SortedBytesStore) {
    this.#base = base
  }

  get uncommittedBytes(): number {
    return this.#table.bytes
  }

  get expiredBelow(): Buffer | null {
    return this.#expiredBelow
  }

  get rowCount(): number {
    const rows = this.#table.rows()
    let count = this.#base.rowCount - this.#expiredInBase()
    while (rows.next()) {
      if (this.#isExpired(rows.key)) continue
      const isInBase = this.#base.get(rows.key, this.#found)
      if (rows.isTombstone && isInBase) count--
      else if (!rows.isTombstone && !isInBase) count++
    }
    return count
  }

  get(key: ByteSlice, into: ByteSlice): boolean {
    if (this.#isExpired(key)) return false
    const row = this.#table.find(key)
    return row < 0 ? this.#base.get(key, into) : this.#table.readValue(row, into)
  }

  put(key: ByteSlice, value: ByteSlice | null): void {
    this.#table.set(key, value)
    this.#byKey?.addNewRows()
    this.#index?.put(key, value)
  }

  scan(range: KeyRange, isReverse: boolean): RowCursor {
    const { wanted } = range
    if (wanted !== undefined && !isReverse) {
      this.#byKey ??= new RowsByKey(this.#table)
      const rows = this.#byKey.find(range, wanted)
      if (rows !== null) {
        if (rows.isEmpty) return wanted.isUncommitted ? rows : this.#base.scan(range, false)
        return mergedCursor(rows, wanted.isUncommitted ? noRows : this.#base.scan(range, false), false)
      }
    }
    this.#index ??= indexOf(this.#table)
    const mark = this.#expiredBelow
    const live = mark !== null && (range.from === null || range.from.compare(mark) < 0) ? { ...range, from: mark } : range
    return mergedCursor(this.#index.scan(live, isReverse), this.#base.scan(live, isReverse), isReverse)
  }

  expireBelow(mark: Buffer): void {
    if (this.#expiredBelow === null || this.#expiredBelow.compare(mark) < 0) this.#expiredBelow = mark
  }

  changes(): ChangeCursor {
    return this.#index === null ? this.#table.rows() : this.#index.scan(allKeys, false)
  }

  drop(): void {
    this.#expiredBelow = null
    this.#table.clear()
    // It is made again by the next scan, which costs no more than to go on with it; and there may be none: one look at start-up, for example.
    this.#index = null
    this.#byKey?.clear()
  }

  #isExpired(key: ByteSlice): boolean {
    const mark = this.#expiredBelow
    return mark !== null && compareTo(key, mark, 0, mark.length) < 0
  }

  /** Rows that are committed and expired since. */
  #expiredInBase(): number {
    if (this.#expiredBelow === null) return 0
    let count = 0
    const rows = this.#base.scan({ from: null, to: this.#expiredBelow, includesTo: false }, false)
    while (rows.next()) count++
    rows.close()
    return count
  }
}

function indexOf(table: BytesTable): SortedTree {
  const index = new SortedTree()
  const rows = table.rows()
  while (rows.next()) index.put(rows.key, rows.isTombstone ? null : rows.value)
  return index
}
