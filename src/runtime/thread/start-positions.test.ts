import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../../base/errors.ts'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { serdes } from '../../serdes/serdes.ts'
import { topic } from '../../serdes/topic.ts'
import { TestCluster } from '../../testing/test-cluster.ts'
import type { TestConfig } from '../../testing/test-instance.ts'
import type { Consumed } from '../../topology/options/consumed.ts'
import { positionAfterCut } from './start-positions.ts'

const text = { key: serdes.string, value: serdes.string }
const input = topic('in', text)
const output = topic('out', text)
const config: TestConfig = { applicationId: 'app', commitIntervalMs: 50 }
const limits = { maxTimeMs: 120_000 }
const MINUTE = 60_000

function newCluster(): TestCluster {
  const cluster = new TestCluster({ seed: 3, initialRebalanceDelayMs: 0, sessionTimeoutMs: 2_000, heartbeatIntervalMs: 300 })
  cluster.createTopics({ out: 1, in: { partitions: 1, configs: { 'retention.ms': '600000', 'segment.bytes': '100' } } })
  return cluster
}

function copying(offsetReset: Consumed<string, string>['offsetReset']): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder.stream(input, { offsetReset }).to(output)
  return builder
}

/** Values of records of one, two, ... minutes ago, the newest last. */
function produceOld(cluster: TestCluster, minutes: number): void {
  const now = cluster.environment.clock.now()
  for (let ago = minutes; ago >= 1; ago--) cluster.produce(input, [{ key: 'k', value: `${ago}`, timestamp: now - ago * MINUTE }])
}

const copied = (cluster: TestCluster): unknown[] => cluster.read(output).map(({ value }) => value)

for (const [offsetReset, expected] of [
  ['earliest', ['3', '2', '1', 'new']],
  ['latest', ['new']],
  [{ byDuration: '150s' }, ['2', '1', 'new']],
  [{ byDuration: '30s' }, ['new']],
  [{ byDuration: 0 }, ['new']],
  [{ byDuration: '1d' }, ['3', '2', '1', 'new']],
] as const) {
  test(`startPositions() begins without a committed offset as its topic says: ${JSON.stringify(offsetReset)}`, async () => {
    await using cluster = newCluster()
    produceOld(cluster, 3)
    const other = typeof offsetReset === 'string' && offsetReset === 'latest' ? 'earliest' : 'latest'
    const instance = cluster.start('a', copying(offsetReset), { ...config, consumer: { autoOffsetReset: other } })
    await cluster.run(() => instance.state === 'RUNNING', limits)
    cluster.produce(input, [{ key: 'k', value: 'new', timestamp: cluster.environment.clock.now() }])
    await cluster.run(() => copied(cluster).at(-1) === 'new', limits)
    assert.deepEqual(copied(cluster), expected)
    assert.equal(instance.failure, null)
  })
}

test('startPositions() begins as autoOffsetReset says where the source says nothing, by duration too', async () => {
  await using cluster = newCluster()
  produceOld(cluster, 3)
  const instance = cluster.start('a', copying(undefined), { ...config, consumer: { autoOffsetReset: 'by_duration:PT2M30S' } })
  await cluster.run(() => copied(cluster).length === 2, limits)
  assert.deepEqual(copied(cluster), ['2', '1'])
  assert.equal(instance.failure, null)
})

test('startPositions() fails without a committed offset where the reset is none, and goes on from one', async () => {
  await using cluster = newCluster()
  produceOld(cluster, 2)
  const failing = cluster.start('a', copying('none'), config)
  await cluster.run(() => failing.state === 'ERROR', limits)
  assert.ok(isMillraceError(failing.failure) && failing.failure.code === 'OFFSET_RESET_NONE')
  const first = cluster.start('b', copying('earliest'), config)
  await cluster.run(() => copied(cluster).length === 2 && cluster.cluster.lag('app') === 0, limits)
  void first.close()
  await cluster.run(() => first.state === 'NOT_RUNNING', limits)
  cluster.produce(input, [{ key: 'k', value: 'new' }])
  const second = cluster.start('c', copying('none'), config)
  await cluster.run(() => copied(cluster).length === 3, limits)
  assert.deepEqual(copied(cluster), ['2', '1', 'new'])
  assert.equal(second.failure, null)
})

for (const [offsetReset, expected] of [
  ['earliest', 'goes on at the beginning'],
  ['latest', 'goes on at the end'],
  [{ byDuration: '1d' }, 'goes on at the beginning'],
  ['none', 'fails'],
] as const) {
  test(`startPositions(): a position that is deleted is reset as the topic says: ${JSON.stringify(offsetReset)} ${expected}`, async () => {
    await using cluster = newCluster()
    cluster.produce(input, [{ key: 'k', value: 'first' }])
    const first = cluster.start('a', copying('earliest'), config)
    await cluster.run(() => copied(cluster).length === 1 && cluster.cluster.lag('app') === 0, limits)
    void first.close()
    await cluster.run(() => first.state === 'NOT_RUNNING', limits)
    for (const value of ['lost', 'lost too']) cluster.produce(input, [{ key: 'k', value }])
    await cluster.advance(700_000)
    cluster.produce(input, [{ key: 'k', value: 'kept' }])
    cluster.cluster.enforceRetention('in')
    assert.ok(cluster.cluster.offsets('in', 0).logStart > 1)
    const second = cluster.start('b', copying(offsetReset), config)
    if (expected === 'fails') {
      await cluster.run(() => second.state === 'ERROR', limits)
      assert.ok(isMillraceError(second.failure) && second.failure.code === 'OFFSET_RESET_NONE')
      return
    }
    await cluster.run(() => second.state === 'RUNNING', limits)
    await cluster.advance(5_000)
    cluster.produce(input, [{ key: 'k', value: 'new' }])
    await cluster.run(() => copied(cluster).at(-1) === 'new', limits)
    assert.deepEqual(copied(cluster), expected === 'goes on at the end' ? ['first', 'new'] : ['first', 'kept', 'new'])
  })
}

test('positionAfterCut() goes on at the cut, and stays where it is where the cut is not known', () => {
  assert.equal(positionAfterCut({ offset: 9, endOffset: 4 }), 4)
  assert.equal(positionAfterCut({ offset: 9, endOffset: 0 }), 0)
  assert.equal(positionAfterCut({ offset: 9, endOffset: -1 }), 9)
})

for (const [guarantee, isolationLevel, expected] of [
  ['at_least_once', undefined, ['after']],
  ['at_least_once', 'read_committed', ['open', 'after']],
  ['exactly_once_v2', undefined, ['open', 'after']],
] as const) {
  test(`startPositions() begins at "latest" where the consumer of Java does: ${guarantee}, ${isolationLevel}`, async () => {
    await using cluster = newCluster()
    const raw = topic('raw', text)
    cluster.createTopics({ raw: 1 })
    const feeding = new StreamsBuilder()
    feeding.stream(raw).to(input)
    const feeder = cluster.start('feeder', feeding, {
      applicationId: 'feeder',
      commitIntervalMs: 8_000,
      processingGuarantee: 'exactly_once_v2',
    })
    await cluster.run(() => feeder.state === 'RUNNING', limits)
    cluster.produce(raw, [{ key: 'k', value: 'open' }])
    await cluster.run(() => cluster.read(input, 'read_uncommitted').length === 1, limits)
    const consumer = { autoOffsetReset: 'latest', isolationLevel } as const
    const instance = cluster.start('a', copying(undefined), { ...config, processingGuarantee: guarantee, consumer })
    await cluster.run(() => instance.state === 'RUNNING', limits)
    assert.equal(cluster.read(input).length, 0)
    await cluster.run(() => cluster.read(input).length === 1, limits)
    cluster.produce(input, [{ key: 'k', value: 'after' }])
    await cluster.run(() => copied(cluster).at(-1) === 'after', limits)
    assert.deepEqual(copied(cluster), expected)
    assert.equal(instance.failure, null)
  })
}
