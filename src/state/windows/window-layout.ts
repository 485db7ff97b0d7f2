/** How the rows of a window store are laid out and expire (P§6.4). Plain frozen data; all numbers are milliseconds. */
export interface WindowLayout {
  /** `Infinity`: the window never ends. */
  readonly sizeMs: number
  /** `Infinity`: rows never expire. */
  readonly retentionMs: number
  /** Rows of one segment of time are together, in order of their keys. 1 with exact expiry. */
  readonly segmentMs: number
  /** Rows expire one by one (Java's in-memory supplier), not by whole segments (the persistent one). */
  readonly isExact: boolean
  /** A further value for the same key and start is another row. */
  readonly retainsDuplicates: boolean
  /** Default `no`. */
  readonly timeOrdered: TimeOrdered
}

/**
 * Java's time-ordered stores (P§6.4), which operators use that emit on window close: all windows are read in the order of their starts,
 * whatever the segment, and a window is visible for a millisecond longer. `rows`: the windows of a range of keys are read in that order,
 * too; `index`: they are read by segment and key, as Java's index has them.
 */
export type TimeOrdered = 'no' | 'rows' | 'index'

const SEGMENT_MS_MIN = 60_000

/** The layout of a store with these options, with Java's length of a segment. */
export function windowLayout(options: Omit<WindowLayout, 'segmentMs' | 'timeOrdered'> & Partial<WindowLayout>): WindowLayout {
  const { retentionMs, isExact, timeOrdered = 'no' } = options
  return Object.freeze({ ...options, timeOrdered, segmentMs: isExact ? 1 : Math.max(Math.floor(retentionMs / 2), SEGMENT_MS_MIN) })
}

/**
 * The number that comes first in the row of a window that begins at `start`: that of its segment; negative numbers round up, as in Java.
 * Where rows are ordered by time it is the start itself.
 */
export function segmentOf({ segmentMs, timeOrdered }: WindowLayout, start: number): number {
  if (timeOrdered === 'rows') return start
  return segmentMs === Infinity ? 0 : Math.trunc(start / segmentMs)
}

/** The first start of a window that is still shown when `storeTime` is the last start that was put. */
export function firstVisibleStart({ retentionMs, timeOrdered }: WindowLayout, storeTime: number): number {
  return timeOrdered === 'no' ? storeTime - retentionMs + 1 : storeTime - retentionMs
}

/** The first start of a window that is still kept. */
export function firstKeptStart(layout: WindowLayout, storeTime: number): number {
  if (layout.retentionMs === Infinity) return -Infinity
  if (layout.isExact) return firstVisibleStart(layout, storeTime)
  return Math.trunc((storeTime - layout.retentionMs) / layout.segmentMs) * layout.segmentMs
}
