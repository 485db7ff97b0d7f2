import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Prng } from '../base/prng.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import type { WindowedKTable } from '../dsl/kstream.ts'
import { timeWindows } from '../model/time-windows.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { type EngineFactory } from '../state/engines/engine.ts'
import { memoryEngines, survivingMemoryEngines } from '../state/engines/memory/memory-engine.ts'
import { TestCluster } from './test-cluster.ts'
import type { TestConfig } from './test-instance.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })
const perWindow = topic('per-window', { key: serdes.timeWindowed(serdes.string, 100), value: serdes.int64 })
const config: TestConfig = { applicationId: 'app', processingGuarantee: 'exactly_once_v2', statestoreCacheMaxBytes: 0 }

function windowedCount(): { builder: StreamsBuilder; counts: WindowedKTable<string, number> } {
  const builder = new StreamsBuilder()
  const counts = builder
    .stream(words)
    .groupByKey()
    .windowedBy(timeWindows({ size: 100, grace: 50 }))
    .count({ store: 'counts' })
  counts.toStream().to(perWindow)
  return { builder, counts }
}

/** Counts, kills the instance, and goes on with a late record and one in time. */
async function runAcrossRestart(engines: EngineFactory): Promise<void> {
  await using cluster = new TestCluster({ seed: 1, initialRebalanceDelayMs: 0, sessionTimeoutMs: 2_000, heartbeatIntervalMs: 300 })
  cluster.createTopics({ words: 1, 'per-window': 1 })
  const { builder, counts } = windowedCount()
  const first = cluster.start('first', builder, config, { engines })
  cluster.produce(words, [
    { key: 'a', value: 'v', timestamp: 10 },
    { key: 'b', value: 'v', timestamp: 150 },
  ])
  await cluster.run(() => cluster.read(perWindow).length === 2, { maxTimeMs: 60_000 })
  first.kill()
  const second = cluster.start('second', builder, config, { engines })
  cluster.produce(words, [
    { key: 'a', value: 'late', timestamp: 20 },
    { key: 'b', value: 'in time', timestamp: 120 },
  ])
  await cluster.run(() => cluster.read(perWindow).length >= 3, { maxTimeMs: 60_000 })
  await cluster.advance(1_000)
  assert.deepEqual(
    cluster.read(perWindow).map(({ key, value, timestamp }) => [key?.key, key?.window.start, value, timestamp]),
    [
      ['a', 0, 1, 10],
      ['b', 100, 1, 150],
      ['b', 100, 2, 150],
    ],
  )
  const store = second.store(counts)
  assert.equal(store.fetch('b', 100), 2)
  assert.deepEqual([...store.fetch('a', 0, Infinity)], [[0, 1]])
  assert.deepEqual(
    Array.from(store.fetchAll(0, Infinity), ([{ key, window }, n]) => [key, window.end, n]),
    [
      ['a', 100, 1],
      ['b', 200, 2],
    ],
  )
  assert.equal([...store.fetchRange('b', null, 0, Infinity)].length, 1)
  assert.deepEqual(second.failure, null)
}

test('TestCluster counts in windows, and drops a late record after a restart too: stream time is kept with the store', async () => {
  await runAcrossRestart(survivingMemoryEngines())
})

test('TestCluster counts in windows: stream time is restored from the changelog where the store is gone', async () => {
  await runAcrossRestart(memoryEngines)
})

interface Word {
  readonly key: string
  readonly timestamp: number
  readonly partition: number
}

/** The counts of each window in the order in which they come, without any fault: `key@start` -> counts. Late records are dropped. */
function modelOf(inputs: readonly Word[]): Map<string, number[]> {
  const counts = new Map<string, number[]>()
  const streamTimes = new Map<number, number>()
  for (const { key, timestamp, partition } of inputs) {
    const streamTime = Math.max(timestamp, streamTimes.get(partition) ?? -1)
    streamTimes.set(partition, streamTime)
    const start = Math.floor(timestamp / 100) * 100
    if (start + 100 <= streamTime - 50) continue
    const known = counts.get(`${key}@${start}`) ?? []
    counts.set(`${key}@${start}`, [...known, known.length + 1])
  }
  return counts
}

/** Feeds words out of order while instances are killed and replaced; the counts must be those of a run without faults. */
async function runWithKills(seed: number, engines: EngineFactory): Promise<void> {
  const random = new Prng(seed)
  await using cluster = new TestCluster({
    seed,
    initialRebalanceDelayMs: 0,
    sessionTimeoutMs: 2_000,
    heartbeatIntervalMs: 300,
    latencyMs: 1,
  })
  cluster.createTopics({ words: 2, 'per-window': 2 })
  const { builder } = windowedCount()
  const inputs: Word[] = []
  let instance = cluster.start('i0', builder, config, { engines })
  for (let round = 1; round <= 12; round++) {
    const batch = Array.from({ length: 1 + random.below(6) }, (): Word => {
      const partition = random.below(2)
      return { key: random.pick(['a', 'b', 'c']) + partition, timestamp: Math.max(0, round * 40 - random.below(160)), partition }
    })
    inputs.push(...batch)
    cluster.produce(
      words,
      batch.map((word) => ({ ...word, value: 'v' })),
    )
    await cluster.advance(random.below(700))
    if (!random.chance(0.35)) continue
    instance.kill()
    instance = cluster.start(`i${round}`, builder, config, { engines })
  }
  const model = modelOf(inputs)
  const total = [...model.values()].reduce((sum, { length }) => sum + length, 0)
  await cluster.run(() => cluster.read(perWindow).length >= total, { maxTimeMs: 120_000 })
  await cluster.advance(3_000)
  const seen = new Map<string, number[]>()
  for (const { key, value } of cluster.read(perWindow)) {
    const name = `${key?.key}@${key?.window.start}`
    seen.set(name, [...(seen.get(name) ?? []), value ?? -1])
  }
  const sorted = (counts: ReadonlyMap<string, number[]>): (readonly [string, number[]])[] =>
    [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))
  assert.deepEqual(sorted(seen), sorted(model), `seed ${seed}`)
  assert.equal(instance.failure, null)
}

test('TestCluster counts in windows exactly once, late records dropped alike, whenever the instance is killed', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    await runWithKills(seed, survivingMemoryEngines())
    await runWithKills(seed, memoryEngines)
  }
})

test('TestCluster: at-least-once counts what it reads again after a crash, also where the changelog is further than the inputs', async () => {
  for (const engines of [memoryEngines, survivingMemoryEngines()]) {
    await using cluster = new TestCluster({ seed: 1, initialRebalanceDelayMs: 0, sessionTimeoutMs: 2_000, heartbeatIntervalMs: 300 })
    cluster.createTopics({ words: 1, 'per-window': 1 })
    const { builder } = windowedCount()
    // It dies before its first commit, when all is written.
    const atLeastOnce: TestConfig = { ...config, processingGuarantee: 'at_least_once', commitIntervalMs: 60_000 }
    const first = cluster.start('first', builder, atLeastOnce, { engines })
    cluster.produce(words, [
      { key: 'a', value: 'v', timestamp: 10 },
      { key: 'b', value: 'v', timestamp: 1_000 },
    ])
    await cluster.run(() => cluster.read(perWindow, 'read_uncommitted').length === 2, { maxTimeMs: 30_000 })
    first.kill()
    const second = cluster.start('second', builder, atLeastOnce, { engines })
    await cluster.run(() => cluster.read(perWindow, 'read_uncommitted').length === 4, { maxTimeMs: 30_000 })
    assert.deepEqual(
      cluster.read(perWindow, 'read_uncommitted').map(({ key, value }) => [key?.key, value]),
      [
        ['a', 1],
        ['b', 1],
        // Not dropped. Its row is out of sight, because the store has a window that is later by more than its retention, as in Java.
        ['a', 1],
        ['b', 2],
      ],
    )
    assert.equal(second.failure, null)
  }
})
