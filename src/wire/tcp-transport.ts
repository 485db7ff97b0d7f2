import { ClusterError, isMillraceError } from '../base/errors.ts'
import type { SecurityOptions } from '../protocol/security.ts'
import type { Connection, Endpoint, Transport, TransportClient } from '../protocol/transport.ts'
import { negotiate } from './negotiate.ts'
import { SocketOpener } from './open-socket.ts'
import { createMechanism } from './sasl/create-mechanism.ts'
import type { SaslMechanism } from './sasl/mechanism.ts'
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
  readonly #mechanism: SaslMechanism | null

  constructor(client: TransportClient, { connectTimeoutMs = CONNECT_TIMEOUT_MS, tls = null, sasl = null }: TcpTransportOptions = {}) {
    this.#client = client
    this.#connectTimeoutMs = connectTimeoutMs
    this.#sockets = new SocketOpener(client, connectTimeoutMs, tls)
    this.#mechanism = sasl === null ? null : createMechanism(sasl, client.environment.random)
  }

  /**
   * Connects, learns what the broker can and says who we are. Rejects NOT_SENT, UNSUPPORTED_VERSION or REQUEST_REFUSED, TLS_FAILED or
   * AUTHENTICATION_FAILED, and `ConfigError` `CONFIG_INVALID` for certificates that cannot be read.
   */
  async connect(at: Endpoint): Promise<Connection> {
    const connection = new TcpConnection(this.#client, at, await this.#sockets.open(at))
    try {
      connection.setAbilities(await negotiate(connection, this.#connectTimeoutMs))
      if (this.#mechanism !== null) await new SaslSession(this.#client, connection, this.#mechanism, this.#connectTimeoutMs).begin()
    } catch (error) {
      connection.close()
      throw connectFailure(at, error)
    }
    return connection
  }
}

/** Nothing was sent that would matter: neither asking for versions nor authenticating has an effect. */
function connectFailure(at: Endpoint, error: unknown): unknown {
  if (!isMillraceError(error)) return error
  const where = `${at.host}:${at.port}`
  if (error.code === 'AUTHENTICATION_FAILED') {
    return new ClusterError('AUTHENTICATION_FAILED', `Cannot connect to ${where}: ${error.message}`, {
      cause: error,
      kafkaCode: error.kafkaCode,
    })
  }
  if (error.code !== 'OUTCOME_UNKNOWN' && error.code !== 'NOT_SENT') return error
  const { cause } = error
  // With TLS 1.3 a broker looks at our certificate when the handshake is over for us.
  if (isMillraceError(cause) && cause.code === 'TLS_FAILED') return cause
  if (isTlsFailure(cause)) return tlsFailure(at, cause)
  return new ClusterError('NOT_SENT', `Cannot connect to ${where}: ${error.message}`, { cause: error })
}
