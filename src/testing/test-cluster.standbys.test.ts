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
