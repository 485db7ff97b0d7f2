import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { Prng } from '../base/prng.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import type { EngineFactory } from '../state/engines/engine.ts'
import { memoryEngines, survivingMemoryEngines } from '../state/engines/memory/memory-engine.ts'
import { keyValueStore } from '../state/store-spec.ts'
import { Topology } from '../topology/topology.ts'
import { TestCluster, type TestClusterOptions } from './test-cluster.ts'
import type { TestConfig } from './test-instance.ts'

const text = { key: serdes.string, value: serdes.string }
const orders = topic('orders', text)
const customers = topic('customers', text)
const deletions = topic('customers', { key: serdes.string, value: serdes.nullable(serdes.string) })
const enriched = topic('enriched', text)
const config: TestConfig = { applicationId: 'app', processingGuarantee: 'exactly_once_v2', commitIntervalMs: 50 }
const options: TestClusterOptions = {
  seed: 1,
  initialRebalanceDelayMs: 0,
  sessionTimeoutMs: 2_000,
  heartbeatIntervalMs: 300,
  latencyMs: 1,
}
const limits = { maxTimeMs: 120_000 }

/** Orders whose value is the key of a customer, joined with the customer as it is then. */
function enrichment(): StreamsBuilder {
  const builder = new StreamsBuilder()
  const table = builder.globalTable(customers, { store: 'customers' })
  builder
    .stream(orders)
    .leftJoin(
      table,
      (_id, customer) => customer,
      (customer, name) => `${customer}=${name}`,
    )
    .to(enriched, { value: serdes.string })
  return builder
}

const failsWith = (code: string) => (error: unknown) => isMillraceError(error) && error.code === code

describe('TestCluster, global tables', () => {
  for (const guarantee of ['exactly_once_v2', 'at_least_once'] as const) {
    test(`the whole table is there before the first record is joined, on every instance (${guarantee})`, async () => {
      await using cluster = new TestCluster(options)
      cluster.createTopics({ orders: 3, customers: 3, enriched: 3 })
      const names = Array.from({ length: 60 }, (_, index) => `c${index}`)
      cluster.produce(
        customers,
        names.map((key) => ({ key, value: key.toUpperCase() })),
      )
      cluster.produce(
        orders,
        names.map((value, index) => ({ key: `o${index}`, value })),
      )
      const running = { ...config, processingGuarantee: guarantee }
      const instances = ['a', 'b'].map((name) => cluster.start(name, enrichment(), running))
      await cluster.run(() => cluster.read(enriched).length === names.length, limits)
      assert.deepEqual(
        cluster
          .read(enriched)
          .map(({ value }) => value)
          .sort(),
        names.map((name) => `${name}=${name.toUpperCase()}`).sort(),
      )
      for (const instance of instances) assert.equal(instance.failure, null)
    })
  }

  test('updates reach a running instance, across moves of leaders, and a query of its store', async () => {
    await using cluster = new TestCluster({ ...options, nodes: 3 })
    cluster.createTopics({ orders: 1, customers: 2, enriched: 1 })
    const builder = new StreamsBuilder()
    const table = builder.globalTable(customers)
    const instance = cluster.start('a', builder, config)
    await cluster.run(() => instance.state === 'RUNNING', limits)
    for (let round = 0; round < 10; round++) {
      cluster.produce(customers, [{ key: `c${round % 4}`, value: `${round}` }])
      cluster.cluster.faults.moveLeader('customers', round % 2)
      await cluster.run(() => instance.store(table).get(`c${round % 4}`) === `${round}`, limits)
    }
    cluster.produce(deletions, [{ key: 'c0', value: null }])
    await cluster.run(() => instance.store(table).get('c0') === null, limits)
    assert.equal(instance.store(table).approximateNumEntries, 3)
    assert.equal(instance.failure, null)
    void instance.close()
    await cluster.run(() => instance.state === 'NOT_RUNNING', limits)
  })

  for (const [where, engines] of [
    ['in memory that is gone', () => memoryEngines],
    ['on a disk that survives', survivingMemoryEngines],
  ] as const) {
    test(`an instance is killed and another goes on, with state ${where}`, async () => {
      for (let seed = 1; seed <= 6; seed++) await runWithKills(seed, engines())
    })
  }
})

/** Customers change and orders come while instances are killed; each order is joined once, with a name that its customer had by then. */
async function runWithKills(seed: number, engines: EngineFactory): Promise<void> {
  const random = new Prng(seed)
  await using cluster = new TestCluster({ ...options, seed, nodes: 3 })
  cluster.createTopics({ orders: 3, customers: 3, enriched: 3 })
  // Connections are cut, leaders and coordinators move, requests are slow.
  if (seed % 2 === 0) cluster.cluster.faults.startRandom()
  const versions = new Map<string, number>()
  let instance = cluster.start('i0', enrichment(), config, { engines })
  const other = cluster.start('other', enrichment(), config)
  const expected = new Map<string, string>()
  for (let round = 1; round <= 10; round++) {
    const customer = `c${random.below(4)}`
    const version = (versions.get(customer) ?? 0) + 1
    versions.set(customer, version)
    cluster.produce(customers, [{ key: customer, value: `${version}` }])
    await cluster.advance(random.below(400))
    const ordered = `c${random.below(4)}`
    expected.set(`o${round}`, ordered)
    cluster.produce(orders, [{ key: `o${round}`, value: ordered }])
    if (random.below(3) > 0) continue
    await cluster.advance(random.below(200))
    instance.kill()
    instance = cluster.start(`i${round}`, enrichment(), config, { engines })
  }
  cluster.cluster.faults.stop()
  await cluster.run(() => cluster.read(enriched).length >= expected.size, limits)
  // What every instance has in the end.
  await cluster.run(() => instance.state === 'RUNNING' && other.state === 'RUNNING', limits)
  for (const running of [instance, other]) {
    const rows = (): string => [...running.store(keyValueStore('customers', text)).all()].map((row) => row.join()).join(' ')
    const expectedRows = [...versions]
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map((row) => row.join())
      .join(' ')
    // A connection may have stalled.
    await cluster.run(() => rows() === expectedRows, limits)
    assert.equal(running.failure, null, `seed ${seed}`)
  }
  const seen = cluster.read(enriched).map(({ key, value }) => [key, value?.split('=')] as const)
  assert.deepEqual(seen.map(([key]) => key).sort(), [...expected.keys()].sort(), `seed ${seed}`)
  for (const [key, [customer, version] = []] of seen) {
    assert.equal(customer, expected.get(key as string), `seed ${seed}`)
    assert.ok(version === 'null' || Number(version) <= (versions.get(customer as string) ?? 0), `seed ${seed}`)
  }
}

const updates = keyValueStore('updates', { key: serdes.string, value: serdes.int32 })

/** A global store that counts the updates of each key: what is fed to it twice is seen. */
function countingUpdates(): StreamsBuilder {
  return new StreamsBuilder().addGlobalStore(
    customers,
    ({ stores }) =>
      ({ key }) =>
        stores.updates.put(key, (stores.updates.get(key) ?? 0) + 1),
    { stores: { updates } },
  )
}

describe('TestCluster, global stores with a processor', () => {
  for (const [where, engines] of [
    ['in memory that is gone', () => memoryEngines],
    ['on a disk that survives', survivingMemoryEngines],
  ] as const) {
    test(`the topic is run through the processor, each record once, also after a kill (${where})`, async () => {
      await using cluster = new TestCluster(options)
      cluster.createTopics({ customers: 2 })
      const disk = engines()
      let count = 0
      let instance = cluster.start('i0', countingUpdates(), { ...config, commitIntervalMs: 100 }, { engines: disk })
      for (let round = 1; round <= 6; round++) {
        for (let index = 0; index < 10; index++) cluster.produce(customers, [{ key: `c${index % 3}`, value: 'v' }])
        count += 10
        // Sometimes between two commits.
        await cluster.advance(round * 37)
        instance.kill()
        instance = cluster.start(`i${round}`, countingUpdates(), { ...config, commitIntervalMs: 100 }, { engines: disk })
        await cluster.run(() => instance.state === 'RUNNING', limits)
        const total = [...instance.store(updates).all()].reduce((sum, [, n]) => sum + n, 0)
        assert.equal(total, count)
      }
      assert.equal(instance.failure, null)
    })
  }

  test('a record without a key reaches the processor of a running instance, and is left out when the store is restored', async () => {
    await using cluster = new TestCluster(options)
    cluster.createTopics({ customers: 1 })
    const build = () => {
      const builder = new StreamsBuilder()
      const nullable = topic('customers', { key: serdes.nullable(serdes.string), value: serdes.string })
      return builder.addGlobalStore(
        nullable,
        ({ stores }) =>
          ({ key }) =>
            stores.updates.put(key ?? 'none', 1),
        { stores: { updates } },
      )
    }
    const first = cluster.start('a', build(), config)
    await cluster.run(() => first.state === 'RUNNING', limits)
    cluster.produce(topic('customers', { key: serdes.nullable(serdes.string), value: serdes.string }), [{ key: null, value: 'v' }])
    await cluster.run(() => first.store(updates).get('none') === 1, limits)
    const second = cluster.start('b', build(), config)
    await cluster.run(() => second.state === 'RUNNING', limits)
    assert.equal(second.store(updates).get('none'), null)
  })

  test('a record that cannot be read is skipped where the handler says so, and ends the instance where it does not', async () => {
    await using cluster = new TestCluster(options)
    cluster.createTopics({ customers: 1 })
    const numbers = topic('customers', { key: serdes.string, value: serdes.int32 })
    const build = () =>
      new StreamsBuilder().addGlobalStore(
        numbers,
        ({ stores }) =>
          ({ key, value }) =>
            stores.updates.put(key, value),
        { stores: { updates } },
      )
    cluster.produce(customers, [{ key: 'a', value: 'no number' }])
    cluster.produce(numbers, [{ key: 'b', value: 7 }])
    const skipping = cluster.start('a', build(), { ...config, deserializationExceptionHandler: 'skip' })
    await cluster.run(() => skipping.state === 'RUNNING', limits)
    assert.deepEqual([...skipping.store(updates).all()], [['b', 7]])
    const failing = cluster.start('b', build(), { ...config, applicationId: 'other' })
    await cluster.run(() => failing.failure !== null, limits)
    assert.ok(failsWith('DESERIALIZATION_FAILED')(failing.failure))
    cluster.produce(customers, [{ key: 'a', value: 'no number' }])
    cluster.produce(numbers, [{ key: 'b', value: 8 }])
    await cluster.run(() => skipping.store(updates).get('b') === 8, limits)
  })

  test('what a processor throws ends the instance, unless the processing handler is enabled for global stores', async () => {
    await using cluster = new TestCluster(options)
    cluster.createTopics({ customers: 1 })
    const build = () =>
      new StreamsBuilder().addGlobalStore(
        customers,
        ({ stores }) =>
          ({ key, value }) => {
            if (value === 'boom') throw new Error('boom')
            stores.updates.put(key, value.length)
          },
        { stores: { updates } },
      )
    cluster.produce(customers, [
      { key: 'a', value: 'boom' },
      { key: 'b', value: 'v' },
    ])
    const handled = { ...config, processingExceptionHandler: 'skip', processingExceptionHandlerGlobalEnabled: true } as const
    const skipping = cluster.start('a', build(), handled)
    await cluster.run(() => skipping.state === 'RUNNING', limits)
    assert.deepEqual([...skipping.store(updates).all()], [['b', 1]])
    const failing = cluster.start('b', build(), { ...config, applicationId: 'other', processingExceptionHandler: 'skip' })
    await cluster.run(() => failing.state === 'ERROR', limits)
    assert.ok(failsWith('PROCESSING_FAILED')(failing.failure))
  })
})

describe('TestCluster, topics of global stores', () => {
  test('under exactly-once the start waits for a transaction that is open, and takes nothing of it when it is aborted', async () => {
    await using cluster = new TestCluster(options)
    cluster.createTopics({ raw: 1, customers: 1, orders: 1, enriched: 1 })
    const feeding = new StreamsBuilder()
    feeding.stream(topic('raw', text)).to(customers)
    const feeder = cluster.start('feeder', feeding, { ...config, applicationId: 'feeder', commitIntervalMs: 8_000 })
    cluster.produce(customers, [{ key: 'a', value: 'old' }])
    await cluster.run(() => feeder.state === 'RUNNING', limits)
    cluster.produce(topic('raw', text), [{ key: 'a', value: 'aborted' }])
    await cluster.run(() => cluster.read(customers, 'read_uncommitted').length === 2, limits)
    feeder.kill()
    const careless = cluster.start('careless', enrichment(), { ...config, applicationId: 'other', processingGuarantee: 'at_least_once' })
    const careful = cluster.start('careful', enrichment(), config)
    const store = keyValueStore('customers', text)
    await cluster.run(() => careless.state === 'RUNNING', limits)
    assert.equal(careless.store(store).get('a'), 'aborted')
    assert.equal(careful.state, 'REBALANCING')
    await cluster.run(() => careful.state === 'RUNNING', limits)
    assert.equal(careful.store(store).get('a'), 'old')
    assert.ok(cluster.environment.clock.monotonic() > 5_000)
  })

  test('a topic that does not exist ends the start with its name', async () => {
    await using cluster = new TestCluster(options)
    cluster.createTopics({ orders: 1, enriched: 1 })
    const instance = cluster.start('a', enrichment(), config)
    await cluster.run(() => instance.state === 'ERROR', limits)
    assert.ok(failsWith('GLOBAL_TOPIC_MISSING')(instance.failure))
    assert.match(String(instance.failure), /"customers" does not exist/)
  })

  test('a topic that is made anew ends the instance; one that starts later reads it', async () => {
    await using cluster = new TestCluster(options)
    cluster.createTopics({ orders: 1, customers: 1, enriched: 1 })
    cluster.produce(customers, [{ key: 'a', value: 'old' }])
    const engines = survivingMemoryEngines()
    const first = cluster.start('a', enrichment(), config, { engines })
    await cluster.run(() => first.state === 'RUNNING', limits)
    cluster.cluster.deleteTopic('customers')
    cluster.createTopics({ customers: 1 })
    cluster.produce(customers, [{ key: 'b', value: 'new' }])
    await cluster.run(() => first.state === 'ERROR', { maxTimeMs: 600_000 })
    assert.ok(failsWith('GLOBAL_STORE_LOST')(first.failure))
    const second = cluster.start('b', enrichment(), config, { engines })
    await cluster.run(() => second.state === 'RUNNING', limits)
    assert.deepEqual([...second.store(keyValueStore('customers', text)).all()], [['b', 'new']])
  })

  test('rows whose topic has lost the position are read anew when an instance starts', async () => {
    await using cluster = new TestCluster(options)
    cluster.createTopics({
      orders: 1,
      enriched: 1,
      customers: { partitions: 1, configs: { 'retention.ms': '1000', 'segment.bytes': '100' } },
    })
    cluster.produce(customers, [{ key: 'a', value: 'old' }])
    const engines = survivingMemoryEngines()
    const first = cluster.start('a', enrichment(), config, { engines })
    await cluster.run(() => first.state === 'RUNNING', limits)
    void first.close()
    await cluster.run(() => first.state === 'NOT_RUNNING', limits)
    for (const value of ['1', '2', '3']) {
      cluster.produce(customers, [{ key: 'b', value }])
      await cluster.advance(5_000)
    }
    cluster.cluster.enforceRetention('customers')
    assert.ok(cluster.cluster.offsets('customers', 0).logStart > 1)
    const second = cluster.start('b', enrichment(), config, { engines })
    await cluster.run(() => second.state === 'RUNNING', limits)
    assert.equal(second.store(keyValueStore('customers', text)).get('a'), null)
    assert.equal(second.failure, null)
  })

  test('restoreStart and restoreEnd tell of each partition that was not empty', async () => {
    await using cluster = new TestCluster(options)
    cluster.createTopics({ orders: 1, customers: 2, enriched: 1 })
    cluster.produce(customers, [
      { key: 'a', value: '1', partition: 1 },
      { key: 'b', value: '2', partition: 1 },
    ])
    const told: unknown[] = []
    const instance = cluster.start('a', enrichment(), config)
    instance.on('restoreStart', (restore) => told.push(restore)).on('restoreEnd', (restore) => told.push(restore))
    instance.on('stateChange', (state) => told.push(state))
    await cluster.run(() => instance.state === 'RUNNING', limits)
    assert.deepEqual(told, [
      { store: 'customers', topic: 'customers', partition: 1, from: 0, to: 2 },
      { store: 'customers', topic: 'customers', partition: 1, restored: 2 },
      'RUNNING',
    ])
  })
})

test('TestCluster restores a read-only store of tasks from its topic, and reads that from the beginning', async () => {
  await using cluster = new TestCluster(options)
  cluster.createTopics({ customers: 2, enriched: 2 })
  const rows = keyValueStore('rows', text)
  const build = () => {
    const topology = new Topology()
    topology.addReadOnlyStateStore(
      'keeper',
      customers,
      ({ stores }) =>
        ({ key, value }) =>
          stores.rows.put(key, value),
      { stores: { rows } },
    )
    return topology
  }
  cluster.produce(customers, [
    { key: 'a', value: '1' },
    { key: 'b', value: '2' },
    { key: 'c', value: '3' },
  ])
  const first = cluster.start('a', build(), { ...config, mainConsumer: { autoOffsetReset: 'latest' } })
  await cluster.run(() => first.state === 'RUNNING' && first.store(rows).approximateNumEntries === 3, limits)
  await cluster.advance(500)
  first.kill()
  const second = cluster.start('b', build(), { ...config, mainConsumer: { autoOffsetReset: 'latest' } })
  const restored: string[] = []
  second.on('restoreEnd', ({ store, restored: count }) => restored.push(`${store} ${count}`))
  cluster.produce(deletions, [{ key: 'b', value: null }])
  await cluster.run(() => second.state === 'RUNNING' && second.store(rows).get('b') === null && second.store(rows).get('a') === '1', limits)
  assert.deepEqual(
    new Map(second.store(rows).all()),
    new Map([
      ['a', '1'],
      ['c', '3'],
    ]),
  )
  assert.ok(restored.length > 0)
  assert.equal(
    cluster.cluster.topics.names().some((name) => name.endsWith('-changelog')),
    false,
  )
})
