// Goal: a random sequence of requests is answered by the embedded cluster as by Kafka. Found differences are replayed by
// `npm run differ -- --seed S --count 1`.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { kafkaSkipReason } from '../../tools/kafka/class-path.ts'
import { KafkaNode } from '../../tools/kafka/kafka-node.ts'
import { compareSeeds, describeDifference } from '../differ/compare.ts'
import { differNodeOptions, realCluster } from '../differ/differ-cluster.ts'

const COUNT = 40

describe('random requests to Kafka 4.3.1 and to the embedded cluster', { skip: kafkaSkipReason() }, () => {
  let node: KafkaNode
  before(async () => {
    node = await KafkaNode.start(differNodeOptions)
  })
  after(() => node.stop())

  const fresh = 1 + Math.floor(Math.random() * 100_000_000)
  for (const [name, from] of [
    ['known', 1],
    ['fresh', fresh],
  ] as const) {
    test(`the ${name} seeds ${from} to ${from + COUNT - 1} are answered alike`, async () => {
      const found: string[] = []
      await compareSeeds({ from, count: COUNT }, realCluster(node), (seed, difference) => {
        found.push(describeDifference(seed, difference))
      })
      assert.deepEqual(found, [])
    })
  }
})
