import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { survivingMemoryEngines } from '../state/engines/memory/memory-engine.ts'
import { TestCluster } from './test-cluster.ts'
import type { TestConfig, TestInstance } from './test-instance.ts'

const visits = topic('visits', { key: serdes.string, value: serdes.string })
const counts = topic('counts', { key: serdes.string, value: serdes.int64 })
const PARTITIONS = 4

function counting(): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder.stream(visits).groupByKey().count({ store: 'visits-per-page' }).toStream().to(counts)
  return builder
}

const config: TestConfig = {
  applicationId: 'app',
  processingGuarantee: 'exactly_once_v2',
  statestoreCacheMaxBytes: 0,
  consumer: { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 500 },
}

/** The tasks of an instance as of its last assignment. */
function tasksOf({ environment }: TestInstance): { readonly active: readonly string[]; readonly standby: readonly string[] } {
  const last = environment.logEntries.findLast(({ message }) => message === 'took an assignment')
  return (last?.fields ?? { active: [], standby: [] }) as { active: string[]; standby: string[] }
}

function visit(cluster: TestCluster, times: number): void {
  const records = Array.from({ length: times * PARTITIONS }, (_, index) => ({
    key: `page-${index % PARTITIONS}`,
    value: 'v',
    partition: index % PARTITIONS,
  }))
  cluster.produce(visits, records)
}

function lastCounts(cluster: TestCluster): number[] {
  return [...new Map(cluster.read(counts).map(({ key, value }) => [key, value])).values()]
}

function haveCounted(cluster: TestCluster, times: number): () => boolean {
  return () => lastCounts(cluster).length === PARTITIONS && lastCounts(cluster).every((count) => count === times)
}

/** Where restores began and how far they went, since the call. */
function watchRestores(instance: TestInstance): string[] {
  const seen: string[] = []
  instance.on('restoreStart', ({ partition, from, to }) => seen.push(`${partition}: ${from} to ${to}`))
  return seen
}

const limits = { maxTimeMs: 120_000 }

for (const protocol of ['classic', 'streams'] as const) {
  test(`TestCluster: a standby takes over without reading its changelog again, ${protocol} protocol`, async () => {
    await using cluster = new TestCluster({
      seed: 21,
      initialRebalanceDelayMs: 500,
      sessionTimeoutMs: 6_000,
      heartbeatIntervalMs: 500,
      latencyMs: 1,
      standbyReplicas: protocol === 'streams' ? 1 : 0,
    })
    cluster.createTopics({ visits: PARTITIONS, counts: PARTITIONS })
    const { consumer: _classicOnly, ...plain } = config
    const own: TestConfig =
      protocol === 'classic' ? { ...config, groupProtocol: 'classic', numStandbyReplicas: 1 } : { ...plain, groupProtocol: 'streams' }
    const a = cluster.start('a', counting(), own)
    // The coordinator of a streams group takes the standby away before it gives the task: the state must be where it outlives that.
    const b = cluster.start('b', counting(), own, protocol === 'streams' ? { engines: survivingMemoryEngines() } : {})
    visit(cluster, 50)
    const hasHalf = (instance: TestInstance): boolean => tasksOf(instance).active.length === 2 && tasksOf(instance).standby.length === 2
    await cluster.run(() => hasHalf(a) && hasHalf(b), limits)
    await cluster.run(haveCounted(cluster, 50), limits)
    await cluster.advance(2_000)
    const restores = watchRestores(b)
    a.kill()
    visit(cluster, 10)
    await cluster.run(haveCounted(cluster, 60), limits)
    assert.deepEqual(tasksOf(b), { ...tasksOf(b), active: ['0_0', '0_1', '0_2', '0_3'], standby: [] })
    assert.deepEqual(restores, [], 'the standbys were up to date')
    assert.deepEqual(cluster.read(counts).length, 60 * PARTITIONS, 'each count was written once')
  })
}

test('TestCluster: a new instance warms up before it gets tasks with much state, and those go on running until then', async () => {
  await using cluster = new TestCluster({ seed: 22, initialRebalanceDelayMs: 500, latencyMs: 1 })
  cluster.createTopics({ visits: PARTITIONS, counts: PARTITIONS })
  const own: TestConfig = { ...config, groupProtocol: 'auto', acceptableRecoveryLag: 5, probingRebalanceIntervalMs: 60_000 }
  const a = cluster.start('a', counting(), own)
  visit(cluster, 50)
  await cluster.run(haveCounted(cluster, 50), limits)
  const b = cluster.start('b', counting(), own)
  await cluster.run(() => tasksOf(b).standby.length === 2, limits)
  assert.deepEqual([tasksOf(a).active.length, tasksOf(b).active.length], [4, 0], 'two warm-ups, maxWarmupReplicas')
  visit(cluster, 10)
  await cluster.run(haveCounted(cluster, 60), { maxTimeMs: 5_000 })
  const restores = watchRestores(b)
  await cluster.run(() => tasksOf(b).active.length === 2 && tasksOf(a).active.length === 2, limits)
  assert.deepEqual(restores, [], 'what moved was there already')
  visit(cluster, 10)
  await cluster.run(haveCounted(cluster, 70), limits)
  assert.equal(cluster.read(counts).length, 70 * PARTITIONS, 'each count was written once')
  assert.deepEqual([a.failure, b.failure], [null, null])
})

test('TestCluster: an active task that becomes a standby keeps its stores open, and so does a standby that becomes active', async () => {
  await using cluster = new TestCluster({ seed: 23, initialRebalanceDelayMs: 500, latencyMs: 1, sessionTimeoutMs: 6_000 })
  cluster.createTopics({ visits: PARTITIONS, counts: PARTITIONS })
  const own: TestConfig = {
    ...config,
    groupProtocol: 'classic',
    numStandbyReplicas: 1,
    acceptableRecoveryLag: 5,
    probingRebalanceIntervalMs: 60_000,
  }
  const events: string[] = []
  const a = cluster.start('a', counting(), own)
  a.on('standbyStart', ({ taskId, from }) => events.push(`${taskId} from ${from > 0 ? 'where it was' : 'the beginning'}`))
  visit(cluster, 50)
  await cluster.run(haveCounted(cluster, 50), limits)
  const b = cluster.start('b', counting(), own)
  const promoted: string[] = []
  b.on('standbyEnd', ({ taskId, reason }) => promoted.push(`${taskId} ${reason}`))
  await cluster.run(() => tasksOf(a).active.length === 2 && tasksOf(b).active.length === 2 && b.state === 'RUNNING', limits)
  await cluster.run(() => tasksOf(a).standby.length === 2, limits)
  await cluster.advance(1_000)
  assert.deepEqual(
    [...events].sort(),
    tasksOf(b).active.map((task) => `${task} from where it was`),
    'memory is gone when a task is closed',
  )
  assert.deepEqual(
    [...promoted].sort(),
    tasksOf(b).active.map((task) => `${task} promoted`),
  )
  visit(cluster, 10)
  await cluster.run(haveCounted(cluster, 60), limits)
  await cluster.advance(2_000)
  const restores = watchRestores(a)
  b.kill()
  visit(cluster, 10)
  await cluster.run(haveCounted(cluster, 70), limits)
  assert.deepEqual(restores, [], 'what came back was kept up to date')
  assert.equal(cluster.read(counts).length, 70 * PARTITIONS, 'each count was written once')
})

test('TestCluster tells of each batch that a restore and a standby take over', async () => {
  await using cluster = new TestCluster({ seed: 24, initialRebalanceDelayMs: 500, latencyMs: 1, sessionTimeoutMs: 6_000 })
  cluster.createTopics({ visits: PARTITIONS, counts: PARTITIONS })
  const own: TestConfig = { ...config, groupProtocol: 'classic', numStandbyReplicas: 1 }
  const a = cluster.start('a', counting(), own)
  visit(cluster, 50)
  await cluster.run(haveCounted(cluster, 50), limits)
  const b = cluster.start('b', counting(), own)
  const followed = new Map<number, { count: number; offset: number; end: number }>()
  b.on('standbyBatch', ({ store, topic: changelog, partition, count, offset, end }) => {
    assert.deepEqual([store, changelog], ['visits-per-page', 'app-visits-per-page-changelog'])
    followed.set(partition, { count: count + (followed.get(partition)?.count ?? 0), offset, end })
  })
  await cluster.run(() => followed.size === 2 && [...followed.values()].every(({ count }) => count === 50), limits)
  for (const { offset, end } of followed.values()) assert.equal(offset, end)
  a.kill()
  b.kill()
  const c = cluster.start('c', counting(), own)
  const told: string[] = []
  c.on('restoreStart', ({ partition, from, to }) => told.push(`${partition}: ${from} to ${to > from ? 'more' : 'none'}`))
  const batches = new Map<number, number>()
  c.on('restoreBatch', ({ partition, count }) => batches.set(partition, (batches.get(partition) ?? 0) + count))
  c.on('restoreEnd', ({ partition, restored }) => told.push(`${partition}: ${restored} of ${batches.get(partition)}`))
  await cluster.run(() => c.state === 'RUNNING' && tasksOf(c).active.length === PARTITIONS, limits)
  const all = [0, 1, 2, 3]
  assert.deepEqual(
    [...told].sort(),
    all.flatMap((partition) => [`${partition}: 0 to more`, `${partition}: 50 of 50`]),
  )
})
