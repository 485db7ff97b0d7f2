/** A length of time: whole milliseconds, or a whole number with its unit. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

/**
 * `duration` in milliseconds. `name` is the option that it comes from, for the message. Throws `TypeError` for what is neither a number
 * nor a text, and `RangeError` for a negative length, a fraction of a millisecond, and a text of another form than digits and unit.
 */
export function durationMs(duration: Duration, name: string): number {
  const ms = signedDurationMs(duration, name)
  if (ms < 0) throw new RangeError(`Cannot use ${name} of ${shown(duration)}: it is negative, required is a length of time of 0 or more`)
  return ms
}

/** As `durationMs`, for the few places where a length of time may be negative. */
export function signedDurationMs(duration: Duration, name: string): number {
  if (typeof duration !== 'number' && typeof duration !== 'string') {
    throw new TypeError(
      `Cannot use ${name} of type ${duration === null ? 'null' : typeof duration}: required are milliseconds or a text such as "5s"`,
    )
  }
  const ms = typeof duration === 'number' ? duration : parse(duration)
  if (!Number.isSafeInteger(ms)) {
    throw new RangeError(
      `Cannot use ${name} of ${shown(duration)}: required are whole milliseconds or a whole number with one of the units ms, s, m, h, d`,
    )
  }
  return ms
}

/** NaN for a text of another form. */
function parse(text: string): number {
  const match = /^(-?\d+)(ms|s|m|h|d)$/.exec(text)
  if (match === null) return Number.NaN
  const unit = match[2] as keyof typeof unitsMs
  return Number(match[1]) * unitsMs[unit]
}

function shown(duration: Duration): string {
  return typeof duration === 'string' ? `"${duration}"` : `${duration} ms`
}
