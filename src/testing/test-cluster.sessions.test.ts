import assert from 'node:assert/strict'
import { test } from 'node:test'
import { partitionOf } from '../base/murmur2.ts'
import { Prng } from '../base/prng.ts'
import type { SessionKTable } from '../dsl/kstream.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { sessionWindows } from '../model/session-windows.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import type { EngineFactory } from '../state/engines/engine.ts'
import { memoryEngines, survivingMemoryEngines } from '../state/engines/memory/memory-engine.ts'
import { TestCluster } from './test-cluster.ts'
import type { TestConfig } from './test-instance.ts'

const GAP = 30
const GRACE = 40
const clicks = topic('clicks', { key: serdes.string, value: serdes.string })
const visits = topic('visits', { key: serdes.sessionWindowed(serdes.string), value: serdes.nullable(serdes.int64) })
const config: TestConfig = {
  applicationId: 'app',
  processingGuarantee: 'exactly_once_v2',
  statestoreCacheMaxBytes: 0,
  emitIntervalMsKstreamsWindowedAggregation: 0,
}

function clickCounts(strategy: 'on-window-update' | 'on-window-close'): {
  readonly builder: StreamsBuilder
  readonly counts: SessionKTable<string, number>
} {
  const builder = new StreamsBuilder()
  const counts = builder
    .stream(clicks)
    .groupByKey()
    .windowedBy(sessionWindows({ inactivityGap: GAP, grace: GRACE }))
    .emitStrategy(strategy as 'on-window-update')
    .count({ store: 'visits', retention: 10_000 })
  counts.toStream().to(visits)
  return { builder, counts }
}

interface Click {
  readonly key: string
  readonly timestamp: number
  readonly partition: number
}

interface Session {
  readonly start: number
  readonly end: number
  readonly count: number
}

/** What a run without any fault writes, key by key: updates and deletions, or the sessions as they closed. Late clicks are dropped. */
class Model {
  readonly written: Map<string, string[]> = new Map()
  readonly #sessions = new Map<string, Session[]>()
  readonly #times = new Map<number, number>()
  readonly #closed = new Map<number, number>()

  click({ key, timestamp, partition }: Click, emitsOnClose: boolean): void {
    const time = Math.max(timestamp, this.#times.get(partition) ?? -1)
    this.#times.set(partition, time)
    const closeTime = time - GAP - GRACE
    const known = this.#sessions.get(key) ?? []
    const merged = known.filter(({ start, end }) => end >= timestamp - GAP && start <= timestamp + GAP)
    const start = Math.min(timestamp, ...merged.map((session) => session.start))
    const end = Math.max(timestamp, ...merged.map((session) => session.end))
    if (end >= closeTime) {
      const count = merged.reduce((sum, session) => sum + session.count, 1)
      const others = known.filter((session) => !merged.includes(session))
      this.#sessions.set(key, [...others, { start, end, count }])
      if (!emitsOnClose) {
        if (start !== end) for (const session of merged.toSorted((a, b) => a.end - b.end)) this.#write(key, { ...session, count: null })
        this.#write(key, { start, end, count })
      }
    }
    if (emitsOnClose) this.#close(partition, closeTime)
  }

  /** The sessions of a key that the table has in the end. */
  sessionsOf(key: string): Session[] {
    return (this.#sessions.get(key) ?? []).toSorted((a, b) => a.end - b.end)
  }

  #close(partition: number, closeTime: number): void {
    const from = Math.max(0, this.#closed.get(partition) ?? 0)
    if (closeTime - 1 < from) return
    this.#closed.set(partition, closeTime)
    for (const [key, sessions] of this.#sessions) {
      if (!key.endsWith(String(partition))) continue
      const closed = sessions.filter(({ end }) => end >= from && end < closeTime)
      for (const session of closed.toSorted((a, b) => a.end - b.end)) this.#write(key, session)
    }
  }

  #write(key: string, { start, end, count }: Omit<Session, 'count'> & { readonly count: number | null }): void {
    this.written.set(key, [...(this.written.get(key) ?? []), `[${start},${end}]=${count}`])
  }
}

function sorted(written: ReadonlyMap<string, string[]>): (readonly [string, string[]])[] {
  return [...written].toSorted(([left], [right]) => (left < right ? -1 : 1))
}

/** Feeds clicks out of order while instances are killed and replaced; what is written must be that of a run without faults. */
async function runWithKills(seed: number, engines: EngineFactory, strategy: 'on-window-update' | 'on-window-close'): Promise<void> {
  const random = new Prng(seed)
  await using cluster = new TestCluster({
    seed,
    initialRebalanceDelayMs: 0,
    sessionTimeoutMs: 2_000,
    heartbeatIntervalMs: 300,
    latencyMs: 1,
  })
  cluster.createTopics({ clicks: 2, visits: 2 })
  const { builder, counts } = clickCounts(strategy)
  const model = new Model()
  let instance = cluster.start('i0', builder, config, { engines })
  for (let round = 1; round <= 12; round++) {
    const batch = Array.from({ length: 1 + random.below(6) }, (): Click => {
      const partition = random.below(2)
      return { key: random.pick(['a', 'b', 'c']) + partition, timestamp: Math.max(0, round * 40 - random.below(160)), partition }
    })
    for (const click of batch) model.click(click, strategy === 'on-window-close')
    cluster.produce(
      clicks,
      batch.map((click) => ({ ...click, value: 'v' })),
    )
    await cluster.advance(random.below(700))
    if (!random.chance(0.35)) continue
    instance.kill()
    instance = cluster.start(`i${round}`, builder, config, { engines })
  }
  const total = [...model.written.values()].reduce((sum, { length }) => sum + length, 0)
  await cluster.run(() => cluster.read(visits).length >= total, { maxTimeMs: 120_000 })
  await cluster.advance(3_000)
  const seen = new Map<string, string[]>()
  for (const { key, value } of cluster.read(visits)) {
    assert.ok(key !== null)
    seen.set(key.key, [...(seen.get(key.key) ?? []), `[${key.window.start},${key.window.end}]=${value}`])
  }
  assert.deepEqual(sorted(seen), sorted(model.written), `seed ${seed}`)
  const store = instance.store(counts)
  for (const key of ['a0', 'b0', 'c0', 'a1', 'b1', 'c1']) {
    const rows = Array.from(store.fetch(key), ([{ window }, count]) => ({ ...window, count }))
    assert.deepEqual(rows, model.sessionsOf(key), `seed ${seed}, ${key}`)
  }
  assert.equal(instance.failure, null)
}

for (const strategy of ['on-window-update', 'on-window-close'] as const) {
  test(`TestCluster counts in sessions exactly once, ${strategy}, whenever the instance is killed`, async () => {
    for (let seed = 1; seed <= 10; seed++) {
      await runWithKills(seed, survivingMemoryEngines(), strategy)
      await runWithKills(seed, memoryEngines, strategy)
    }
  })
}

test('TestCluster reads the sessions of an instance as one store', async () => {
  await using cluster = new TestCluster({ seed: 1, initialRebalanceDelayMs: 0, heartbeatIntervalMs: 200 })
  cluster.createTopics({ clicks: 2, visits: 2 })
  const { builder, counts } = clickCounts('on-window-update')
  const instance = cluster.start('a', builder, config)
  cluster.produce(clicks, [
    { key: 'a', value: 'v', timestamp: 10, partition: 0 },
    { key: 'b', value: 'v', timestamp: 20, partition: 1 },
    { key: 'a', value: 'v', timestamp: 30, partition: 0 },
  ])
  await cluster.run(() => cluster.read(visits).length === 4, { maxTimeMs: 60_000 })
  const store = instance.store(counts)
  assert.equal(store.fetchSession('a', 10, 30), 2)
  assert.equal(store.fetchSession('b', 20, 20), 1)
  assert.equal(store.fetchSession('b', 20, 21), null)
  assert.equal([...store.fetch('a')].length, 1)
  assert.equal([...store.fetchRange('a', 'b')].length, 2)
  assert.equal([...store.findSessions('a', 30, 10)].length, 1)
  assert.equal([...store.findSessionsInRange(null, null, 21, 100)].length, 1)
})

test('to() partitions windowed keys by what they are without their windows, a repartition topic by all of their bytes', async () => {
  await using cluster = new TestCluster({ seed: 1, initialRebalanceDelayMs: 0, heartbeatIntervalMs: 200 })
  cluster.createTopics({ clicks: 4, visits: 4 })
  const { builder, counts } = clickCounts('on-window-update')
  const whole = serdes.sessionWindowed(serdes.string)
  counts
    .toStream()
    .repartition({ key: whole, value: visits.value, name: 'again' })
    .foreach(() => undefined)
  const instance = cluster.start('a', builder, config)
  const keys = ['a', 'b', 'c', 'd', 'e', 'f']
  cluster.produce(
    clicks,
    keys.map((key, index) => ({ key, value: 'v', timestamp: index })),
  )
  const again = topic('app-again-repartition', { key: whole, value: visits.value })
  await cluster.run(() => cluster.read(visits).length === 6 && cluster.read(again).length === 6, { maxTimeMs: 60_000 })
  for (const { key, partition } of cluster.read(visits)) assert.equal(partition, partitionOfKey(Buffer.from(key!.key)))
  for (const { key, partition } of cluster.read(again)) {
    const times = Buffer.alloc(16)
    times.writeBigInt64BE(BigInt(key!.window.end))
    times.writeBigInt64BE(BigInt(key!.window.start), 8)
    assert.equal(partition, partitionOfKey(Buffer.concat([Buffer.from(key!.key), times])))
  }
  assert.equal(instance.failure, null)
})

function partitionOfKey(bytes: Buffer): number {
  return partitionOf(bytes, 0, bytes.length, 4)
}
