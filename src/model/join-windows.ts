import { requireKnownOptions } from '../base/known-options.ts'
import { type Duration, durationMs, signedDurationMs } from '../base/durations.ts'

/**
 * Which records of two streams join: a record of the left one at `t` joins those of the right one from `t - beforeMs` to `t + afterMs`, both
 * included. Made by `joinWindows`; all numbers are milliseconds.
 */
export interface JoinWindows {
  readonly kind: 'join'
  /** May be negative, so that the right record must come later than the left one. */
  readonly beforeMs: number
  /** May be negative, so that the right record must come earlier than the left one. */
  readonly afterMs: number
  /** How far behind stream time the end of a window may be for its records to join. */
  readonly graceMs: number
}

/** How far apart records may be that join: as far in both directions, or differently before and after the left record. */
export type JoinWindowsOptions = { readonly grace: Duration } & (
  | { readonly timeDifference: Duration; readonly before?: undefined; readonly after?: undefined }
  | { readonly before: Duration; readonly after: Duration; readonly timeDifference?: undefined }
)

/**
 * Windows of a join of two streams (P§3.1). `before` and `after` are seen from the left record, and one of them may be negative: `before: 0`
 * joins only right records that are not older than the left one. `grace`: for how long after the end of its window a record still joins, in
 * stream time; left and outer joins give their results without a partner when it has passed.
 *
 * ```ts
 * const matched = orders.join(payments, (order, payment) => ({ ...order, ...payment }), joinWindows({ timeDifference: '1h', grace: '5m' }))
 * ```
 *
 * Throws `RangeError` for windows that end before they begin, a negative grace, and what is no duration.
 */
export function joinWindows(options: JoinWindowsOptions): JoinWindows {
  requireKnownOptions('joinWindows()', options, { timeDifference: true, before: true, after: true, grace: true })
  const { timeDifference, grace } = options
  if (timeDifference !== undefined && (options.before !== undefined || options.after !== undefined)) {
    throw new TypeError('Cannot make join windows: timeDifference is given together with before or after, required is either')
  }
  const graceMs = durationMs(grace, 'grace')
  const beforeMs = signedDurationMs(
    (timeDifference ?? options.before) as Duration,
    timeDifference === undefined ? 'before' : 'timeDifference',
  )
  const afterMs = signedDurationMs((timeDifference ?? options.after) as Duration, timeDifference === undefined ? 'after' : 'timeDifference')
  if (beforeMs + afterMs < 0) {
    throw new RangeError(
      `Cannot make join windows: they are from ${-beforeMs} to ${afterMs} ms around the left record, the end must not be before the beginning`,
    )
  }
  return Object.freeze({ kind: 'join', beforeMs, afterMs, graceMs })
}

/** From the beginning of the windows to their end. */
export function joinWindowSize({ beforeMs, afterMs }: JoinWindows): number {
  return beforeMs + afterMs
}
