import { sleep } from '../base/environment.ts'
import type { ErrorCode } from '../base/error-codes.ts'
import { isMillraceError } from '../base/errors.ts'
import { Backoff } from './backoff.ts'
import type { ClientOptions } from './client-options.ts'

const passing = new Set<ErrorCode>(['NOT_SENT', 'OUTCOME_UNKNOWN', 'BROKER_NOT_READY'])

/** Whether the same request, which must be safe to repeat, may succeed a little later. */
export function isPassing(error: unknown): boolean {
  return isMillraceError(error) && passing.has(error.code)
}

/**
 * Tries `attempt` until it resolves, rejects with an error that does not pass, or `timeoutMs` has passed; then rejects with the last
 * error. Waits between the tries as the client's back-off says.
 */
export async function retrying<T>(options: ClientOptions, timeoutMs: number, attempt: () => Promise<T>): Promise<T> {
  const { clock, scheduler, random } = options.environment
  const deadlineMs = clock.monotonic() + timeoutMs
  const backoff = new Backoff(options.retryBackoffMs, options.retryBackoffMaxMs, random)
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!isPassing(error)) throw error
      const waitMs = backoff.nextMs()
      if (clock.monotonic() + waitMs >= deadlineMs) throw error
      await sleep(scheduler, waitMs)
    }
  }
}
