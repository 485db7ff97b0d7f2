import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../../base/errors.ts'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { serdes } from '../../serdes/serdes.ts'
import { topic } from '../../serdes/topic.ts'
import { TestCluster } from '../../testing/test-cluster.ts'
import type { TestConfig, TestInstance } from '../../testing/test-instance.ts'

const lines = topic('lines', { key: serdes.string, value: serdes.string })

function counting(): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder.stream(lines).groupByKey().count({ store: 'counts' })
  return builder
}

function clusterWithLines(): TestCluster {
  const cluster = new TestCluster({ seed: 1, initialRebalanceDelayMs: 0, assignmentIntervalMs: 0, latencyMs: 1 })
  cluster.createTopics({ lines: 1 })
  return cluster
}

const config: TestConfig = { applicationId: 'app', commitIntervalMs: 100, requestTimeoutMs: 500, retryBackoffMs: 20 }

/** The code of what ends the instance, or of its last cause. */
async function codeOfEnd(cluster: TestCluster, instance: TestInstance): Promise<string> {
  await cluster.run(() => instance.state === 'ERROR', { maxTimeMs: 60_000 })
  const { failure } = instance
  return isMillraceError(failure) ? failure.code : String(failure)
}

test('StreamsApp.start() refuses to start twice', async () => {
  await using cluster = clusterWithLines()
  const instance = cluster.start('a', counting(), config)
  await assert.rejects(instance.app.start(), { code: 'ALREADY_STARTED' })
})

test('StreamsApp.start() rejects when the instance is closed before it was RUNNING', async () => {
  await using cluster = clusterWithLines()
  const instance = cluster.start('a', counting(), config)
  void instance.close()
  const rejected = assert.rejects(instance.started, { code: 'CLOSED_BEFORE_RUNNING' })
  await cluster.run(() => instance.state === 'NOT_RUNNING', { maxTimeMs: 60_000 })
  await rejected
})

test('StreamsApp refuses a topology that reads nothing', async () => {
  await using cluster = clusterWithLines()
  assert.throws(() => cluster.start('a', new StreamsBuilder(), config), { code: 'TOPOLOGY_EMPTY' })
})

test('StreamsApp refuses a source that reads topics by a pattern with groupProtocol "streams"', async () => {
  await using cluster = clusterWithLines()
  const builder = new StreamsBuilder()
  builder.stream(/li.*/, { key: serdes.string, value: serdes.string })
  assert.throws(() => cluster.start('a', builder, { ...config, groupProtocol: 'streams' }), {
    code: 'CONFIG_UNSUPPORTED',
    message: /"KSTREAM-SOURCE-0000000000".*\/li\.\*\//,
  })
})

test('StreamsApp ends when there is no position and the offset reset is "none"', async () => {
  await using cluster = clusterWithLines()
  const instance = cluster.start('a', counting(), { ...config, consumer: { autoOffsetReset: 'none' } })
  assert.equal(await codeOfEnd(cluster, instance), 'OFFSET_RESET_NONE')
})

test('StreamsApp ends when a task cannot be opened for taskTimeoutMs, and says why', async () => {
  await using cluster = clusterWithLines()
  cluster.cluster.faults.add({ api: 'ListOffsets', when: 'before', action: 'cut', times: Infinity })
  const instance = cluster.start('a', counting(), { ...config, taskTimeoutMs: 2_000 })
  cluster.produce(lines, [{ key: 'k', value: 'v' }])
  assert.equal(await codeOfEnd(cluster, instance), 'TASK_TIMED_OUT')
  assert.match(instance.failure!.message, /task 0_0.*2000 ms/)
})

for (const handler of ['fail', 'dead-letter'] as const) {
  test(`StreamsApp delivers the dead letter of a record that is met with "${handler}" (at_least_once)`, async () => {
    await using cluster = clusterWithLines()
    cluster.createTopics({ dead: 1, copies: 1 })
    const builder = new StreamsBuilder()
    const dead = topic('dead', { key: serdes.string, value: serdes.string })
    const copies = topic('copies', { key: serdes.string, value: serdes.string })
    builder
      .stream(lines)
      .mapValues(
        (line) => {
          if (line === 'bad') throw new Error('no such line')
          return line
        },
        { value: serdes.string },
      )
      .to(copies)
    const instance = cluster.start('a', builder, {
      ...config,
      commitIntervalMs: 30_000,
      errorsDeadLetterQueueTopicName: 'dead',
      processingExceptionHandler: handler,
    })
    await cluster.run(() => instance.state === 'RUNNING')
    cluster.produce(lines, [
      { key: 'k', value: 'good' },
      { key: 'k', value: 'bad' },
    ])
    if (handler === 'fail') assert.equal(await codeOfEnd(cluster, instance), 'PROCESSING_FAILED')
    await cluster.run(() => cluster.read(dead).length === 1, { maxTimeMs: 5_000 })
    assert.equal(cluster.read(dead)[0]?.value, 'bad')
    assert.deepEqual(
      cluster.read(copies).map(({ value }) => value),
      ['good'],
    )
  })
}

test('StreamsApp aborts its transaction when it dies of an error: nobody waits until that times out', async () => {
  await using cluster = clusterWithLines()
  cluster.createTopics({ copies: 1 })
  const builder = new StreamsBuilder()
  const copies = topic('copies', { key: serdes.string, value: serdes.string })
  const copied = builder.stream(lines)
  copied.to(copies)
  copied.foreach((_key, line) => {
    if (line === 'bad') throw new Error('no such line')
  })
  const instance = cluster.start('a', builder, {
    ...config,
    processingGuarantee: 'exactly_once_v2',
    commitIntervalMs: 9_000,
    producer: { lingerMs: 0 },
  })
  await cluster.run(() => instance.state === 'RUNNING')
  cluster.produce(lines, [{ key: 'k', value: 'good' }])
  await cluster.run(() => cluster.read(copies, 'read_uncommitted').length === 1)
  cluster.produce(lines, [{ key: 'k', value: 'bad' }])
  assert.equal(await codeOfEnd(cluster, instance), 'PROCESSING_FAILED')
  const { lastStable, end } = cluster.cluster.offsets('copies', 0)
  assert.equal(lastStable, end, 'the transaction has ended')
  assert.deepEqual(cluster.read(copies), [])
})

test('StreamsApp does not wait for a cluster that is gone when it dies of an error', async () => {
  for (const processingGuarantee of ['exactly_once_v2', 'at_least_once'] as const) {
    await using cluster = clusterWithLines()
    const builder = new StreamsBuilder()
    builder.stream(lines).process(({ schedule }) => {
      schedule('100ms', 'wall-clock', () => {
        if (isGone) throw new Error('no more')
      })
      return () => undefined
    })
    let isGone = false
    const instance = cluster.start('a', builder, { ...config, processingGuarantee })
    await cluster.run(() => instance.state === 'RUNNING')
    const before = cluster.world.nowMs
    cluster.cluster.close()
    isGone = true
    await codeOfEnd(cluster, instance)
    assert.ok(cluster.world.nowMs - before < 5_000)
  }
})
