import type { Cluster, Endpoint, Transport, TransportClient } from '../protocol/transport.ts'

/** The cluster that is found at `bootstrap`. The code that opens sockets is loaded at the first connection. */
export function tcpCluster(bootstrap: readonly Endpoint[]): Cluster {
  return { bootstrap, transport: (client) => transportOnUse(client) }
}

function transportOnUse(client: TransportClient): Transport {
  let loaded: Promise<Transport> | null = null
  return {
    connect: async (at, purpose) => {
      loaded ??= import('../wire/tcp-transport.ts').then(({ TcpTransport }) => new TcpTransport(client))
      return (await loaded).connect(at, purpose)
    },
  }
}
