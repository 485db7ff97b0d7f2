import type { Clock, Scheduler } from '../../base/environment.ts'
import type { StoreInfo, StoreView } from '../../runtime/app/view.ts'
import type { StoreIterator } from '../../state/key-value-store.ts'
import type { Isolation } from '../../state/kinds/read-ground.ts'
import { Position, type PositionEntry } from '../../state/position.ts'
import type { Query } from '../queries.ts'
import type { FailureReason, QueryResult } from '../query-result.ts'
import { decodeRows, encodeRows, type Row } from '../rows/row.ts'
import { StoreSerdes } from '../rows/store-serdes.ts'
import { runQuery } from '../run-query.ts'
import { givesScan, itemOfRow, rowOfItem } from './query-rows.ts'

/** A query of one partition for a stream thread that is a worker: plain data, keys as the serde of the store writes them. */
export interface QueryQuestion {
  readonly kind: 'query'
  readonly store: string
  readonly partition: number
  readonly query: Query
  readonly isolation: Isolation
  readonly bound: readonly PositionEntry[]
  /** Only the active task that runs may answer. */
  readonly requireActive: boolean
  readonly executionInfo: boolean
}

/** Its answer. */
interface QueryAnswer {
  /** `null`: it has answered. */
  readonly failure: { readonly reason: FailureReason; readonly message: string } | null
  /** As `encodeRows` writes them, some at a time. Of a query without a scan one row, or none for `null`. */
  readonly pages: readonly Uint8Array[]
  readonly position: readonly PositionEntry[]
  readonly executionInfo: readonly string[]
}

/** What of a thread's side is needed to answer. */
export interface QueryAnswererParts {
  readonly applicationId: string
  readonly storeInfos: ReadonlyMap<string, StoreInfo>
  /** The stores of a name that the thread has open. */
  readonly views: (store: string) => readonly StoreView[]
  readonly clock: Clock
  readonly scheduler: Scheduler
}

/** So many rows are read before the thread goes on with its records. */
const PAGE_ROWS = 1_000

/** A query with its keys as bytes. Throws what the serde throws. */
export function packQuery(query: Query, serdes: StoreSerdes): Query {
  return withKeys(query, (key) => serdes.writeKey(key))
}

/**
 * Answers in the thread that has the store. A scan is read whole, as the store is now: its pages are read between the records that the thread
 * processes meanwhile, which the scan does not see.
 */
export async function answerQuery(question: QueryQuestion, parts: QueryAnswererParts): Promise<QueryAnswer> {
  const { store, partition, isolation, requireActive } = question
  const info = parts.storeInfos.get(store)
  const view = parts.views(store).find((candidate) => candidate.partition === partition)
  if (info === undefined || view === undefined)
    return failed('NOT_PRESENT', `Partition ${partition} of store "${store}" has left its thread`)
  if (requireActive && view.state !== 'running') {
    return failed('NOT_ACTIVE', `Partition ${partition} must be active and running to answer: it is ${view.state}`)
  }
  const serdes = new StoreSerdes(info.definition, parts.applicationId)
  let position = Position.empty
  try {
    const query = withKeys(question.query, (bytes) => serdes.readKey(Buffer.from(bytes as Uint8Array)))
    const bound = Position.of(question.bound)
    const result = runQuery(view, info.definition, query, { isolation, bound, clock: question.executionInfo ? parts.clock : null })
    position = result.position
    const rest = { position: position.toJSON(), executionInfo: result.executionInfo }
    if (!result.isSuccess) return { failure: { reason: result.reason, message: result.message }, pages: [], ...rest }
    const items = givesScan(query) ? (result.result as StoreIterator<unknown>) : listOf(result.result)
    return { failure: null, pages: await pagesOf(items, (item) => rowOfItem(query, item, serdes), parts.scheduler), ...rest }
  } catch (error) {
    return failed('STORE_EXCEPTION', `Store "${store}" threw: ${error instanceof Error ? error.message : String(error)}`, position)
  }
}

/** What a thread has answered to `query`, as if the store were here. Scans own their rows. */
export function readAnswer(given: unknown, query: Query, serdes: StoreSerdes): QueryResult<unknown> {
  const { failure, pages, position, executionInfo } = given as QueryAnswer
  const rest = { position: Position.of(position), executionInfo }
  if (failure !== null) return { isSuccess: false, ...failure, ...rest }
  const scan = new PagesScan(pages, (row) => itemOfRow(query, row, serdes))
  return { isSuccess: true, result: givesScan(query) ? scan : (scan.next().value ?? null), ...rest }
}

function failed(reason: FailureReason, message: string, position: Position = Position.empty): QueryAnswer {
  return { failure: { reason, message }, pages: [], position: position.toJSON(), executionInfo: [] }
}

function withKeys(query: Query, turn: (key: unknown) => unknown): Query {
  if ('key' in query) return { ...query, key: turn(query.key) }
  if (!('reverse' in query)) return query
  const { from, to } = query
  return { ...query, from: from === null ? null : turn(from), to: to === null ? null : turn(to) }
}

function* listOf(found: unknown): Generator<unknown> {
  if (found !== null) yield found
}

async function pagesOf(items: Iterable<unknown>, rowOf: (item: unknown) => Row, scheduler: Scheduler): Promise<readonly Uint8Array[]> {
  const pages: Uint8Array[] = []
  let rows: Row[] = []
  for (const item of items) {
    rows.push(rowOf(item))
    if (rows.length < PAGE_ROWS) continue
    pages.push(encodeRows(rows))
    rows = []
    await new Promise<void>((resolve) => scheduler.soon(resolve))
  }
  if (rows.length > 0) pages.push(encodeRows(rows))
  return pages
}

/** Rows that have come from a thread; a page is decoded when it is come to. */
class PagesScan implements StoreIterator<unknown> {
  readonly #pages: readonly Uint8Array[]
  readonly #itemOf: (row: Row) => unknown
  #rows: readonly Row[] = []
  #nextRow = 0
  #nextPage = 0

  constructor(pages: readonly Uint8Array[], itemOf: (row: Row) => unknown) {
    this.#pages = pages
    this.#itemOf = itemOf
  }

  next(): IteratorResult<unknown, undefined> {
    if (this.#nextRow === this.#rows.length) {
      const page = this.#pages[this.#nextPage++]
      if (page === undefined) return { done: true, value: undefined }
      this.#rows = decodeRows(Buffer.from(page.buffer, page.byteOffset, page.byteLength))
      this.#nextRow = 0
    }
    return { done: false, value: this.#itemOf(this.#rows[this.#nextRow++]!) }
  }

  /** A loop that is left early ends the scan. */
  return(): IteratorResult<unknown, undefined> {
    this.close()
    return { done: true, value: undefined }
  }

  close(): void {
    this.#rows = []
    this.#nextRow = 0
    this.#nextPage = this.#pages.length
  }

  [Symbol.dispose](): void {
    this.close()
  }

  [Symbol.iterator](): Iterator<unknown> {
    return this
  }
}
