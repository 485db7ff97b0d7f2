import type { Scheduler } from '../../base/environment.ts'
import { isMillraceError, QueryError } from '../../base/errors.ts'
import type { HttpClient, HttpResponse } from '../../base/http/http.ts'
import type { HostInfo, QueryableApp, StoreInfo, StoreView, ThreadStore } from '../../runtime/app/view.ts'
import { decodeContinuation } from '../rows/continuation.ts'
import { readRows } from '../rows/read-rows.ts'
import { decodeRows, type RowsPage } from '../rows/row.ts'
import type { RowsQuery } from '../rows/rows-query.ts'
import { StoreSerdes } from '../rows/store-serdes.ts'
import { requireAlive } from '../queried-store.ts'
import { askForRows } from '../threads/rows-question.ts'
import { hostsOf, storePartitions } from '../metadata.ts'
import type { RemoteStoreOptions, ResolvedQueryOptions } from './query-options.ts'
import { ROWS_TYPE, NEXT_HEADER, rowsPath } from './rows-path.ts'

/** What a router works with. */
export interface RouterParts {
  readonly app: QueryableApp
  readonly http: HttpClient
  readonly scheduler: Scheduler
}

/** A page of one partition. */
export interface PageRequest {
  /** -1: of a global store. */
  readonly partition: number
  readonly query: RowsQuery
  /** The token of the page before; `null`: the first one. */
  readonly after: string | null
  readonly options: ResolvedQueryOptions
  readonly headers: RemoteStoreOptions['headers']
  /** HTTPS, so; absent: HTTP. */
  readonly tls?: RemoteStoreOptions['tls']
}

/** Where tasks move, what was refused now may be answered soon. */
const RETRY_MS = 100
const REQUEST_MS_MIN = 1_000
const ANSWER_BYTES_MAX = 64 * 1024 * 1024
/** A page of an answer, keys and values. */
export const PAGE_BYTES_MAX: number = 1024 * 1024

/** Asks the instance that has a partition, this one or another, and follows it when it moves. */
export class StoreRouter {
  readonly #parts: RouterParts

  constructor(parts: RouterParts) {
    this.#parts = parts
  }

  /** The partitions of a store, ascending; of a global one -1 alone. Rejects as `read`, and `OWNER_UNKNOWN` where the topics that fill it are not there. */
  async partitionsOf({ definition: { name }, isGlobal }: StoreInfo): Promise<readonly number[]> {
    if (isGlobal) return [-1]
    const { app } = this.#parts
    requireAlive(app, name)
    await app.learnPartitions(app.sourceTopics(name))
    const count = storePartitions(app, name)?.count
    if (count !== undefined) return Array.from({ length: count }, (_, partition) => partition)
    const topics = app.sourceTopics(name).map((topic) => `"${topic}"`)
    throw new QueryError(
      'OWNER_UNKNOWN',
      `Cannot query store "${name}": the topics that fill it are not known: ${topics.length === 0 ? 'nothing fills it' : topics.join(', ')}`,
      { store: name },
    )
  }

  /**
   * Reads a page wherever it is. Rejects `STREAMS_NOT_STARTED` and `STREAMS_STOPPED`, `QUERY_TIMED_OUT` and `OWNER_UNKNOWN` when nobody has answered in time, `REMOTE_REFUSED`, with the
   * reason of the signal when that is aborted, and with what the store throws here.
   */
  async read(info: StoreInfo, request: PageRequest): Promise<RowsPage> {
    const { clock } = this.#parts.app
    const { options } = request
    const endMs = clock.monotonic() + options.timeoutMs
    for (;;) {
      options.signal?.throwIfAborted()
      requireAlive(this.#parts.app, info.definition.name)
      const asked = new Attempt(info, request, endMs - clock.monotonic())
      const page = await this.#try(asked)
      if (page !== null) return page
      if (clock.monotonic() + RETRY_MS >= endMs) throw asked.timedOut()
      await this.#untilChange(options.signal)
    }
  }

  /** Reads what this instance has itself. Throws `QueryError` where it has not, or is too far behind. */
  async readHere(info: StoreInfo, request: Pick<PageRequest, 'partition' | 'query' | 'after' | 'options'>): Promise<RowsPage> {
    const place = this.#placeHere(info, request.partition, request.options.stale)
    if (place === null) throw notHere(info, request.partition, this.#parts.app.state)
    if (place.state !== 'running' && request.options.maxLag !== null)
      await this.#requireLag(info, request.partition, request.options.maxLag)
    return this.#readPlace(info, request)
  }

  /** The active task first, here or elsewhere; then, if old answers will do, the others. `null`: nobody has answered. */
  async #try(asked: Attempt): Promise<RowsPage | null> {
    const { info, request } = asked
    const { app } = this.#parts
    const { partition, options } = request
    if (this.#placeHere(info, partition, false) !== null) {
      try {
        return await this.#readPlace(info, request)
      } catch (error) {
        // A thread that is a worker may just have given the task up.
        if (!app.hasWorkers || !isPassing(error)) throw error
        asked.note(error)
      }
    }
    const { activeHost, standbyHosts } = hostsOf(app, info.definition.name, partition)
    const page = activeHost === null || isSame(activeHost, app.endpoint) ? null : await this.#ask(activeHost, false, asked)
    if (page !== null || !options.stale) return page
    try {
      return await this.readHere(info, request)
    } catch (error) {
      if (!isPassing(error)) throw error
      asked.note(error)
    }
    for (const host of activeHost === null ? standbyHosts : [activeHost, ...standbyHosts]) {
      if (isSame(host, app.endpoint)) continue
      const old = await this.#ask(host, true, asked)
      if (old !== null) return old
    }
    return null
  }

  /** `null`: it has no answer now. Throws what asking again does not help with. */
  async #ask({ host, port }: HostInfo, stale: boolean, asked: Attempt): Promise<RowsPage | null> {
    const { partition, query, after, options, headers, tls } = asked.request
    const { pageSize: rowsMax, isolation, maxLag, signal } = options
    const given = typeof headers === 'function' ? await headers() : headers
    const path = rowsPath(asked.info.definition.name, query, {
      partition,
      rowsMax,
      after,
      isolation,
      stale,
      maxLag: stale ? maxLag : null,
    })
    let response: HttpResponse
    try {
      response = await this.#parts.http.get({
        host,
        port,
        path,
        headers: { ...given, accept: ROWS_TYPE },
        // One that hangs leaves time to ask another.
        timeoutMs: Math.max(1, Math.min(asked.timeoutMs, Math.max(REQUEST_MS_MIN, options.timeoutMs / 3))),
        bodyBytesMax: ANSWER_BYTES_MAX,
        signal,
        tls,
      })
    } catch (cause) {
      signal?.throwIfAborted()
      asked.note(cause)
      return null
    }
    if (response.status === 200) return pageIn(response)
    const { code, message, retriable } = errorIn(response)
    const heard = new QueryError('REMOTE_REFUSED', `${host}:${port} did not answer (${response.status} ${code}): ${message}`, {
      store: asked.info.definition.name,
      partition,
    })
    if (!retriable) throw heard
    asked.note(heard)
    return null
  }

  #placeHere({ definition: { name }, isGlobal }: StoreInfo, partition: number, stale: boolean): StoreView | ThreadStore | null {
    const { app } = this.#parts
    const isAlive = app.state === 'RUNNING' || ((stale || isGlobal) && app.state === 'REBALANCING')
    if (!isAlive) return null
    const fits = (place: ThreadStore | StoreView): boolean => place.partition === partition && (stale || place.state === 'running')
    return app.stores(name).find(fits) ?? app.inThreads(name).find(fits) ?? null
  }

  async #readPlace(
    info: StoreInfo,
    { partition, query, after, options }: Pick<PageRequest, 'partition' | 'query' | 'after' | 'options'>,
  ): Promise<RowsPage> {
    const place = this.#placeHere(info, partition, options.stale)
    if (place === null) throw notHere(info, partition, this.#parts.app.state)
    const limits = {
      isolation: options.isolation,
      rowsMax: options.pageSize,
      bytesMax: PAGE_BYTES_MAX,
      after: after === null ? null : decodeContinuation(after),
    }
    if ('ask' in place) {
      const question = { kind: 'rows', store: info.definition.name, partition, stale: options.stale, query, limits } as const
      return askForRows(place, question, options, this.#parts.scheduler)
    }
    return readRows({ view: place, info, serdes: new StoreSerdes(info.definition, this.#parts.app.applicationId) }, query, limits)
  }

  async #requireLag({ definition: { name } }: StoreInfo, partition: number, maxLag: number): Promise<void> {
    const lag = (await this.#parts.app.lags()).get(name)?.get(partition)?.lag
    if (lag !== undefined && lag <= maxLag) return
    throw new QueryError(
      'STORE_BEHIND',
      `Cannot query store "${name}": partition ${partition} is ${lag === undefined ? 'an unknown number of' : lag} records behind its changelog, at most ${maxLag} are allowed`,
      { store: name, partition },
    )
  }

  /** Resolves when the group says anew who has what, or after a while. */
  #untilChange(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel()
        stopListening()
        signal?.removeEventListener('abort', done)
        resolve()
      }
      const timer = this.#parts.scheduler.after(RETRY_MS, done)
      const stopListening = this.#parts.app.onInstances(done)
      signal?.addEventListener('abort', done, { once: true })
    })
  }
}

/** One look round for somebody who answers. */
class Attempt {
  readonly info: StoreInfo
  readonly request: PageRequest
  /** How much time is left. */
  readonly timeoutMs: number
  readonly #heard: Error[] = []

  constructor(info: StoreInfo, request: PageRequest, timeoutMs: number) {
    this.info = info
    this.request = request
    this.timeoutMs = timeoutMs
  }

  /** Somebody did not answer because of `cause`. */
  note(cause: unknown): void {
    this.#heard.push(cause instanceof Error ? cause : new Error(String(cause)))
  }

  timedOut(): QueryError {
    const { name } = this.info.definition
    const { partition, options } = this.request
    const details = { store: name, partition }
    const cause = this.#heard.at(-1)
    if (cause === undefined) {
      return new QueryError(
        'OWNER_UNKNOWN',
        `Cannot query store "${name}": no instance is known that has partition ${partition}, for ${options.timeoutMs} ms; instances with an applicationServer are required`,
        details,
      )
    }
    const reasons = this.#heard.map(({ message }) => message).join('; ')
    return new QueryError(
      'QUERY_TIMED_OUT',
      `Cannot query store "${name}": nobody has answered for partition ${partition} in ${options.timeoutMs} ms, lastly: ${reasons}`,
      { ...details, cause },
    )
  }
}

/** Codes of answers after which the same question may be answered elsewhere or later. */
const passing: ReadonlySet<string> = new Set([
  'STORE_BEHIND',
  'STORE_MIGRATED',
  'STORE_NOT_AVAILABLE',
  'STORE_PARTITION',
  'STREAMS_NOT_STARTED',
  'STREAMS_STOPPED',
  'TOO_BUSY',
])

function isPassing(error: unknown): boolean {
  return isMillraceError(error) && passing.has(error.code)
}

function isSame(host: HostInfo, other: HostInfo | null): boolean {
  return other !== null && host.host === other.host && host.port === other.port
}

function notHere({ definition: { name } }: StoreInfo, partition: number, state: string): QueryError {
  const details = { store: name, partition }
  if (state !== 'RUNNING') {
    return new QueryError('STORE_NOT_AVAILABLE', `Cannot query store "${name}": the instance is ${state}; ask again later`, details)
  }
  return new QueryError('STORE_PARTITION', `Cannot query store "${name}": its partition ${partition} is not on this instance`, details)
}

function pageIn({ headers, body }: HttpResponse): RowsPage {
  const next = headers[NEXT_HEADER] ?? ''
  return { rows: decodeRows(body), next: next === '' ? null : next }
}

/** What an answer that is none says. */
function errorIn({ status, body }: HttpResponse): { readonly code: string; readonly message: string; readonly retriable: boolean } {
  let error: unknown
  try {
    error = (JSON.parse(body.toString()) as { readonly error?: unknown }).error
  } catch {
    error = null
  }
  const { code, message } = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly code?: unknown
    readonly message?: unknown
  }
  if (typeof code !== 'string' || typeof message !== 'string') {
    return { code: 'UNKNOWN', message: 'what answers there is no instance of the application', retriable: status >= 502 && status <= 504 }
  }
  return { code, message, retriable: passing.has(code) }
}
