import { type Authenticate, QueryApi } from '../http/query-api.ts'
import { QueryServer, type ServerTls } from '../http/query-server.ts'
import type { RemoteStoreOptions } from '../queries/remote/query-options.ts'
import { type KafkaStreams, servedParts } from './kafka-streams.ts'

/** How queries are served. */
export interface ServeQueriesOptions {
  /** Default `127.0.0.1`: this machine only. To listen to others give `authenticate`, and `tls`, or put what does TLS in front. */
  readonly host?: string | undefined
  /** 0: any free port. Default that of `applicationServer`, else 0. */
  readonly port?: number | undefined
  /** Decides about each request before anything else is looked at; what it throws is logged, and the request fails. Default all are answered. */
  readonly authenticate?: Authenticate | undefined
  /** Headers of requests that are passed on to other instances: credentials, as their `authenticate` wants them. Default none. */
  readonly headers?: RemoteStoreOptions['headers']
  /**
   * HTTPS with this certificate. Requests to other instances are then made by HTTPS, too, with the same certificate; `ca` must have certified
   * theirs. Default: HTTP, nothing is encrypted.
   */
  readonly tls?: ServerTls | undefined
  /** How many requests are answered at once; others are told to come back. Default 256. */
  readonly requestsMax?: number | undefined
}

/** Queries that are served. */
export interface ServedQueries extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** Stops listening and hangs up. The instance goes on. */
  close(): Promise<void>
}

const REQUESTS_MAX = 256

/**
 * Serves the queries of an instance over HTTP (docs/http.md): for programs that ask, and for the other instances, whose `store()` finds
 * this one by its `applicationServer`. Ends when the instance does. Rejects with `QueryError` `CANNOT_SERVE`.
 *
 * ```ts
 * const streams = new KafkaStreams(builder, { applicationId: 'word-count', bootstrapServers, applicationServer: 'localhost:8080' })
 * await using server = await serveQueries(streams)
 * ```
 */
export async function serveQueries(streams: KafkaStreams, options: ServeQueriesOptions = {}): Promise<ServedQueries> {
  const { app, router, logger } = servedParts(streams)
  const { host = '127.0.0.1', port = app.endpoint?.port ?? 0, authenticate = null, requestsMax = REQUESTS_MAX, headers, tls } = options
  if (!Number.isInteger(requestsMax) || requestsMax < 1) {
    throw new RangeError(`Cannot serve queries with requestsMax ${requestsMax}: required is a whole number from 1 on`)
  }
  const api = new QueryApi({ app, router, logger, authenticate, requestsMax, headers, tls })
  const server = await QueryServer.open(api.handle, { host, port, tls: tls ?? null })
  const onState = (state: KafkaStreams['state']): void => {
    if (state === 'NOT_RUNNING' || state === 'ERROR') void close()
  }
  const close = async (): Promise<void> => {
    streams.off('stateChange', onState)
    await server.close()
  }
  streams.on('stateChange', onState)
  logger.info(
    { host: server.host, port: server.port },
    tls === undefined ? 'queries are served over HTTP' : 'queries are served over HTTPS',
  )
  return { host: server.host, port: server.port, close, [Symbol.asyncDispose]: close }
}
