import type { Scheduler } from '../../base/environment.ts'
import { QueryError } from '../../base/errors.ts'
import type { StoreInfo, StoreView, ThreadStore } from '../../runtime/app/view.ts'
import type { ResolvedQueryOptions } from '../remote/query-options.ts'
import { type PageLimits, readRows } from '../rows/read-rows.ts'
import { decodeRows, encodeRows, type RowsPage } from '../rows/row.ts'
import type { RowsQuery } from '../rows/rows-query.ts'
import { StoreSerdes } from '../rows/store-serdes.ts'

/** What is asked of a stream thread that is a worker: rows of one partition of a store. */
export interface RowsQuestion {
  readonly kind: 'rows'
  readonly store: string
  readonly partition: number
  readonly stale: boolean
  readonly query: RowsQuery
  readonly limits: PageLimits
}

/** Its answer: rows as `encodeRows` writes them, so that nothing else of the memory that they are in is copied. */
interface RowsAnswer {
  readonly rows: Uint8Array
  readonly next: string | null
}

/** What of a thread's side is needed to answer. */
export interface AnswererParts {
  readonly applicationId: string
  readonly storeInfos: ReadonlyMap<string, StoreInfo>
  /** The stores of a name that the thread has open. */
  readonly views: (store: string) => readonly StoreView[]
}

/** Answers in the thread that has the store. Throws `QueryError` `STORE_PARTITION` where it has it no more, and as `readRows`. */
export function answerRows({ store, partition, stale, query, limits }: RowsQuestion, parts: AnswererParts): RowsAnswer {
  const view = parts.views(store).find((candidate) => candidate.partition === partition && (stale || candidate.state === 'running'))
  const info = parts.storeInfos.get(store)
  if (view === undefined || info === undefined) {
    throw new QueryError('STORE_PARTITION', `Cannot query store "${store}": its partition ${partition} has left its thread`, {
      store,
      partition,
    })
  }
  const keyed = { ...query, ...('key' in query && query.key !== null ? { key: Buffer.from(query.key) } : {}) }
  const { rows, next } = readRows({ view, info, serdes: new StoreSerdes(info.definition, parts.applicationId) }, keyed, limits)
  return { rows: encodeRows(rows), next }
}

/** Has a thread read rows. Rejects with what it throws, `QUERY_TIMED_OUT`, and the reason of the signal. */
export async function askThread(
  thread: ThreadStore,
  question: RowsQuestion,
  { timeoutMs, signal }: Pick<ResolvedQueryOptions, 'timeoutMs' | 'signal'>,
  scheduler: Scheduler,
): Promise<RowsPage> {
  const { promise: given, reject } = Promise.withResolvers<never>()
  const timer = scheduler.after(timeoutMs, () => reject(silent(question, timeoutMs)))
  // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whatever the caller has given as the reason
  const abort = (): void => reject(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    const { rows, next } = (await Promise.race([thread.ask(question), given])) as RowsAnswer
    return { rows: decodeRows(Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength)), next }
  } finally {
    timer.cancel()
    signal?.removeEventListener('abort', abort)
  }
}

function silent({ store, partition }: RowsQuestion, timeoutMs: number): QueryError {
  return new QueryError(
    'QUERY_TIMED_OUT',
    `Cannot query store "${store}": the stream thread that has partition ${partition} has not answered in ${Math.round(timeoutMs)} ms`,
    { store, partition },
  )
}
