import { after, before, describe } from 'node:test'
import { createRealEnvironment } from '../../src/base/real-environment.ts'
import { clientContract } from '../../src/client/contract.ts'
import type { ClusterUnderTest } from '../../src/client/contract-scene.test.ts'
import { TcpTransport } from '../../src/wire/tcp-transport.ts'
import { kafkaSkipReason } from '../../tools/kafka/class-path.ts'
import { KafkaNode } from '../../tools/kafka/kafka-node.ts'
import { type CountedCut, cuttingTransport } from './cutting-transport.ts'

// The same promises as in src/client/embedded.test.ts, kept by a real broker, in real time.

describe('client over TCP', { skip: kafkaSkipReason() }, () => {
  let node: KafkaNode
  before(async () => {
    node = await KafkaNode.start({ shortTimeouts: true })
  })
  after(() => node.stop())

  function open(): Promise<ClusterUnderTest> {
    const rules: CountedCut[] = []
    return Promise.resolve({
      cluster: {
        bootstrap: [{ host: '127.0.0.1', port: node.port }],
        transport: (client) => cuttingTransport(new TcpTransport(client), client.clientId, rules),
      },
      environment: () => createRealEnvironment(),
      settle: (work) => work,
      cut: (rule) => void rules.push({ rule, seen: 0 }),
      faults: null,
      compact: null,
      dispose: () => Promise.resolve(),
    })
  }

  clientContract('Kafka 4.3.1, transaction version 2', open, {
    transactionVersion: 2,
    concurrency: 8,
    lacks: { faults: 'a real cluster cannot be troubled at a chosen moment', compaction: 'a real cluster compacts when it sees fit' },
  })
})
