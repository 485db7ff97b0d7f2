import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import type { Environment } from '../base/environment.ts'
import { ClusterError } from '../base/errors.ts'
import type { Cluster, Endpoint } from '../protocol/transport.ts'
import { ServedConnection } from './served-connection.ts'

/**
 * Serves one node of a cluster to other processes over TCP, without encryption. Open it before the node's end point is known to anybody:
 * `endpoint` is what the cluster has to advertise.
 */
export class Listener implements AsyncDisposable {
  /** Where the node is reached. */
  readonly endpoint: Endpoint
  readonly #server: Server
  readonly #connections = new Set<ServedConnection>()

  /** Use `open`. */
  private constructor(cluster: Cluster, environment: Environment, server: Server, endpoint: Endpoint) {
    this.endpoint = endpoint
    this.#server = server
    server.on('connection', (socket) => {
      const connection = new ServedConnection(cluster, environment, endpoint, socket)
      this.#connections.add(connection)
      socket.on('close', () => this.#connections.delete(connection))
    })
  }

  /** Listens at `at`; port 0 is any free port. Throws `ClusterError` `CANNOT_LISTEN` when the port cannot be had. */
  static async open(cluster: Cluster, environment: Environment, at: Endpoint): Promise<Listener> {
    const server = createServer({ noDelay: true })
    server.listen(at.port, at.host)
    try {
      await once(server, 'listening')
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new ClusterError('CANNOT_LISTEN', `Cannot listen on ${at.host}:${at.port}: ${reason}`, { cause })
    }
    return new Listener(cluster, environment, server, { host: at.host, port: (server.address() as AddressInfo).port })
  }

  /** Takes no more connections and hangs up on those that are there. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const connection of this.#connections) connection.end()
    await closed
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}
