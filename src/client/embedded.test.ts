import { VirtualWorld } from '../base/virtual-environment.ts'
import { EmbeddedCluster } from '../broker/embedded-cluster.ts'
import { clientContract, type ClusterUnderTest } from './contract.ts'

let seed = 0

/** A cluster of three nodes in a virtual world of its own; messages go through the codec. */
function open(transactionVersion: 1 | 2): Promise<ClusterUnderTest> {
  const world = new VirtualWorld({ seed: ++seed, shuffle: true })
  const cluster = new EmbeddedCluster({
    environment: world.environment('cluster'),
    nodes: 3,
    codec: 'encode',
    transactionVersion,
    transactionScanIntervalMs: 1_000,
  })
  return Promise.resolve({
    cluster,
    environment: (name) => world.environment(name),
    settle: async (work) => {
      let isSettled = false
      const settled = work.finally(() => (isSettled = true))
      // What it rejects with is given by the promise itself.
      settled.catch(() => undefined)
      await world.run(() => isSettled, { maxTimeMs: 600_000 })
      return settled
    },
    faults: {
      cut: (rule) => void cluster.faults.add({ ...rule, action: 'cut' }),
      moveLeader: (topic, partition) => cluster.faults.moveLeader(topic, partition),
      moveCoordinator: (kind, key) => cluster.faults.moveCoordinator(kind, key),
      loseFetchSessions: () => cluster.faults.loseFetchSessions(),
      slowMarkers: (delayMs) => {
        cluster.faults.slowMarkersMs = delayMs
      },
    },
    compact: (topic) => cluster.compact(topic),
    dispose: () => Promise.resolve(cluster.close()),
  })
}

clientContract('client over the embedded cluster, transaction version 2', () => open(2), { transactionVersion: 2 })
clientContract('client over the embedded cluster, transaction version 1', () => open(1), { transactionVersion: 1 })
