import { ClusterError, isMillraceError } from '../base/errors.ts'
import type { SecurityOptions } from '../protocol/security.ts'
import type { Connection, Endpoint, Transport, TransportClient } from '../protocol/transport.ts'
import { negotiate } from './negotiate.ts'
import { SocketOpener } from './open-socket.ts'
import { SaslSession } from './sasl/sasl-session.ts'
import { TcpConnection } from './tcp-connection.ts'
import { isTlsFailure, tlsFailure } from './tls-failure.ts'

/** How a transport over TCP works. */
export interface TcpTransportOptions extends Partial<SecurityOptions> {
  /**
   * `socket.connection.setup.timeout.ms`, default 10000: how long it may take to connect, again to learn the broker's versions, and again
   * for each message of an authentication.
   */
  readonly connectTimeoutMs?: number
}

const CONNECT_TIMEOUT_MS = 10_000

/**
 * Brokers that are reached over TCP, with TLS and SASL where the options ask for it. Every call of `connect` opens a connection of its own,
 * whatever the purpose.
 */
export class TcpTransport implements Transport {
  readonly #client: TransportClient
  readonly #connectTimeoutMs: number
  readonly #sockets: SocketOpener

  constructor(client: TransportClient, { connectTimeoutMs = CONNECT_TIMEOUT_MS, tls = null, sasl = null }: TcpTransportOptions = {}) {
    this.#client = client
    this.#connectTimeoutMs = connectTimeoutMs
    this.#sockets = new SocketOpener(client, connectTimeoutMs, { tls, sasl })
  }

  /**
   * Connects, says who we are and learns what the broker can. Rejects NOT_SENT, UNSUPPORTED_VERSION or REQUEST_REFUSED, TLS_FAILED or
   * AUTHENTICATION_FAILED, and `ConfigError` `CONFIG_INVALID` for certificates that cannot be read.
   */
  async connect(at: Endpoint): Promise<Connection> {
    const broker = await this.#sockets.open(at)
    const connection = new TcpConnection(this.#client, at, broker)
    new SaslSession(this.#client, connection, broker).begin(broker.sessionLifetimeMs)
    try {
      connection.setAbilities(await negotiate(connection, this.#connectTimeoutMs))
    } catch (error) {
      connection.close()
      throw negotiationFailure(at, error)
    }
    return connection
  }
}

/** Nothing was sent that would matter: asking for versions has no effect. */
function negotiationFailure(at: Endpoint, error: unknown): unknown {
  if (!isMillraceError(error)) return error
  if (error.code !== 'OUTCOME_UNKNOWN' && error.code !== 'NOT_SENT') return error
  const { cause } = error
  // With TLS 1.3 a broker looks at our certificate when the handshake is over for us.
  if (isMillraceError(cause) && cause.code === 'TLS_FAILED') return cause
  if (isTlsFailure(cause)) return tlsFailure(at, cause)
  return new ClusterError('NOT_SENT', `Cannot connect to ${at.host}:${at.port}: ${error.message}`, { cause: error })
}
