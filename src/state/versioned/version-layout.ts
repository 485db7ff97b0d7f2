/** How the rows of a versioned store are laid out (P§6.5). */
export interface VersionLayout {
  /** For how long versions are kept after their end, in stream time of the store. */
  readonly historyRetentionMs: number
  /** The versions of a key that ended within so many milliseconds share a row. */
  readonly segmentMs: number
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** The layout for a history retention, with Java's length of a segment unless one is given. */
export function versionLayout(historyRetentionMs: number, segmentMs: number = defaultSegmentMs(historyRetentionMs)): VersionLayout {
  return Object.freeze({ historyRetentionMs, segmentMs })
}

/** The number of the segment of a version that ends at `timestamp`; negative numbers round up, as in Java. */
export function versionSegment({ segmentMs }: VersionLayout, timestamp: number): number {
  return Math.trunc(timestamp / segmentMs)
}

/** Many segments for a long history, few for a short one: each version is read by looking into its own and the later ones. */
function defaultSegmentMs(retentionMs: number): number {
  if (retentionMs <= MINUTE_MS) return Math.max(Math.floor(retentionMs / 3), 2_000)
  if (retentionMs <= 5 * MINUTE_MS) return Math.max(Math.floor(retentionMs / 5), 20_000)
  if (retentionMs <= HOUR_MS) return Math.max(Math.floor(retentionMs / 12), MINUTE_MS)
  return Math.max(Math.floor(retentionMs / 24), 5 * MINUTE_MS)
}
