import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { createEnvironment, KafkaStreams, serdes, StreamsBuilder, topic } from 'millrace'
import { halt } from 'millrace/testing'
import { append, type Scene } from '../../src/client/contract-scene.test.ts'
import { TopicPartitionMap } from '../../src/protocol/topic-partition.ts'
import { kafkaSkipReason } from '../../tools/kafka/class-path.ts'
import { KafkaNode } from '../../tools/kafka/kafka-node.ts'
import { committedCounts } from './committed-counts.ts'
import { openWireScene } from './wire-scene.ts'

// Topics that come, grow and go on real brokers, while two instances count what is in them, each record once; and topics that do not fit.

const WAIT_MS = 60_000
const text = { key: serdes.string, value: serdes.string }
const counts = topic('counts', { key: serdes.string, value: serdes.int64 })

for (const version of ['4.3.1', '3.6.2'])
  describe(`source topics on Kafka ${version}`, { skip: kafkaSkipReason() }, () => readByPattern(version))

function readByPattern(version: string): void {
  let node: KafkaNode
  before(async () => {
    node = await KafkaNode.start({ version, shortTimeouts: true })
  })
  after(() => node.stop())

  function openScene(): Scene {
    return openWireScene([node.port], { transactionVersion: version.startsWith('3.') ? 1 : 2 })
  }

  function counting(): StreamsBuilder {
    const builder = new StreamsBuilder()
    builder
      .stream(/in-.*/, text)
      .selectKey((_key, value) => value, { key: serdes.string })
      .repartition({ ...text, partitions: 2 })
      .groupByKey()
      .count({ store: 'counts' })
      .toStream()
      .to(counts)
    return builder
  }

  async function create(scene: Scene, name: string, partitions: number): Promise<void> {
    await scene.admin.createTopics([{ name, partitions, replicationFactor: -1 }])
    await scene.until(async () => (await scene.admin.describeTopics([name])).get(name)?.partitions.length === partitions)
  }

  test('reads topics as they come, grow and go', async () => {
    const scene = openScene()
    const environments = [createEnvironment(), createEnvironment()]
    try {
      for (const name of ['in-a', 'in-b']) await create(scene, name, 2)
      await create(scene, counts.name, 1)
      const instances = environments.map(
        (environment) =>
          new KafkaStreams(counting(), {
            applicationId: 'patterns',
            bootstrapServers: node.bootstrapServers,
            environment,
            processingGuarantee: 'exactly_once_v2',
            statestoreCacheMaxBytes: 0,
            commitIntervalMs: 100,
            metadataMaxAgeMs: 1_000,
            consumer: { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500 },
            logger: false,
          }),
      )
      await Promise.all(instances.map((streams) => streams.start()))
      const producer = scene.producer()
      const expected = new Map<string, number[]>()
      const write = async (name: string, partitions: number): Promise<void> => {
        for (let partition = 0; partition < partitions; partition++) append(producer, name, ['word', `${name}-${partition}`], partition)
        for (let partition = 0; partition < partitions; partition++) {
          for (const word of ['word', `${name}-${partition}`]) {
            const list = expected.get(word) ?? []
            expected.set(word, [...list, list.length + 1])
          }
        }
        await producer.flush()
      }
      const settle = async (what: string): Promise<void> => {
        let found = new Map<string, number[]>()
        const total = [...expected.values()].flat().length
        await scene.until(async () => {
          found = await committedCounts(scene, counts.name, 1)
          return [...found.values()].flat().length >= total
        }, WAIT_MS)
        assert.deepEqual(found, expected, what)
      }
      await write('in-a', 2)
      await write('in-b', 2)
      await settle('what is there')
      await create(scene, 'in-c', 3)
      await write('in-c', 3)
      await settle('a new topic')
      await scene.admin.createPartitions(new Map([['in-a', 4]]))
      await scene.until(async () => (await scene.admin.describeTopics(['in-a'])).get('in-a')?.partitions.length === 4)
      await write('in-a', 4)
      await settle('a topic that has grown')
      await scene.admin.deleteTopics(['in-b'])
      await write('in-a', 4)
      await write('in-c', 3)
      await settle('a topic that is gone')
      assert.deepEqual(
        instances.map(({ state }) => state === 'RUNNING' || state === 'REBALANCING'),
        [true, true],
      )
      await Promise.all(instances.map((streams) => streams.close({ leaveGroup: true })))
    } finally {
      for (const environment of environments) halt(environment)
      scene.close()
    }
  })

  test('goes on where the position does not exist any more, and in a topic that was made anew', async () => {
    const scene = openScene()
    const source = topic('anew', text)
    const start = async (): Promise<KafkaStreams> => {
      const builder = new StreamsBuilder()
      builder
        .stream(source)
        .groupBy((_key, value) => value, { key: serdes.string })
        .count({ store: 'anew-counts' })
        .toStream()
        .to(topic('anew-counts', { key: serdes.string, value: serdes.int64 }))
      const streams = new KafkaStreams(builder, {
        applicationId: 'anew',
        bootstrapServers: node.bootstrapServers,
        groupProtocol: 'classic',
        processingGuarantee: 'exactly_once_v2',
        statestoreCacheMaxBytes: 0,
        commitIntervalMs: 100,
        metadataMaxAgeMs: 500,
        logger: false,
      })
      await streams.start()
      return streams
    }
    const write = async (...values: string[]): Promise<void> => {
      const producer = scene.producer()
      append(producer, source.name, values, 0)
      await producer.close()
    }
    const sees = (expected: Readonly<Record<string, number[]>>): Promise<void> =>
      scene.until(async () => {
        const found = Object.fromEntries((await committedCounts(scene, 'anew-counts', 1)).entries())
        return isDeepStrictEqual(found, expected)
      }, WAIT_MS)
    try {
      for (const name of [source.name, 'anew-counts']) await create(scene, name, 1)
      const first = await start()
      await write('a', 'b')
      await sees({ a: [1], b: [1] })
      await first.close({ leaveGroup: true })
      await write('lost', 'lost', 'a')
      const cut = new TopicPartitionMap<number>()
      const { client } = scene
      const end = (await scene.admin.listOffsets([{ topic: source.name, partition: 0 }], 'latest', 'read_uncommitted')).get(source.name, 0)!
      cut.set(source.name, 0, end - 1)
      await scene.admin.deleteRecords(cut)
      const second = await start()
      await sees({ a: [1, 2], b: [1] })
      await scene.admin.deleteTopics([source.name])
      await scene.until(async () => !(await client.metadata.fetchTopics([source.name])).has(source.name))
      await create(scene, source.name, 1)
      await write('b', 'c')
      await sees({ a: [1, 2], b: [1, 2], c: [1] })
      await second.close({ leaveGroup: true })
    } finally {
      scene.close()
    }
  })

  const hasStreams = version === '4.3.1'
  for (const groupProtocol of ['streams', 'classic'] as const) {
    const skip = groupProtocol === 'streams' && !hasStreams
    test(`topics that do not fit end the application, and it says what to do (${groupProtocol})`, { skip }, async () => {
      const scene = openScene()
      const name = (what: string): string => `${what}-${groupProtocol}`
      const run = (applicationId: string, builder: StreamsBuilder): KafkaStreams =>
        new KafkaStreams(builder, {
          applicationId: name(applicationId),
          bootstrapServers: node.bootstrapServers,
          groupProtocol,
          metadataMaxAgeMs: 500,
          ...(groupProtocol === 'classic' ? { consumer: { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500 } } : {}),
          logger: false,
        })
      try {
        for (const [what, partitions] of [
          ['two', 2],
          ['three', 3],
        ] as const)
          await create(scene, name(what), partitions)
        const two = topic(name('two'), text)
        const three = topic(name('three'), text)

        const joining = new StreamsBuilder()
        joining.stream(two).join(joining.table(three), (a, b) => `${a} ${b}`, { value: serdes.string })
        await assert.rejects(run('joining', joining).start(), { code: 'TOPIC_PARTITIONS', message: /joined topics need equal numbers/ })

        const fixed = new StreamsBuilder()
        const again = fixed.stream(two).repartition({ ...text, name: 'again', partitions: 2 })
        again.join(fixed.table(three), (a, b) => `${a} ${b}`, { value: serdes.string })
        await assert.rejects(run('fixed', fixed).start(), { code: 'TOPIC_PARTITIONS', message: /give repartition\(\) the number/ })

        const missing = new StreamsBuilder()
        missing.stream(topic(name('missing'), text)).to(counts.name, text)
        const message = new RegExp(`Source topics .*${name('missing')}.* are missing; they must exist`)
        await assert.rejects(run('missing', missing).start(), { code: 'SOURCE_TOPICS_MISSING', message })

        const counted = new StreamsBuilder()
        counted.stream(two).groupByKey().count({ store: 'counted' })
        const growing = run('growing', counted)
        const ended = new Promise<Error>((resolve) => growing.on('error', resolve))
        await growing.start()
        await scene.admin.createPartitions(new Map([[two.name, 4]]))
        const { message: said } = await ended
        assert.match(said, /Existing topic growing-.*-counted-changelog has .*expected 4, found 2; .*reset the application/)
      } finally {
        scene.close()
      }
    })
  }

  test('groupProtocol "streams" says what to do where the brokers do not have it', { skip: version !== '3.6.2' }, async () => {
    const builder = new StreamsBuilder()
    builder.stream(topic('in-a', text)).to(topic('out', text))
    const streams = new KafkaStreams(builder, {
      applicationId: 'too-new',
      bootstrapServers: node.bootstrapServers,
      groupProtocol: 'streams',
      logger: false,
    })
    await assert.rejects(streams.start(), {
      code: 'UNSUPPORTED_VERSION',
      message:
        /groupProtocol "streams": the brokers have not finalized streams\.version 1.*use groupProtocol "classic" or "auto", or upgrade/,
    })
  })
}
