import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { adminCases } from './contract-admin.test.ts'
import { fetchCases } from './contract-fetch.test.ts'
import { produceCases } from './contract-produce.test.ts'
import {
  type CaseTraits,
  type ClusterUnderTest,
  type ContractCapabilities,
  type ContractCase,
  type ContractNeed,
  Scene,
} from './contract-scene.test.ts'
import { transactionCases } from './contract-transactions.test.ts'

/** What cannot be asked of a real cluster; for `lacks`. */
export const realClusterLacks: Readonly<Partial<Record<ContractNeed, string>>> = {
  'leader moves': 'the leader of a real partition does not move at a chosen moment',
  'coordinator moves': 'a real coordinator does not move at a chosen moment',
  'lost sessions': 'a real broker does not forget its fetch sessions when told to',
  'slow markers': 'a real coordinator writes markers as fast as it can',
  compaction: 'a real cluster compacts when it sees fit',
}

/**
 * What every cluster promises to the client, and the client to its users on every cluster (N§6.6): runs as one suite of tests. Each case
 * opens a cluster, or a part of one that nobody else uses; `open` is told its title, to seed chance with. A case that does not apply is
 * skipped with the reason; how many apply is a test too.
 */
export function clientContract(name: string, open: (title: string) => Promise<ClusterUnderTest>, capabilities: ContractCapabilities): void {
  describe(name, { concurrency: capabilities.concurrency ?? 1 }, () => {
    let applicable = 0
    const check: ContractCase = (title, traits, body) => {
      const skip = whyNot(traits, capabilities)
      if (skip === false) applicable++
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
    test(`${capabilities.applicable} cases apply`, () => assert.equal(applicable, capabilities.applicable))
  })
}

/** Why a case does not apply; `false` if it does. */
function whyNot({ needs = [], differs }: CaseTraits, { lacks, onlyDiffering = false }: ContractCapabilities): string | false {
  const reason = needs.map((need) => lacks?.[need]).find((each) => each !== undefined)
  if (reason !== undefined) return reason
  return onlyDiffering && differs === undefined ? 'the client does the same with every release; npm run contract runs it here too' : false
}
