import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { timeWindows } from '../model/time-windows.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { TestCluster, type TestClusterOptions } from './test-cluster.ts'
import type { TestConfig, TestInstance } from './test-instance.ts'

const text = { key: serdes.string, value: serdes.string }
const left = topic('left', text)
const right = topic('right', text)
const output = topic('out', text)
const counts = topic('counts', { key: serdes.string, value: serdes.int64 })
const limits = { maxTimeMs: 120_000 }

type Protocol = 'classic' | 'streams'
const protocols: readonly Protocol[] = ['classic', 'streams']

function configFor(groupProtocol: Protocol, more: Partial<TestConfig> = {}): TestConfig {
  return {
    applicationId: 'app',
    groupProtocol,
    commitIntervalMs: 100,
    statestoreCacheMaxBytes: 0,
    metadataMaxAgeMs: 2_000,
    consumer: groupProtocol === 'classic' ? { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500 } : {},
    ...more,
  }
}

function newCluster(topics: Readonly<Record<string, number>>, options: TestClusterOptions = {}): TestCluster {
  const timing = { initialRebalanceDelayMs: 0, sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500, latencyMs: 1 }
  const cluster = new TestCluster({ seed: 21, nodes: 3, ...timing, ...options })
  cluster.createTopics({ out: 1, counts: 1, ...topics })
  return cluster
}

function merging(): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder.stream(left).merge(builder.stream(right)).to(output)
  return builder
}

function counting(): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder.stream(left).groupByKey().count({ store: 'counts' }).toStream().to(counts)
  return builder
}

/** One record for each partition. */
function fill(cluster: TestCluster, name: string, partitions: number, round: number): string[] {
  const values = Array.from({ length: partitions }, (_, partition) => `${name}-${partition} ${round}`)
  cluster.produce(
    topic(name, text),
    values.map((value, partition) => ({ key: 'k', value, partition })),
  )
  return values
}

const valuesOf = (cluster: TestCluster): unknown[] =>
  cluster
    .read(output)
    .map(({ value }) => value)
    .sort()

function areRunning(...instances: readonly TestInstance[]): () => boolean {
  return () => instances.every(({ state }) => state === 'RUNNING')
}

async function endOf(cluster: TestCluster, instances: readonly TestInstance[]): Promise<{ code: string; message: string }[]> {
  await cluster.run(() => instances.every(({ state }) => state === 'ERROR'), limits)
  return instances.map(({ failure }) => {
    assert.ok(isMillraceError(failure), String(failure))
    return { code: failure.code, message: failure.message }
  })
}

for (const protocol of protocols) {
  for (const processingGuarantee of ['exactly_once_v2', 'at_least_once'] as const) {
    test(`source topics of an application without state grow: new tasks, and new inputs of tasks (${protocol}, ${processingGuarantee})`, async () => {
      await using cluster = newCluster({ left: 1, right: 3 })
      const instances = ['a', 'b'].map((name) => cluster.start(name, merging(), configFor(protocol, { processingGuarantee })))
      const expected = [...fill(cluster, 'left', 1, 1), ...fill(cluster, 'right', 3, 1)]
      await cluster.run(areRunning(...instances), limits)
      await cluster.run(() => valuesOf(cluster).length === expected.length, limits)
      // Partitions 1 and 2 go to tasks that are there, 3 and 4 to new ones.
      cluster.cluster.growTopic('left', 5)
      expected.push(...fill(cluster, 'left', 5, 2), ...fill(cluster, 'right', 3, 2))
      await cluster.run(() => valuesOf(cluster).length === expected.length, limits)
      await cluster.advance(5_000)
      assert.deepEqual(valuesOf(cluster), expected.sort())
      assert.deepEqual(
        instances.map(({ failure }) => failure),
        [null, null],
      )
    })
  }

  test(`the source topic of a store grows: the application ends and says what to do (${protocol})`, async () => {
    await using cluster = newCluster({ left: 2 })
    const instances = ['a', 'b'].map((name) => cluster.start(name, counting(), configFor(protocol)))
    await cluster.run(areRunning(...instances), limits)
    cluster.cluster.growTopic('left', 4)
    const failures = await endOf(cluster, instances)
    const found = failures.find(({ code }) => code === 'TOPIC_PARTITIONS')
    assert.equal(
      found?.message,
      'Cannot run group "app": Existing topic app-counts-changelog has different number of partitions: expected 4, found 2; the application ' +
        'made it for the number of partitions that its source topics had. Give these back their number, or stop all instances, reset the ' +
        'application and let it make its internal topics anew',
    )
    assert.ok(failures.every(({ code }) => code === 'TOPIC_PARTITIONS' || code === 'ASSIGNMENT_FAILED'))
  })

  test(`an internal topic of the wrong size ends the application before it runs (${protocol})`, async () => {
    await using cluster = newCluster({ left: 2, 'app-counts-changelog': 3 })
    const [failure] = await endOf(cluster, [cluster.start('a', counting(), configFor(protocol))])
    assert.equal(failure?.code, 'TOPIC_PARTITIONS')
    assert.match(failure.message, /"app": Existing topic app-counts-changelog has .*: expected 2, found 3; .*reset the application/)
  })

  test(`a repartition() with a number that does not fit ends the application (${protocol})`, async () => {
    await using cluster = newCluster({ left: 2, right: 3 })
    const builder = new StreamsBuilder()
    const table = builder.table(right)
    builder
      .stream(left)
      .repartition({ ...text, partitions: 2 })
      .join(table, (a, b) => `${a} ${b}`, { value: serdes.string })
      .to(output)
    const [failure] = await endOf(cluster, [cluster.start('a', builder, configFor(protocol))])
    assert.equal(failure?.code, 'TOPIC_PARTITIONS')
    assert.match(
      failure.message,
      /Number of partitions \[2\] of repartition topic .* \[3\] of the source topic; give repartition\(\) the number/,
    )
  })

  test(`joined topics with different numbers of partitions end the application (${protocol})`, async () => {
    await using cluster = newCluster({ left: 2, right: 3 })
    const builder = new StreamsBuilder()
    builder
      .stream(left)
      .join(builder.table(right), (a, b) => `${a} ${b}`, { value: serdes.string })
      .to(output)
    const [failure] = await endOf(cluster, [cluster.start('a', builder, configFor(protocol))])
    assert.deepEqual(failure, {
      code: 'TOPIC_PARTITIONS',
      message:
        'Cannot run group "app": Following topics do not have the same number of partitions: [left=2, right=3]; joined topics need equal ' +
        'numbers, create them so or repartition() one side',
    })
  })

  test(`a source topic that is missing ends the application with its name (${protocol})`, async () => {
    await using cluster = newCluster({ left: 2 })
    const [failure] = await endOf(cluster, [cluster.start('a', merging(), configFor(protocol))])
    assert.deepEqual(failure, {
      code: 'SOURCE_TOPICS_MISSING',
      message:
        'Cannot run group "app": Source topics right are missing; they must exist before the application starts, and as long as it runs',
    })
  })

  test(`a source topic that is deleted ends the application with its name (${protocol})`, async () => {
    await using cluster = newCluster({ left: 1, right: 1 })
    const instance = cluster.start('a', merging(), configFor(protocol))
    fill(cluster, 'right', 1, 1)
    await cluster.run(() => valuesOf(cluster).length === 1, limits)
    cluster.cluster.deleteTopic('right')
    const [failure] = await endOf(cluster, [instance])
    assert.equal(failure?.code, 'SOURCE_TOPICS_MISSING')
    assert.match(failure.message, /Source topics right are missing/)
  })

  for (const offsetReset of ['earliest', 'latest', 'none'] as const) {
    test(`a source topic that is made anew is read as its offset reset says: ${offsetReset} (${protocol})`, async () => {
      await using cluster = newCluster({ left: 2 })
      const builder = new StreamsBuilder()
      builder.stream(left, { offsetReset }).to(output)
      const config = configFor(protocol, { processingGuarantee: 'exactly_once_v2' })
      if (offsetReset === 'none') {
        const first = new StreamsBuilder()
        first.stream(left).to(output)
        const starter = cluster.start('starter', first, config)
        fill(cluster, 'left', 2, 0)
        await cluster.run(() => valuesOf(cluster).length === 2 && cluster.cluster.lag('app') === 0, limits)
        void starter.close({ leaveGroup: true })
        await cluster.run(() => starter.state === 'NOT_RUNNING', limits)
      }
      const before = valuesOf(cluster).length
      const instance = cluster.start('a', builder, config)
      await cluster.run(areRunning(instance), limits)
      const expected = [...fill(cluster, 'left', 2, 1), ...fill(cluster, 'left', 2, 2)]
      await cluster.run(() => valuesOf(cluster).length === before + 4 && cluster.cluster.lag('app') === 0, limits)
      cluster.cluster.deleteTopic('left')
      cluster.createTopics({ left: 2 })
      // As many as were read of the old topic, so that the old position would be the end of the new one.
      const early = [...fill(cluster, 'left', 2, 3), ...fill(cluster, 'left', 2, 4)]
      if (offsetReset === 'none') {
        const [failure] = await endOf(cluster, [instance])
        assert.equal(failure?.code, 'OFFSET_RESET_NONE')
        return
      }
      await cluster.advance(10_000)
      if (offsetReset === 'earliest') expected.push(...early)
      expected.push(...fill(cluster, 'left', 2, 5))
      await cluster.run(() => valuesOf(cluster).length === expected.length, limits)
      assert.deepEqual(valuesOf(cluster), expected.sort())
      await cluster.run(() => cluster.cluster.committedOffset('app', 'left', 0) === 3, limits)
      assert.equal(instance.failure, null)
    })
  }

  test(`a position of a topic that was made anew is not committed to the new one (${protocol})`, async () => {
    await using cluster = newCluster({ left: 1 })
    const copying = (): StreamsBuilder => {
      const builder = new StreamsBuilder()
      builder.stream(left).to(output)
      return builder
    }
    const config = configFor(protocol, { processingGuarantee: 'exactly_once_v2', commitIntervalMs: 5_000 })
    const first = cluster.start('a', copying(), config)
    await cluster.run(areRunning(first), limits)
    fill(cluster, 'left', 1, 1)
    await cluster.run(() => cluster.read(output, 'read_uncommitted').length === 1, limits)
    cluster.cluster.deleteTopic('left')
    cluster.createTopics({ left: 1 })
    await cluster.run(() => valuesOf(cluster).length === 1, limits)
    void first.close({ leaveGroup: true })
    await cluster.run(() => first.state === 'NOT_RUNNING', limits)
    fill(cluster, 'left', 1, 2)
    const second = cluster.start('b', copying(), config)
    await cluster.run(() => valuesOf(cluster).length === 2, limits)
    assert.deepEqual([first.failure, second.failure], [null, null])
  })

  for (const processingGuarantee of ['exactly_once_v2', 'at_least_once'] as const) {
    test(`partition time goes with the committed offsets, and decides after a restart (${protocol}, ${processingGuarantee})`, async () => {
      await using cluster = newCluster({ left: 1 })
      const builder = new StreamsBuilder()
      const seen: string[] = []
      const timestampExtractor = ({ timestamp, value }: { timestamp: number; value: unknown }, partitionTime: number): number => {
        seen.push(`${String(value)}: ${partitionTime}`)
        return timestamp
      }
      builder
        .stream(left, { timestampExtractor })
        .groupByKey()
        .windowedBy(timeWindows({ size: '10s', grace: 0 }))
        .count({ store: 'counts' })
        .toStream()
        .map((key, count) => [key.key, `${key.window.start}: ${count}`], text)
        .to(output)
      const config = configFor(protocol, { processingGuarantee })
      const start = 1_700_000_000_000
      const first = cluster.start('a', builder, config)
      cluster.produce(left, [{ key: 'k', value: 'first', timestamp: start }])
      cluster.produce(left, [{ key: 'k', value: 'second', timestamp: start + 60_000 }])
      await cluster.run(() => valuesOf(cluster).length === 2 && cluster.cluster.lag('app') === 0, limits)
      void first.close({ leaveGroup: true })
      await cluster.run(() => first.state === 'NOT_RUNNING', limits)
      cluster.produce(left, [{ key: 'k', value: 'late', timestamp: start + 5_000 }])
      cluster.produce(left, [{ key: 'k', value: 'third', timestamp: start + 61_000 }])
      const second = cluster.start('b', builder, config)
      await cluster.run(() => valuesOf(cluster).length >= 3 && cluster.cluster.lag('app') === 0, limits)
      // Under at-least-once the time of a window is not restored, so that what is read again is not dropped.
      if (processingGuarantee === 'exactly_once_v2') {
        assert.deepEqual(valuesOf(cluster), [`${start}: 1`, `${start + 60_000}: 1`, `${start + 60_000}: 2`], 'the late one is dropped')
      }
      assert.deepEqual([...new Set(seen)], ['first: -1', `second: ${start}`, `late: ${start + 60_000}`, `third: ${start + 60_000}`])
      assert.equal(second.failure, null)
    })
  }
}

test('groupProtocol "streams" on brokers that have not finalized it: the message says what to do', async () => {
  await using cluster = newCluster({ left: 1 }, { streamsGroups: false })
  const [failure] = await endOf(cluster, [cluster.start('a', counting(), configFor('streams'))])
  assert.deepEqual(failure, {
    code: 'UNSUPPORTED_VERSION',
    message:
      'Cannot join group "app" with groupProtocol "streams": the brokers have not finalized streams.version 1, which Kafka has from 4.2 on; ' +
      'use groupProtocol "classic" or "auto", or upgrade the brokers and run kafka-features.sh upgrade --feature streams.version=1',
  })
})
