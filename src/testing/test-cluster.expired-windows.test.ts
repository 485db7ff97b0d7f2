import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Prng } from '../base/prng.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { joinWindows } from '../model/join-windows.ts'
import { slidingWindows } from '../model/sliding-windows.ts'
import { timeWindows } from '../model/time-windows.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { timestampedWindowRangeQuery } from '../queries/queries.ts'
import { windowStartIn } from '../state/windows/restored-from.ts'
import { TestCluster } from './test-cluster.ts'
import type { TestConfig, TestInstance } from './test-instance.ts'

const visits = topic('visits', { key: serdes.string, value: serdes.string })
const limits = { maxTimeMs: 600_000 }
const config: TestConfig = { applicationId: 'app', processingGuarantee: 'exactly_once_v2', commitIntervalMs: 100 }

/** All operators that keep windows, in every format and with both suppliers. */
function windowed(): StreamsBuilder {
  const builder = new StreamsBuilder()
  const stream = builder.stream(visits)
  const grouped = stream.groupByKey()
  const hopping = timeWindows({ size: '10s', advance: '4s', grace: '20s' })
  const sliding = slidingWindows({ timeDifference: '3s', grace: '20s' })
  grouped.windowedBy(hopping).count({ store: 'hopping' })
  grouped.windowedBy(hopping).reduce((left, right) => (right === 'drop' ? null : left.length > 20 ? right : left + right) as string, {
    store: 'reduced',
    supplier: 'in-memory',
  })
  grouped.windowedBy(hopping).emitStrategy('on-window-close').count({ store: 'closed' })
  grouped.windowedBy(sliding).count({ store: 'sliding' })
  grouped.windowedBy(sliding).count({ store: 'plain-sliding', format: 'plain', caching: false })
  grouped.windowedBy(sliding).emitStrategy('on-window-close').count({ store: 'closed-sliding' })
  stream.leftJoin(
    stream.filter((_key, value) => value !== 'y'),
    (left, right) => `${left}${right}`,
    joinWindows({ timeDifference: '2s', grace: '20s' }),
    { store: 'joined' },
  )
  return builder
}

const stores = [
  'hopping',
  'reduced',
  'closed',
  'sliding',
  'plain-sliding',
  'closed-sliding',
  'joined-this-join-store',
  'joined-outer-other-join-store',
]

/** Visits over `spanMs`, in disorder by up to 25 seconds, and at times far behind. */
function someVisits(random: Prng, count: number, spanMs: number) {
  return Array.from({ length: count }, (_, index) => {
    const time = 100_000 + Math.floor((index * spanMs) / count)
    const timestamp = Math.max(0, time - random.pick([0, 0, random.below(3_000), random.below(25_000), random.below(200_000)]))
    return { key: random.pick(['a', 'b']), value: random.pick(['x', 'y', 'drop']), timestamp }
  })
}

function changelog(cluster: TestCluster, store: string) {
  return cluster.read(topic(`app-${store}-changelog`, { key: serdes.bytes, value: serdes.nullable(serdes.bytes) }))
}

for (const statestoreCacheMaxBytes of [0, 100_000]) {
  test(`Operators write no window to a changelog with a time that is more than a millisecond before it, cache of ${statestoreCacheMaxBytes} bytes`, async () => {
    await using cluster = new TestCluster({ seed: 71, initialRebalanceDelayMs: 0, latencyMs: 1 })
    cluster.createTopics({ visits: 1 })
    const instance = cluster.start('a', windowed(), { ...config, statestoreCacheMaxBytes })
    const random = new Prng(statestoreCacheMaxBytes)
    for (let round = 0; round < 10; round++) {
      cluster.produce(visits, someVisits(random, 40, 30_000))
      await cluster.run(() => instance.state === 'RUNNING' && cluster.cluster.lag('app') === 0, limits)
      await cluster.advance(200)
    }
    const earliest = stores.map((store) => {
      const records = changelog(cluster, store)
      assert.ok(records.length > 50, `${store}: ${records.length}`)
      return Math.min(...records.map(({ key, timestamp }) => timestamp - windowStartIn(Buffer.from(key!), 0, key!.length)))
    })
    assert.ok(Math.min(...earliest) >= -1, `${stores.map((store, index) => `${store}: ${earliest[index]}`).join()}`)
  })
}

const everything = { from: 0, to: 100_000_000 }

function perWindow(engine: 'memory' | 'lsm') {
  const builder = new StreamsBuilder()
  const counts = builder
    .stream(visits)
    .groupByKey()
    .windowedBy(timeWindows({ size: '10s', advance: '1s', grace: '20s' }))
    .count({ store: 'hopping', engine })
  return { builder, counts }
}

/** What each window of a store has. */
function countsOf(instance: TestInstance, counts: ReturnType<typeof perWindow>['counts']): unknown[] {
  const found = instance.queries.query(counts, timestampedWindowRangeQuery(everything)).partitionResults.get(0)
  return found?.isSuccess === true ? [...found.result] : []
}

for (const [seed, what] of [
  [81, 'all decided'],
  [82, 'all decided'],
  [83, 'a transaction open'],
] as const) {
  test(`TestCluster restores of windows what has not expired, and nothing is missing: ${what}, seed ${seed}`, async () => {
    await using cluster = new TestCluster({
      seed,
      initialRebalanceDelayMs: 0,
      latencyMs: 1,
      sessionTimeoutMs: 3_000,
      heartbeatIntervalMs: 500,
    })
    cluster.createTopics({ visits: 1 })
    const { builder, counts } = perWindow('memory')
    const first = cluster.start('first', builder, { ...config, commitIntervalMs: 1_000, statestoreCacheMaxBytes: 0 })
    cluster.produce(visits, someVisits(new Prng(seed), 900, 3_600_000))
    await cluster.run(() => first.state === 'RUNNING' && cluster.cluster.lag('app') === 0, limits)
    await cluster.advance(2_000)
    const expected = countsOf(first, counts)
    const total = changelog(cluster, 'hopping').length
    assert.ok(total > 6_000, `${total} records`)
    const isOpen = what === 'a transaction open'
    if (isOpen) {
      cluster.produce(
        visits,
        someVisits(new Prng(seed), 10, 1_000).map((visit) => ({ ...visit, timestamp: 3_700_000 })),
      )
      await cluster.run(
        () =>
          cluster.read(topic('app-hopping-changelog', { key: serdes.bytes, value: serdes.nullable(serdes.bytes) }), 'read_uncommitted')
            .length > total,
        limits,
      )
    }
    first.kill()
    const second = cluster.start('second', perWindow('memory').builder, { ...config, statestoreCacheMaxBytes: 0 })
    const begun: number[] = []
    second.on('restoreStart', ({ from }) => begun.push(from))
    await cluster.run(
      () => second.state === 'RUNNING' && second.app.stores('hopping').length === 1 && cluster.cluster.lag('app') === 0,
      limits,
    )
    await cluster.advance(2_000)
    assert.equal(begun.length, 1)
    if (isOpen) {
      assert.equal(begun[0], 0, 'behind the open transaction nothing can be seen')
      return
    }
    assert.ok(begun[0]! > total / 2, `from ${begun[0]} of ${total}`)
    assert.ok(expected.length > 30)
    assert.deepEqual(countsOf(second, counts), expected)
    assert.ok(second.environment.logEntries.some(({ message }) => message === 'restoring a store from where its windows have not expired'))
  })
}

test('TestCluster: a standby of windows begins where they have not expired, and takes over with all that there is', async () => {
  await using cluster = new TestCluster({
    seed: 91,
    initialRebalanceDelayMs: 0,
    latencyMs: 1,
    sessionTimeoutMs: 3_000,
    heartbeatIntervalMs: 500,
    standbyReplicas: 1,
  })
  cluster.createTopics({ visits: 1 })
  const own: TestConfig = { ...config, statestoreCacheMaxBytes: 0, groupProtocol: 'streams' }
  const { builder, counts } = perWindow('memory')
  const first = cluster.start('first', builder, own)
  cluster.produce(visits, someVisits(new Prng(91), 900, 3_600_000))
  await cluster.run(() => first.state === 'RUNNING' && cluster.cluster.lag('app') === 0, limits)
  await cluster.advance(2_000)
  const expected = countsOf(first, counts)
  const second = cluster.start('second', perWindow('memory').builder, own)
  const begun: number[] = []
  second.on('standbyStart', ({ from }) => begun.push(from))
  const asStandby = (): unknown[] => countsOf(second, counts)
  await cluster.run(() => begun.length === 1 && asStandby().length === expected.length, limits)
  assert.ok(begun[0]! > 3_000, `from ${begun[0]}`)
  assert.deepEqual(asStandby(), expected)
})
