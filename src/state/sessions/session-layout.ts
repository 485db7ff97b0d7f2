/**
 * How the rows of a session store are laid out and expire, by the ends of their sessions (P§6.4). Plain frozen data; all numbers are
 * milliseconds.
 */
export interface SessionLayout {
  readonly retentionMs: number
  /** Rows of one segment of ends are together, in order of their keys. `Infinity` with exact expiry: all are together. */
  readonly segmentMs: number
  /** Rows expire one by one (Java's in-memory supplier), not by whole segments (the persistent one). */
  readonly isExact: boolean
  /** Whether sessions can be found by their ends alone, for `emitStrategy('on-window-close')`: that takes a second row for each. */
  readonly hasEndIndex: boolean
}

const SEGMENT_MS_MIN = 60_000

/** The layout of a store with these options, with Java's length of a segment. */
export function sessionLayout(options: Omit<SessionLayout, 'segmentMs'>): SessionLayout {
  const { retentionMs, isExact } = options
  return Object.freeze({ ...options, segmentMs: isExact ? Infinity : Math.max(Math.floor(retentionMs / 2), SEGMENT_MS_MIN) })
}

/** The number of the segment of a session that ends at `end`. */
export function segmentOfEnd({ segmentMs }: SessionLayout, end: number): number {
  return segmentMs === Infinity ? 0 : Math.trunc(end / segmentMs)
}

/** The first end of a session that is still shown when `storeTime` is the last end that was put. */
export function firstVisibleEnd({ retentionMs }: SessionLayout, storeTime: number): number {
  return storeTime - retentionMs + 1
}

/** The first end of a session that is still kept. */
export function firstKeptEnd(layout: SessionLayout, storeTime: number): number {
  if (layout.isExact) return firstVisibleEnd(layout, storeTime)
  return segmentOfEnd(layout, storeTime - layout.retentionMs) * layout.segmentMs
}
