import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { callsThatWrite } from '../base/disk/disk-faults.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { keyValueStore } from '../state/store-spec.ts'
import { TestCluster } from './test-cluster.ts'
import type { TestConfig, TestInstance } from './test-instance.ts'

const visits = topic('visits', { key: serdes.string, value: serdes.string })
const counts = topic('counts', { key: serdes.string, value: serdes.int64 })
const PARTITIONS = 2
const limits = { maxTimeMs: 120_000 }
const guarantees = ['exactly_once_v2', 'at_least_once'] as const

function configOf(more: Partial<TestConfig> = {}): TestConfig {
  return {
    applicationId: 'app',
    processingGuarantee: 'exactly_once_v2',
    commitIntervalMs: 100,
    statestoreCacheMaxBytes: 0,
    stateDir: '/data',
    ...more,
  }
}

function newCluster(seed: number): TestCluster {
  const cluster = new TestCluster({ seed, initialRebalanceDelayMs: 0, sessionTimeoutMs: 2_000, heartbeatIntervalMs: 300, latencyMs: 1 })
  cluster.createTopics({ visits: PARTITIONS, counts: PARTITIONS })
  return cluster
}

function counting(): StreamsBuilder {
  const builder = new StreamsBuilder()
  builder.stream(visits).groupByKey().count({ store: 'visits-per-page' }).toStream().to(counts)
  return builder
}

/** Counts in a store without a changelog. */
function countingUnlogged(): StreamsBuilder {
  const unlogged = keyValueStore('unlogged', { key: serdes.string, value: serdes.int64, logging: false })
  const builder = new StreamsBuilder()
  builder
    .stream(visits)
    .process(
      ({ stores, forward }) =>
        (record) => {
          const count = (stores.unlogged.get(record.key) ?? 0) + 1
          stores.unlogged.put(record.key, count)
          forward(record.withValue(count))
        },
      { stores: { unlogged }, key: serdes.string, value: serdes.int64 },
    )
    .to(counts)
  return builder
}

function visit(cluster: TestCluster, times: number): void {
  const records = Array.from({ length: times * PARTITIONS }, (_, index) => {
    const partition = index % PARTITIONS
    return { key: `page-${partition}`, value: 'v', partition }
  })
  cluster.produce(visits, records)
}

function haveCounted(cluster: TestCluster, times: number): () => boolean {
  return () => {
    const last = [...new Map(cluster.read(counts).map(({ key, value }) => [key, value])).values()]
    return last.length === PARTITIONS && last.every((count) => count === times)
  }
}

/** How many records were restored, by partition, since the call. */
function watchRestores(instance: TestInstance): number[] {
  const seen = Array.from({ length: PARTITIONS }, () => 0)
  instance.on('restoreEnd', ({ partition, restored }) => (seen[partition]! += restored))
  return seen
}

function logOf({ environment }: TestInstance): string {
  return environment.logEntries.map(({ message }) => message).join('\n')
}

async function closed(cluster: TestCluster, instance: TestInstance): Promise<void> {
  void instance.close()
  await cluster.run(() => instance.state === 'NOT_RUNNING', limits)
}

describe('TestCluster with stores on disk', () => {
  for (const processingGuarantee of guarantees) {
    test(`a crash costs the replay of what was committed since the last flush, ${processingGuarantee}`, async () => {
      await using cluster = newCluster(51)
      const config = configOf({ processingGuarantee })
      const first = cluster.start('first', counting(), config)
      visit(cluster, 50)
      await cluster.run(haveCounted(cluster, 50), limits)
      // Nothing comes any more: the rows become durable by time.
      await cluster.advance(12_000)
      visit(cluster, 5)
      await cluster.run(haveCounted(cluster, 55), limits)
      await cluster.advance(500)
      first.kill()
      const second = cluster.start('second', counting(), config)
      const restored = watchRestores(second)
      visit(cluster, 1)
      await cluster.run(haveCounted(cluster, 56), limits)
      assert.deepEqual(restored, [5, 5])
      await closed(cluster, second)
      const third = cluster.start('third', counting(), config)
      const again = watchRestores(third)
      visit(cluster, 1)
      await cluster.run(haveCounted(cluster, 57), limits)
      assert.deepEqual(again, [0, 0], 'an instance that closes writes what it has')
      assert.doesNotMatch(logOf(second) + logOf(third), /wiped/)
    })

    test(`a store without a changelog has what was committed, after a crash and a power loss, ${processingGuarantee}`, async () => {
      await using cluster = newCluster(52)
      const config = configOf({ processingGuarantee })
      let times = 0
      for (let round = 1; round <= 4; round++) {
        const instance = cluster.start(`i${round}`, countingUnlogged(), config)
        visit(cluster, 10)
        times += 10
        await cluster.run(haveCounted(cluster, times), limits)
        await cluster.advance(300)
        instance.kill()
        if (round % 2 === 0) cluster.world.disk.losePower(cluster.world.random, '/data')
      }
      assert.equal(cluster.read(counts).length, times * PARTITIONS)
    })
  }

  test('a store without a changelog loses nothing where at-least-once dies right after its offsets are committed', async () => {
    await using cluster = newCluster(57)
    const config = configOf({ processingGuarantee: 'at_least_once' })
    const first = cluster.start('first', countingUnlogged(), config)
    visit(cluster, 10)
    cluster.cluster.faults.add({
      api: 'OffsetCommit',
      clientId: first.clientId,
      when: 'after',
      where: () => {
        first.kill()
        return false
      },
    })
    await cluster.run(() => first.isKilled, limits)
    assert.equal(cluster.cluster.committedOffset('app', 'visits', 0), 10)
    cluster.start('second', countingUnlogged(), config)
    visit(cluster, 10)
    await cluster.run(haveCounted(cluster, 20), limits)
  })

  test('a file that is damaged is noticed, its stores are restored, and the log says so', async () => {
    await using cluster = newCluster(53)
    const first = cluster.start('first', counting(), configOf())
    visit(cluster, 50)
    await cluster.run(haveCounted(cluster, 50), limits)
    await closed(cluster, first)
    const { disk } = cluster.world
    for (const path of disk.paths().filter((name) => name.startsWith('/data/app/0_0/'))) {
      disk.damage(path, (content) => {
        if (content.length > 40) content[20]! ^= 0xff
        return content
      })
    }
    const second = cluster.start('second', counting(), configOf())
    const restored = watchRestores(second)
    visit(cluster, 1)
    await cluster.run(haveCounted(cluster, 51), limits)
    assert.deepEqual(restored, [50, 0])
    assert.match(logOf(second), /task 0_0|0_0/)
  })

  test('a disk that is full for a while costs the replay of a tail, and nothing else', async () => {
    await using cluster = newCluster(54)
    const instance = cluster.start('a', counting(), configOf())
    visit(cluster, 50)
    await cluster.run(haveCounted(cluster, 50), limits)
    await cluster.advance(12_000)
    const remove = cluster.world.disk.faults.add({
      calls: callsThatWrite,
      where: (path) => path.startsWith('/data'),
      nth: 1,
      times: Infinity,
      outcome: 'ENOSPC',
    })
    visit(cluster, 5)
    await cluster.advance(15_000)
    const failures = instance.environment.logEntries.map(({ fields }) => String((fields as { err?: unknown }).err))
    assert.match(failures.join('\n'), /ENOSPC/)
    remove()
    visit(cluster, 5)
    await cluster.run(haveCounted(cluster, 60), limits)
    await cluster.run(() => instance.state === 'RUNNING', limits)
    assert.equal(cluster.read(counts).length, 60 * PARTITIONS, 'each count was written once')
    assert.equal(instance.failure, null)
  })

  test('a disk that is full under a global store ends the instance, as in Kafka Streams, and the next one goes on with all rows', async () => {
    await using cluster = newCluster(58)
    cluster.createTopics({ rates: 1 })
    const rates = topic('rates', { key: serdes.string, value: serdes.string })
    const build = () => {
      const builder = new StreamsBuilder()
      const table = builder.globalTable(rates, { store: 'rates' })
      return { builder, table }
    }
    const built = build()
    const first = cluster.start('first', built.builder, configOf())
    const write = (from: number, count: number): void =>
      cluster.produce(
        rates,
        Array.from({ length: count }, (_, index) => ({ key: `k${from + index}`, value: 'v', partition: 0 })),
      )
    const countOf = (instance: TestInstance, { table }: ReturnType<typeof build>): number =>
      [...instance.queries.localStore(table).all()].length
    write(0, 20)
    await cluster.run(() => first.state === 'RUNNING' && countOf(first, built) === 20, limits)
    await cluster.advance(15_000)
    const remove = cluster.world.disk.faults.add({
      calls: callsThatWrite,
      where: (path) => path.startsWith('/data'),
      nth: 1,
      times: Infinity,
      outcome: 'ENOSPC',
    })
    write(20, 20)
    await cluster.run(() => first.state === 'ERROR', limits)
    const { failure } = first
    assert.ok(isMillraceError(failure) && failure.code === 'STORE_CORRUPTED', String(failure))
    assert.match(String(failure.cause), /ENOSPC/)
    remove()
    const again = build()
    const second = cluster.start('first', again.builder, configOf())
    const told: string[] = []
    second.on('restoreStart', ({ store, from, to }) => told.push(`${store}: ${from} to ${to}`))
    await cluster.run(() => second.state === 'RUNNING' && countOf(second, again) === 40, limits)
    assert.deepEqual(told, ['rates: 20 to 40'], 'what was there before is not read again')
  })

  test('a table that is restored from its source topic, and a global table, go on from where they were', async () => {
    await using cluster = newCluster(55)
    cluster.createTopics({ prices: PARTITIONS, rates: 1 })
    const prices = topic('prices', { key: serdes.string, value: serdes.string })
    const rates = topic('rates', { key: serdes.string, value: serdes.string })
    const build = (): StreamsBuilder => {
      const builder = new StreamsBuilder()
      builder.table(prices, { store: 'prices' })
      builder.globalTable(rates, { store: 'rates' })
      return builder
    }
    const config = configOf({ topologyOptimization: 'all' })
    const write = (count: number, value: string): void => {
      cluster.produce(
        prices,
        Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value, partition: index % PARTITIONS })),
      )
      cluster.produce(rates, [{ key: 'a', value, partition: 0 }])
    }
    const first = cluster.start('first', build(), config)
    write(20, 'old')
    await cluster.run(() => first.state === 'RUNNING' && cluster.cluster.lag('app') === 0, limits)
    await cluster.advance(15_000)
    write(4, 'new')
    await cluster.advance(2_000)
    first.kill()
    const second = cluster.start('second', build(), config)
    const table = keyValueStore('prices', { key: serdes.string, value: serdes.string })
    const told: string[] = []
    second.on('restoreStart', ({ store, partition, from, to }) => told.push(`${store} ${partition}: ${from} to ${to}`))
    await cluster.run(() => second.state === 'RUNNING' && [...second.store(table).all()].length === 20, limits)
    assert.deepEqual(told.toSorted(), ['prices 0: 10 to 12', 'prices 1: 10 to 12', 'rates 0: 1 to 2'])
  })

  test('stores that move to another engine are restored anew, and what the old one had is removed', async () => {
    await using cluster = newCluster(56)
    const first = cluster.start('first', counting(), configOf())
    visit(cluster, 50)
    await cluster.run(haveCounted(cluster, 50), limits)
    await closed(cluster, first)
    const kept = (): string[] => cluster.world.disk.paths().filter((path) => path.startsWith('/data/app/0_'))
    assert.ok(kept().length > 0)
    const second = cluster.start('second', counting(), configOf({ stateEngine: 'memory' }))
    const restored = watchRestores(second)
    visit(cluster, 1)
    await cluster.run(haveCounted(cluster, 51), limits)
    assert.deepEqual(restored, [50, 50])
    await closed(cluster, second)
    const third = cluster.start('third', counting(), configOf())
    const again = watchRestores(third)
    visit(cluster, 1)
    await cluster.run(haveCounted(cluster, 52), limits)
    assert.deepEqual(again, [1, 1], 'what is on the disk is old, and its tail is replayed')
  })
})
