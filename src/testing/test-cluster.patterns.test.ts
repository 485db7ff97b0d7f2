import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { TestCluster } from './test-cluster.ts'
import type { TestConfig, TestInstance } from './test-instance.ts'

const text = { key: serdes.string, value: serdes.string }
const output = topic('out', text)
const counts = topic('counts', { key: serdes.string, value: serdes.int64 })
const limits = { maxTimeMs: 120_000 }
const config: TestConfig = {
  applicationId: 'app',
  groupProtocol: 'classic',
  commitIntervalMs: 100,
  statestoreCacheMaxBytes: 0,
  metadataMaxAgeMs: 2_000,
  consumer: { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500 },
}

function newCluster(seed: number, topics: Readonly<Record<string, number>>): TestCluster {
  const cluster = new TestCluster({ seed, nodes: 3, initialRebalanceDelayMs: 0, latencyMs: 1 })
  cluster.createTopics({ out: 1, counts: 1, ...topics })
  return cluster
}

function copying(pattern: RegExp = /in-.*/): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder.stream(pattern, text).to(output)
  return builder
}

function counting(): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder.stream(/in-.*/, text).groupByKey().count({ store: 'counts' }).toStream().to(counts)
  return builder
}

/** One record for each partition, its value said in full. */
function fill(cluster: TestCluster, name: string, partitions: number, round = 1): string[] {
  const values = Array.from({ length: partitions }, (_, partition) => `${name}-${partition} ${round}`)
  cluster.produce(
    topic(name, text),
    values.map((value, partition) => ({ key: 'k', value, partition })),
  )
  return values
}

const copied = (cluster: TestCluster): unknown[] =>
  cluster
    .read(output)
    .map(({ value }) => value)
    .sort()

function areRunning(...instances: TestInstance[]): () => boolean {
  return () => instances.every(({ state }) => state === 'RUNNING')
}

for (const processingGuarantee of ['exactly_once_v2', 'at_least_once'] as const) {
  test(`a pattern reads the topics that match, as they come, grow and go: ${processingGuarantee}`, async () => {
    await using cluster = newCluster(5, { 'in-a': 2, 'in-b': 1, other: 1, 'not-in-a': 1 })
    const expected = [...fill(cluster, 'in-a', 2), ...fill(cluster, 'in-b', 1)]
    fill(cluster, 'other', 1)
    fill(cluster, 'not-in-a', 1)
    const instances = ['a', 'b'].map((name) => cluster.start(name, copying(), { ...config, processingGuarantee }))
    await cluster.run(areRunning(...instances), limits)
    await cluster.run(() => copied(cluster).length === expected.length, limits)
    assert.deepEqual(copied(cluster), expected.sort())

    cluster.createTopics({ 'in-c': 3 })
    expected.push(...fill(cluster, 'in-c', 3), ...fill(cluster, 'in-a', 2, 2))
    await cluster.run(() => copied(cluster).length === expected.length, limits)
    assert.deepEqual(copied(cluster), expected.sort(), 'a new topic')

    cluster.cluster.growTopic('in-b', 4)
    expected.push(...fill(cluster, 'in-b', 4, 2), ...fill(cluster, 'in-c', 3, 2))
    await cluster.run(() => copied(cluster).length === expected.length, limits)
    assert.deepEqual(copied(cluster), expected.sort(), 'a topic that has grown')

    expected.push(...fill(cluster, 'in-a', 2, 3))
    await cluster.run(() => copied(cluster).length === expected.length && cluster.cluster.lag('app') === 0, limits)
    cluster.cluster.deleteTopic('in-b')
    expected.push(...fill(cluster, 'in-a', 2, 4), ...fill(cluster, 'in-c', 3, 4))
    await cluster.run(() => copied(cluster).length === expected.length, limits)
    await cluster.advance(10_000)
    expected.push(...fill(cluster, 'in-a', 2, 5), ...fill(cluster, 'in-c', 3, 5))
    await cluster.run(() => copied(cluster).length === expected.length && areRunning(...instances)(), limits)
    assert.deepEqual(copied(cluster), expected.sort(), 'a topic that is gone')
    assert.deepEqual(
      instances.map(({ failure }) => failure),
      [null, null],
    )
  })
}

test('a pattern that nothing matches yet gives no tasks; the state of its operators comes with the first topic', async () => {
  await using cluster = newCluster(6, {})
  const instance = cluster.start('a', counting(), { ...config, processingGuarantee: 'exactly_once_v2' })
  await cluster.run(areRunning(instance), limits)
  cluster.createTopics({ 'in-a': 2 })
  fill(cluster, 'in-a', 2)
  await cluster.run(() => cluster.read(counts).length === 2, limits)
  assert.equal(cluster.cluster.topics.partitions('app-counts-changelog'), 2)
  cluster.createTopics({ 'in-b': 1 })
  fill(cluster, 'in-b', 1)
  await cluster.run(() => cluster.read(counts).length === 3, limits)
  assert.deepEqual(
    cluster
      .read(counts)
      .map(({ value }) => value)
      .sort((a, b) => Number(a) - Number(b)),
    [1, 1, 2],
    'the task that reads another topic now has kept its state',
  )
  assert.equal(instance.failure, null)
})

test('a standby that takes over reads the topics that have come since it was made', async () => {
  await using cluster = newCluster(12, { 'in-a': 2 })
  const standing: TestConfig = { ...config, processingGuarantee: 'exactly_once_v2', numStandbyReplicas: 1 }
  const [a, b] = ['a', 'b'].map((name) => cluster.start(name, counting(), standing)) as [TestInstance, TestInstance]
  await cluster.run(areRunning(a, b), limits)
  fill(cluster, 'in-a', 2)
  await cluster.run(() => cluster.read(counts).length === 2, limits)
  cluster.createTopics({ 'in-b': 2 })
  fill(cluster, 'in-b', 2)
  await cluster.run(() => cluster.read(counts).length === 4, limits)
  await cluster.advance(5_000)
  a.kill()
  fill(cluster, 'in-b', 2, 2)
  fill(cluster, 'in-a', 2, 2)
  await cluster.run(() => cluster.read(counts).length === 8, limits)
  const values = cluster.read(counts).map(({ value }) => Number(value))
  assert.deepEqual(
    values.sort((x, y) => x - y),
    [1, 1, 2, 2, 3, 3, 4, 4],
  )
  assert.equal(b.failure, null)
})

test('a pattern without a match that a repartition topic is made from ends the application', async () => {
  const builder = new StreamsBuilder()
  builder
    .stream(/in-.*/, text)
    .repartition({ ...text, name: 'again' })
    .to(output)
  await using cluster = newCluster(13, {})
  const instance = cluster.start('a', builder, config)
  await cluster.run(() => instance.state === 'ERROR', limits)
  assert.equal(
    instance.failure?.message,
    'Cannot run group "app": Failed to compute number of partitions for all repartition topics: app-again-repartition; the topics that ' +
      'feed them must exist, and each pattern must match one',
  )
})

test('a pattern that matches everything reads neither the topics of Kafka nor those that the application makes', async () => {
  await using cluster = new TestCluster({ seed: 7, initialRebalanceDelayMs: 0 })
  cluster.createTopics({ in: 1 })
  const builder = new StreamsBuilder()
  const seen: string[] = []
  builder.stream(/.*/, text).process((context) => () => void seen.push(context.recordMetadata?.topic ?? ''))
  builder.stream(/.*/, text).groupByKey().count({ store: 'counts' })
  const instance = cluster.start('a', builder, config)
  await cluster.run(areRunning(instance), limits)
  fill(cluster, 'in', 1)
  await cluster.advance(20_000)
  fill(cluster, 'in', 1, 2)
  await cluster.advance(5_000)
  assert.deepEqual(seen, ['in', 'in'])
  assert.equal(cluster.cluster.topics.partitions('app-counts-changelog'), 1, 'there is a topic that it must not read')
  assert.equal(instance.failure, null)
})

test('a topic that matches two patterns ends the application, also when it comes later', async () => {
  const builder = (): StreamsBuilder => {
    const made = new StreamsBuilder()
    made.stream(/in-.*/, text).to(output)
    made.stream(/.*-b/, text).to(output)
    return made
  }
  const message =
    'Cannot run the topology: topic "in-b" matches the patterns of two sources, /in-.*/ of "KSTREAM-SOURCE-0000000000" and /.*-b/ of ' +
    '"KSTREAM-SOURCE-0000000002"; a topic is read by one source, make the patterns exclude each other'
  for (const isThereBefore of [true, false]) {
    await using cluster = newCluster(8, { 'in-a': 1, ...(isThereBefore ? { 'in-b': 1 } : {}) })
    const instances = ['a', 'b'].map((name) => cluster.start(name, builder(), config))
    if (!isThereBefore) {
      await cluster.run(areRunning(...instances), limits)
      cluster.createTopics({ 'in-b': 1 })
    }
    await cluster.run(() => instances.every(({ state }) => state === 'ERROR'), limits)
    const failures = instances.map(({ failure }) => failure)
    assert.ok(failures.some((failure) => isMillraceError(failure) && failure.code === 'TOPIC_TAKEN' && failure.message === message))
  }
})

test('joined streams of patterns need equally many partitions', async () => {
  const builder = new StreamsBuilder()
  const left = builder.stream(/left-.*/, text)
  const table = builder.table(topic('right', text))
  left.join(table, (a, b) => `${a} ${b}`, { value: serdes.string }).to(output)
  await using cluster = newCluster(9, { 'left-a': 2, right: 2 })
  const instance = cluster.start('a', builder, config)
  await cluster.run(areRunning(instance), limits)
  cluster.createTopics({ 'left-b': 3 })
  await cluster.run(() => instance.state === 'ERROR', limits)
  assert.equal(
    instance.failure?.message,
    'Cannot run group "app": Following topics do not have the same number of partitions: [left-a=2, left-b=3, right=2]; joined topics ' +
      'need equal numbers, create them so or repartition() one side',
  )
})

test('a pattern: groupProtocol "auto" takes the classic protocol, "streams" is refused with what to do', async () => {
  await using cluster = newCluster(10, { 'in-a': 1 })
  assert.throws(() => cluster.start('a', copying(), { ...config, groupProtocol: 'streams', consumer: {} }), {
    code: 'CONFIG_UNSUPPORTED',
    message:
      'Cannot run the topology with groupProtocol "streams": source "KSTREAM-SOURCE-0000000000" reads topics by the pattern /in-.*/, which ' +
      'only the classic protocol has; use groupProtocol "classic" or "auto", or name the topics',
  })
  const auto: TestConfig = { ...config, groupProtocol: 'auto' }
  const instance = cluster.start('b', copying(), auto)
  const expected = fill(cluster, 'in-a', 1)
  await cluster.run(() => copied(cluster).length === 1, limits)
  assert.deepEqual(copied(cluster), expected)
  assert.equal(instance.failure, null)

  const named = new StreamsBuilder()
  named.stream(topic('in-a', text)).to(output)
  const member = cluster.start('c', named, { applicationId: 'other', groupProtocol: 'streams' })
  await cluster.run(areRunning(member), limits)
  const late = cluster.start('d', copying(), { ...auto, applicationId: 'other' })
  await cluster.run(() => late.state === 'ERROR', limits)
  assert.equal(
    late.failure?.message,
    'Cannot join group "other": its members use the streams protocol, and a source of this topology reads topics by a pattern, which only ' +
      'the classic protocol has; stop all members, then start them with groupProtocol "classic", or name the topics',
  )
})
