import type { Duration } from '../base/durations.ts'
import type { Environment, Scheduler } from '../base/environment.ts'
import { isMillraceError, QueryError } from '../base/errors.ts'
import type { LagInfo, QueryableApp, StoreInfo, StoreView, ThreadStore } from '../runtime/app/view.ts'
import { Position } from '../state/position.ts'
import type { Isolation } from '../state/kinds/read-ground.ts'
import { isTableHandle, type StoreHandle, storeNameOf } from '../state/store-handle.ts'
import { infoOf, requireAlive } from './queried-store.ts'
import { type Local, localStore, type LocalStamped } from './local-store.ts'
import {
  allMetadata,
  type KeyMetadataOptions,
  type KeyQueryMetadata,
  metadataForKey,
  metadataForStore,
  storePartitions,
  type StreamsMetadata,
} from './metadata.ts'
import type { Query } from './queries.ts'
import { type QueryResult, StateQueryResult } from './query-result.ts'
import { type RemoteStoreOptions, resolveQueryOptions } from './remote/query-options.ts'
import { RemoteRows } from './remote/remote-rows.ts'
import { type Remote, remoteStore } from './remote/remote-store.ts'
import { StoreRouter } from './remote/store-router.ts'
import type { AnswerOf, StoreKey, QueryOf } from './query-of.ts'
import { StoreSerdes } from './rows/store-serdes.ts'
import { runQuery } from './run-query.ts'
import { askThread } from './threads/ask-thread.ts'
import { packQuery, readAnswer } from './threads/query-question.ts'

/** Which tasks of this instance `localStore` reads (Java's `StoreQueryParameters`). */
export interface LocalStoreOptions {
  /** Whether standbys and tasks that restore answer, too: what they have may be old. Default false. */
  readonly stale?: boolean | undefined
  /** Only this partition. Default all that are here. */
  readonly partition?: number | undefined
  /** `read_committed`: what is committed alone. Default `defaultInteractiveQueryIsolationLevel`, which is `read_uncommitted` by default. */
  readonly isolationLevel?: Isolation | undefined
  /** Whether values are shown with their timestamps, of stores whose rows have them: all but sessions that operators make. Default false. */
  readonly timestamps?: boolean | undefined
}

/** How `query` asks. */
export interface StateQueryOptions {
  /** Default all that are here; those that are not answer `NOT_PRESENT`. */
  readonly partitions?: Iterable<number> | undefined
  /** What the answers must reflect at least, as the `position` of an earlier result. Partitions that are behind answer `NOT_UP_TO_BOUND`. */
  readonly positionBound?: Position | undefined
  /** Only active tasks that run may answer; they are up to date, a bound is not looked at. Others answer `NOT_ACTIVE`. Default false. */
  readonly requireActive?: boolean | undefined
  /** `read_committed`: what is committed alone (KIP-892). Default `defaultInteractiveQueryIsolationLevel`. */
  readonly isolationLevel?: Isolation | undefined
  /** Whether answers say what was done, and how long it took. Default false. */
  readonly executionInfo?: boolean | undefined
}

/** How `queryAsync` asks. */
export interface AsyncQueryOptions extends StateQueryOptions {
  /** How long stream threads that are workers may take to answer. Default 10 s. */
  readonly timeout?: Duration | undefined
  /** Ends the wait for them. */
  readonly signal?: AbortSignal | undefined
}

/** Interactive queries of one instance (P§7.11). */
export class InteractiveQueries {
  /** Asks other instances. */
  readonly router: StoreRouter
  readonly #app: QueryableApp
  readonly #scheduler: Scheduler

  constructor(app: QueryableApp, { http, scheduler }: Pick<Environment, 'http' | 'scheduler'>) {
    this.#app = app
    this.#scheduler = scheduler
    this.router = new StoreRouter({ app, http, scheduler })
  }

  /** See `KafkaStreams.store`. */
  store<S>(handle: StoreHandle<S>, options: RemoteStoreOptions<StoreKey<StoreHandle<S>>> = {}): Remote<S> {
    const rows = new RemoteRows(this.info(handle), this.#app, this.router, options)
    // The handle says which kind of store it stands for, and the topology has made it of that kind.
    return remoteStore(rows, isTableHandle(handle)) as Remote<S>
  }

  /** See `KafkaStreams.localStore`. */
  localStore<S>(handle: StoreHandle<S>, options: LocalStoreOptions & { readonly timestamps: true }): LocalStamped<S>
  localStore<S>(handle: StoreHandle<S>, options?: LocalStoreOptions): Local<S>
  localStore<S>(handle: StoreHandle<S>, options: LocalStoreOptions = {}): Local<S> | LocalStamped<S> {
    const info = this.info(handle)
    const isolation = options.isolationLevel ?? this.#app.isolation
    if (options.timestamps !== true) {
      const seen = (view: StoreView): unknown => (isolation === 'read_committed' ? view.read(isolation, false) : view.store)
      return localStore(handle, info.definition.kind, () => this.#parts(info, options).map(seen))
    }
    return localStore(handle, info.definition.kind, () => this.#parts(info, options).map((view) => stampedIn(info, view, isolation)), true)
  }

  /** See `KafkaStreams.query`. */
  query<H extends StoreHandle<unknown>, Q extends QueryOf<H>>(
    handle: H,
    query: Q,
    options: StateQueryOptions = {},
  ): StateQueryResult<AnswerOf<H, Q>> {
    // The types say which answers each query has.
    return this.#query(this.info(handle), query as Query, options) as StateQueryResult<AnswerOf<H, Q>>
  }

  /** See `KafkaStreams.queryAsync`. */
  async queryAsync<H extends StoreHandle<unknown>, Q extends QueryOf<H>>(
    handle: H,
    query: Q,
    options: AsyncQueryOptions = {},
  ): Promise<StateQueryResult<AnswerOf<H, Q>>> {
    const info = this.info(handle)
    const result = this.#app.hasWorkers ? this.#queryThreads(info, query as Query, options) : this.#query(info, query as Query, options)
    return (await result) as StateQueryResult<AnswerOf<H, Q>>
  }

  /** See `KafkaStreams.metadataForKey`. */
  metadataForKey<H extends StoreHandle<unknown>>(handle: H, key: StoreKey<H>, options?: KeyMetadataOptions<StoreKey<H>>): KeyQueryMetadata {
    const info = this.info(handle)
    requireAlive(this.#app, info.definition.name)
    if (key === null || key === undefined) throw new TypeError(`Cannot find the key ${String(key)}: a key is required`)
    return metadataForKey(this.#app, info, key, options)
  }

  /** See `KafkaStreams.metadataForStore`. */
  metadataForStore(handle: StoreHandle<unknown>): readonly StreamsMetadata[] {
    const { name } = this.info(handle).definition
    requireAlive(this.#app, name)
    return metadataForStore(this.#app, name)
  }

  /** See `KafkaStreams.allMetadata`. */
  allMetadata(): readonly StreamsMetadata[] {
    return allMetadata(this.#app)
  }

  /** See `KafkaStreams.lags`. */
  lags(): Promise<ReadonlyMap<string, ReadonlyMap<number, LagInfo>>> {
    return this.#app.lags()
  }

  /** What there is to know of the store of a handle. Throws `STORE_UNKNOWN`. */
  info(handle: StoreHandle<unknown>): StoreInfo {
    return infoOf(this.#app, storeNameOf(handle))
  }

  /** The views of a store that may answer. Throws if there is none. */
  #parts(info: StoreInfo, { stale = false, partition }: LocalStoreOptions): readonly StoreView[] {
    const { name } = info.definition
    requireAlive(this.#app, name)
    this.#requireHere(name, 'localStore')
    const views = this.#app.stores(name)
    if (info.isGlobal) {
      if (views.length > 0) return views
      throw notAvailable(name, 'its rows are still being read')
    }
    if (!stale && this.#app.state !== 'RUNNING') throw notAvailable(name, `the instance is ${this.#app.state}, it must be RUNNING`)
    const fit = views.filter((view) => (stale || view.state === 'running') && (partition === undefined || view.partition === partition))
    if (fit.length > 0) return fit
    if (partition === undefined) {
      throw new QueryError(
        'STORE_MIGRATED',
        `Cannot query store "${name}": no task with it runs on this instance, it may have moved to another one; see metadataForStore`,
        { store: name },
      )
    }
    throw new QueryError('STORE_PARTITION', `Cannot query store "${name}": its partition ${partition} is not on this instance`, {
      store: name,
      partition,
    })
  }

  #query(info: StoreInfo, query: Query, options: StateQueryOptions): StateQueryResult<unknown> {
    const { definition } = info
    requireAlive(this.#app, definition.name)
    this.#requireHere(definition.name, 'query')
    const { requireActive, ...terms } = this.#termsOf(options)
    const clock = options.executionInfo === true ? this.#app.clock : null
    return this.#merged(info, options, (wanted) => {
      const results = new Map<number, QueryResult<unknown>>()
      for (const view of this.#app.stores(definition.name)) {
        if (!wanted(view.partition)) continue
        const refused = requireActive && !this.#isActive(view)
        results.set(view.partition, refused ? notActive(view, this.#app.state) : runQuery(view, definition, query, { ...terms, clock }))
      }
      return results
    })
  }

  async #queryThreads(info: StoreInfo, query: Query, options: AsyncQueryOptions): Promise<StateQueryResult<unknown>> {
    const { name } = info.definition
    requireAlive(this.#app, name)
    const { timeoutMs, signal } = resolveQueryOptions({}, options, this.#app.isolation)
    const { isolation, bound, requireActive } = this.#termsOf(options)
    const executionInfo = options.executionInfo === true
    const asked = { kind: 'query', store: name, isolation, bound: bound.toJSON(), requireActive, executionInfo } as const
    const serdes = new StoreSerdes(info.definition, this.#app.applicationId)
    const ask = async (thread: ThreadStore): Promise<QueryResult<unknown>> => {
      if (requireActive && !this.#isActive(thread)) return notActive(thread, this.#app.state)
      const { partition } = thread
      try {
        const question = { ...asked, partition, query: packQuery(query, serdes) }
        return readAnswer(await askThread(thread, question, { timeoutMs, signal }, this.#scheduler), query, serdes)
      } catch (error) {
        if (isMillraceError(error) && error.code === 'STORE_NOT_AVAILABLE') return this.#absent(name, partition)
        if (isMillraceError(error) && error.code === 'QUERY_TIMED_OUT') throw error
        signal?.throwIfAborted()
        return storeException(name, error)
      }
    }
    const threads = new Map<number, ThreadStore>()
    // Where a task moves from one thread to another both may have it for a moment.
    for (const thread of this.#app.inThreads(name)) {
      if (thread.state === 'running' || !threads.has(thread.partition)) threads.set(thread.partition, thread)
    }
    const partitions = options.partitions === undefined ? undefined : [...options.partitions]
    const wanted = new Set(partitions ?? threads.keys())
    const places = [...threads.values()].filter(({ partition }) => wanted.has(partition))
    const answers = info.isGlobal ? [] : await Promise.all(places.map(async (place) => [place.partition, await ask(place)] as const))
    // Only with the topics known can it be told whether a partition is elsewhere or nowhere.
    if (partitions?.some((partition) => !threads.has(partition)) === true) {
      await this.#app.learnPartitions(this.#app.sourceTopics(name)).catch(() => undefined)
    }
    return this.#merged(info, { partitions }, () => new Map(answers))
  }

  #termsOf({ positionBound = Position.empty, requireActive = false, isolationLevel = this.#app.isolation }: StateQueryOptions): {
    readonly isolation: Isolation
    readonly bound: Position
    readonly requireActive: boolean
  } {
    return { isolation: isolationLevel, bound: requireActive ? Position.empty : positionBound, requireActive }
  }

  #isActive({ state }: Pick<StoreView, 'state'>): boolean {
    return state === 'running' && this.#app.state === 'RUNNING'
  }

  /** What partitions have answered, in their order, and those that are asked for and not here. */
  #merged(
    { definition: { name }, isGlobal }: StoreInfo,
    { partitions }: StateQueryOptions,
    answersOf: (wanted: (partition: number) => boolean) => Map<number, QueryResult<unknown>>,
  ): StateQueryResult<unknown> {
    if (isGlobal) return new StateQueryResult(new Map(), globalFailure(name))
    const wanted = partitions === undefined ? null : new Set(partitions)
    const results = answersOf((partition) => wanted === null || wanted.has(partition))
    for (const partition of wanted ?? []) if (!results.has(partition)) results.set(partition, this.#absent(name, partition))
    return new StateQueryResult(new Map([...results].sort(([a], [b]) => a - b)), null)
  }

  /** Where threads are workers nothing can be read from this one at once. */
  #requireHere(store: string, method: 'query' | 'localStore'): void {
    if (!this.#app.hasWorkers) return
    throw new QueryError(
      'STORE_IN_WORKER',
      `Cannot query store "${store}" with ${method}(): it is in stream threads that are workers, which are asked asynchronously: use ${method === 'query' ? 'queryAsync()' : 'store()'}`,
      { store },
    )
  }

  #absent(store: string, partition: number): QueryResult<unknown> {
    const count = storePartitions(this.#app, store)?.count ?? Infinity
    const exists = Number.isInteger(partition) && partition >= 0 && partition < count
    return {
      isSuccess: false,
      reason: exists ? 'NOT_PRESENT' : 'DOES_NOT_EXIST',
      message: exists
        ? `Partition ${partition} of store "${store}" is not on this instance`
        : `Store "${store}" has no partition ${partition}`,
      position: Position.empty,
      executionInfo: [],
    }
  }
}

function stampedIn({ definition }: StoreInfo, view: StoreView, isolation: Isolation): unknown {
  if (view.stamped !== null) return isolation === 'read_committed' ? view.read(isolation, true) : view.stamped
  throw new QueryError(
    'TIMESTAMPS_MISSING',
    `Cannot query store "${definition.name}" with timestamps: its rows have none, leave out the option timestamps`,
    { store: definition.name },
  )
}

function notAvailable(store: string, why: string): QueryError {
  return new QueryError('STORE_NOT_AVAILABLE', `Cannot query store "${store}": ${why}; ask again later`, { store })
}

function notActive({ partition, state: taskState }: Pick<StoreView, 'partition' | 'state'>, state: string): QueryResult<unknown> {
  const message = `Partition ${partition} must be active and running to answer: it is ${taskState}, the instance is ${state}`
  return { isSuccess: false, reason: 'NOT_ACTIVE', message, position: Position.empty, executionInfo: [] }
}

/** As in Java. */
function globalFailure(store: string): QueryResult<unknown> {
  const message = `Store "${store}" is global, which this kind of queries does not know yet; use localStore`
  return { isSuccess: false, reason: 'UNKNOWN_QUERY_TYPE', message, position: Position.empty, executionInfo: [] }
}

function storeException(store: string, error: unknown): QueryResult<unknown> {
  const message = `Store "${store}" threw: ${error instanceof Error ? error.message : String(error)}`
  return { isSuccess: false, reason: 'STORE_EXCEPTION', message, position: Position.empty, executionInfo: [] }
}
