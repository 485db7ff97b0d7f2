import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Prng } from '../base/prng.ts'
import type { KTable } from '../dsl/kstream.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import type { EngineFactory } from '../state/engines/engine.ts'
import { memoryEngines, survivingMemoryEngines } from '../state/engines/memory/memory-engine.ts'
import { TestCluster } from './test-cluster.ts'
import type { TestConfig } from './test-instance.ts'

const text = serdes.nullable(serdes.string)
const left = topic('left', { key: serdes.string, value: text })
const right = topic('right', { key: serdes.string, value: text })
const groups = topic('groups', { key: serdes.string, value: serdes.nullable(serdes.int64) })
const config: TestConfig = { applicationId: 'app', processingGuarantee: 'exactly_once_v2', statestoreCacheMaxBytes: 0 }

interface Joined {
  readonly builder: StreamsBuilder
  readonly joined: KTable<string, string>
}

/** An outer join that is kept, and the number of its rows by their first letter: each lost or doubled change would unbalance it for ever. */
function joinedTables(): Joined {
  const builder = new StreamsBuilder()
  const filtered = builder.table(left).filter((_key, value) => value !== 'hidden')
  const joined = filtered.outerJoin(builder.table(right), (a, b) => `${a ?? '-'}${b ?? '-'}`, { store: 'joined', value: serdes.string })
  joined
    .mapValues((value) => value.slice(0, 1))
    .groupBy((_key, value) => [value, value], { key: serdes.string, value: serdes.string })
    .count()
    .toStream()
    .to(groups)
  return { builder, joined }
}

/** Updates rows at random while instances are killed, and gives what the rows must be in the end. */
async function runWithKills(seed: number, engines: EngineFactory): Promise<void> {
  const random = new Prng(seed)
  await using cluster = new TestCluster({
    seed,
    initialRebalanceDelayMs: 0,
    sessionTimeoutMs: 2_000,
    heartbeatIntervalMs: 300,
    latencyMs: 1,
  })
  cluster.createTopics({ left: 2, right: 2, groups: 2 })
  const { builder, joined } = joinedTables()
  const rows = { left: new Map<string, string>(), right: new Map<string, string>() }
  let instance = cluster.start('i0', builder, config, { engines })
  for (let round = 1; round <= 10; round++) {
    for (const side of [left, right]) {
      const updates = Array.from({ length: random.below(5) }, () => {
        const value = random.chance(0.25) ? null : random.pick(['a', 'b', 'c', 'hidden'])
        return { key: random.pick(['k', 'l', 'm', 'n', 'o']), value, timestamp: round * 10 + random.below(30) }
      })
      cluster.produce(side, updates)
      const known = side === left ? rows.left : rows.right
      for (const { key, value } of updates) {
        if (value === null || (side === left && value === 'hidden')) known.delete(key)
        else known.set(key, value)
      }
    }
    await cluster.advance(random.below(900))
    if (!random.chance(0.35)) continue
    instance.kill()
    instance = cluster.start(`i${round}`, builder, config, { engines })
  }
  const keys = [...new Set([...rows.left.keys(), ...rows.right.keys()])].toSorted()
  const expected = keys.map((key) => [key, `${rows.left.get(key) ?? '-'}${rows.right.get(key) ?? '-'}`])
  const found = (): (readonly [string, string])[] =>
    instance.state === 'RUNNING' ? Array.from(instance.store(joined).all()).toSorted(([a], [b]) => (a < b ? -1 : 1)) : []
  await cluster.run(() => JSON.stringify(found()) === JSON.stringify(expected), { maxTimeMs: 120_000 })
  await cluster.advance(3_000)
  assert.deepEqual(found(), expected, `seed ${seed}`)
  const counts = new Map<string | null, number | null>()
  for (const { key, value } of cluster.read(groups)) counts.set(key, value)
  const groupsOf = Map.groupBy(expected, ([, value]) => value!.slice(0, 1))
  for (const [group, count] of counts) assert.equal(count ?? 0, groupsOf.get(group!)?.length ?? 0, `seed ${seed}, group ${group}`)
  assert.equal(instance.failure, null)
}

test('TestCluster joins tables exactly once, whenever the instance is killed', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    await runWithKills(seed, survivingMemoryEngines())
    await runWithKills(seed, memoryEngines)
  }
})

test('TestCluster refuses to join tables whose topics have different numbers of partitions, and says how they can be joined', async () => {
  await using cluster = new TestCluster({ seed: 1, initialRebalanceDelayMs: 0, heartbeatIntervalMs: 200 })
  cluster.createTopics({ left: 2, right: 3, groups: 1 })
  const instance = cluster.start('a', joinedTables().builder, config)
  await cluster.run(() => instance.state === 'ERROR', { maxTimeMs: 60_000 })
  assert.match(instance.failure?.message ?? '', /left=2, right=3.*repartition\(\) one side/)
})

test('TestCluster gives the repartition topic of a joined table as many partitions as the topic of the other one has', async () => {
  await using cluster = new TestCluster({ seed: 1, initialRebalanceDelayMs: 0, heartbeatIntervalMs: 200 })
  cluster.createTopics({ left: 1, right: 3, groups: 3 })
  const builder = new StreamsBuilder()
  const bySelf = builder.stream(left).selectKey((key) => key, { key: serdes.string })
  const table = bySelf.toTable({ value: serdes.string, name: 'again' })
  const joined = table.join(builder.table(right), (a, b) => a.length + b.length)
  joined.toStream().to(groups)
  const instance = cluster.start('a', builder, config)
  const keys = ['k', 'l', 'm', 'n', 'o', 'p']
  cluster.produce(
    left,
    keys.map((key) => ({ key, value: 'a', timestamp: 1 })),
  )
  cluster.produce(
    right,
    keys.map((key) => ({ key, value: 'bb', timestamp: 2 })),
  )
  await cluster.run(() => new Set(cluster.read(groups).map(({ key }) => key)).size === keys.length, { maxTimeMs: 60_000 })
  assert.equal(cluster.cluster.topics.partitions('app-again-repartition'), 3)
  assert.equal(instance.failure, null)
})
