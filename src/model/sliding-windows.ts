import { requireKnownOptions } from '../base/known-options.ts'
import { type Duration, durationMs } from '../base/durations.ts'

/**
 * Windows that slide along with the records: two records of one key are in one window if they are no further apart than the difference.
 * Made by `slidingWindows`; all numbers are milliseconds.
 */
export interface SlidingWindows {
  readonly kind: 'sliding'
  /** From the start of a window to its end, both of which are in it. */
  readonly differenceMs: number
  /** How far behind stream time the end of a window may be for it to take records. */
  readonly graceMs: number
}

/**
 * Windows that slide along with the records of a key (P§3.1): for each record the one that ends with it, and the one that begins a
 * millisecond after it as soon as that has a record. Each set of records that lie within `timeDifference` of each other is so in one window.
 * `grace`: for how long after its end a window still takes records, in stream time; later ones are dropped.
 *
 * ```ts
 * const lastTenMinutes = alarms.groupByKey().windowedBy(slidingWindows({ timeDifference: '10m', grace: '1m' })).count()
 * ```
 *
 * Throws `RangeError` for a difference of 0, with which Java fails at the first record, and for what is no duration.
 */
export function slidingWindows(options: { readonly timeDifference: Duration; readonly grace: Duration }): SlidingWindows {
  requireKnownOptions('slidingWindows()', options, { timeDifference: true, grace: true })
  const differenceMs = durationMs(options.timeDifference, 'timeDifference')
  const graceMs = durationMs(options.grace, 'grace')
  if (differenceMs === 0) throw new RangeError('Cannot make sliding windows: their time difference is 0 ms, required is more')
  return Object.freeze({ kind: 'sliding', differenceMs, graceMs })
}
