import { createRealEnvironment } from '../base/real-environment.ts'
import type { EmbeddedCluster } from '../broker/embedded-cluster.ts'
import type { Listener } from '../wire/listener.ts'

/** Where an embedded cluster is to be reached. */
export interface ListenOptions {
  /** Default `127.0.0.1`: this machine only. Nothing is encrypted and nobody is asked who he is. */
  readonly host?: string | undefined
  /** The port of the first node, 1 to 65535; the others follow. Default 0: any free ports. */
  readonly port?: number | undefined
}

/** An embedded cluster that listens. */
export interface ListeningCluster extends AsyncDisposable {
  /** `host:port` of every node, with commas between: what Kafka's clients and tools call `bootstrap.servers`. */
  readonly bootstrapServers: string
  /** Stops listening and hangs up. The cluster itself goes on. */
  close(): Promise<void>
}

/**
 * Lets other processes reach an embedded cluster over TCP: whatever speaks Kafka's protocol, e.g. clients in other languages and the
 * tools of Apache Kafka. Applications in this process that were given the cluster itself go on without sockets. The cluster has to run
 * on real time. Throws `ClusterError` `CANNOT_LISTEN`.
 *
 * ```ts
 * await using cluster = new EmbeddedCluster()
 * await using listening = await listen(cluster, { port: 9092 })
 * console.log(listening.bootstrapServers)
 * ```
 */
export async function listen(cluster: EmbeddedCluster, { host = '127.0.0.1', port = 0 }: ListenOptions = {}): Promise<ListeningCluster> {
  const { Listener } = await import('../wire/listener.ts')
  const environment = createRealEnvironment()
  const listeners: Listener[] = []
  const close = async (): Promise<void> => {
    for (const listener of listeners) await listener.close()
  }
  try {
    for (const node of cluster.bootstrap.keys()) {
      listeners.push(await Listener.open(cluster, environment, { host, port: port === 0 ? 0 : port + node }))
    }
  } catch (error) {
    await close()
    throw error
  }
  for (const [node, listener] of listeners.entries()) cluster.advertise(node, listener.endpoint)
  return {
    bootstrapServers: listeners.map(({ endpoint }) => `${endpoint.host}:${endpoint.port}`).join(','),
    close,
    [Symbol.asyncDispose]: close,
  }
}
