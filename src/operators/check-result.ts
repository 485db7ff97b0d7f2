import { TaskError } from '../base/errors.ts'

/**
 * Gives `value`, what a function of the user returned, back unless it is a promise or `undefined`: the types refuse both, and this refuses
 * them in plain JavaScript. Throws `TaskError` `PROMISE_RETURNED` or `UNDEFINED_RETURNED`.
 */
export function checkResult<T>(value: T, what: string): T {
  if (value === undefined) {
    throw new TaskError('UNDEFINED_RETURNED', `Cannot use what ${what} returned: it is undefined, a record has no undefined in it`)
  }
  if (value instanceof Promise) throw promiseReturned(what)
  return value
}

/** As `checkResult` for a function that need not return anything: only a promise is refused. */
export function checkAction(result: unknown, what: string): void {
  if (result instanceof Promise) throw promiseReturned(what)
}

/**
 * Whether a record passes, from what a predicate of the user returned: JavaScript's truth, but a promise is refused. Callers compare with
 * `true` and `false` first, so that nothing is called per record.
 */
export function checkPredicate(result: unknown, what: string): boolean {
  if (result instanceof Promise) throw promiseReturned(what)
  return Boolean(result)
}

function promiseReturned(what: string): TaskError {
  return new TaskError('PROMISE_RETURNED', `Cannot use what ${what} returned: it is a promise, records are processed synchronously`)
}
