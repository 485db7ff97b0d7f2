import { connect, type Socket } from 'node:net'
import { ClusterError, isMillraceError } from '../base/errors.ts'
import type { Connection, Endpoint, Transport, TransportClient } from '../protocol/transport.ts'
import { negotiate } from './negotiate.ts'
import { TcpConnection } from './tcp-connection.ts'

/** How a transport over TCP works. */
export interface TcpTransportOptions {
  /** `socket.connection.setup.timeout.ms`, default 10000: how long it may take to connect, and again to learn the broker's versions. */
  readonly connectTimeoutMs?: number
}

const CONNECT_TIMEOUT_MS = 10_000

/** Brokers that are reached over TCP, without encryption. Every call of `connect` opens a connection of its own, whatever the purpose. */
export class TcpTransport implements Transport {
  readonly #client: TransportClient
  readonly #connectTimeoutMs: number

  constructor(client: TransportClient, { connectTimeoutMs = CONNECT_TIMEOUT_MS }: TcpTransportOptions = {}) {
    this.#client = client
    this.#connectTimeoutMs = connectTimeoutMs
  }

  /** Connects and learns what the broker can. Rejects NOT_SENT, UNSUPPORTED_VERSION or REQUEST_REFUSED. */
  async connect(at: Endpoint): Promise<Connection> {
    const connection = new TcpConnection(this.#client, at, await this.#open(at))
    try {
      connection.setAbilities(await negotiate(connection, this.#connectTimeoutMs))
    } catch (cause) {
      connection.close()
      if (!isMillraceError(cause) || cause.code !== 'OUTCOME_UNKNOWN') throw cause
      // Asking for versions has no effect: nothing was sent that would matter.
      throw new ClusterError('NOT_SENT', `Cannot connect to ${at.host}:${at.port}: ${cause.message}`, { cause })
    }
    return connection
  }

  #open(at: Endpoint): Promise<Socket> {
    const { scheduler, lifeline } = this.#client.environment
    return new Promise((resolve, reject) => {
      const socket = connect({ host: at.host, port: at.port, noDelay: true })
      const forget = lifeline.onCut(() => socket.destroy())
      const fail = (reason: string, cause?: Error): void => {
        timer.cancel()
        forget()
        socket.destroy()
        reject(new ClusterError('NOT_SENT', `Cannot connect to ${at.host}:${at.port}: ${reason}`, { cause }))
      }
      const timer = scheduler.after(this.#connectTimeoutMs, () => fail(`it took more than ${this.#connectTimeoutMs} ms`))
      const failOn = (cause: Error): void => {
        if (!lifeline.isCut) fail(cause.message === '' ? String(cause) : cause.message, cause)
      }
      socket.once('error', failOn)
      socket.once('connect', () => {
        timer.cancel()
        forget()
        socket.off('error', failOn)
        resolve(socket)
      })
    })
  }
}
