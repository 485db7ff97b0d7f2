import { after, before, describe } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../src/base/environment.ts'
import { createRealEnvironment } from '../../src/base/real-environment.ts'
import { type MembershipWorld, membershipContract } from '../../src/client/membership/contract.ts'
import { TcpTransport } from '../../src/wire/tcp-transport.ts'
import { kafkaSkipReason } from '../../tools/kafka/class-path.ts'
import { KafkaNode } from '../../tools/kafka/kafka-node.ts'

// The same promises as in src/client/membership/classic, kept by a real broker that has classic groups only, in real time.

const POLL_MS = 20

/** The tests provoke what is warned of. */
const quiet: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

describe('members of classic groups over TCP', { skip: kafkaSkipReason(), concurrency: 6 }, () => {
  let node: KafkaNode
  let worlds = 0
  before(async () => {
    node = await KafkaNode.start({ shortTimeouts: true, streamsGroups: false })
  })
  after(() => node.stop())

  async function until(condition: () => boolean, limitMs: number): Promise<void> {
    const endMs = performance.now() + limitMs
    while (!condition()) {
      if (performance.now() >= endMs) throw new Error(`Cannot go on after ${limitMs} ms: the condition does not hold`)
      await sleep(POLL_MS)
    }
  }

  function open(): Promise<MembershipWorld> {
    worlds++
    return Promise.resolve({
      cluster: { bootstrap: [{ host: '127.0.0.1', port: node.port }], transport: (client) => new TcpTransport(client) },
      prefix: `world-${worlds}-`,
      protocol: 'classic',
      heartbeatIntervalMs: 1_000,
      sessionTimeoutMs: 6_000,
      initialRebalanceDelayMs: 0,
      environment: () => createRealEnvironment({ logger: quiet }),
      advance: (ms) => sleep(ms),
      until,
      settle: (work) => work,
      close: () => Promise.resolve(),
    })
  }

  membershipContract('Kafka 4.3.1', open)
})
