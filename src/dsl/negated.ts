/** The opposite of `predicate`. A promise is handed on as it is: the operator refuses it. */
export function negated(predicate: (key: unknown, value: unknown) => unknown): (key: unknown, value: unknown) => boolean {
  return (key, value) => {
    const passes = predicate(key, value)
    return passes instanceof Promise ? (passes as unknown as boolean) : !passes
  }
}
