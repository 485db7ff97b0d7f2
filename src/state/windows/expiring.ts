import type { ByteSlice } from '../byte-slice.ts'
import type { KeyRange } from '../key-range.ts'
import type { RowCursor, WritableBytesStore } from '../sorted-bytes-store.ts'
import { filteredCursor } from './filtered-cursor.ts'
import { segmentOf, firstKeptStart, firstVisibleStart, type WindowLayout } from './window-layout.ts'
import { segmentStart, startIn } from './window-key.ts'
import type { WindowTimes } from './window-times.ts'

/** Rows that expire, with the mark below which they are gone. */
export interface ExpiringRows extends WritableBytesStore {
  /** What is uncommitted was dropped, marks included. */
  reset(): void
}

/** What a window store's expiry needs beside its rows. */
export interface ExpirySurroundings {
  readonly layout: WindowLayout
  /** Its `storeTime` is moved on by each put. */
  readonly times: WindowTimes
  /** Told of a row that was too old to be put. */
  readonly onExpired: (windowStart: number) => void
  /** Removes all rows with lower keys, the committed ones at the next commit. */
  readonly expireBelow: (mark: Buffer) => void
}

/** The key below which rows of window stores have expired when `storeTime` is the last start that was put; `null`: none has. */
export function windowMark(layout: WindowLayout, storeTime: number): Buffer | null {
  const firstKept = firstKeptStart(layout, storeTime)
  return firstKept > 0 ? segmentStart(segmentOf(layout, firstKept)) : null
}

/**
 * Rows that expire (P§6.4): those older than the retention are hidden at once, and removed by a mark that rises now and then; a row that is
 * put too late is dropped. The changelog is above: what is dropped here is in it, as in Java.
 */
export function withExpiry(store: WritableBytesStore, surroundings: ExpirySurroundings): ExpiringRows {
  return new Expiring(store, surroundings)
}

class Expiring implements ExpiringRows {
  readonly #store: WritableBytesStore
  readonly #layout: WindowLayout
  readonly #times: WindowTimes
  readonly #onExpired: (windowStart: number) => void
  readonly #expireBelow: (mark: Buffer) => void
  /** The mark rises when the first kept start is beyond this. */
  #marked = 0

  constructor(store: WritableBytesStore, { layout, times, onExpired, expireBelow }: ExpirySurroundings) {
    this.#store = store
    this.#layout = layout
    this.#times = times
    this.#onExpired = onExpired
    this.#expireBelow = expireBelow
  }

  reset(): void {
    this.#marked = 0
  }

  get rowCount(): number {
    return this.#store.rowCount
  }

  get(key: ByteSlice, into: ByteSlice): boolean {
    return startIn(key) >= firstVisibleStart(this.#layout, this.#times.storeTime) && this.#store.get(key, into)
  }

  put(key: ByteSlice, value: ByteSlice | null): void {
    // Deleting does nothing where a key has several rows; in Java's persistent store not even time moves.
    if (value === null && this.#layout.retainsDuplicates && !this.#layout.isExact) return
    const start = startIn(key)
    const times = this.#times
    if (start > times.storeTime) times.storeTime = start
    const firstKept = firstKeptStart(this.#layout, times.storeTime)
    if (firstKept > this.#marked) this.#raise(firstKept)
    if (start < firstKept) this.#onExpired(start)
    else this.#store.put(key, value)
  }

  scan(range: KeyRange, isReverse: boolean): RowCursor {
    const firstVisible = firstVisibleStart(this.#layout, this.#times.storeTime)
    const { wanted } = range
    if (wanted !== undefined) wanted.isUncommitted = wanted.from > this.#times.committedTime
    if (firstVisible <= (wanted === undefined ? 0 : wanted.from)) return this.#store.scan(range, isReverse)
    const from = segmentStart(segmentOf(this.#layout, firstVisible))
    const { to, includesTo } = range
    const visible = { from: range.from === null || range.from.compare(from) < 0 ? from : range.from, to, includesTo }
    return filteredCursor(this.#store.scan(visible, isReverse), ({ key }) => startIn(key) >= firstVisible)
  }

  /** Removes the rows of windows before `firstKept`, which is where a segment begins. */
  #raise(firstKept: number): void {
    this.#expireBelow(segmentStart(segmentOf(this.#layout, firstKept)))
    // A mark for many rows: with exact expiry each put may make a few more expire.
    this.#marked = firstKept + (this.#layout.isExact ? Math.floor(this.#layout.retentionMs / 4) : 0)
  }
}
