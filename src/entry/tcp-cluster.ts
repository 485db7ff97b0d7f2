import type { SecurityOptions } from '../protocol/security.ts'
import type { Cluster, Endpoint, Transport, TransportClient } from '../protocol/transport.ts'

/** The cluster that is found at `bootstrap` and reached as `security` says. The code that opens sockets is loaded at the first connection. */
export function tcpCluster(bootstrap: readonly Endpoint[], security: SecurityOptions): Cluster {
  return { bootstrap, transport: (client) => transportOnUse(client, security) }
}

function transportOnUse(client: TransportClient, security: SecurityOptions): Transport {
  let loaded: Promise<Transport> | null = null
  return {
    connect: async (at, purpose) => {
      loaded ??= import('../wire/tcp-transport.ts').then(({ TcpTransport }) => new TcpTransport(client, security))
      return (await loaded).connect(at, purpose)
    },
  }
}
