import { assert } from '../base/assert.ts'
import type { Timer } from '../base/environment.ts'
import { ClusterError } from '../base/errors.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../protocol/frame.ts'
import type { Api, RequestOf, ResponseOf } from '../protocol/messages.ts'
import type { ApiVersionRanges, Connection, Endpoint, FinalizedFeatures, TransportClient } from '../protocol/transport.ts'
import { answeredWithTls, type BrokerSocket } from './broker-socket.ts'
import { FIRST_SIZE_MAX, FrameAssembler } from './frame-assembler.ts'
import type { SessionConnection } from './sasl/sasl-session.ts'
import { speaksTls } from './tls-failure.ts'

/** What a broker has told about itself. */
export interface BrokerAbilities {
  readonly versions: ApiVersionRanges
  readonly features: FinalizedFeatures
}

interface Outgoing<A extends Api> {
  readonly api: A
  readonly version: number
  readonly request: RequestOf<A>
  readonly timeoutMs: number
}

interface Pending {
  readonly api: Api
  readonly version: number
  readonly correlationId: number
  /** The encoded request, until it is given to the socket: from then on nobody can tell whether it arrives. */
  frame: readonly Buffer[] | null
  readonly resolve: (response: ResponseOf<Api>) => void
  readonly reject: (error: ClusterError) => void
  readonly timeoutMs: number
  /** Monotonic time by which it has to be answered. */
  readonly dueAtMs: number
}

const SIZE_MAX = 0x7fff_ffff

/** What is copied for one write, and the longest request of it. */
const TOGETHER_BYTES = 96 * 1024
const TOGETHER_EACH_MAX = 32 * 1024

const endOfTurn = Promise.resolve()

/** What a broker does that wants TLS or SASL on a port, when it gets a request without. */
const CLOSED_EARLY = 'the broker closed the connection before it answered anything: it may want TLS or SASL on this port'

/**
 * One TCP connection to a broker. Answers come in the order of the requests, so that the oldest pending request is the one that is
 * answered (N§0.1); any number may be under way. What ends it ends it for all of them: requests that the socket has not taken yet reject
 * NOT_SENT, the others OUTCOME_UNKNOWN.
 */
export class TcpConnection implements Connection, SessionConnection {
  readonly #client: TransportClient
  readonly #at: Endpoint
  readonly #broker: BrokerSocket
  readonly #frames: FrameAssembler
  /** Requests without an answer, oldest first; the first `#written` of them were given to the socket. */
  readonly #pending: Pending[] = []
  #written = 0
  #isWritePlanned = false
  /** Memory of `#writeTogether`, and whether the socket has it. */
  #together: Buffer | null = null
  #isTogetherTaken = false
  readonly #giveBack = (): void => void (this.#isTogetherTaken = false)
  /** Fires when the first of the requests is due, as far as was known when it was set: one for all of them, and none is set for an answer. */
  #timer: Timer | null = null
  #timerAtMs = Infinity
  /** What is kept back while the connection is being authenticated anew; `null`: nothing need be. */
  #held: Pending[] | null = null
  /** Called when nothing is pending any more. */
  #onQuiet: (() => void) | null = null
  #hasAnswered = false
  #isBlocked = false
  #isClosed = false
  #correlationId = 0
  #abilities: BrokerAbilities = { versions: {}, features: new Map() }
  readonly #forgetLifeline: () => void
  readonly #endListeners: (() => void)[] = []

  /** `broker` is connected and belongs to the connection from now on. */
  constructor(client: TransportClient, at: Endpoint, broker: BrokerSocket) {
    this.#client = client
    this.#at = at
    this.#broker = broker
    this.#frames = new FrameAssembler((frame) => this.#receive(frame), FIRST_SIZE_MAX)
    broker.read((chunk) => this.#read(chunk))
    const { socket } = broker
    socket.on('drain', () => {
      this.#isBlocked = false
      this.#write()
    })
    socket.on('error', (cause) => this.#end(`the connection failed: ${cause.message}`, cause))
    socket.on('end', () => this.#end(this.#hasAnswered ? 'the broker closed the connection' : CLOSED_EARLY))
    socket.on('close', () => this.#end('the connection was closed'))
    // A dead process learns nothing: its pending sends never settle.
    this.#forgetLifeline = client.environment.lifeline.onCut(() => {
      this.#isClosed = true
      this.#timer?.cancel()
      this.#takeAll()
      for (const listener of this.#endListeners) listener()
      broker.destroy()
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
    return this.#enqueue({ api, version, request, timeoutMs })
  }

  /**
   * Keeps back what is sent from now on; it rejects NOT_SENT when the connection ends. Resolves when all that was sent before has been
   * answered, and never when the connection ends before.
   */
  hold(): Promise<void> {
    this.#held ??= []
    return new Promise((resolve) => {
      if (this.#pending.length === 0) resolve()
      else this.#onQuiet = resolve
    })
  }

  /** Sends what was kept back, in its order. */
  release(): void {
    const held = this.#held ?? []
    this.#held = null
    this.#pending.push(...held)
    this.#planWrite()
  }

  /** Ends the connection as if it had failed for `reason`. */
  fail(reason: string, cause: Error): void {
    this.#end(reason, cause)
  }

  /** Calls `listener` when the connection ends, or at once if it has. */
  onEnd(listener: () => void): void {
    if (this.#isClosed) listener()
    else this.#endListeners.push(listener)
  }

  close(): void {
    this.#end('the client closed the connection')
  }

  #enqueue<A extends Api>({ api, version, request, timeoutMs }: Outgoing<A>): Promise<ResponseOf<A>> {
    if (this.#isClosed) return Promise.reject(this.#notSent(api, 'the connection is closed'))
    assert(
      api !== 'Produce' || (request as RequestOf<'Produce'>).acks !== 0,
      'A produce request asks for an answer: without one the order of answers is lost',
    )
    this.#correlationId = (this.#correlationId + 1) & SIZE_MAX
    const envelope = { api, version, correlationId: this.#correlationId, clientId: this.#client.clientId }
    const frame = encodeRequestFrame(envelope, request)
    const dueAtMs = this.#client.environment.clock.monotonic() + timeoutMs
    this.#watch(dueAtMs, timeoutMs)
    return new Promise<ResponseOf<A>>((resolve, reject) => {
      const { correlationId } = envelope
      const queue = this.#held ?? this.#pending
      queue.push({ api, version, correlationId, frame, resolve: resolve as Pending['resolve'], reject, timeoutMs, dueAtMs })
      this.#planWrite()
    })
  }

  /** Looks at what is due in `delayMs` at the latest, which is at `atMs`. */
  #watch(atMs: number, delayMs: number): void {
    if (atMs >= this.#timerAtMs) return
    this.#timer?.cancel()
    this.#timerAtMs = atMs
    this.#timer = this.#client.environment.scheduler.after(delayMs, () => this.#checkDue())
  }

  #checkDue(): void {
    this.#timer = null
    this.#timerAtMs = Infinity
    const nowMs = this.#client.environment.clock.monotonic()
    let nextAtMs = Infinity
    for (const { api, timeoutMs, dueAtMs } of [...this.#pending, ...(this.#held ?? [])]) {
      if (dueAtMs <= nowMs) return this.#end(`${api} was not answered within ${timeoutMs} ms`)
      nextAtMs = Math.min(nextAtMs, dueAtMs)
    }
    if (nextAtMs < Infinity) this.#watch(nextAtMs, nextAtMs - nowMs)
  }

  /** What is sent before the caller's turn is over goes to the socket together. */
  #planWrite(): void {
    if (this.#isWritePlanned || this.#isBlocked) return
    this.#isWritePlanned = true
    void endOfTurn.then(() => {
      this.#isWritePlanned = false
      this.#write()
    })
  }

  /** Gives the socket what waits, until it has enough: one system call for all pieces of all requests, as far as it goes. */
  #write(): void {
    const { socket } = this.#broker
    if (this.#isBlocked || this.#isClosed || this.#written === this.#pending.length) return
    socket.cork()
    while (!this.#isBlocked && this.#written < this.#pending.length) {
      if (this.#writeTogether()) continue
      const pending = this.#pending[this.#written++]!
      const frame = pending.frame!
      pending.frame = null
      for (const piece of frame) this.#isBlocked = !socket.write(piece)
    }
    socket.uncork()
  }

  /**
   * Copies the next requests that are not long into memory that is used again once the socket has written it, and writes them as one piece:
   * a piece of its own costs the socket more than the copy of a batch. Whether there was one, and memory for it.
   */
  #writeTogether(): boolean {
    const isOnePiece = this.#pending.length === this.#written + 1 && this.#pending[this.#written]!.frame!.length === 1
    if (this.#isTogetherTaken || isOnePiece) return false
    const memory = (this.#together ??= Buffer.allocUnsafeSlow(TOGETHER_BYTES))
    let position = 0
    while (this.#written < this.#pending.length) {
      const pending = this.#pending[this.#written]!
      const size = sizeOf(pending.frame!)
      if (size > TOGETHER_EACH_MAX || position + size > memory.length) break
      for (const piece of pending.frame!) position += piece.copy(memory, position)
      pending.frame = null
      this.#written++
    }
    if (position === 0) return false
    this.#isTogetherTaken = true
    this.#isBlocked = !this.#broker.socket.write(memory.subarray(0, position), this.#giveBack)
    return true
  }

  #read(chunk: Buffer): void {
    if (this.#isClosed) return
    if (!this.#hasAnswered && speaksTls(chunk)) {
      const error = answeredWithTls(this.#at)
      return this.#end(error.message, error)
    }
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
    // Versions are told to everybody.
    if (pending.api !== 'ApiVersions') this.#hasAnswered = true
    pending.resolve(response)
    if (this.#pending.length === 0) {
      this.#onQuiet?.()
      this.#onQuiet = null
    }
  }

  #end(reason: string, cause?: Error): void {
    if (this.#isClosed) return
    this.#isClosed = true
    if (reason === CLOSED_EARLY && this.#pending.length > 0)
      this.#client.environment.logger.warn({ host: this.#at.host, port: this.#at.port }, reason)
    this.#forgetLifeline()
    this.#broker.destroy()
    this.#timer?.cancel()
    for (const { api, frame, reject } of this.#takeAll()) {
      reject(frame === null ? this.#outcomeUnknown(api, reason, cause) : this.#notSent(api, reason, cause))
    }
    for (const listener of this.#endListeners) listener()
  }

  #takeAll(): readonly Pending[] {
    return [...this.#pending.splice(0), ...(this.#held?.splice(0) ?? [])]
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

function sizeOf(frame: readonly Buffer[]): number {
  let size = 0
  for (const piece of frame) size += piece.length
  return size
}
