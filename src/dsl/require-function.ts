/** Throws `TypeError` unless `given` is a function: the types say so, plain JavaScript may not. */
export function requireFunction(given: unknown, call: string): void {
  if (typeof given === 'function') return
  throw new TypeError(`Cannot call ${call}: its argument is ${given === null ? 'null' : typeof given}, a function is required`)
}
