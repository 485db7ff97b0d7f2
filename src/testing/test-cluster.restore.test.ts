import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { timeWindows } from '../model/time-windows.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { TestCluster } from './test-cluster.ts'
import type { TestConfig } from './test-instance.ts'

const visits = topic('visits', { key: serdes.string, value: serdes.string })
const config: TestConfig = {
  applicationId: 'app',
  processingGuarantee: 'exactly_once_v2',
  commitIntervalMs: 100,
  statestoreCacheMaxBytes: 0,
  restoreConsumer: { maxPartitionFetchBytes: 600 },
}
const limits = { maxTimeMs: 120_000 }

function newCluster(seed: number, partitions: number): TestCluster {
  const cluster = new TestCluster({ seed, initialRebalanceDelayMs: 0, sessionTimeoutMs: 2_000, heartbeatIntervalMs: 300, latencyMs: 1 })
  cluster.createTopics({ visits: partitions })
  return cluster
}

test('TestCluster restores first what has the least left, and runs it while the rest is restored', async () => {
  const PARTITIONS = 20
  await using cluster = newCluster(61, PARTITIONS)
  const build = (): StreamsBuilder => {
    const builder = new StreamsBuilder()
    builder.stream(visits).groupByKey().count({ store: 'visits-per-page' })
    return builder
  }
  const first = cluster.start('first', build(), config)
  const records = Array.from({ length: PARTITIONS }, (_, partition) =>
    Array.from({ length: (PARTITIONS - partition) * 20 }, (__, index) => ({ key: `page-${index}`, value: 'v', partition })),
  )
  cluster.produce(visits, records.flat())
  await cluster.run(() => cluster.cluster.lag('app') === 0, limits)
  await cluster.advance(500)
  first.kill()
  const second = cluster.start('second', build(), config)
  const begun = new Set<number>()
  const ended: number[] = []
  let begunAtFirstEnd: readonly number[] = []
  second.on('restoreBatch', ({ partition }) => begun.add(partition))
  second.on('restoreEnd', ({ partition, restored }) => {
    if (ended.length === 0) begunAtFirstEnd = [...begun]
    assert.equal(restored, (PARTITIONS - partition) * 20)
    ended.push(partition)
  })
  await cluster.run(() => ended.length === PARTITIONS, limits)
  assert.ok(
    begunAtFirstEnd.every((partition) => partition >= 4),
    `the four largest wait: ${begunAtFirstEnd.join()}`,
  )
  assert.deepEqual(
    ended.slice(-4).toSorted((a, b) => a - b),
    [0, 1, 2, 3],
  )
  await cluster.run(() => second.state === 'RUNNING', limits)
})

test('TestCluster: a record in a changelog that is not one of the store ends the instance, and the error says which', async () => {
  await using cluster = newCluster(62, 1)
  const build = (): StreamsBuilder => {
    const builder = new StreamsBuilder()
    builder
      .stream(visits)
      .groupByKey()
      .windowedBy(timeWindows({ size: '1m', grace: '1m' }))
      .count({ store: 'visits-per-minute' })
    return builder
  }
  const first = cluster.start('first', build(), config)
  cluster.produce(visits, [{ key: 'a', value: 'v' }])
  await cluster.run(() => cluster.cluster.lag('app') === 0, limits)
  await cluster.advance(500)
  first.kill()
  const changelog = 'app-visits-per-minute-changelog'
  const { end } = cluster.cluster.offsets(changelog, 0)
  cluster.cluster.append(changelog, 0, [{ key: Buffer.from('x'), value: Buffer.from('y') }])
  const second = cluster.start('second', build(), config)
  await cluster.run(() => second.failure !== null, limits)
  const { failure } = second
  assert.ok(isMillraceError(failure) && failure.code === 'RESTORE_FAILED')
  assert.deepEqual(
    [failure.topic, failure.partition, failure.offset, failure.store, failure.taskId],
    [changelog, 0, end, 'visits-per-minute', '0_0'],
  )
})

test('TestCluster: a restore that waits for an open transaction says so, after half a minute and then ever less often', async () => {
  await using cluster = newCluster(63, 1)
  const build = (): StreamsBuilder => {
    const builder = new StreamsBuilder()
    builder.stream(visits).groupByKey().count({ store: 'visits-per-page' })
    return builder
  }
  const logged = topic('app-visits-per-page-changelog', { key: serdes.string, value: serdes.nullable(serdes.bytes) })
  const first = cluster.start('first', build(), { ...config, commitIntervalMs: 60_000, producer: { transactionTimeoutMs: 150_000 } })
  cluster.produce(visits, [{ key: 'a', value: 'v' }])
  await cluster.run(() => first.state === 'RUNNING' && cluster.read(logged, 'read_uncommitted').length === 1, limits)
  first.kill()
  const second = cluster.start('second', build(), config)
  await cluster.run(() => second.state === 'RUNNING' && cluster.cluster.lag('app') === 0, { maxTimeMs: 300_000 })
  const warnings = second.environment.logEntries.filter(({ message }) => message.includes('for a transaction that is open'))
  assert.deepEqual(
    warnings.map(({ fields }) => Math.round((fields as { waitedMs: number }).waitedMs / 10_000)),
    [3, 6, 12],
  )
  assert.equal(
    warnings[0]!.message,
    'Store "visits-per-page" of task 0_0 has waited 30 s for a transaction that is open at app-visits-per-page-changelog-0 offset 0: what is behind it, up to 1, is read when it has ended',
  )
  assert.deepEqual(warnings[0]!.fields, {
    ...(warnings[0]!.fields as object),
    taskId: '0_0',
    store: 'visits-per-page',
    topic: 'app-visits-per-page-changelog',
    partition: 0,
    offset: 0,
    end: 1,
  })
})
