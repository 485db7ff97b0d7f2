import { requireKnownOptions } from '../base/known-options.ts'
import { type Duration, durationMs } from '../base/durations.ts'

/**
 * Sessions: records of one key belong together while none is further than the gap from the next. Made by `sessionWindows`; all numbers are
 * milliseconds.
 */
export interface SessionWindows {
  readonly kind: 'session'
  /** Records that are at most so far apart are in one session. */
  readonly gapMs: number
  /** How far behind stream time the end of a session and its gap may be for it to take records. */
  readonly graceMs: number
}

/**
 * Sessions that end when there was no record for longer than `inactivityGap` (P§3.1). A session reaches from its first record to its last,
 * both included, and a record between two sessions makes one of them. `grace`: for how long a session that has ended still takes records, in
 * stream time; later ones are dropped.
 *
 * ```ts
 * const visits = clicks.groupByKey().windowedBy(sessionWindows({ inactivityGap: '30m', grace: '5m' })).count()
 * ```
 *
 * Throws `RangeError` for what is no duration.
 */
export function sessionWindows(options: { readonly inactivityGap: Duration; readonly grace: Duration }): SessionWindows {
  requireKnownOptions('sessionWindows()', options, { inactivityGap: true, grace: true })
  const gapMs = durationMs(options.inactivityGap, 'inactivityGap')
  const graceMs = durationMs(options.grace, 'grace')
  return Object.freeze({ kind: 'session', gapMs, graceMs })
}
