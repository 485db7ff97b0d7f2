import { sleep } from '../base/environment.ts'
import { ClusterError } from '../base/errors.ts'
import type { ConnectionPurpose, Endpoint } from '../protocol/transport.ts'
import { Backoff } from './backoff.ts'
import type { ClientOptions } from './client-options.ts'
import { Link } from './link.ts'
import { isPassing } from './retry.ts'

/** Said once of each node, until it has answered again. */
const UNREACHABLE = 'a broker cannot be reached; it is tried again'

interface NodeState {
  readonly backoff: Backoff
  link: Link | null
  endpoint: Endpoint | null
  connecting: Promise<Link> | null
  /** Monotonic time before which no new connection is tried. */
  retryAtMs: number
}

/** The connections of one owner for one purpose, one per node, opened when asked for, again after a back-off when they end. */
export class NodeLinks {
  readonly #options: ClientOptions
  readonly #purpose: ConnectionPurpose
  readonly #locate: (nodeId: number) => Endpoint | undefined
  readonly #nodes = new Map<number, NodeState>()
  #isClosed = false

  /** `locate` tells where a node listens, as far as that is known at the time. */
  constructor(options: ClientOptions, purpose: ConnectionPurpose, locate: (nodeId: number) => Endpoint | undefined) {
    this.#options = options
    this.#purpose = purpose
    this.#locate = locate
  }

  /** The open connection to `nodeId`, if there is one. */
  peek(nodeId: number): Link | undefined {
    const link = this.#nodes.get(nodeId)?.link
    return link === null || link === undefined || link.isClosed ? undefined : link
  }

  /** The nodes with an open connection. */
  openNodes(): number[] {
    return [...this.#nodes.keys()].filter((nodeId) => this.peek(nodeId) !== undefined)
  }

  /** How long `get` would wait before it tries to connect to `nodeId`; 0 when it is connected. */
  waitMs(nodeId: number): number {
    const state = this.#nodes.get(nodeId)
    if (state === undefined || this.peek(nodeId) !== undefined) return 0
    return Math.max(0, state.retryAtMs - this.#options.environment.clock.monotonic())
  }

  /** The connection to `nodeId`, opened if need be. Rejects NOT_SENT or CLIENT_CLOSED. One try; the next one waits for the back-off. */
  get(nodeId: number): Promise<Link> {
    if (this.#isClosed) return Promise.reject(closedError())
    const endpoint = this.#locate(nodeId)
    if (endpoint === undefined) {
      return Promise.reject(new ClusterError('NOT_SENT', `Cannot connect to node ${nodeId}: the metadata does not name its address`))
    }
    const state = this.#state(nodeId)
    const hasMoved = state.endpoint !== null && (state.endpoint.host !== endpoint.host || state.endpoint.port !== endpoint.port)
    if (hasMoved) state.link?.close()
    if (state.link !== null) {
      if (!state.link.isClosed) return Promise.resolve(state.link)
      this.#noteEnd(state, state.link)
    }
    state.connecting ??= this.#connect(nodeId, state, endpoint).finally(() => (state.connecting = null))
    return state.connecting
  }

  /** Ends all connections; `get` rejects from now on. */
  close(): void {
    this.#isClosed = true
    for (const state of this.#nodes.values()) state.link?.close()
  }

  #state(nodeId: number): NodeState {
    let state = this.#nodes.get(nodeId)
    if (state === undefined) {
      const { retryBackoffMs, retryBackoffMaxMs, environment } = this.#options
      const backoff = new Backoff(retryBackoffMs, retryBackoffMaxMs, environment.random)
      this.#nodes.set(nodeId, (state = { backoff, link: null, endpoint: null, connecting: null, retryAtMs: 0 }))
    }
    return state
  }

  /** A connection that was of use may be replaced at once; one that ended without an answer counts as a failed try. */
  #noteEnd(state: NodeState, link: Link): void {
    state.link = null
    if (link.wasAnswered) state.backoff.reset()
    else this.#noteFailure(state)
  }

  #noteFailure(state: NodeState): void {
    state.retryAtMs = this.#options.environment.clock.monotonic() + state.backoff.nextMs()
  }

  async #connect(nodeId: number, state: NodeState, endpoint: Endpoint): Promise<Link> {
    const { clock, scheduler } = this.#options.environment
    const waitMs = state.retryAtMs - clock.monotonic()
    if (waitMs > 0) await sleep(scheduler, waitMs)
    if (this.#isClosed) throw closedError()
    let link: Link
    try {
      link = new Link(nodeId, await this.#options.transport.connect(endpoint, this.#purpose), this.#options.environment)
    } catch (error) {
      this.#noteFailure(state)
      // What does not pass is told by whoever asked; what passes is tried again, and nobody else would know of it.
      if (state.backoff.tries === 1 && isPassing(error)) {
        this.#options.environment.logger.warn({ error, nodeId, host: endpoint.host, port: endpoint.port }, UNREACHABLE)
      }
      throw error
    }
    if (this.#isClosed) {
      link.close()
      throw closedError()
    }
    state.endpoint = endpoint
    state.link = link
    return link
  }
}

/** What is thrown by what belongs to a closed client. */
export function closedError(): ClusterError {
  return new ClusterError('CLIENT_CLOSED', 'Cannot talk to the cluster: the client is closed')
}
