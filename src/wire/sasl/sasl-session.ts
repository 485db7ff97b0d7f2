import type { Timer } from '../../base/environment.ts'
import { ClusterError } from '../../base/errors.ts'
import type { TransportClient } from '../../protocol/transport.ts'
import { authenticate, type SaslChannel } from './authenticate.ts'
import type { SaslExchange, SaslMechanism } from './mechanism.ts'

/** What a session needs of its connection. */
export interface SessionConnection extends SaslChannel {
  readonly isClosed: boolean
  /** Sends on the connection itself, also while others are held. */
  readonly direct: SaslChannel
  /** Keeps back what is sent from now on. */
  hold(): void
  /** Sends what was kept back. */
  release(): void
  /** Ends the connection. */
  fail(reason: string, cause: Error): void
  /** Calls `listener` when the connection ends. */
  onEnd(listener: () => void): void
}

/** When a new authentication begins, as a part of the session's life: the same as Java's client, 85 to 95 %. */
const RENEW_FROM = 0.85
const RENEW_SPREAD = 0.1
/** Of a short session that would leave too little to what is under way: then so much, but not more than half of it. */
const RENEW_REST_MS = 1_000
/** After how much of the session's life a token function that has failed is asked again. */
const ASK_AGAIN = 0.03

/**
 * Who we are on one connection: says so when it is opened, and again before the broker ends the session (KIP-368). While that goes on, no
 * other request may be sent; what is under way is answered first.
 */
export class SaslSession {
  readonly #client: TransportClient
  readonly #connection: SessionConnection
  readonly #mechanism: SaslMechanism
  readonly #timeoutMs: number
  #timer: Timer | null = null

  /** `timeoutMs` is for each message, and for the function that gives a token. */
  constructor(client: TransportClient, connection: SessionConnection, mechanism: SaslMechanism, timeoutMs: number) {
    this.#client = client
    this.#connection = connection
    this.#mechanism = mechanism
    this.#timeoutMs = timeoutMs
    connection.onEnd(() => this.#timer?.cancel())
  }

  /** Authenticates for the first time. Rejects as `authenticate`. */
  async begin(): Promise<void> {
    this.#renewBefore(await authenticate(this.#connection.direct, this.#mechanism, await this.#start(), this.#timeoutMs))
  }

  #renewBefore(lifetimeMs: number): void {
    if (lifetimeMs <= 0) return
    const { random } = this.#client.environment
    const partMs = lifetimeMs * (RENEW_FROM + RENEW_SPREAD * random.next())
    this.#after(Math.max(lifetimeMs / 2, Math.min(partMs, lifetimeMs - RENEW_REST_MS)), lifetimeMs)
  }

  #after(delayMs: number, lifetimeMs: number): void {
    if (this.#connection.isClosed) return
    this.#timer = this.#client.environment.scheduler.after(delayMs, () => void this.#renew(lifetimeMs))
  }

  async #renew(lifetimeMs: number): Promise<void> {
    const { logger } = this.#client.environment
    let exchange: SaslExchange
    try {
      exchange = await this.#start()
    } catch (error) {
      if (this.#connection.isClosed) return
      // The session goes on until the broker ends it; the token may come meanwhile.
      logger.warn({ error }, 'a SASL session could not be renewed yet')
      return this.#after(lifetimeMs * ASK_AGAIN, lifetimeMs)
    }
    if (this.#connection.isClosed) return
    this.#connection.hold()
    try {
      this.#renewBefore(await authenticate(this.#connection.direct, this.#mechanism, exchange, this.#timeoutMs))
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause))
      if (!this.#connection.isClosed) logger.warn({ error }, 'a SASL session could not be renewed')
      return this.#connection.fail(error.message, error)
    }
    this.#connection.release()
  }

  /** Begins an exchange, which may ask the user's function for a token: not for longer than a request. */
  #start(): Promise<SaslExchange> {
    const { promise, resolve, reject } = Promise.withResolvers<SaslExchange>()
    const timer = this.#client.environment.scheduler.after(this.#timeoutMs, () =>
      reject(
        new ClusterError('NOT_SENT', `Cannot authenticate with ${this.#mechanism.name}: there was no token within ${this.#timeoutMs} ms`),
      ),
    )
    void this.#mechanism
      .start()
      .then(resolve, reject)
      .finally(() => timer.cancel())
    return promise
  }
}
