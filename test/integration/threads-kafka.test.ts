import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createEnvironment, KafkaStreams } from 'millrace'
import { halt } from 'millrace/testing'
import { append } from '../../src/client/contract-scene.test.ts'
import { kafkaSkipReason } from '../../tools/kafka/class-path.ts'
import { KafkaNode } from '../../tools/kafka/kafka-node.ts'
import { committedCounts } from './committed-counts.ts'
import { counted, counts, lines } from './topologies/word-count.ts'
import { openWireScene } from './wire-scene.ts'

// Stream threads that are workers, on a real broker, exactly once: threads come and go, one blocks, the instance is killed and replaced.

const PARTITIONS = 4
const WORK_MS = 90_000
const module = new URL('./topologies/word-count.ts', import.meta.url)

for (const groupProtocol of ['streams', 'classic'] as const) {
  describe(`worker threads on Kafka, ${groupProtocol} groups`, { skip: kafkaSkipReason() }, () => {
    let node: KafkaNode
    before(async () => {
      node = await KafkaNode.start({ shortTimeouts: true, streamsGroups: groupProtocol === 'streams' })
    })
    after(() => node.stop())

    test('threads come and go, the instance is killed, and every word is counted once', async () => {
      const scene = openWireScene([node.port])
      const producer = scene.producer()
      const environments = [createEnvironment(), createEnvironment()]
      const instances = environments.map(
        (environment) =>
          new KafkaStreams(module, {
            applicationId: 'threads',
            bootstrapServers: node.bootstrapServers,
            environment,
            numStreamThreads: 2,
            groupProtocol,
            processingGuarantee: 'exactly_once_v2',
            statestoreCacheMaxBytes: 0,
            stateEngine: 'memory',
            producer: { transactionTimeoutMs: 5_000 },
            consumer:
              groupProtocol === 'classic' ? { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 1_000 } : { autoOffsetReset: 'earliest' },
            logger: false,
          }),
      )
      const [first, second] = instances as [KafkaStreams, KafkaStreams]
      const expected = new Map<string, number>()
      const write = async (words: readonly string[]): Promise<void> => {
        for (const [index, word] of words.entries()) {
          expected.set(word, (expected.get(word) ?? 0) + 1)
          append(producer, lines.name, [word], index % PARTITIONS)
        }
        await producer.flush()
      }
      const settled = (): Promise<void> =>
        scene.until(async () => {
          const found = await committedCounts(scene, counted.name, PARTITIONS)
          return [...expected].every(([word, count]) => found.get(word)?.includes(count) === true)
        }, WORK_MS)
      try {
        for (const { name } of [lines, counted]) {
          await scene.admin.createTopics([{ name, partitions: PARTITIONS, replicationFactor: -1 }])
          await scene.until(async () => (await scene.admin.describeTopics([name])).has(name))
        }
        await first.start()
        await write(Array.from({ length: 200 }, (_, index) => ['ant', 'bee', 'cat'][index % 3]!))
        await settled()
        assert.equal(await first.store(counts).get('ant'), 67)
        first.addStreamThread()
        await write(Array.from({ length: 200 }, (_, index) => ['ant', 'dog'][index % 2]!))
        assert.match((await first.removeStreamThread())!, /-StreamThread-1$/)
        await settled()
        await write(Array.from({ length: 200 }, (_, index) => ['eel', 'bee'][index % 2]!))
        halt(environments[0]!)
        await second.start()
        await settled()
        const found = await committedCounts(scene, counted.name, PARTITIONS)
        for (const [word, values] of found) assert.deepEqual(values, upTo(expected.get(word)!), word)
        assert.equal(await second.close(), true)
      } finally {
        for (const environment of environments) halt(environment)
        await producer.close({ timeoutMs: 0 })
        scene.close()
      }
    })
  })
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}
