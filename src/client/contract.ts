import { describe, test } from 'node:test'
import { adminCases } from './contract-admin.test.ts'
import { fetchCases } from './contract-fetch.test.ts'
import { produceCases } from './contract-produce.test.ts'
import { type ClusterUnderTest, type ContractCapabilities, type ContractCase, Scene } from './contract-scene.test.ts'
import { transactionCases } from './contract-transactions.test.ts'

/**
 * What every cluster promises to the client, and the client to its users on every cluster (N§6.6): runs as one suite of tests. Each case
 * opens a cluster, or a part of one that nobody else uses; `open` is told its title, to seed chance with.
 */
export function clientContract(name: string, open: (title: string) => Promise<ClusterUnderTest>, capabilities: ContractCapabilities): void {
  describe(name, { concurrency: capabilities.concurrency ?? 1 }, () => {
    const check: ContractCase = (title, needs, body) => {
      const skip = needs.map((need) => capabilities.lacks?.[need]).find((reason) => reason !== undefined) ?? false
      test(title, { skip }, async () => {
        const world = await open(title)
        try {
          const scene = new Scene(world, capabilities)
          await world.settle(body(scene).finally(() => scene.close()))
        } finally {
          await world.dispose()
        }
      })
    }
    adminCases(check)
    produceCases(check)
    fetchCases(check)
    transactionCases(check)
  })
}
