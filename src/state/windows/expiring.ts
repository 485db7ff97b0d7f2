import { ByteSlice } from '../byte-slice.ts'
import type { KeyRange } from '../key-range.ts'
import type { RowCursor, WritableBytesStore } from '../sorted-bytes-store.ts'
import { filteredCursor } from './filtered-cursor.ts'
import { segmentOf, firstKeptStart, firstVisibleStart, type WindowLayout } from './window-layout.ts'
import { segmentStart, startIn } from './window-key.ts'
import type { WindowTimes } from './window-times.ts'

/** What a window store's expiry needs beside its rows. */
export interface ExpirySurroundings {
  readonly layout: WindowLayout
  /** Its `storeTime` is moved on by each put. */
  readonly times: WindowTimes
  /** Told of a row that was too old to be put. */
  readonly onExpired: (windowStart: number) => void
}

/**
 * Rows that expire (P§6.4): those older than the retention are hidden at once, and removed when there is enough of them; a row that is put
 * too late is dropped. The changelog is above: what is dropped here is in it, as in Java.
 */
export function withExpiry(store: WritableBytesStore, surroundings: ExpirySurroundings): WritableBytesStore {
  return new Expiring(store, surroundings)
}

class Expiring implements WritableBytesStore {
  readonly #store: WritableBytesStore
  readonly #layout: WindowLayout
  readonly #times: WindowTimes
  readonly #onExpired: (windowStart: number) => void
  /** Rows are removed when the first kept start has come this far. */
  #nextRemoval = 0
  readonly #key = new ByteSlice()

  constructor(store: WritableBytesStore, { layout, times, onExpired }: ExpirySurroundings) {
    this.#store = store
    this.#layout = layout
    this.#times = times
    this.#onExpired = onExpired
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
    if (firstKept > this.#nextRemoval) this.#remove(firstKept)
    if (start < firstKept) this.#onExpired(start)
    else this.#store.put(key, value)
  }

  scan(range: KeyRange, isReverse: boolean): RowCursor {
    const firstVisible = firstVisibleStart(this.#layout, this.#times.storeTime)
    if (firstVisible <= 0) return this.#store.scan(range, isReverse)
    const from = segmentStart(segmentOf(this.#layout, firstVisible))
    const visible = range.from === null || range.from.compare(from) < 0 ? { ...range, from } : range
    return filteredCursor(this.#store.scan(visible, isReverse), ({ key }) => startIn(key) >= firstVisible)
  }

  /** Removes the rows of windows before `firstKept`, which is where a segment begins. */
  #remove(firstKept: number): void {
    const to = segmentStart(segmentOf(this.#layout, firstKept))
    const expired = this.#store.scan({ from: null, to, includesTo: false }, false)
    while (expired.next()) {
      const { buffer, start, end } = expired.key
      this.#key.set(buffer, start, end)
      this.#store.put(this.#key, null)
    }
    expired.close()
    // One scan for many rows: with exact expiry each put may make a few more expire.
    this.#nextRemoval = firstKept + (this.#layout.isExact ? Math.floor(this.#layout.retentionMs / 4) : 0)
  }
}
