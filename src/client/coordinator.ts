import type { Api, RequestOf, ResponseOf } from '../protocol/messages.ts'
import type { ApiVersionRange, FinalizedFeatures } from '../protocol/transport.ts'
import type { Client } from './client.ts'

/** What a coordinator coordinates. */
export type CoordinatorKind = 'group' | 'transaction'

/** An answer with the version in which it was asked. */
export interface CoordinatorAnswer<A extends Api> {
  readonly version: number
  readonly response: ResponseOf<A>
}

export declare class Coordinator {
  readonly kind: CoordinatorKind
  readonly key: string
  constructor(client: Client, kind: CoordinatorKind, key: string)
  /**
   * Finds the coordinator and connects where needed (with back-off, until `timeoutMs`), picks the highest version that the broker has within `versions`, sends.
   * Rejects with `ClusterError` NOT_SENT (no effect; also when no coordinator was found in time), OUTCOME_UNKNOWN, UNSUPPORTED_VERSION or NOT_AUTHORIZED.
   * Error codes inside the response are the caller's business: it calls `invalidate()` on 15 and 16.
   */
  send<A extends Api>(
    api: A,
    versions: ApiVersionRange,
    request: (version: number) => RequestOf<A>,
    options?: { readonly timeoutMs?: number },
  ): Promise<CoordinatorAnswer<A>>
  /** Forgets which node it is. */
  invalidate(): void
  /** Finalized features as the coordinator's node reports them. */
  features(): Promise<FinalizedFeatures>
  /** Ends its connection. */
  close(): void
}
