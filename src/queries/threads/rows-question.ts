import type { Scheduler } from '../../base/environment.ts'
import { QueryError } from '../../base/errors.ts'
import type { StoreInfo, StoreView, ThreadStore } from '../../runtime/app/view.ts'
import { type PageLimits, readRows } from '../rows/read-rows.ts'
import { decodeRows, encodeRows, type RowsPage } from '../rows/row.ts'
import type { RowsQuery } from '../rows/rows-query.ts'
import { StoreSerdes } from '../rows/store-serdes.ts'
import { askThread, type Patience } from './ask-thread.ts'

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

/** Has a thread read rows. Rejects as {@link askThread}. */
export async function askForRows(thread: ThreadStore, question: RowsQuestion, patience: Patience, scheduler: Scheduler): Promise<RowsPage> {
  const { rows, next } = (await askThread(thread, question, patience, scheduler)) as RowsAnswer
  return { rows: decodeRows(Buffer.from(rows.buffer, rows.byteOffset, rows.byteLength)), next }
}
