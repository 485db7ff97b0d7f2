import type { Scheduler } from '../../base/environment.ts'
import { QueryError } from '../../base/errors.ts'
import type { ThreadStore } from '../../runtime/app/view.ts'

/** How long an answer is waited for. */
export interface Patience {
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** Puts a question to a stream thread that is a worker. Rejects with what it throws, `QUERY_TIMED_OUT`, and the reason of the signal. */
export async function askThread(
  thread: ThreadStore,
  question: { readonly store: string; readonly partition: number },
  { timeoutMs, signal }: Patience,
  scheduler: Scheduler,
): Promise<unknown> {
  signal?.throwIfAborted()
  const { promise: given, reject } = Promise.withResolvers<never>()
  const { store, partition } = question
  const timer = scheduler.after(timeoutMs, () => {
    const message = `Cannot query store "${store}": the stream thread that has partition ${partition} has not answered in ${Math.round(timeoutMs)} ms`
    reject(new QueryError('QUERY_TIMED_OUT', message, { store, partition }))
  })
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whatever the caller has given as the reason
  const abort = (): void => reject(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([thread.ask(question), given])
  } finally {
    timer.cancel()
    signal?.removeEventListener('abort', abort)
  }
}
