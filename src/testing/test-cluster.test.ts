import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { survivingMemoryEngines } from '../state/engines/memory/memory-engine.ts'
import { keyValueStore } from '../state/store-spec.ts'
import type { TestConfig } from './test-instance.ts'
import { TestCluster } from './test-cluster.ts'

const lines = topic('lines', { value: serdes.string })
const wordCounts = topic('word-counts', { key: serdes.string, value: serdes.int64 })
const store = keyValueStore('counts', { key: serdes.string, value: serdes.int64 })

function wordCount(): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder
    .stream(lines)
    .flatMapValues((line) => (line ?? '').split(' '), { value: serdes.string })
    .groupBy((_key, word) => word, { key: serdes.string })
    .count({ store: 'counts' })
    .toStream()
    .to(wordCounts)
  return builder
}

const config: TestConfig = { applicationId: 'app', processingGuarantee: 'exactly_once_v2', statestoreCacheMaxBytes: 0 }

function clusterOfTwo(seed: number): TestCluster {
  const cluster = new TestCluster({ seed, initialRebalanceDelayMs: 0, sessionTimeoutMs: 2_000, heartbeatIntervalMs: 300, latencyMs: 1 })
  cluster.createTopics({ lines: 2, 'word-counts': { partitions: 2 } })
  return cluster
}

test('TestCluster runs two instances of an application on virtual time', async () => {
  await using cluster = clusterOfTwo(1)
  const instances = ['a', 'b'].map((name) => cluster.start(name, wordCount(), config))
  await cluster.run(() => instances.every(({ state }) => state === 'RUNNING'))
  cluster.produce(lines, [
    { key: null, value: 'to be or not', partition: 0 },
    { key: null, value: 'to be', partition: 1 },
  ])
  await cluster.run(() => cluster.read(wordCounts).length === 6, { maxTimeMs: 60_000 })
  const last = new Map(cluster.read(wordCounts).map(({ key, value }) => [key, value]))
  assert.deepEqual(
    [...last].toSorted(([a], [b]) => (a < b ? -1 : 1)),
    [
      ['be', 2],
      ['not', 1],
      ['or', 1],
      ['to', 2],
    ],
  )
  await cluster.advance(200)
  const rows = instances.flatMap((instance) => [...instance.store(store).all()].map(([key]) => key))
  assert.deepEqual(rows.toSorted(), ['be', 'not', 'or', 'to'])
})

test('TestCluster goes on exactly once after an instance is killed', async () => {
  await using cluster = clusterOfTwo(2)
  const engines = survivingMemoryEngines()
  const first = cluster.start('first', wordCount(), config, { engines })
  cluster.produce(lines, [{ key: null, value: 'a a a' }])
  await cluster.run(() => cluster.read(wordCounts).length === 3, { maxTimeMs: 60_000 })
  first.kill()
  assert.equal(first.isKilled, true)
  cluster.start('second', wordCount(), config, { engines })
  cluster.produce(lines, [{ key: null, value: 'a b' }])
  await cluster.run(() => cluster.read(wordCounts).length >= 5, { maxTimeMs: 60_000 })
  await cluster.advance(1_000)
  const values = cluster
    .read(wordCounts)
    .filter(({ key }) => key === 'a')
    .map(({ value }) => value)
  assert.deepEqual(values, [1, 2, 3, 4])
})

test('TestCluster gives the same run for the same seed', async () => {
  const trace = async (seed: number): Promise<string> => {
    await using cluster = clusterOfTwo(seed)
    const events: string[] = []
    cluster.world.onEvent = ({ environment, kind }, phase) => void events.push(`${cluster.world.nowMs} ${environment} ${kind} ${phase}`)
    cluster.start('a', wordCount(), config)
    cluster.start('b', wordCount(), config)
    cluster.produce(lines, [{ key: null, value: 'to be or not to be' }])
    await cluster.run(() => cluster.read(wordCounts).length === 6, { maxTimeMs: 60_000 })
    return events.join('\n')
  }
  assert.equal(await trace(3), await trace(3))
  assert.notEqual(await trace(3), await trace(4))
})

test('TestInstance.close ends an instance in good order', async () => {
  await using cluster = clusterOfTwo(5)
  const instance = cluster.start('a', wordCount(), config)
  await cluster.run(() => instance.state === 'RUNNING', { maxTimeMs: 60_000 })
  let hasClosed: boolean | null = null
  void instance.close().then((inTime) => (hasClosed = inTime))
  await cluster.run(() => instance.state === 'NOT_RUNNING', { maxTimeMs: 60_000 })
  await cluster.advance(1)
  assert.equal(hasClosed, true)
  assert.equal(instance.failure, null)
})
