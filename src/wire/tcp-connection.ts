import type { Socket } from 'node:net'
import { assert } from '../base/assert.ts'
import type { Timer } from '../base/environment.ts'
import { ClusterError } from '../base/errors.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../protocol/frame.ts'
import type { Api, RequestOf, ResponseOf } from '../protocol/messages.ts'
import type { ApiVersionRanges, Connection, Endpoint, FinalizedFeatures, TransportClient } from '../protocol/transport.ts'
import { FrameAssembler } from './frame-assembler.ts'

/** What a broker has told about itself. */
export interface BrokerAbilities {
  readonly versions: ApiVersionRanges
  readonly features: FinalizedFeatures
}

interface Pending {
  readonly api: Api
  readonly version: number
  readonly correlationId: number
  /** The encoded request, until it is given to the socket: from then on nobody can tell whether it arrives. */
  frame: readonly Buffer[] | null
  readonly resolve: (response: ResponseOf<Api>) => void
  readonly reject: (error: ClusterError) => void
  timer: Timer | null
}

// Until a broker has shown that it speaks the protocol, what looks like a size may be the text of an HTTP server or an alert of TLS.
const FIRST_SIZE_MAX = 1024 * 1024
const SIZE_MAX = 0x7fff_ffff

/**
 * One TCP connection to a broker. Answers come in the order of the requests, so that the oldest pending request is the one that is
 * answered (N§0.1); any number may be under way. What ends it ends it for all of them: requests that the socket has not taken yet reject
 * NOT_SENT, the others OUTCOME_UNKNOWN.
 */
export class TcpConnection implements Connection {
  readonly #client: TransportClient
  readonly #at: Endpoint
  readonly #socket: Socket
  readonly #frames: FrameAssembler
  /** Requests without an answer, oldest first; the first `#written` of them were given to the socket. */
  readonly #pending: Pending[] = []
  #written = 0
  #isBlocked = false
  #isClosed = false
  #correlationId = 0
  #abilities: BrokerAbilities = { versions: {}, features: new Map() }
  readonly #forgetLifeline: () => void

  /** `socket` is connected and belongs to the connection from now on. */
  constructor(client: TransportClient, at: Endpoint, socket: Socket) {
    this.#client = client
    this.#at = at
    this.#socket = socket
    this.#frames = new FrameAssembler((frame) => this.#receive(frame), FIRST_SIZE_MAX)
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('drain', () => {
      this.#isBlocked = false
      this.#write()
    })
    socket.on('error', (cause) => this.#end(`the connection failed: ${cause.message}`, cause))
    socket.on('end', () => this.#end('the broker closed the connection'))
    socket.on('close', () => this.#end('the connection was closed'))
    // A dead process learns nothing: its pending sends never settle.
    this.#forgetLifeline = client.environment.lifeline.onCut(() => {
      this.#isClosed = true
      for (const pending of this.#pending.splice(0)) pending.timer?.cancel()
      socket.destroy()
    })
  }

  get versions(): ApiVersionRanges {
    return this.#abilities.versions
  }

  get features(): FinalizedFeatures {
    return this.#abilities.features
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Called once, when the broker has told what it can. */
  setAbilities(abilities: BrokerAbilities): void {
    this.#abilities = abilities
    this.#frames.allow(SIZE_MAX)
  }

  send<A extends Api>(api: A, version: number, request: RequestOf<A>, timeoutMs: number): Promise<ResponseOf<A>> {
    if (this.#isClosed) return Promise.reject(this.#notSent(api, 'the connection is closed'))
    assert(
      api !== 'Produce' || (request as RequestOf<'Produce'>).acks !== 0,
      'A produce request asks for an answer: without one the order of answers is lost',
    )
    this.#correlationId = (this.#correlationId + 1) & SIZE_MAX
    const envelope = { api, version, correlationId: this.#correlationId, clientId: this.#client.clientId }
    const frame = encodeRequestFrame(envelope, request)
    return new Promise<ResponseOf<A>>((resolve, reject) => {
      const timer = this.#client.environment.scheduler.after(timeoutMs, () => this.#end(`${api} was not answered within ${timeoutMs} ms`))
      const { correlationId } = envelope
      this.#pending.push({ api, version, correlationId, frame, resolve: resolve as Pending['resolve'], reject, timer })
      this.#write()
    })
  }

  close(): void {
    this.#end('the client closed the connection')
  }

  /** Gives the socket what waits, until it has enough. */
  #write(): void {
    while (!this.#isBlocked && !this.#isClosed && this.#written < this.#pending.length) {
      const pending = this.#pending[this.#written++]!
      const frame = pending.frame!
      pending.frame = null
      // One system call for all pieces of a request.
      this.#socket.cork()
      for (const piece of frame) this.#isBlocked = !this.#socket.write(piece)
      this.#socket.uncork()
    }
  }

  #read(chunk: Buffer): void {
    if (this.#isClosed) return
    try {
      this.#frames.push(chunk)
    } catch (cause) {
      if (!(cause instanceof ClusterError)) throw cause
      this.#client.environment.logger.warn({ host: this.#at.host, port: this.#at.port, error: cause.message }, 'unreadable response')
      this.#end(cause.message, cause)
    }
  }

  #receive(frame: Buffer): void {
    const pending = this.#pending[0]
    // What came behind the answer at which the connection ended.
    if (this.#isClosed) return
    if (pending === undefined || this.#written === 0) throw new ClusterError('MALFORMED_MESSAGE', 'Cannot read a response: none is due')
    const response = decodeResponseFrame(pending, frame)
    this.#pending.shift()
    this.#written--
    pending.timer?.cancel()
    pending.resolve(response)
  }

  #end(reason: string, cause?: Error): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#forgetLifeline()
    this.#socket.destroy()
    for (const { api, frame, timer, reject } of this.#pending.splice(0)) {
      timer?.cancel()
      reject(frame === null ? this.#outcomeUnknown(api, reason, cause) : this.#notSent(api, reason, cause))
    }
  }

  #notSent(api: Api, reason: string, cause?: Error): ClusterError {
    return new ClusterError('NOT_SENT', `Cannot send ${api} to ${this.#where()}: ${reason}`, { cause })
  }

  #outcomeUnknown(api: Api, reason: string, cause?: Error): ClusterError {
    return new ClusterError('OUTCOME_UNKNOWN', `Cannot tell whether ${this.#where()} has handled ${api}: ${reason}`, { cause })
  }

  #where(): string {
    return `${this.#at.host}:${this.#at.port}`
  }
}
