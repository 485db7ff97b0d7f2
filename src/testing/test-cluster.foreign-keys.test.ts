import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Prng } from '../base/prng.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import type { EngineFactory } from '../state/engines/engine.ts'
import { memoryEngines, survivingMemoryEngines } from '../state/engines/memory/memory-engine.ts'
import { TestCluster } from './test-cluster.ts'
import type { TestConfig, TestInstance } from './test-instance.ts'

const text = { key: serdes.string, value: serdes.string }
const nullable = serdes.nullable(serdes.string)
const orders = topic('orders', { key: serdes.string, value: nullable })
const customers = topic('customers', { key: serdes.string, value: nullable })
const named = topic('named', { key: serdes.string, value: nullable })
const config: TestConfig = { applicationId: 'app', processingGuarantee: 'exactly_once_v2', statestoreCacheMaxBytes: 0 }

/** An order is `<customer>:<what>`; "-" has no customer. */
function customerOf(order: string): string | null {
  return order.startsWith('-') ? null : order.slice(0, order.indexOf(':'))
}

function namedOrders(isLeft: boolean): StreamsBuilder {
  const builder = new StreamsBuilder()
  const left = builder.table(topic('orders', text))
  const right = builder.table(topic('customers', text))
  const joiner = (order: string, customer: string | null): string => `${order}=${customer ?? '?'}`
  const options = { value: serdes.string, store: 'named' }
  const joined = isLeft ? left.leftJoin(right, customerOf, joiner, options) : left.join(right, customerOf, joiner, options)
  joined.toStream().to(named)
  return builder
}

/** The rows of the join of two tables. */
function modelOf(left: ReadonlyMap<string, string>, right: ReadonlyMap<string, string>, isLeft: boolean): Map<string, string> {
  const rows = new Map<string, string>()
  for (const [key, order] of left) {
    const customer = right.get(customerOf(order) ?? '')
    if (customer !== undefined || isLeft) rows.set(key, `${order}=${customer ?? '?'}`)
  }
  return rows
}

interface KillRun {
  readonly seed: number
  readonly isLeft: boolean
  readonly engines: () => EngineFactory
}

/** Feeds both tables, of 3 and 2 partitions, while instances are killed and replaced; the last rows must be those of the join. */
async function runWithKills({ seed, isLeft, engines }: KillRun): Promise<void> {
  const random = new Prng(seed)
  await using cluster = new TestCluster({
    seed,
    initialRebalanceDelayMs: 0,
    sessionTimeoutMs: 2_000,
    heartbeatIntervalMs: 300,
    latencyMs: 1,
  })
  cluster.createTopics({ orders: 3, customers: 2, named: 3 })
  const builder = namedOrders(isLeft)
  const left = new Map<string, string>()
  const right = new Map<string, string>()
  const start = (name: string): TestInstance => cluster.start(name, builder, config, { engines: engines() })
  const instances = [start('a0'), start('b0')]
  const change = (rows: Map<string, string>, key: string, value: string): readonly [string, string | null] => {
    if (random.chance(0.2)) rows.delete(key)
    else rows.set(key, value)
    return [key, rows.get(key) ?? null]
  }
  for (let round = 1; round <= 10; round++) {
    for (let count = random.below(6); count > 0; count--) {
      const customer = random.chance(0.1) ? '-' : random.pick(['x', 'y', 'z', 'w'])
      const [key, value] = change(left, `o${random.below(8)}`, `${customer}:${round}`)
      cluster.produce(orders, [{ key, value }])
    }
    for (let count = random.below(3); count > 0; count--) {
      const [key, value] = change(right, random.pick(['x', 'y', 'z', 'w']), `n${round}.${count}`)
      cluster.produce(customers, [{ key, value }])
    }
    await cluster.advance(random.below(900))
    if (!random.chance(0.4)) continue
    const index = random.below(2)
    instances[index]!.kill()
    instances[index] = start(`${'ab'[index]}${round}`)
  }
  await cluster.advance(20_000)
  const seen = new Map<string, string>()
  for (const { key, value } of cluster.read(named, 'read_committed')) {
    if (value === null) seen.delete(key)
    else seen.set(key, value)
  }
  const sorted = (rows: ReadonlyMap<string, string>): (readonly [string, string])[] => [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1))
  assert.deepEqual(sorted(seen), sorted(modelOf(left, right, isLeft)), `seed ${seed}`)
  assert.deepEqual(
    instances.map(({ failure }) => failure),
    [null, null],
  )
}

for (const isLeft of [false, true]) {
  test(`TestCluster: a ${isLeft ? 'left ' : ''}join by foreign key of tables that are partitioned differently ends with the right rows, whenever instances are killed`, async () => {
    for (let seed = 1; seed <= 8; seed++) {
      await runWithKills({ seed, isLeft, engines: () => memoryEngines })
      const surviving = survivingMemoryEngines()
      await runWithKills({ seed, isLeft, engines: () => surviving })
    }
  })
}
