/** The names of the options that a call knows. */
export type OptionNames = Readonly<Record<string, true>>

/**
 * Throws `TypeError` for an option that `call`, e.g. `count()`, does not know: the types refuse it, and this refuses it in plain JavaScript. What
 * is undefined is not given.
 */
export function requireKnownOptions(call: string, options: unknown, known: OptionNames): void {
  if (options === undefined) return
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`Cannot call ${call}: its options are ${options === null ? 'null' : `a ${typeof options}`}, an object is required`)
  }
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || Object.hasOwn(known, name)) continue
    const names = Object.keys(known).map((option) => `"${option}"`)
    throw new TypeError(
      `Cannot call ${call}: the option "${name}" is unknown, known ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}`,
    )
  }
}
