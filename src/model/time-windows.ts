import { requireKnownOptions } from '../base/known-options.ts'
import { type Duration, durationMs } from '../base/durations.ts'

/**
 * Windows of one size: tumbling, or hopping where they advance by less than their size. A window begins at a multiple of the advance since
 * 1970 and ends before `start + sizeMs`. Made by `timeWindows`; all numbers are milliseconds.
 */
export interface TimeWindows {
  readonly kind: 'time'
  readonly sizeMs: number
  readonly advanceMs: number
  /** How far behind stream time the end of a window may be for it to take records. */
  readonly graceMs: number
}

/** One window that never ends. Made by `unlimitedWindows`. */
export interface UnlimitedWindows {
  readonly kind: 'unlimited'
  /** Records before it are in no window. Milliseconds since 1970. */
  readonly startMs: number
}

/**
 * Windows of one size (P§3.1). `advance`: from the start of one to the start of the next, by default the size, so that they do not overlap.
 * `grace`: for how long after its end a window still takes records, in stream time; later ones are dropped.
 *
 * ```ts
 * const perMinute = words.groupByKey().windowedBy(timeWindows({ size: '1m', advance: '10s', grace: '5s' })).count()
 * ```
 *
 * Throws `RangeError` for a size of 0, an advance of 0 or beyond the size, and what is no duration.
 */
export function timeWindows(options: {
  readonly size: Duration
  readonly advance?: Duration | undefined
  readonly grace: Duration
}): TimeWindows {
  requireKnownOptions('timeWindows()', options, { size: true, grace: true, advance: true })
  const sizeMs = durationMs(options.size, 'size')
  const advanceMs = options.advance === undefined ? sizeMs : durationMs(options.advance, 'advance')
  const graceMs = durationMs(options.grace, 'grace')
  if (sizeMs === 0) throw new RangeError('Cannot make time windows: their size is 0 ms, required is more')
  if (advanceMs === 0 || advanceMs > sizeMs) {
    throw new RangeError(
      `Cannot make time windows: they advance by ${advanceMs} ms, required is more than 0 and at most their size of ${sizeMs} ms`,
    )
  }
  return Object.freeze({ kind: 'time', sizeMs, advanceMs, graceMs })
}

/**
 * One window from `start` on (default 1970) that never ends. Throws `RangeError` for a start before 1970 or of a fraction of a millisecond.
 *
 * ```ts
 * const sinceLaunch = orders.groupByKey().windowedBy(unlimitedWindows({ start: new Date('2026-01-01') })).count()
 * ```
 */
export function unlimitedWindows(options: { readonly start?: number | Date | undefined } = {}): UnlimitedWindows {
  requireKnownOptions('unlimitedWindows()', options, { start: true })
  const { start = 0 } = options
  const startMs = typeof start === 'number' ? start : start.getTime()
  if (!Number.isSafeInteger(startMs) || startMs < 0) {
    throw new RangeError(`Cannot make unlimited windows: they start at ${startMs}, required are whole milliseconds since 1970`)
  }
  return Object.freeze({ kind: 'unlimited', startMs })
}

/**
 * What an aggregation needs of its windows. Those of a time are `start = firstStart(time); start <= time; start += advanceMs`, each up to
 * `start + sizeMs`. An unlimited window has the size and advance `Infinity`, which stands for the greatest int64.
 */
export interface WindowSteps {
  readonly sizeMs: number
  readonly advanceMs: number
  readonly graceMs: number
  /** The start of the first window that holds `time`; beyond `time` if there is none. */
  readonly firstStart: (time: number) => number
}

/** The steps of `windows` (P§3.1). */
export function windowSteps(windows: TimeWindows | UnlimitedWindows): WindowSteps {
  if (windows.kind === 'unlimited') {
    const { startMs } = windows
    return { sizeMs: Infinity, advanceMs: Infinity, graceMs: 0, firstStart: (time) => (time >= startMs ? startMs : Infinity) }
  }
  const { sizeMs, advanceMs, graceMs } = windows
  const firstStart = (time: number): number => Math.floor(Math.max(0, time - sizeMs + advanceMs) / advanceMs) * advanceMs
  return { sizeMs, advanceMs, graceMs, firstStart }
}
