import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Prng } from '../base/prng.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import type { ValueTimestampHeaders } from '../model/value-timestamp-headers.ts'
import { recordHeaders } from '../record/record-headers.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import type { EngineFactory } from '../state/engines/engine.ts'
import { memoryEngines, survivingMemoryEngines } from '../state/engines/memory/memory-engine.ts'
import { timestampedKeyValueStore, versionedKeyValueStore } from '../state/store-spec.ts'
import { TestCluster } from './test-cluster.ts'
import type { TestConfig } from './test-instance.ts'

const prices = topic('prices', { key: serdes.string, value: serdes.nullable(serdes.string) })
const config: TestConfig = { applicationId: 'app', processingGuarantee: 'exactly_once_v2', statestoreCacheMaxBytes: 500 }
const keys = ['a', 'b', 'c'] as const
const HISTORY = 400

interface Update {
  readonly key: string
  readonly value: string | null
  readonly timestamp: number
}

/** A versioned table, and a store with headers beside it. */
function application() {
  const versions = versionedKeyValueStore('versions', {
    key: serdes.string,
    value: serdes.string,
    historyRetention: HISTORY,
    segmentInterval: 50,
  })
  const kept = timestampedKeyValueStore('kept', { key: serdes.string, value: serdes.string, format: 'headers', caching: true })
  const builder = new StreamsBuilder()
  const stream = builder.stream(prices)
  stream.process(
    ({ stores }) =>
      ({ key, value, timestamp, headers }) => {
        stores.versions.put(key, value, timestamp)
        stores.kept.put(key, value === null ? null : { value, timestamp, headers })
      },
    { stores: { versions, kept } },
  )
  return { builder, versions, kept }
}

/** The version of `key` at `asOf`, of all that were put in time. */
function versionAt(updates: readonly Update[], key: string, asOf: number): string | null {
  const versions = new Map<number, string | null>()
  let time = -1
  for (const update of updates) {
    if (update.timestamp >= time - HISTORY && update.key === key) versions.set(update.timestamp, update.value)
    if (update.timestamp > time) time = update.timestamp
  }
  const times = [...versions.keys()].filter((at) => at <= asOf)
  return times.length === 0 ? null : (versions.get(Math.max(...times)) ?? null)
}

function lastOf(updates: readonly Update[], key: string): string | null {
  const last = updates.findLast((update) => update.key === key)
  return last === undefined || last.value === null ? null : `${last.value}@${last.timestamp} of ${last.value}`
}

function shown(found: ValueTimestampHeaders<string> | null): string | null {
  if (found === null) return null
  return `${found.value}@${found.timestamp} of ${Buffer.from(found.headers.last('of') ?? []).toString()}`
}

async function runWithKills(seed: number, engines: EngineFactory): Promise<void> {
  const random = new Prng(seed)
  await using cluster = new TestCluster({
    seed,
    initialRebalanceDelayMs: 0,
    sessionTimeoutMs: 2_000,
    heartbeatIntervalMs: 300,
    latencyMs: 1,
  })
  cluster.createTopics({ prices: 1 })
  const { builder, versions, kept } = application()
  const updates: Update[] = []
  let instance = cluster.start('i0', builder, config, { engines })
  for (let round = 1; round <= 10; round++) {
    const more = Array.from({ length: random.below(6) }, () => {
      const value = random.chance(0.25) ? null : `v${random.below(100)}`
      // No two versions of a key at one time: what is left of the first depends on what is known of older ones.
      return { key: random.pick(keys), value, timestamp: round * 60 + random.below(200) }
    }).filter(({ key, timestamp }) => !updates.some((update) => update.key === key && update.timestamp === timestamp))
    cluster.produce(
      prices,
      more.map((update) => ({ ...update, headers: recordHeaders([['of', update.value]]) })),
    )
    updates.push(...more)
    await cluster.advance(random.below(900))
    if (!random.chance(0.4)) continue
    instance.kill()
    instance = cluster.start(`i${round}`, builder, config, { engines })
  }
  const times = [Infinity, ...updates.map(({ timestamp }) => timestamp).filter((at) => at >= 800 - HISTORY + 200)]
  const expected = keys.flatMap((key) => [lastOf(updates, key), ...times.map((at) => versionAt(updates, key, at))])
  const found = (): unknown[] => {
    if (instance.state !== 'RUNNING') return []
    const [versioned, headers] = [instance.store(versions), instance.store(kept)]
    return keys.flatMap((key) => [shown(headers.get(key)), ...times.map((at) => versioned.get(key, at)?.value ?? null)])
  }
  await cluster.run(() => JSON.stringify(found()) === JSON.stringify(expected), { maxTimeMs: 120_000 })
  assert.deepEqual(found(), expected, `seed ${seed}`)
  assert.equal(instance.failure, null)
}

test('TestCluster keeps versions and headers, whenever the instance is killed', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    await runWithKills(seed, survivingMemoryEngines())
    await runWithKills(seed, memoryEngines)
  }
})
