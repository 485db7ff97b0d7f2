import { passResponse } from '../../protocol/codec.ts'
import type { Api, RequestOf, ResponseOf } from '../../protocol/messages.ts'
import type { ConnectionPurpose } from '../../protocol/transport.ts'
import type { RequestContext } from '../handler.ts'
import type { RequestServer } from './request-server.ts'

/** A request that has come in. `answer` is called with the response, at most once. */
export interface IncomingRequest {
  readonly api: Api
  readonly version: number
  readonly request: RequestOf<Api>
  readonly answer: (response: ResponseOf<Api>) => void
}

/** Whose connection it is, and to which node. */
export interface ConnectionPeer {
  readonly clientId: string
  readonly node: number
  readonly purpose: ConnectionPurpose
}

/** The broker's side of one connection: serves one request after the other, and is where faults strike. */
export class BrokerSide {
  readonly #server: RequestServer
  readonly #peer: ConnectionPeer
  readonly #onCut: () => void
  readonly #context: RequestContext
  readonly #disconnectListeners = new Set<() => void>()
  #inbox: IncomingRequest[] = []
  #isBusy = false
  #isOver = false

  /** `onCut` tells the client's side that a fault has cut the connection. */
  constructor(server: RequestServer, peer: ConnectionPeer, onCut: () => void) {
    this.#server = server
    this.#peer = peer
    this.#onCut = onCut
    this.#context = {
      ...peer,
      clientHost: '/127.0.0.1',
      onDisconnect: (listener) => {
        this.#disconnectListeners.add(listener)
        return () => void this.#disconnectListeners.delete(listener)
      },
    }
  }

  /** A request has come through. */
  receive(incoming: IncomingRequest): void {
    if (this.#isOver) return
    this.#inbox.push(incoming)
    this.#serveNext()
  }

  /** The client's side has ended. What came before is served, and its answers go nowhere. */
  disconnected(): void {
    for (const listener of Array.from(this.#disconnectListeners)) listener()
    this.#disconnectListeners.clear()
  }

  /** Ends the connection now; what has not been served never will be. */
  cut(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#inbox = []
    this.disconnected()
    this.#onCut()
  }

  #serveNext(): void {
    while (!this.#isBusy && !this.#isOver) {
      const incoming = this.#inbox.shift()
      if (incoming === undefined) return
      this.#isBusy = true
      this.#strike(incoming, 'before', () => this.#serve(incoming))
    }
  }

  #serve(incoming: IncomingRequest): void {
    const { api, version, request } = incoming
    const response = this.#server.serve(api, version, request, this.#context)
    if (response instanceof Promise) void response.then((held) => this.#respond(incoming, held))
    else this.#respond(incoming, response)
  }

  #respond(incoming: IncomingRequest, response: ResponseOf<Api>): void {
    if (this.#isOver) return
    this.#strike(incoming, 'after', () => {
      const { api, version } = incoming
      incoming.answer(this.#server.codec === 'encode' ? passResponse(api, version, response) : response)
      this.#isBusy = false
      this.#serveNext()
    })
  }

  /** Goes on with `proceed` unless a fault ends or stalls the connection, later if it slows it down. */
  #strike(incoming: IncomingRequest, when: 'before' | 'after', proceed: () => void): void {
    const { api, request } = incoming
    const fault = this.#server.decideFault({ ...this.#peer, api, request, when })
    switch (fault?.action) {
      case undefined:
        return proceed()
      case 'cut':
        return this.cut()
      case 'stall':
        // Stays busy for good: the client gives up at its time-out.
        return
      case 'slow':
        this.#server.environment.scheduler.after(fault?.delayMs ?? 0, () => {
          if (!this.#isOver) proceed()
        })
    }
  }
}
