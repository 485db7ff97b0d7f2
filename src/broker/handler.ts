import type { Api, RequestOf, ResponseOf } from '../protocol/messages.ts'
import type { ConnectionPurpose } from '../protocol/transport.ts'

/** Who asks, and on which node. */
export interface RequestContext {
  readonly clientId: string
  /** What a broker would see as the client's address, e.g. `/127.0.0.1`. */
  readonly clientHost: string
  /** Id of the virtual node that got the request. */
  readonly node: number
  readonly purpose: ConnectionPurpose
  /** Calls `listener` once when the connection ends, so that a held answer can be given up. Returns a function that removes it. */
  onDisconnect(listener: () => void): () => void
}

/**
 * Answers one request. Effects happen synchronously, before the first `await`, so that the requests of one connection take effect in
 * their order; a promise is only for an answer that is held back (a long poll). Never throws for what a client did: it answers an error
 * code. `version` is within the range that the cluster advertises for the API.
 */
export type Handler<A extends Api> = (
  request: RequestOf<A>,
  version: number,
  context: RequestContext,
) => ResponseOf<A> | Promise<ResponseOf<A>>

/** Handlers by API; an API without one is not advertised. */
export type Handlers = { readonly [A in Api]?: Handler<A> }
