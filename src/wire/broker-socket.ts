import type { Socket } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import type { Connection } from '@platformatic/kafka'
import { ClusterError, isMillraceError, type MillraceError } from '../base/errors.ts'
import type { Endpoint, TransportClient } from '../protocol/transport.ts'
import { Deadline } from './deadline.ts'
import { FIRST_SIZE_MAX, FrameAssembler } from './frame-assembler.ts'
import { isOfLibrary, rootOf } from './library-error.ts'
import type { Library } from './library.ts'
import type { Authenticator } from './sasl/authenticator.ts'
import { saslFailure } from './sasl/refusal.ts'
import { isTlsFailure, speaksTls, tlsFailure } from './tls-failure.ts'

/** For the timers of the package: those of the environment end what takes too long. */
const NEVER_MS = 0x7fff_ffff

const PORT_MAX = 0xffff

/** How one connection is made. */
export interface BrokerSocketOptions {
  /** For connecting, the handshake of TLS included, and again for each message of an authentication. */
  readonly timeoutMs: number
  readonly tls: ConnectionOptions | null
  readonly authenticator: Authenticator | null
}

type Reader = (chunk: Buffer) => void

/**
 * A connection of `@platformatic/kafka`: it opens the socket, makes it secure and authenticates on it, now and again. In between the socket is
 * ours to read and to write.
 */
export class BrokerSocket {
  readonly #client: TransportClient
  readonly #at: Endpoint
  readonly #options: BrokerSocketOptions
  readonly #connection: Connection
  readonly #deadline: Deadline
  /** Ends what the package is doing; `null`: nothing. */
  #conclude: ((error: unknown) => void) | null = null
  /** Who reads while the package does not. */
  #reader: Reader | null = null
  /** Who reads while the package does. */
  #libraryReaders: readonly Reader[] = []

  constructor(client: TransportClient, at: Endpoint, { Connection }: Library, options: BrokerSocketOptions) {
    this.#client = client
    this.#at = at
    this.#options = options
    this.#deadline = new Deadline(client.environment.scheduler, options.timeoutMs, () =>
      this.#conclude?.(new Error(`it took more than ${options.timeoutMs} ms`)),
    )
    this.#connection = new Connection(client.clientId, {
      connectTimeout: NEVER_MS,
      requestTimeout: NEVER_MS,
      ...(options.tls === null ? {} : { tls: options.tls }),
      ...(options.authenticator === null ? {} : { sasl: options.authenticator.options(this.#deadline) }),
    })
    // Who waits for the package is told otherwise; nobody else is there whom an error could reach.
    this.#connection.on('error', () => undefined)
  }

  /** Connected, and ours while `renew` does not run. */
  get socket(): Socket {
    return this.#connection.socket
  }

  /** How long the session lives that the last authentication began, in milliseconds; 0: for ever. */
  get sessionLifetimeMs(): number {
    return this.#options.authenticator?.sessionLifetimeMs ?? 0
  }

  /** Connects and authenticates. Rejects NOT_SENT, TLS_FAILED or AUTHENTICATION_FAILED. Never settles once the lifeline is cut. */
  async connect(): Promise<void> {
    const { port } = this.#at
    if (!Number.isInteger(port) || port < 0 || port > PORT_MAX) throw this.#notSent(`${port} is no port`)
    const guard = this.#options.authenticator === null ? null : this.#createGuard()
    const forget = this.#client.environment.lifeline.onCut(() => this.destroy())
    try {
      await this.#perform((done) => this.#begin(guard, done))
    } catch (error) {
      this.destroy()
      throw error
    } finally {
      forget()
    }
    if (guard !== null) this.socket.off('data', guard)
    this.#libraryReaders = this.socket.listeners('data') as Reader[]
    for (const reader of this.#libraryReaders) this.socket.off('data', reader)
  }

  #begin(guard: Reader | null, done: (error: Error | null) => void): void {
    this.#connection.on('sasl:handshake', () => this.#deadline.restart())
    void this.#connection.connect(this.#at.host, this.#at.port, done)
    const { socket } = this
    socket.on('error', () => undefined)
    socket.once(this.#options.tls === null ? 'connect' : 'secureConnect', () => {
      this.#deadline.restart()
      if (guard !== null) socket.prependListener('data', guard)
    })
  }

  /** Gives all that comes to `reader`, while the package does not read. Called once. */
  read(reader: Reader): void {
    this.#reader = reader
    this.socket.on('data', reader)
  }

  /** Gets what the next authentication needs, which may be a token of the user's function. Rejects NOT_SENT or AUTHENTICATION_FAILED. */
  async prepare(): Promise<void> {
    await this.#options.authenticator?.prepare()
  }

  /**
   * Authenticates anew, and resolves with how long the session lives. Nothing may be under way, and nothing be written meanwhile. Rejects as
   * `connect`; then only `destroy` is left.
   */
  async renew(): Promise<number> {
    const { socket } = this
    const connection = this.#connection
    if (this.#reader !== null) socket.off('data', this.#reader)
    for (const reader of this.#libraryReaders) socket.on('data', reader)
    const onEnd = (error?: Error): void => this.#conclude?.(error ?? new Error('the broker closed the connection'))
    const onConnect = (): void => this.#conclude?.(null)
    connection.on('connect', onConnect).on('error', onEnd).on('close', onEnd)
    try {
      await this.#perform(() => connection.reauthenticate())
    } finally {
      connection.off('connect', onConnect).off('error', onEnd).off('close', onEnd)
    }
    for (const reader of this.#libraryReaders) socket.off('data', reader)
    if (this.#reader !== null) socket.on('data', this.#reader)
    return this.sessionLifetimeMs
  }

  /** Ends the connection at once, whatever is going on. */
  destroy(): void {
    // The package forgets what it waits for when there is an error, and while it connects only then.
    this.socket?.destroy(new Error('the client closed the connection'))
  }

  /** Waits for what `begin` has the package do. */
  #perform(begin: (done: (error: Error | null) => void) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#conclude = (error) => {
        this.#conclude = null
        this.#deadline.stop()
        // A dead process learns nothing.
        if (this.#client.environment.lifeline.isCut) return
        if (error === null) return resolve()
        // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- passes on whatever it failed with
        reject(this.#failureOf(error))
      }
      this.#deadline.restart()
      begin((error) => this.#conclude?.(error))
    })
  }

  /** What looks at the first bytes: the package waits for the rest of whatever it takes for a size, and keeps to itself that it saw TLS. */
  #createGuard(): Reader {
    const frames = new FrameAssembler(() => undefined, FIRST_SIZE_MAX)
    let isFirst = true
    return (chunk) => {
      if (isFirst && this.#options.tls === null && speaksTls(chunk)) return this.#conclude?.(answeredWithTls(this.#at))
      isFirst = false
      try {
        frames.push(chunk)
      } catch (error) {
        this.#conclude?.(error)
      }
    }
  }

  #failureOf(error: unknown): unknown {
    const { tls, authenticator } = this.#options
    const cause = authenticator === null ? rootOf(error) : saslFailure(authenticator.mechanism, error)
    if (isMillraceError(cause)) return this.#told(cause)
    if (tls !== null && isTlsFailure(cause)) return tlsFailure(this.#at, cause)
    // What the package says of its own accord: that there is no connection any more.
    if (isOfLibrary(cause)) return this.#notSent('the broker closed the connection: it may want TLS, or no SASL, on this port')
    const reason = cause instanceof Error && cause.message !== '' ? cause.message : String(cause)
    // Kafka closes a plain port without a word when it gets the first message of TLS.
    const isReset = cause instanceof Error && 'code' in cause && cause.code === 'ECONNRESET'
    return this.#notSent(tls !== null && isReset ? `${reason}: does the port speak TLS?` : reason, cause)
  }

  /** An error of ours with the place at which it has happened. */
  #told(error: MillraceError): MillraceError {
    if (error.code === 'TLS_FAILED') return error
    if (error.code !== 'AUTHENTICATION_FAILED') return this.#notSent(error.message, error)
    return new ClusterError('AUTHENTICATION_FAILED', this.#message(error.message), { cause: error, kafkaCode: error.kafkaCode })
  }

  #notSent(reason: string, cause?: unknown): ClusterError {
    return new ClusterError('NOT_SENT', this.#message(reason), { cause })
  }

  #message(reason: string): string {
    return `Cannot ${this.#reader === null ? 'connect to' : 'authenticate anew with'} ${this.#at.host}:${this.#at.port}: ${reason}`
  }
}

/** The error for a broker that wants TLS and got none. */
export function answeredWithTls({ host, port }: Endpoint): ClusterError {
  const message = `Cannot talk to ${host}:${port} without TLS: the answer is one of TLS, set tls or the port of a plain listener`
  return new ClusterError('TLS_FAILED', message)
}
