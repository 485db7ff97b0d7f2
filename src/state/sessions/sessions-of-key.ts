import { readInt64 } from '../../base/int64.ts'
import type { KeyRange } from '../key-range.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import { compareSessionKeyIn, endIn, sessionRow, sessionsFrom, sessionStartIn } from './session-key.ts'
import { segmentOfEnd, type SessionLayout } from './session-layout.ts'

/** The sessions of one key that end at `earliestEnd` or later and start at `latestStart` or earlier. */
export interface KeySessions {
  readonly layout: SessionLayout
  readonly key: Buffer
  readonly earliestEnd: number
  readonly latestStart: number
  /** The greatest end of any session of the store and its cache. */
  readonly lastEnd: number
}

/** Where the rows are. */
export interface SessionScans {
  /** The rows in a range, ascending. */
  readonly scan: (range: KeyRange) => RowCursor
  /** As `scan`; a cache counts each of its own rows in the range as used. */
  readonly use: (range: KeyRange) => RowCursor
}

// So many segments are looked into one by one; beyond that, empty ones are skipped.
const STEPS_MAX = 64

/**
 * Gives the rows of the sessions of one key to `take`, in order of their ends, then of their starts. They are found segment by segment,
 * within the bounds in which Java's cache looks for them: a use of what is there counts (P§6.7).
 */
export function forEachSession(scans: SessionScans, sessions: KeySessions, take: (row: RowCursor) => void): void {
  const { layout, earliestEnd, lastEnd } = sessions
  const first = Math.max(0, earliestEnd)
  const last = segmentOfEnd(layout, lastEnd)
  let steps = 0
  for (let segment = segmentOfEnd(layout, first); segment <= last; segment++) {
    if (steps++ >= STEPS_MAX) {
      const found = nextSegment(scans, layout, segment)
      if (found === null) return
      segment = found
    }
    takeFromSegment(scans, sessions, segment, take)
  }
}

function takeFromSegment(scans: SessionScans, sessions: KeySessions, segment: number, take: (row: RowCursor) => void): void {
  const { layout, key, earliestEnd, latestStart } = sessions
  const from = layout.isExact ? earliestEnd : Math.max(earliestEnd, segment * layout.segmentMs)
  const to = layout.isExact ? Infinity : (segment + 1) * layout.segmentMs - 1
  const range = {
    from: sessionRow(segment, key, 0, Math.max(0, from)),
    to: sessionRow(segment, key, Math.max(0, Math.min(latestStart, to)), to),
    includesTo: true,
  }
  const cursor = scans.use(range)
  while (cursor.next()) {
    // Between the rows of a key there can be those of longer keys that begin with its bytes.
    if (compareSessionKeyIn(cursor.key, key) !== 0) continue
    if (endIn(cursor.key) >= earliestEnd && sessionStartIn(cursor.key) <= latestStart) take(cursor)
  }
  cursor.close()
}

/** The first segment from `segment` on that has rows; `null` if there is none. */
function nextSegment(scans: SessionScans, layout: SessionLayout, segment: number): number | null {
  const cursor = scans.scan(sessionsFrom(layout, segment * layout.segmentMs))
  const found = cursor.next() ? readInt64(cursor.key.buffer, cursor.key.start) : null
  cursor.close()
  return found
}
