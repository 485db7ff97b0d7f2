import assert from 'node:assert/strict'
import { test } from 'node:test'
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
