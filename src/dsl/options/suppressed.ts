import { requireKnownOptions } from '../../base/known-options.ts'
import { type Duration, durationMs } from '../../base/durations.ts'
import type { Windowed } from '../../model/windowed.ts'
import type { SuppressCall } from '../../planner/suppress.ts'
import type { TopicConfig } from '../../state/store-spec.ts'
import type { Named } from '../../topology/options/named.ts'
import type { deleteType, rowType } from '../phantoms.ts'

/** What `suppress` does: made by `untilWindowCloses` or `untilTimeLimit`. `K`: keys of the tables that it is for; `D`: deletions that leave. */
export interface Suppressed<in K, out D extends null> {
  readonly [rowType]: (key: K) => void
  readonly [deleteType]: D
}

/** Options of `untilWindowCloses`. `name` is that of the node, and with `-store` behind it that of the buffer. */
export interface UntilWindowClosesOptions extends Named {
  /** Stop the task rather than hold more changes back. Default: no limit. */
  readonly maxRecords?: number | undefined
  /** As `maxRecords`, for the bytes of keys, values and record contexts. */
  readonly maxBytes?: number | undefined
  /** `false`: no changelog, what is held back is lost with the instance; settings: of the changelog topic. */
  readonly logging?: false | TopicConfig | undefined
}

/** Options of `untilTimeLimit`. */
export interface UntilTimeLimitOptions extends UntilWindowClosesOptions {
  /** What happens when a limit is passed: the oldest changes leave early (the default), or the task stops. */
  readonly whenFull?: 'emit-early' | 'shut-down' | undefined
}

const untilCloseNames: Readonly<Record<keyof UntilWindowClosesOptions, true>> = {
  name: true,
  maxRecords: true,
  maxBytes: true,
  logging: true,
}
const untilTimeNames: Readonly<Record<keyof UntilTimeLimitOptions, true>> = { ...untilCloseNames, whenFull: true }

/**
 * Holds the updates of windows back until each window is closed, so that only its final result leaves: when stream time has passed the
 * window's end by its grace. Deletions do not leave.
 *
 * ```ts
 * const final = perMinute.suppress(untilWindowCloses())
 * ```
 *
 * Throws `RangeError` for a limit that is no whole number from 0.
 */
export function untilWindowCloses(options: UntilWindowClosesOptions = {}): Suppressed<Windowed<unknown>, never> {
  requireKnownOptions('untilWindowCloses()', options, untilCloseNames)
  return new Suppression(null, { ...options, whenFull: 'shut-down' }) as unknown as Suppressed<Windowed<unknown>, never>
}

/**
 * Holds the changes of a row back until `limit` has passed in stream time since the first of them; then the last of them leaves. 0: a change
 * leaves at once.
 *
 * ```ts
 * const calm = prices.suppress(untilTimeLimit('5m', { maxRecords: 1000 }))
 * ```
 *
 * Throws `RangeError` for what is no duration, and for a limit that is no whole number from 0.
 */
export function untilTimeLimit(limit: Duration, options: UntilTimeLimitOptions): Suppressed<unknown, null> {
  requireKnownOptions('untilTimeLimit()', options, untilTimeNames)
  return new Suppression(durationMs(limit, 'limit'), options) as unknown as Suppressed<unknown, null>
}

/** What `suppress` does, as the planner takes it. Throws `TypeError` for what no function of this file made. */
export function suppressCall(given: unknown, site: string | null): SuppressCall {
  if (!(given instanceof Suppression)) {
    throw new TypeError('Cannot call suppress(): its argument is not what untilWindowCloses or untilTimeLimit made')
  }
  return { ...given.call, site }
}

class Suppression {
  readonly call: Omit<SuppressCall, 'site'>

  constructor(limitMs: number | null, options: UntilTimeLimitOptions) {
    const { name, maxRecords = Infinity, maxBytes = Infinity, logging, whenFull = 'emit-early' } = options
    checkMax('maxRecords', maxRecords)
    checkMax('maxBytes', maxBytes)
    if (whenFull !== 'emit-early' && whenFull !== 'shut-down') {
      throw new TypeError(`Cannot suppress: whenFull is ${JSON.stringify(whenFull)}, required is "emit-early" or "shut-down"`)
    }
    this.call = Object.freeze({ limitMs, name, recordsMax: maxRecords, bytesMax: maxBytes, logging, whenFull })
  }
}

function checkMax(option: string, given: number): void {
  if (given === Infinity || (Number.isSafeInteger(given) && given >= 0)) return
  throw new RangeError(`Cannot suppress: ${option} is ${given}, a whole number from 0 is required`)
}
