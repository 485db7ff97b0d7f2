import { after, before, describe } from 'node:test'
import { type MembershipWorld, membershipContract } from '../../src/client/membership/contract.ts'
import { kafkaSkipReason } from '../../tools/kafka/class-path.ts'
import { KafkaNode } from '../../tools/kafka/kafka-node.ts'
import { classicWorld } from './wire-cluster.ts'

// The same promises as in src/client/membership/classic, kept by a real broker that has classic groups only, in real time.

describe('members of classic groups over TCP', { skip: kafkaSkipReason(), concurrency: 6 }, () => {
  let node: KafkaNode
  let worlds = 0
  before(async () => {
    node = await KafkaNode.start({ shortTimeouts: true, streamsGroups: false })
  })
  after(() => node.stop())

  const open = (): Promise<MembershipWorld> => Promise.resolve(classicWorld(node, `world-${worlds++}-`))
  membershipContract('Kafka 4.3.1', open, { protocol: 'classic', applicable: 10 })
})
