import { ByteSlice } from '../byte-slice.ts'
import { SortedTree } from '../engines/memory/sorted-tree.ts'
import { allKeys, type KeyRange } from '../key-range.ts'
import type { ChangeCursor, RowCursor, SortedBytesStore, WritableBytesStore } from '../sorted-bytes-store.ts'
import { BytesTable } from './bytes-table.ts'
import { mergedCursor } from './merged-cursor.ts'

/** A store that keeps what is written to itself until it is told where to put it: the changes since the last commit (design 4). */
export interface OverlayStore extends WritableBytesStore {
  /** Bytes of the changes: key + value + 96 each. */
  readonly uncommittedBytes: number
  /** The changes, for the engine. The overlay is not written to until `drop`. */
  changes(): ChangeCursor
  /** Begins anew with no changes: what there were is in the engine by now, or is not to be. Cursors keep what they see. */
  drop(): void
}

/** An overlay over the committed rows of a store. */
export function withOverlay(base: SortedBytesStore): OverlayStore {
  return new Overlay(base)
}

class Overlay implements OverlayStore {
  readonly #base: SortedBytesStore
  #table = new BytesTable()
  // The same rows in order, from the first scan on: a store that nobody scans does not pay for it.
  #index: SortedTree | null = null
  readonly #found = new ByteSlice()

  constructor(base: SortedBytesStore) {
    this.#base = base
  }

  get uncommittedBytes(): number {
    return this.#table.bytes
  }

  get rowCount(): number {
    const rows = this.#table.rows()
    let count = this.#base.rowCount
    while (rows.next()) {
      const isInBase = this.#base.get(rows.key, this.#found)
      if (rows.isTombstone && isInBase) count--
      else if (!rows.isTombstone && !isInBase) count++
    }
    return count
  }

  get(key: ByteSlice, into: ByteSlice): boolean {
    const row = this.#table.find(key)
    return row < 0 ? this.#base.get(key, into) : this.#table.readValue(row, into)
  }

  put(key: ByteSlice, value: ByteSlice | null): void {
    this.#table.set(key, value)
    this.#index?.put(key, value)
  }

  scan(range: KeyRange, isReverse: boolean): RowCursor {
    this.#index ??= indexOf(this.#table)
    return mergedCursor(this.#index.scan(range, isReverse), this.#base.scan(range, isReverse), isReverse)
  }

  changes(): ChangeCursor {
    return this.#index === null ? this.#table.rows() : this.#index.scan(allKeys, false)
  }

  drop(): void {
    this.#table = new BytesTable(this.#table)
    if (this.#index !== null) this.#index = new SortedTree()
  }
}

function indexOf(table: BytesTable): SortedTree {
  const index = new SortedTree()
  const rows = table.rows()
  while (rows.next()) index.put(rows.key, rows.isTombstone ? null : rows.value)
  return index
}
