import { crc32c } from '../base/crc32c.ts'
import { VirtualWorld } from '../base/virtual-environment.ts'
import { EmbeddedCluster } from '../broker/embedded-cluster.ts'
import { clientContract } from './contract.ts'
import type { ClusterUnderTest } from './contract-scene.test.ts'

/** A cluster of three nodes in a virtual world of its own, the same for the same case; messages go through the codec. */
function open(title: string, transactionVersion: 1 | 2): Promise<ClusterUnderTest> {
  const name = Buffer.from(title)
  const world = new VirtualWorld({ seed: crc32c(name, 0, name.length), shuffle: true })
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
    cut: (rule) => void cluster.faults.add({ ...rule, action: 'cut' }),
    faults: {
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

for (const transactionVersion of [2, 1] as const) {
  clientContract(
    `client over the embedded cluster, transaction version ${transactionVersion}`,
    (title) => open(title, transactionVersion),
    { transactionVersion, applicable: 69 },
  )
}
