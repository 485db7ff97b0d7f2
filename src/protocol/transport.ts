import type { Environment } from '../base/environment.ts'
import type { Api, RequestOf, ResponseOf } from './messages.ts'

/** Where a broker listens. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** The versions of an API that a broker accepts, both inclusive. */
export interface ApiVersionRange {
  readonly min: number
  readonly max: number
}

/** What a broker accepts, by API; an API that it lacks is absent. */
export type ApiVersionRanges = Readonly<Partial<Record<Api, ApiVersionRange>>>

/** Finalized features of the cluster with their maximum level, e.g. `transaction.version` -> 2. */
export type FinalizedFeatures = ReadonlyMap<string, number>

/**
 * What a connection is for. Long polls, group coordination and produce use separate connections, because a connection answers in the
 * order of its requests.
 */
export type ConnectionPurpose = 'control' | 'coordinator' | 'produce' | 'fetch' | 'restore'

/**
 * One connection to one broker: a FIFO. Requests are answered in the order in which they were sent; a time-out or a fault ends the
 * connection for every request in flight.
 *
 * Callers guarantee: `version` is within `versions[api]`; buffers given to a produce request belong to the transport from then on and are
 * not changed, until the request is answered; where it is rejected they stay the transport's. Implementers guarantee: an answer never comes before `send` has returned, and never as a mere microtask of it (the
 * scheduler of the client's environment delivers it); record bytes in an answer are views that stay valid for as long as they are kept.
 */
export interface Connection {
  readonly versions: ApiVersionRanges
  readonly features: FinalizedFeatures
  /** Rejects with `ClusterError` `NOT_SENT` (no effect) or `OUTCOME_UNKNOWN` (perhaps an effect), never with anything vaguer. */
  send<A extends Api>(api: A, version: number, request: RequestOf<A>, timeoutMs: number): Promise<ResponseOf<A>>
  /** Ends the connection; pending sends reject `NOT_SENT` or `OUTCOME_UNKNOWN`. Does nothing when it is closed already. */
  close(): void
  readonly isClosed: boolean
}

/** Opens connections. The port on which all client logic stands, over TCP or inside the process. */
export interface Transport {
  /** Rejects with `ClusterError` `NOT_SENT` when there is no broker at `at`. */
  connect(at: Endpoint, purpose: ConnectionPurpose): Promise<Connection>
}

/** The client on whose behalf a transport works. */
export interface TransportClient {
  readonly clientId: string
  /** Answers come through its scheduler; when its lifeline is cut, the connections are. */
  readonly environment: Environment
}

/** A cluster that can be reached inside the process. */
export interface Cluster {
  readonly bootstrap: readonly Endpoint[]
  transport(client: TransportClient): Transport
}
