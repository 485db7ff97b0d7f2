import { assert } from '../../base/assert.ts'
import type { Timer } from '../../base/environment.ts'
import { ClusterError } from '../../base/errors.ts'
import { passRequest } from '../../protocol/codec.ts'
import type { Api, RequestOf, ResponseOf } from '../../protocol/messages.ts'
import type { ApiVersionRanges, Connection, FinalizedFeatures, TransportClient } from '../../protocol/transport.ts'
import { BrokerSide, type ConnectionPeer, type IncomingRequest } from './broker-side.ts'
import { FifoLine } from './fifo-line.ts'
import type { RequestServer } from './request-server.ts'

interface Pending {
  readonly api: Api
  readonly resolve: (response: ResponseOf<Api>) => void
  readonly reject: (error: ClusterError) => void
  timer: Timer | null
}

/** The client's side of a connection inside the process. `onEnded` is called when it can carry nothing any more. */
export class EmbeddedConnection implements Connection {
  readonly peer: ConnectionPeer
  readonly #server: RequestServer
  readonly #client: TransportClient
  readonly #onEnded: () => void
  readonly #broker: BrokerSide
  readonly #toBroker: FifoLine<IncomingRequest>
  readonly #toClient: FifoLine<() => void>
  readonly #pending = new Set<Pending>()
  readonly #forgetLifeline: () => void
  #isClosed = false

  constructor(server: RequestServer, client: TransportClient, peer: ConnectionPeer, onEnded: () => void) {
    this.#server = server
    this.#client = client
    this.peer = peer
    this.#onEnded = onEnded
    this.#toClient = new FifoLine(client.environment.scheduler, (event) => event())
    this.#broker = new BrokerSide(server, peer, () => {
      this.#toClient.push(() => this.#end('the connection was cut'), server.latencyMs)
    })
    this.#toBroker = new FifoLine(server.environment.scheduler, (incoming) => this.#broker.receive(incoming))
    // A dead process learns nothing: its pending sends never settle. The broker notices by itself.
    this.#forgetLifeline = client.environment.lifeline.onCut(() => this.#hangUp())
  }

  get versions(): ApiVersionRanges {
    return this.#server.versions
  }

  get features(): FinalizedFeatures {
    return this.#server.features
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  send<A extends Api>(api: A, version: number, request: RequestOf<A>, timeoutMs: number): Promise<ResponseOf<A>> {
    if (this.#isClosed) {
      return Promise.reject(new ClusterError('NOT_SENT', `Cannot send ${api} to node ${this.peer.node}: the connection is closed`))
    }
    const range = this.versions[api]
    assert(
      range !== undefined && version >= range.min && version <= range.max,
      `A request has a version that the node takes: ${api} ${version}`,
    )
    const sent = this.#server.codec === 'encode' ? passRequest(api, version, request) : request
    return new Promise<ResponseOf<A>>((resolve, reject) => {
      const pending: Pending = { api, resolve: resolve as Pending['resolve'], reject, timer: null }
      pending.timer = this.#client.environment.scheduler.after(timeoutMs, () => {
        this.#end(`${api} was not answered within ${timeoutMs} ms`)
        this.#hangUp()
      })
      this.#pending.add(pending)
      const answer = (response: ResponseOf<Api>): void => {
        this.#toClient.push(() => this.#settle(pending, response), this.#server.latencyMs)
      }
      this.#toBroker.push({ api, version, request: sent, answer }, this.#server.latencyMs)
    })
  }

  close(): void {
    this.#end('the client closed the connection')
    this.#hangUp()
  }

  /** What a node that stops, or a fault of the network, does: nothing that is under way comes through. */
  cut(): void {
    this.#toBroker.close()
    this.#broker.cut()
  }

  #settle(pending: Pending, response: ResponseOf<Api>): void {
    if (!this.#pending.delete(pending)) return
    pending.timer?.cancel()
    pending.resolve(response)
  }

  #end(reason: string): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#onEnded()
    this.#forgetLifeline()
    for (const pending of Array.from(this.#pending)) {
      pending.timer?.cancel()
      const message = `Cannot tell whether node ${this.peer.node} has handled ${pending.api}: ${reason}`
      pending.reject(new ClusterError('OUTCOME_UNKNOWN', message))
    }
    this.#pending.clear()
  }

  /** Nothing more is received; what was sent still arrives, and after it the broker notices that nobody is there. */
  #hangUp(): void {
    this.#isClosed = true
    this.#onEnded()
    this.#toClient.close()
    this.#server.environment.scheduler.soon(() => this.#broker.disconnected())
  }
}
