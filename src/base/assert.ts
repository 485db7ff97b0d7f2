/** Thrown when an invariant of Millrace itself does not hold: always a bug of ours, never the user's. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

/** Throws `AssertionError` unless `condition` holds. Stays on in production. `message` is a sentence that names what was violated. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}
