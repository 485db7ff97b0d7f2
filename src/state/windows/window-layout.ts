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
}

const SEGMENT_MS_MIN = 60_000

/** The layout of a store with these options, with Java's length of a segment. */
export function windowLayout(options: Omit<WindowLayout, 'segmentMs'>): WindowLayout {
  const { retentionMs, isExact } = options
  return Object.freeze({ ...options, segmentMs: isExact ? 1 : Math.max(Math.floor(retentionMs / 2), SEGMENT_MS_MIN) })
}

/** The number of the segment of a window that begins at `start`; negative numbers round up, as in Java. */
export function segmentOf({ segmentMs }: WindowLayout, start: number): number {
  return segmentMs === Infinity ? 0 : Math.trunc(start / segmentMs)
}

/** The first start of a window that is still shown when `storeTime` is the last start that was put. */
export function firstVisibleStart({ retentionMs }: WindowLayout, storeTime: number): number {
  return storeTime - retentionMs + 1
}

/** The first start of a window that is still kept. */
export function firstKeptStart(layout: WindowLayout, storeTime: number): number {
  if (layout.retentionMs === Infinity) return -Infinity
  if (layout.isExact) return firstVisibleStart(layout, storeTime)
  return segmentOf(layout, storeTime - layout.retentionMs) * layout.segmentMs
}
