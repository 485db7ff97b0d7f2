import type { Timer } from '../../base/environment.ts'
import type { TransportClient } from '../../protocol/transport.ts'

/** Who authenticates. */
export interface SessionAuthentication {
  /** Gets what the next authentication needs, which may be a token of the user's function. */
  prepare(): Promise<void>
  /** Authenticates anew; resolves with how long the session lives in milliseconds, 0: for ever. */
  renew(): Promise<number>
}

/** What a session needs of its connection. */
export interface SessionConnection {
  readonly isClosed: boolean
  /** Keeps back what is sent from now on; resolves when what was sent before has been answered. */
  hold(): Promise<void>
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
 * How long the broker knows us on one connection: authenticates before it ends the session (KIP-368). While that goes on, no other request
 * may be sent; what is under way is answered first.
 */
export class SaslSession {
  readonly #client: TransportClient
  readonly #connection: SessionConnection
  readonly #authentication: SessionAuthentication
  #timer: Timer | null = null

  constructor(client: TransportClient, connection: SessionConnection, authentication: SessionAuthentication) {
    this.#client = client
    this.#connection = connection
    this.#authentication = authentication
    connection.onEnd(() => this.#timer?.cancel())
  }

  /** Keeps a session that has just begun and lives for so long; 0: for ever. */
  begin(lifetimeMs: number): void {
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
    const connection = this.#connection
    try {
      await this.#authentication.prepare()
    } catch (error) {
      if (connection.isClosed) return
      // The session goes on until the broker ends it; the token may come meanwhile.
      logger.warn({ error }, 'a SASL session could not be renewed yet')
      return this.#after(lifetimeMs * ASK_AGAIN, lifetimeMs)
    }
    if (connection.isClosed) return
    await connection.hold()
    if (connection.isClosed) return
    try {
      this.begin(await this.#authentication.renew())
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause))
      if (!connection.isClosed) logger.warn({ error }, 'a SASL session could not be renewed')
      return connection.fail(error.message, error)
    }
    connection.release()
  }
}
