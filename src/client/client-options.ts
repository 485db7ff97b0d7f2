import type { Environment } from '../base/environment.ts'
import type { Endpoint, Transport } from '../protocol/transport.ts'

/** What everything that talks to one cluster on behalf of one application instance shares. */
export interface ClientOptions {
  readonly clientId: string
  readonly bootstrap: readonly Endpoint[]
  readonly transport: Transport
  readonly environment: Environment
  /** `request.timeout.ms`, 30000. */
  readonly requestTimeoutMs: number
  /** `retry.backoff.ms`, 100. Doubles at each try, with 20 % jitter. */
  readonly retryBackoffMs: number
  /** `retry.backoff.max.ms`, 1000. */
  readonly retryBackoffMaxMs: number
  /** `metadata.max.age.ms`, 300000. */
  readonly metadataMaxAgeMs: number
  /** `client.rack`. */
  readonly rackId?: string
}
