import type { Logger } from '../base/environment.ts'
import { QueryError } from '../base/errors.ts'
import type { HttpQuestion, HttpResponse } from '../base/http/http.ts'
import { infoOf, requireAlive } from '../queries/queried-store.ts'
import { allMetadata, hostsOf, metadataForStore, partitionOfKey, storePartitions, type StreamsMetadata } from '../queries/metadata.ts'
import { NEXT_HEADER, ROWS_TYPE } from '../queries/remote/rows-path.ts'
import type { PageRequest, StoreRouter } from '../queries/remote/store-router.ts'
import { requireFitting } from '../queries/rows/read-rows.ts'
import { encodeRows, type Row, type RowsPage } from '../queries/rows/row.ts'
import { keyIn } from '../queries/rows/rows-query.ts'
import { StoreSerdes } from '../queries/rows/store-serdes.ts'
import type { QueryableApp, StoreInfo } from '../runtime/app/view.ts'
import { bytesAnswer, errorAnswer, isTold, jsonAnswer } from './answers.ts'
import { decodeToken, encodeToken } from './page-token.ts'
import { invalid, Parameters } from './parameters.ts'
import { type RowsRequest, rowsRequest } from './rows-request.ts'

/** Decides whether a request may be answered. */
export type Authenticate = (question: HttpQuestion) => boolean | Promise<boolean>

/** What the API works with. */
export interface QueryApiParts {
  readonly app: QueryableApp
  readonly router: StoreRouter
  readonly logger: Logger
  /** `null`: everybody may ask. */
  readonly authenticate: Authenticate | null
  /** Requests at once. */
  readonly requestsMax: number
  /** Headers of requests to other instances. */
  readonly headers: PageRequest['headers']
  /** How they are asked by HTTPS; absent: by HTTP. */
  readonly tls?: PageRequest['tls']
}

const PATH_LENGTH_MAX = 65_536

type Accepted = 'json' | 'bytes' | 'rows'

/**
 * The JSON API over the queries of one instance (docs/http.md). It asks other instances where they have what is asked for, unless the
 * request says `local`. Knows no sockets.
 */
export class QueryApi {
  readonly #parts: QueryApiParts
  #requests = 0

  constructor(parts: QueryApiParts) {
    this.#parts = parts
  }

  /** Answers a request. Never rejects. */
  readonly handle = async (question: HttpQuestion): Promise<HttpResponse> => {
    if (this.#requests >= this.#parts.requestsMax) {
      const message = `Cannot answer the request: ${this.#requests} are being answered, at most ${this.#parts.requestsMax} are at once`
      return errorAnswer(new QueryError('TOO_BUSY', message))
    }
    this.#requests++
    try {
      return await this.#answer(question)
    } catch (error) {
      if (!isTold(error)) this.#parts.logger.error({ err: error, path: question.path.slice(0, 200) }, 'a query over HTTP failed')
      return errorAnswer(error)
    } finally {
      this.#requests--
    }
  }

  async #answer(question: HttpQuestion): Promise<HttpResponse> {
    const { authenticate } = this.#parts
    if (authenticate !== null && (await authenticate(question)) !== true) {
      throw new QueryError('UNAUTHENTICATED', 'Cannot answer the request: it was not authenticated')
    }
    if (question.method !== 'GET') throw invalid(`the method is ${question.method}, required is GET`)
    if (question.path.length > PATH_LENGTH_MAX) throw invalid(`its path is longer than ${PATH_LENGTH_MAX} characters`)
    const { segments, parameters } = parsePath(question.path)
    const [version, noun, store, kind, ...more] = segments
    if (version !== 'v1' || more.length > 0) throw unknownPath(question.path)
    if (noun === 'stores' && store !== undefined && kind !== undefined) {
      const info = infoOf(this.#parts.app, store)
      requireAlive(this.#parts.app, store)
      if (kind === 'owner') return this.#owner(info, parameters)
      return this.#rows(
        info,
        rowsRequest(kind, parameters, (key) => this.#serdes(info).writeKey(key)),
        acceptedIn(question),
      )
    }
    if (kind !== undefined) throw unknownPath(question.path)
    parameters.requireKnown()
    if (noun === 'stores') return jsonAnswer(store === undefined ? this.#stores() : this.#store(infoOf(this.#parts.app, store)))
    if (store !== undefined) throw unknownPath(question.path)
    if (noun === 'instances') return jsonAnswer({ instances: allMetadata(this.#parts.app).map(instanceAsJson) })
    if (noun === 'lags') return jsonAnswer({ stores: await this.#lags() })
    throw unknownPath(question.path)
  }

  #serdes({ definition }: StoreInfo): StoreSerdes {
    return new StoreSerdes(definition, this.#parts.app.applicationId)
  }

  #stores(): unknown {
    const { app } = this.#parts
    return { applicationId: app.applicationId, state: app.state, stores: [...app.storeInfos.values()].map((info) => this.#summary(info)) }
  }

  #summary({ definition: { name, kind }, isGlobal }: StoreInfo): object {
    const { app } = this.#parts
    const tasks = [...app.stores(name), ...app.inThreads(name)].map(({ partition, state }) => ({ partition, state }))
    return { name, kind, isGlobal, partitions: isGlobal ? 1 : (storePartitions(app, name)?.count ?? null), here: tasks }
  }

  #store(info: StoreInfo): unknown {
    return { ...this.#summary(info), instances: metadataForStore(this.#parts.app, info.definition.name).map(instanceAsJson) }
  }

  async #lags(): Promise<unknown> {
    const lags = await this.#parts.app.lags()
    return Object.fromEntries([...lags].map(([store, partitions]) => [store, Object.fromEntries(partitions)]))
  }

  async #owner(info: StoreInfo, parameters: Parameters): Promise<HttpResponse> {
    const { app, router } = this.#parts
    const serdes = this.#serdes(info)
    const key = parameters.key('key', (given) => serdes.writeKey(given))
    parameters.requireKnown()
    if (key === null) throw invalid('parameter "key" is missing, or "keyBase64"')
    await router.partitionsOf(info)
    const partition = info.isGlobal ? null : partitionOfKey(app, info, readKey(serdes, key))
    if (partition === null) return jsonAnswer({ partition: null, activeHost: null, standbyHosts: [] })
    return jsonAnswer({ partition, ...hostsOf(app, info.definition.name, partition) })
  }

  async #rows(info: StoreInfo, request: RowsRequest, accepted: Accepted): Promise<HttpResponse> {
    requireFitting(info, request.query)
    const isScan = request.query.kind === 'range' || request.query.kind === 'windows' || request.query.kind === 'sessions'
    if (isScan && accepted === 'bytes') {
      throw invalid(`several rows are given as application/json or ${ROWS_TYPE}, the header Accept has neither`)
    }
    const page = await this.#read(info, request)
    const next = page.next === null ? {} : { [NEXT_HEADER]: page.next }
    if (accepted === 'rows') return bytesAnswer(encodeRows(page.rows), ROWS_TYPE, next)
    const serdes = this.#serdes(info)
    if (isScan) return jsonAnswer({ rows: page.rows.map((row) => rowAsJson(info, row, serdes)), next: page.next })
    const [row] = page.rows
    if (row === undefined) {
      throw new QueryError('ROW_NOT_FOUND', `Store "${info.definition.name}" has no such row`, { store: info.definition.name })
    }
    if (accepted === 'json') return jsonAnswer(rowAsJson(info, row, serdes))
    return bytesAnswer(row.value, 'application/octet-stream', row.timestamp < 0 ? {} : { 'millrace-timestamp': String(row.timestamp) })
  }

  async #read(info: StoreInfo, request: RowsRequest): Promise<RowsPage> {
    const { app, router, headers, tls } = this.#parts
    const { query, isLocal, stale, maxLag, timeoutMs, isolation } = request
    const options = {
      signal: undefined,
      timeoutMs,
      stale: stale || maxLag !== null,
      maxLag,
      isolation: isolation ?? app.isolation,
      pageSize: request.rowsMax,
    }
    // A key that the serde cannot read is the fault of who asks.
    const key = keyIn(query)
    const typed = key === null ? null : readKey(this.#serdes(info), key)
    if (isLocal && (info.isGlobal || request.partition !== null)) {
      return router.readHere(info, { partition: request.partition ?? -1, query, after: checkedNext(request.next), options })
    }
    const partitions = await router.partitionsOf(info)
    const own = key === null || info.isGlobal ? null : partitionOfKey(app, info, typed)
    const among = own !== null ? [own] : request.partition !== null ? [request.partition] : partitions
    const read = (partition: number, after: string | null, rowsMax: number): Promise<RowsPage> => {
      const page = { partition, query, after, options: { ...options, pageSize: rowsMax } }
      return isLocal ? router.readHere(info, page) : router.read(info, { ...page, headers, tls })
    }
    return readAcross(isLocal ? among.filter((partition) => isHere(app, info, partition, stale)) : among, request, read)
  }
}

/** Reads partition after partition until the page is full. */
async function readAcross(
  partitions: readonly number[],
  { next, rowsMax }: RowsRequest,
  read: (partition: number, after: string | null, rowsMax: number) => Promise<RowsPage>,
): Promise<RowsPage> {
  const rows: Row[] = []
  let at = next === null ? { partition: partitions[0] ?? -1, after: null } : decodeToken(next)
  for (const partition of partitions) {
    if (partition < at.partition) continue
    if (partition > at.partition) at = { partition, after: null }
    if (rows.length === rowsMax) return { rows, next: encodeToken(at) }
    const page = await read(partition, at.after, rowsMax - rows.length)
    rows.push(...page.rows)
    if (page.next !== null) return { rows, next: encodeToken({ partition, after: page.next }) }
  }
  return { rows, next: null }
}

function isHere(app: QueryableApp, { definition }: StoreInfo, partition: number, stale: boolean): boolean {
  const { name } = definition
  return [...app.stores(name), ...app.inThreads(name)].some(
    (place) => place.partition === partition && (stale || place.state === 'running'),
  )
}

function checkedNext(next: string | null): string | null {
  return next === null ? null : decodeToken(`0.${next}`).after
}

function readKey(serdes: StoreSerdes, bytes: Uint8Array): unknown {
  try {
    return serdes.readKey(bytes)
  } catch (error) {
    throw invalid(`the key serde of the store does not read these bytes: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function parsePath(path: string): { readonly segments: readonly string[]; readonly parameters: Parameters } {
  const at = path.indexOf('?')
  const before = at < 0 ? path : path.slice(0, at)
  try {
    const segments = before.split('/').slice(1).map(decodeURIComponent)
    return { segments, parameters: new Parameters(new URLSearchParams(at < 0 ? '' : path.slice(at + 1))) }
  } catch (error) {
    if (error instanceof URIError) throw invalid('its path has a % that no character follows')
    throw error
  }
}

function acceptedIn({ headers }: HttpQuestion): Accepted {
  const accept = headers['accept'] ?? '*/*'
  const types = accept.split(',').map((entry) => entry.split(';')[0]!.trim().toLowerCase())
  for (const type of types) {
    if (type === ROWS_TYPE) return 'rows'
    if (type === 'application/octet-stream') return 'bytes'
    if (type === 'application/json' || type === 'application/*' || type === '*/*') return 'json'
  }
  throw invalid(`the header Accept is "${accept.slice(0, 200)}", required is application/json, application/octet-stream or ${ROWS_TYPE}`)
}

function unknownPath(path: string): QueryError {
  return invalid(
    `there is no ${path.split('?')[0]!.slice(0, 200)}; there are /v1/stores, /v1/stores/{store}, /v1/stores/{store}/{kind}, /v1/instances, /v1/lags`,
  )
}

function instanceAsJson(metadata: StreamsMetadata): unknown {
  const { topicPartitions, standbyTopicPartitions } = metadata
  return {
    ...metadata,
    topicPartitions: Object.fromEntries(topicPartitions),
    standbyTopicPartitions: Object.fromEntries(standbyTopicPartitions),
  }
}

function rowAsJson({ definition: { kind } }: StoreInfo, { key, value, timestamp, start, end }: Row, serdes: StoreSerdes): unknown {
  const row = { key: serdes.readKey(key), value: serdes.readValue(value) }
  if (kind === 'versioned') return { ...row, timestamp, validTo: end < 0 ? null : end }
  const stamped = timestamp < 0 ? row : { ...row, timestamp }
  return kind === 'window' || kind === 'session' ? { ...stamped, window: { start, end } } : stamped
}
