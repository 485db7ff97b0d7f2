import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Prng } from '../base/prng.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { joinWindows } from '../model/join-windows.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import type { EngineFactory } from '../state/engines/engine.ts'
import { memoryEngines, survivingMemoryEngines } from '../state/engines/memory/memory-engine.ts'
import { TestCluster } from './test-cluster.ts'
import type { TestConfig, TestInstance } from './test-instance.ts'

const text = { key: serdes.string, value: serdes.string }
const orders = topic('orders', text)
const payments = topic('payments', text)
const joined = topic('joined', text)
const config: TestConfig = {
  applicationId: 'app',
  processingGuarantee: 'exactly_once_v2',
  // Longer than any recovery takes: no side runs ahead of the other, so that no record is late.
  maxTaskIdleMs: 10_000,
  emitIntervalMsKstreamsOuterJoinSpuriousResultsFix: 0,
}

type Method = 'join' | 'leftJoin' | 'outerJoin'

const WINDOW_MS = 150
const GRACE_MS = 100
const PARTITIONS = 2

/** The sides are repartitioned by what comes before the colon of the value, so that both keys and partitions change on the way. */
function joinOf(method: Method): StreamsBuilder {
  const builder = new StreamsBuilder()
  const left = builder.stream(orders).selectKey((_key, value) => value.slice(0, 1), { key: serdes.string })
  const right = builder.stream(payments)
  const joiner = (order: string | null, payment: string | null): string => `${order ?? '-'} ${payment ?? '-'}`
  const windows = joinWindows({ timeDifference: WINDOW_MS, grace: GRACE_MS })
  const options = { name: 'paid' }
  const results =
    method === 'join'
      ? left.join(right, joiner, windows, options)
      : method === 'leftJoin'
        ? left.leftJoin(right, joiner, windows, options)
        : left.outerJoin(right, joiner, windows, options)
  results.to(joined)
  return builder
}

interface Input {
  readonly key: string
  readonly value: string
  readonly timestamp: number
}

/** The results of a run without any fault. */
function modelOf(method: Method, left: readonly Input[], right: readonly Input[]): string[] {
  const isPair = (a: Input, b: Input): boolean => a.key === b.key && Math.abs(a.timestamp - b.timestamp) <= WINDOW_MS
  const results = left.flatMap((a) => right.filter((b) => isPair(a, b)).map((b) => `${a.value} ${b.value}`))
  if (method !== 'join') results.push(...left.filter((a) => !right.some((b) => isPair(a, b))).map(({ value }) => `${value} -`))
  if (method === 'outerJoin') results.push(...right.filter((b) => !left.some((a) => isPair(a, b))).map(({ value }) => `- ${value}`))
  return results.toSorted()
}

interface KillRun {
  readonly seed: number
  readonly method: Method
  readonly engines: () => EngineFactory
}

/** Feeds both sides out of order while instances are killed and replaced: each result must be there once. */
async function runWithKills({ seed, method, engines }: KillRun): Promise<void> {
  const random = new Prng(seed)
  await using cluster = new TestCluster({
    seed,
    initialRebalanceDelayMs: 0,
    sessionTimeoutMs: 2_000,
    heartbeatIntervalMs: 300,
    latencyMs: 1,
  })
  cluster.createTopics({ orders: PARTITIONS, payments: PARTITIONS, joined: PARTITIONS })
  const builder = joinOf(method)
  const start = (name: string): TestInstance => cluster.start(name, builder, config, { engines: engines() })
  const instances = [start('a0'), start('b0')]
  const [left, right]: [Input[], Input[]] = [[], []]
  const feed = (side: Input[], to: typeof orders, prefix: string, timestamp: number): void => {
    const key = random.pick(['a', 'b', 'c', 'd'])
    const value = `${key}:${prefix}${side.length}`
    side.push({ key, value, timestamp })
    cluster.produce(to, [{ key, value, timestamp }])
  }
  for (let round = 1; round <= 10; round++) {
    for (let count = random.below(4); count > 0; count--) feed(left, orders, 'o', 200 + round * 40 - random.below(100))
    for (let count = random.below(4); count > 0; count--) feed(right, payments, 'p', 200 + round * 40 - random.below(100))
    await cluster.advance(random.below(700))
    if (!random.chance(0.35)) continue
    const index = random.below(2)
    instances[index]!.kill()
    instances[index] = start(`${'ab'[index]}${round}`)
  }
  await cluster.advance(30_000)
  // What comes last makes stream time pass the windows in every partition, and waits for ever itself.
  const ends = ['a', 'b', 'c', 'd', 'e', 'f'].map((key) => ({ key, value: `${key}:end`, timestamp: 1_000_000 }))
  cluster.produce(payments, ends)
  await cluster.advance(30_000)
  const seen = cluster.read(joined, 'read_committed').map(({ value }) => value)
  assert.deepEqual(seen.toSorted(), modelOf(method, left, right), `seed ${seed}`)
  assert.deepEqual(
    instances.map(({ failure }) => failure),
    [null, null],
  )
}

for (const method of ['join', 'leftJoin', 'outerJoin'] as const) {
  test(`TestCluster: ${method}() of streams gives each result once, whenever instances are killed`, async () => {
    for (let seed = 1; seed <= 3; seed++) {
      await runWithKills({ seed, method, engines: () => memoryEngines })
      const surviving = survivingMemoryEngines()
      await runWithKills({ seed, method, engines: () => surviving })
    }
  })
}

test('TestCluster: what waits for a partner survives its instance, and is given by another one', async () => {
  await using cluster = new TestCluster({ seed: 1, initialRebalanceDelayMs: 0, sessionTimeoutMs: 2_000, heartbeatIntervalMs: 300 })
  cluster.createTopics({ orders: 1, payments: 1, joined: 1 })
  const builder = joinOf('leftJoin')
  const first = cluster.start('first', builder, config, { engines: memoryEngines })
  cluster.produce(orders, [
    { key: 'x', value: 'a:1', timestamp: 100 },
    { key: 'x', value: 'a:2', timestamp: 500 },
  ])
  await cluster.run(() => cluster.read(joined).length === 1, { maxTimeMs: 60_000 })
  first.kill()
  cluster.start('second', builder, config, { engines: memoryEngines })
  cluster.produce(payments, [{ key: 'a', value: 'a:3', timestamp: 400 }])
  await cluster.run(() => cluster.read(joined).length === 2, { maxTimeMs: 60_000 })
  cluster.produce(orders, [
    { key: 'x', value: 'b:4', timestamp: 600 },
    { key: 'x', value: 'b:5', timestamp: 900 },
  ])
  await cluster.run(() => cluster.read(joined).length === 3, { maxTimeMs: 60_000 })
  await cluster.advance(2_000)
  const values = cluster.read(joined).map(({ value, timestamp }) => `${value} @${timestamp}`)
  assert.deepEqual(values, ['a:1 - @100', 'a:2 a:3 @500', 'b:4 - @600'])
})
