import { ByteSlice } from '../byte-slice.ts'
import type { KeyRange } from '../key-range.ts'
import type { RowCursor, WritableBytesStore } from '../sorted-bytes-store.ts'
import { filteredCursor } from '../windows/filtered-cursor.ts'
import type { WindowTimes } from '../windows/window-times.ts'
import { allSessions, endIn, indexBefore, indexedRow, indexFrom, sessionsStart, setIndexKey } from './session-key.ts'
import { inExactOrder, type SessionRow } from './session-row.ts'
import { firstKeptEnd, firstVisibleEnd, type SessionLayout } from './session-layout.ts'

/** What the rows of a session store need beside the store beneath them. */
export interface SessionSurroundings {
  readonly layout: SessionLayout
  /** Its `storeTime`, the greatest end, is moved on by each put. */
  readonly times: WindowTimes
  /** Told of a session that was too old to be put. */
  readonly onExpired: (sessionEnd: number) => void
  /** Removes all rows with lower keys, the committed ones at the next commit. */
  readonly expireBelow: (mark: Buffer) => void
}

/** The key below which sessions have expired when `storeTime` is the greatest end that was put; `null`: no key tells. */
export function sessionMark(layout: SessionLayout, storeTime: number): Buffer | null {
  const firstKept = firstKeptEnd(layout, storeTime)
  return !layout.isExact && firstKept > 0 ? sessionsStart(layout, firstKept) : null
}

/**
 * The rows of sessions as bytes (P§6.4): those that ended before the retention are hidden at once, and removed by a mark that rises with
 * the segments, or with exact expiry when there is enough of them; one that is put too late is dropped. The changelog is above: what is dropped here is in it, as in Java.
 */
export class SessionBytes implements WritableBytesStore {
  readonly #store: WritableBytesStore
  readonly #layout: SessionLayout
  readonly #times: WindowTimes
  readonly #onExpired: (sessionEnd: number) => void
  readonly #expireBelow: (mark: Buffer) => void
  /** Rows are removed when the first kept end has come this far. */
  #nextRemoval = 0
  readonly #key = new ByteSlice()
  readonly #noValue = new ByteSlice()
  readonly #indexKey = new ByteSlice()
  #scratch: Buffer = Buffer.allocUnsafeSlow(128)
  /** Whether what is put now is a `remove`: Java's stores take that for no sign of time, or as none that comes too late. */
  isRemoving = false

  constructor(store: WritableBytesStore, { layout, times, onExpired, expireBelow }: SessionSurroundings) {
    this.#store = store
    this.#layout = layout
    this.#times = times
    this.#onExpired = onExpired
    this.#expireBelow = expireBelow
  }

  /** What is uncommitted was dropped, marks included. */
  reset(): void {
    this.#nextRemoval = 0
  }

  get rowCount(): number {
    return this.#store.rowCount
  }

  get(key: ByteSlice, into: ByteSlice): boolean {
    return endIn(key) >= firstVisibleEnd(this.#layout, this.#times.storeTime) && this.#store.get(key, into)
  }

  put(key: ByteSlice, value: ByteSlice | null): void {
    const end = endIn(key)
    const times = this.#times
    const layout = this.#layout
    if (this.isRemoving) {
      if (!layout.isExact && end > times.storeTime) times.storeTime = end
      this.#write(key, null)
      return
    }
    if (end > times.storeTime) times.storeTime = end
    const firstKept = firstKeptEnd(layout, times.storeTime)
    if (firstKept > this.#nextRemoval) this.#removeBefore(firstKept)
    if (end < firstKept) this.#onExpired(end)
    else this.#write(key, value)
  }

  scan(range: KeyRange, isReverse: boolean): RowCursor {
    const firstVisible = firstVisibleEnd(this.#layout, this.#times.storeTime)
    const rows = this.#store.scan(range, isReverse)
    return firstVisible <= 0 ? rows : filteredCursor(rows, ({ key }) => endIn(key) >= firstVisible)
  }

  /**
   * The rows of all sessions that ended from `earliest` to `latest`, both included: by end, start and key; with exact expiry by end and key,
   * the latest start first. As Java's time-ordered store it also gives those that are hidden but not removed. Only with `hasEndIndex`.
   */
  ended(earliest: number, latest: number): SessionRow[] {
    const layout = this.#layout
    const { storeTime } = this.#times
    const first = Math.max(earliest, layout.isExact ? firstVisibleEnd(layout, storeTime) : firstKeptEnd(layout, storeTime), 0)
    const found: SessionRow[] = []
    if (first > latest) return found
    const index = this.#store.scan({ from: indexFrom(first), to: indexFrom(latest + 1), includesTo: false }, false)
    while (index.next()) {
      const key = new ByteSlice(indexedRow(layout, index.key))
      const value = new ByteSlice()
      if (this.#store.get(key, value)) found.push({ key, value: new ByteSlice(value.copy()) })
    }
    index.close()
    return layout.isExact ? inExactOrder(found) : found
  }

  #write(key: ByteSlice, value: ByteSlice | null): void {
    this.#store.put(key, value)
    if (!this.#layout.hasEndIndex) return
    this.#scratch = setIndexKey(key, this.#indexKey, this.#scratch)
    this.#store.put(this.#indexKey, value === null ? null : this.#noValue)
  }

  /** Removes the rows of sessions that end before `firstKept`. */
  #removeBefore(firstKept: number): void {
    const { isExact, retentionMs } = this.#layout
    if (isExact) this.#removeRows(firstKept)
    else {
      this.#expireBelow(sessionsStart(this.#layout, firstKept))
      // The index is behind all sessions, where no mark for them reaches.
      if (this.#layout.hasEndIndex) this.#removeIndex(firstKept)
    }
    // One scan for many rows: with exact expiry each put may make a few more expire.
    this.#nextRemoval = firstKept + (isExact ? Math.floor(retentionMs / 4) : 0)
  }

  /** With exact expiry all rows are in one segment, in order of their keys. */
  #removeRows(firstKept: number): void {
    const rows = this.#store.scan(allSessions, false)
    const key = this.#key
    while (rows.next()) {
      if (endIn(rows.key) >= firstKept) continue
      key.set(rows.key.buffer, rows.key.start, rows.key.end)
      this.#write(key, null)
    }
    rows.close()
  }

  #removeIndex(firstKept: number): void {
    const rows = this.#store.scan(indexBefore(firstKept), false)
    while (rows.next()) {
      this.#key.set(rows.key.buffer, rows.key.start, rows.key.end)
      this.#store.put(this.#key, null)
    }
    rows.close()
  }
}
