import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { sessionWindows } from '../model/session-windows.ts'
import { timeWindows } from '../model/time-windows.ts'
import { recordHeaders } from '../record/record-headers.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import type { ReadOnlySessionStore } from '../state/sessions/session-store.ts'
import { survivingMemoryEngines } from '../state/engines/memory/memory-engine.ts'
import { Position } from '../state/position.ts'
import { keyValueStore, timestampedKeyValueStore, versionedKeyValueStore } from '../state/store-spec.ts'
import { TestCluster } from '../testing/test-cluster.ts'
import type { TestConfig, TestInstance } from '../testing/test-instance.ts'
import {
  keyQuery,
  multiVersionedKeyQuery,
  rangeQuery,
  sessionKeyQuery,
  timestampedKeyQuery,
  timestampedKeyWithHeadersQuery,
  timestampedRangeQuery,
  timestampedWindowKeyQuery,
  timestampedWindowRangeQuery,
  versionedKeyQuery,
  windowKeyQuery,
  windowRangeQuery,
} from './queries.ts'
import type { QueryResult } from './query-result.ts'

const words = topic('words', { key: serdes.string, value: serdes.string })
const rates = topic('rates', { key: serdes.string, value: serdes.nullable(serdes.string) })
const text = { key: serdes.string, value: serdes.string }
const PARTITIONS = 2
/** Commits so seldom that nothing is committed by itself. */
const config: TestConfig = { applicationId: 'app', commitIntervalMs: 3_600_000, statestoreCacheMaxBytes: 0, groupProtocol: 'streams' }

function open(standbyReplicas = 0): TestCluster {
  const cluster = new TestCluster({
    seed: 5,
    initialRebalanceDelayMs: 0,
    heartbeatIntervalMs: 200,
    sessionTimeoutMs: 3_000,
    latencyMs: 1,
    standbyReplicas,
  })
  cluster.createTopics({ words: PARTITIONS, rates: PARTITIONS })
  return cluster
}

const limits = { maxTimeMs: 120_000 }

/** What the partitions have answered, `null` where they have not, by partition. */
function results<R>(answers: ReadonlyMap<number, QueryResult<R>>): (R | string)[] {
  return [...answers.values()].map((answer) => (answer.isSuccess ? answer.result : answer.reason))
}

async function startTable(cluster: TestCluster, more: TestConfig = config, names: readonly string[] = ['a']) {
  const builder = new StreamsBuilder()
  const latest = builder.table(words, { store: 'latest' })
  const instances = names.map((name) => cluster.start(name, builder, more))
  await cluster.run(() => instances.every(({ state }) => state === 'RUNNING'), limits)
  return { latest, instances, instance: instances[0]! }
}

test('InteractiveQueries.query() answers keys and ranges per partition, with positions', async () => {
  await using cluster = open()
  const { latest, instance } = await startTable(cluster)
  cluster.produce(words, [
    { key: 'a', value: 'A', partition: 0, timestamp: 1 },
    { key: 'b', value: 'B', partition: 0, timestamp: 2 },
    { key: 'c', value: 'C', partition: 1, timestamp: 3 },
  ])
  await cluster.run(() => instance.store(latest).approximateNumEntries === 3, limits)
  const { queries } = instance
  const found = queries.query(latest, keyQuery('b'))
  assert.deepEqual(results(found.partitionResults), ['B', null])
  assert.equal(found.onlyPartitionResult?.result, 'B')
  assert.equal(String(found.position), '{words-0: 1, words-1: 0}')
  assert.equal(String(found.onlyPartitionResult.position), '{words-0: 1}')
  assert.deepEqual(queries.query(latest, timestampedKeyQuery('c')).onlyPartitionResult?.result, { value: 'C', timestamp: 3 })
  assert.equal(queries.query(latest, keyQuery('nobody')).onlyPartitionResult, null)
  const rows = [...queries.query(latest, rangeQuery()).partitionResults.values()].map((r) => (r.isSuccess ? [...r.result] : r.reason))
  assert.deepEqual(rows, [
    [
      ['a', 'A'],
      ['b', 'B'],
    ],
    [['c', 'C']],
  ])
  const backward = queries.query(latest, timestampedRangeQuery({ from: 'a', to: 'b', reverse: true }), { partitions: [0] })
  const answer = backward.partitionResults.get(0)!
  assert.deepEqual(
    [...(answer.isSuccess ? answer.result : [])],
    [
      ['b', { value: 'B', timestamp: 2 }],
      ['a', { value: 'A', timestamp: 1 }],
    ],
  )
})

test('InteractiveQueries.query() says why a partition does not answer', async () => {
  await using cluster = open()
  const { latest, instance } = await startTable(cluster)
  cluster.produce(words, [{ key: 'a', value: 'A', partition: 0 }])
  await cluster.run(() => instance.store(latest).approximateNumEntries === 1, limits)
  const { queries } = instance
  const missing = queries.query(latest, keyQuery('a'), { partitions: [1, 7, 0] })
  assert.deepEqual([...missing.partitionResults.keys()], [0, 1, 7])
  assert.deepEqual(results(missing.partitionResults), ['A', null, 'DOES_NOT_EXIST'])
  const bound = Position.of([
    ['words', 0, 1],
    ['others', 1, 9],
  ])
  const behind = queries.query(latest, keyQuery('a'), { positionBound: bound, executionInfo: true })
  assert.deepEqual(results(behind.partitionResults), ['NOT_UP_TO_BOUND', 'NOT_UP_TO_BOUND'])
  const [first] = behind.partitionResults.values()
  assert.match(first!.isSuccess ? '' : first!.message, /Partition 0 of store "latest" is at \{words-0: 0\}, the bound is/)
  assert.match(first!.executionInfo.join(), /store "latest" of task 0_0 was asked for its rows .* us/)
  assert.deepEqual(results(queries.query(latest, keyQuery('a'), { positionBound: bound, requireActive: true }).partitionResults), [
    'A',
    null,
  ])
  cluster.produce(words, [{ key: 'b', value: 'B', partition: 0 }])
  await cluster.run(() => instance.store(latest).approximateNumEntries === 2, limits)
  const upTo = queries.query(latest, keyQuery('a'), { positionBound: Position.of([['words', 0, 1]]) })
  assert.deepEqual(results(upTo.partitionResults), ['A', null])
  // A table may keep versions: what its store answers is known at run time.
  assert.deepEqual(results(queries.query(latest, versionedKeyQuery('a')).partitionResults), ['UNKNOWN_QUERY_TYPE', 'UNKNOWN_QUERY_TYPE'])
  assert.throws(() => keyQuery(null), { name: 'TypeError', message: 'Cannot query for the key null: a key is required' })
  const ambiguous = queries.query(latest, rangeQuery())
  assert.throws(() => ambiguous.onlyPartitionResult, { code: 'QUERY_AMBIGUOUS' })
  void instance.close()
  await cluster.run(() => instance.state === 'NOT_RUNNING', limits)
  assert.throws(() => queries.query(latest, keyQuery('a')), { code: 'STREAMS_STOPPED', store: 'latest' })
})

test('InteractiveQueries.query() gives what a store throws as STORE_EXCEPTION', async () => {
  await using cluster = open()
  const { latest, instance } = await startTable(cluster)
  // @ts-expect-error -- a key of the wrong type, as plain JavaScript may give it
  const answers = instance.queries.query(latest, keyQuery(7))
  assert.deepEqual(results(answers.partitionResults), ['STORE_EXCEPTION', 'STORE_EXCEPTION'])
})

test('InteractiveQueries.query() looks into the cache for keys only, and not at all if told so', async () => {
  await using cluster = open()
  const { latest, instance } = await startTable(cluster, { ...config, statestoreCacheMaxBytes: 1_000_000 })
  const { queries } = instance
  cluster.produce(words, [{ key: 'a', value: 'A', partition: 0, timestamp: 9 }])
  await cluster.run(() => queries.query(latest, keyQuery('a')).onlyPartitionResult !== null, limits)
  assert.equal(String(queries.query(latest, keyQuery('a')).position), '{words-0: 0}')
  assert.deepEqual(queries.query(latest, timestampedKeyQuery('a')).onlyPartitionResult?.result, { value: 'A', timestamp: 9 })
  const beneath = queries.query(latest, keyQuery('a', { skipCache: true }))
  assert.deepEqual([results(beneath.partitionResults), beneath.position.isEmpty], [[null, null], true])
  const [range] = queries.query(latest, rangeQuery(), { partitions: [0] }).partitionResults.values()
  assert.deepEqual(range?.isSuccess === true && [...range.result], [])
  assert.equal(queries.localStore(latest).get('a'), 'A')
})

for (const processingGuarantee of ['at_least_once', 'exactly_once_v2'] as const) {
  test(`InteractiveQueries.query() with read_committed sees what is committed alone, ${processingGuarantee}`, async () => {
    await using cluster = open()
    const { latest, instance } = await startTable(cluster, { ...config, commitIntervalMs: 1_000, processingGuarantee })
    const { queries } = instance
    const committed = (key: string) => queries.query(latest, keyQuery(key), { isolationLevel: 'read_committed' })
    cluster.produce(words, [{ key: 'a', value: 'A', partition: 0 }])
    await cluster.run(() => queries.query(latest, keyQuery('a')).onlyPartitionResult !== null, limits)
    assert.deepEqual([results(committed('a').partitionResults), String(committed('a').position)], [[null, null], '{}'])
    const early = queries.query(latest, rangeQuery(), { isolationLevel: 'read_committed', partitions: [0] }).partitionResults.get(0)
    await cluster.run(() => committed('a').onlyPartitionResult !== null, limits)
    assert.equal(String(committed('a').position), '{words-0: 0}')
    cluster.produce(words, [{ key: 'a', value: 'B', partition: 0 }])
    await cluster.run(() => queries.localStore(latest).get('a') === 'B', limits)
    const own = queries.localStore(latest, { isolationLevel: 'read_committed' })
    assert.deepEqual([own.get('a'), [...own.all()]], ['A', [['a', 'A']]])
    assert.equal(queries.localStore(latest, { isolationLevel: 'read_committed', timestamps: true }).get('a')?.value, 'A')
    assert.deepEqual(early?.isSuccess === true && [...early.result], [], 'an iterator sees what was there when it was opened')
  })
}

for (const [engine, options] of [
  ['memory that survives', { engines: survivingMemoryEngines() }],
  ['lsm', {}],
] as const) {
  test(`InteractiveQueries.query(): positions survive a kill as far as they were committed, ${engine}`, async () => {
    await using cluster = open()
    const builder = new StreamsBuilder()
    const latest = builder.table(words, { store: 'latest' })
    const own: TestConfig = { ...config, commitIntervalMs: 2_000, processingGuarantee: 'exactly_once_v2', stateDir: '/state' }
    const first = cluster.start('a', builder, own, options)
    cluster.produce(words, [{ key: 'a', value: 'A', partition: 0 }])
    const position = (instance: TestInstance, isolationLevel: 'read_committed' | 'read_uncommitted') =>
      instance.state === 'RUNNING' ? String(instance.queries.query(latest, keyQuery('a'), { isolationLevel }).position) : ''
    await cluster.run(() => position(first, 'read_committed') === '{words-0: 0}', limits)
    cluster.produce(words, [{ key: 'a', value: 'B', partition: 0 }])
    await cluster.run(() => position(first, 'read_uncommitted') === '{words-0: 1}', limits)
    // An engine on disk has written what was committed by now.
    if (engine === 'lsm') {
      await cluster.advance(30_000)
      cluster.produce(words, [{ key: 'a', value: 'C', partition: 0 }])
      await cluster.run(() => position(first, 'read_uncommitted') === '{words-0: 2}', limits)
    }
    first.kill()
    const second = cluster.start('a again', builder, own, options)
    second.pause()
    await cluster.run(() => second.state === 'RUNNING' && second.app.stores('latest').length === PARTITIONS, limits)
    const before = engine === 'lsm' ? '{words-0: 1}' : '{words-0: 0}'
    assert.deepEqual([position(second, 'read_committed'), position(second, 'read_uncommitted')], [before, before])
    second.resume()
    const after = engine === 'lsm' ? '{words-0: 2}' : '{words-0: 1}'
    await cluster.run(() => position(second, 'read_committed') === after, limits)
  })
}

test('InteractiveQueries see what defaultInteractiveQueryIsolationLevel says, unless they say', async () => {
  await using cluster = open()
  const careful = { ...config, commitIntervalMs: 5_000, defaultInteractiveQueryIsolationLevel: 'READ_COMMITTED' } as const
  const { latest, instance } = await startTable(cluster, careful)
  const { queries } = instance
  cluster.produce(words, [{ key: 'a', value: 'A', partition: 0 }])
  await cluster.run(() => queries.query(latest, keyQuery('a'), { isolationLevel: 'read_uncommitted' }).onlyPartitionResult !== null, limits)
  assert.deepEqual([queries.localStore(latest).get('a'), queries.query(latest, keyQuery('a')).onlyPartitionResult], [null, null])
  await cluster.advance(10_000)
  assert.deepEqual([queries.localStore(latest).get('a'), queries.query(latest, keyQuery('a')).onlyPartitionResult?.result], ['A', 'A'])
})

test('InteractiveQueries.query() answers windows and sessions, which expire as they do for processors', async () => {
  await using cluster = open()
  const builder = new StreamsBuilder()
  const grouped = builder.stream(words).groupByKey()
  const perWindow = grouped.windowedBy(timeWindows({ size: 100, grace: 0 })).count({ store: 'per-window', retention: 1_000 })
  const visits = grouped.windowedBy(sessionWindows({ inactivityGap: 50, grace: 0 })).count({ store: 'visits', retention: 1_000 })
  const instance = cluster.start('a', builder, config)
  const at = (timestamp: number) => ({ key: 'k', value: 'v', partition: 0, timestamp })
  cluster.produce(words, [at(10), at(20), at(250), at(1_900)])
  await cluster.run(() => instance.state === 'RUNNING' && instance.store(perWindow).fetch('k', 1_900) !== null, limits)
  const { queries } = instance
  const rowsOf = <T>(answers: ReadonlyMap<number, QueryResult<Iterable<T>>>): T[] =>
    [...answers.values()].flatMap((answer) => (answer.isSuccess ? [...answer.result] : []))
  const all = { from: 0, to: new Date(10_000) }
  const seen = rowsOf(queries.query(perWindow, windowKeyQuery('k', all)).partitionResults)
  assert.deepEqual(seen, [...instance.store(perWindow).fetch('k', 0, Infinity)])
  assert.deepEqual(seen.at(-1), [1_900, 1])
  assert.deepEqual(rowsOf(queries.query(perWindow, timestampedWindowKeyQuery('k', all)).partitionResults).at(-1), [
    1_900,
    { value: 1, timestamp: 1_900 },
  ])
  const everything = rowsOf(queries.query(perWindow, windowRangeQuery(all)).partitionResults)
  assert.deepEqual(everything, [...instance.store(perWindow).fetchAll(0, Infinity)])
  assert.equal(rowsOf(queries.query(perWindow, timestampedWindowRangeQuery(all)).partitionResults).at(-1)?.[1].timestamp, 1_900)
  const sessions = rowsOf(queries.query(visits, sessionKeyQuery('k')).partitionResults)
  assert.deepEqual(sessions, [...instance.store(visits).fetch('k')])
  assert.deepEqual(sessions.at(-1), [{ key: 'k', window: { start: 1_900, end: 1_900 } }, 1])
  assert.deepEqual(rowsOf(queries.query(visits, sessionKeyQuery('k'), { isolationLevel: 'read_committed' }).partitionResults), [])
  assert.deepEqual(queries.localStore(perWindow, { timestamps: true }).fetch('k', 1_900), { value: 1, timestamp: 1_900 })
  const stampedVisits = queries.localStore(visits, { timestamps: true }) as unknown as ReadOnlySessionStore<string, unknown>
  assert.throws(() => stampedVisits.fetch('k'), { code: 'TIMESTAMPS_MISSING' })
})

test('InteractiveQueries.query() answers which versions of a key held when', async () => {
  await using cluster = open()
  const builder = new StreamsBuilder()
  const history = versionedKeyValueStore('history', { ...text, historyRetention: '10m' })
  const table = builder.table(rates, { store: history })
  const instance = cluster.start('a', builder, config)
  const put = (value: string | null, timestamp: number) => ({ key: 'eur', value, partition: 0, timestamp })
  cluster.produce(rates, [put('1.0', 1_000), put('1.1', 2_000), put(null, 3_000), put('1.2', 400_000)])
  await cluster.run(() => instance.state === 'RUNNING' && instance.store(history).get('eur')?.value === '1.2', limits)
  const { queries } = instance
  const asOf = (time: number) => queries.query(history, versionedKeyQuery('eur', { asOf: time })).onlyPartitionResult?.result ?? null
  assert.deepEqual(asOf(1_500), { value: '1.0', timestamp: 1_000, validTo: 2_000 })
  assert.equal(asOf(3_500), null)
  assert.deepEqual(queries.query(table, versionedKeyQuery('eur')).onlyPartitionResult?.result, {
    value: '1.2',
    timestamp: 400_000,
    validTo: null,
  })
  const versions = (options: Parameters<typeof multiVersionedKeyQuery>[1]): string[] => {
    const answer = queries.query(history, multiVersionedKeyQuery('eur', options), { partitions: [0] }).partitionResults.get(0)!
    return answer.isSuccess
      ? Array.from(answer.result, ({ value, timestamp, validTo }) => `${value}@${timestamp}-${validTo}`)
      : [answer.reason]
  }
  assert.deepEqual(versions({}), ['1.2@400000-null', '1.1@2000-3000', '1.0@1000-2000'])
  assert.deepEqual(versions({ ascending: true }), ['1.0@1000-2000', '1.1@2000-3000', '1.2@400000-null'])
  assert.deepEqual(versions({ from: 2_000, to: 3_000 }), ['1.1@2000-3000'])
  assert.deepEqual(versions({ from: 1_999, to: 2_000 }), ['1.1@2000-3000', '1.0@1000-2000'])
  assert.deepEqual(versions({ from: 3_000, to: 399_999 }), [])
  assert.deepEqual(versions({ from: 500_000, to: 600_000 }), ['1.2@400000-null'])
  assert.deepEqual(results(queries.query(table, keyQuery('eur')).partitionResults), ['UNKNOWN_QUERY_TYPE', 'UNKNOWN_QUERY_TYPE'])
})

test('InteractiveQueries.query() answers stores of processors: plain ones have no timestamps, those with headers give them', async () => {
  await using cluster = open()
  const plain = keyValueStore('plain', text)
  const withHeaders = timestampedKeyValueStore('with-headers', { ...text, format: 'headers' })
  const builder = new StreamsBuilder()
  builder.stream(words).process(
    ({ stores }) =>
      ({ key, value, timestamp, headers }) => {
        stores.plain.put(key, value)
        stores.withHeaders.put(key, { value, timestamp, headers })
      },
    { stores: { plain, withHeaders } },
  )
  const instance = cluster.start('a', builder, config)
  cluster.produce(words, [{ key: 'k', value: 'v', partition: 1, timestamp: 4, headers: recordHeaders([['origin', 'test']]) }])
  await cluster.run(() => instance.state === 'RUNNING' && instance.store(plain).get('k') !== null, limits)
  const { queries } = instance
  assert.deepEqual(results(queries.query(plain, keyQuery('k')).partitionResults), [null, 'v'])
  assert.deepEqual(results(queries.query(plain, timestampedKeyQuery('k')).partitionResults), ['UNKNOWN_QUERY_TYPE', 'UNKNOWN_QUERY_TYPE'])
  assert.equal(queries.query(withHeaders, keyQuery('k')).onlyPartitionResult?.result, 'v')
  assert.deepEqual(queries.query(withHeaders, timestampedKeyQuery('k')).onlyPartitionResult?.result, { value: 'v', timestamp: 4 })
  const record = queries.query(withHeaders, timestampedKeyWithHeadersQuery('k')).onlyPartitionResult?.result
  assert.deepEqual(
    Array.from(record?.headers ?? [], ({ key }) => key),
    ['origin'],
  )
  assert.throws(() => queries.localStore(plain, { timestamps: true }).get('k'), { code: 'TIMESTAMPS_MISSING', store: 'plain' })
})

test('InteractiveQueries: global stores answer localStore alone', async () => {
  await using cluster = open()
  const builder = new StreamsBuilder()
  const global = builder.globalTable(rates, { store: 'rates-here' })
  const latest = builder.table(words, { store: 'latest' })
  const instance = cluster.start('a', builder, config)
  cluster.produce(rates, [{ key: 'eur', value: '1.0' }])
  await cluster.run(() => instance.state === 'RUNNING', limits)
  const { queries } = instance
  await cluster.run(() => queries.localStore(global).get('eur') === '1.0', limits)
  const answer = queries.query(global, keyQuery('eur'))
  assert.deepEqual(
    [answer.partitionResults.size, answer.globalResult?.isSuccess === false && answer.globalResult.reason],
    [0, 'UNKNOWN_QUERY_TYPE'],
  )
  assert.deepEqual(queries.metadataForKey(global, 'eur'), { activeHost: null, standbyHosts: [], partition: -1 })
  assert.equal(queries.localStore(latest).get('eur'), null)
})

test('InteractiveQueries.localStore() says that an instance rebalances, and gives old answers if they will do', async () => {
  await using cluster = open()
  const { latest, instance } = await startTable(cluster)
  cluster.produce(words, [{ key: 'a', value: 'A', partition: 0 }])
  await cluster.run(() => instance.queries.localStore(latest).get('a') === 'A', limits)
  const seen: string[] = []
  const look = (): void => {
    if (instance.state !== 'REBALANCING') return
    assert.throws(() => instance.queries.localStore(latest).get('a'), {
      code: 'STORE_NOT_AVAILABLE',
      message: /the instance is REBALANCING/,
    })
    if (instance.app.queries.stores('latest').some(({ partition }) => partition === 0)) {
      seen.push(instance.queries.localStore(latest, { stale: true, partition: 0 }).get('a') ?? 'nothing')
    }
  }
  instance.on('stateChange', look)
  const same = new StreamsBuilder()
  same.table(words, { store: 'latest' })
  cluster.start('b', same, config)
  await cluster.run(() => seen.length > 0, limits)
  assert.equal(seen[0], 'A')
})

test('InteractiveQueries.localStore() says why a store cannot be asked', async () => {
  await using cluster = open()
  const { latest, instance, instances } = await startTable(cluster, config, ['a', 'b', 'c'])
  await cluster.run(() => instances.filter(({ app }) => app.stores('latest').length === 0).length === 1, limits)
  const idle = instances.find(({ app }) => app.stores('latest').length === 0)!
  assert.throws(() => idle.queries.localStore(latest).get('a'), { code: 'STORE_MIGRATED', store: 'latest' })
  const [one] = instances.filter((candidate) => candidate !== idle)
  const here = one!.app.stores('latest')[0]!.partition
  assert.equal(one!.queries.localStore(latest, { partition: here }).get('a'), null)
  assert.throws(() => one!.queries.localStore(latest, { partition: 1 - here }).get('a'), { code: 'STORE_PARTITION', partition: 1 - here })
  assert.deepEqual(results(one!.queries.query(latest, keyQuery('a'), { partitions: [1 - here] }).partitionResults), ['NOT_PRESENT'])
  const other = new StreamsBuilder().table(words, { store: 'other' })
  assert.throws(() => instance.queries.localStore(other), { code: 'STORE_UNKNOWN', message: /"other".*it has "latest"/ })
})

test('InteractiveQueries: standbys answer where stale answers are allowed, and lag behind', async () => {
  await using cluster = open(1)
  const { latest, instances } = await startTable(cluster, { ...config, commitIntervalMs: 500 }, ['a', 'b'])
  const standbys = ({ app }: TestInstance) => app.queries.stores('latest').filter(({ state }) => state === 'standby')
  await cluster.run(() => instances.every((each) => standbys(each).length === 1 && each.app.stores('latest').length === 1), limits)
  const key = 'a'
  cluster.produce(words, [{ key, value: 'A', partition: 0 }])
  const active = instances.find(({ app }) => app.stores('latest').some(({ partition }) => partition === 0))!
  const standby = instances.find((each) => each !== active)!
  await cluster.run(() => active.queries.localStore(latest).get(key) === 'A', limits)
  await cluster.run(() => standby.queries.localStore(latest, { stale: true }).get(key) === 'A', limits)
  assert.equal(standby.queries.localStore(latest).get(key), null, 'its active task has another partition')
  assert.throws(() => standby.queries.localStore(latest, { partition: 0 }).get(key), { code: 'STORE_PARTITION' })
  assert.equal(standby.queries.localStore(latest, { partition: 0, stale: true }).get(key), 'A')
  const asked = standby.queries.query(latest, keyQuery(key), { partitions: [0] })
  assert.deepEqual(results(asked.partitionResults), ['A'])
  assert.deepEqual(results(standby.queries.query(latest, keyQuery(key), { partitions: [0], requireActive: true }).partitionResults), [
    'NOT_ACTIVE',
  ])
  await cluster.advance(2_000)
  let lags: Awaited<ReturnType<typeof standby.queries.lags>> | null = null
  void standby.queries.lags().then((found) => (lags = found))
  await cluster.run(() => lags !== null, limits)
  const ofStore = lags!.get('latest')!
  assert.deepEqual([...ofStore.keys()], [0, 1])
  assert.deepEqual(ofStore.get(0), { currentOffset: ofStore.get(0)!.endOffset, endOffset: ofStore.get(0)!.endOffset, lag: 0 })
  assert.ok(ofStore.get(0)!.endOffset >= 1)
})

for (const iqConsistencyOffsetVectorEnabled of [true, false]) {
  test(`InteractiveQueries: a standby ${iqConsistencyOffsetVectorEnabled ? 'knows' : 'does not know'} its position, with vectors: ${iqConsistencyOffsetVectorEnabled}`, async () => {
    await using cluster = open(1)
    const { latest, instances } = await startTable(cluster, { ...config, commitIntervalMs: 500, iqConsistencyOffsetVectorEnabled }, [
      'a',
      'b',
    ])
    const isThere = ({ queries }: TestInstance): boolean => queries.query(latest, keyQuery('k2')).partitionResults.size === 2
    await cluster.run(() => instances.every(isThere), limits)
    cluster.produce(words, [
      { key: 'k1', value: 'A', partition: 0 },
      { key: 'k2', value: 'B', partition: 0 },
    ])
    const answers = () => instances.map(({ queries }) => queries.query(latest, keyQuery('k2'), { partitions: [0] }))
    await cluster.run(() => answers().every(({ partitionResults }) => results(partitionResults)[0] === 'B'), limits)
    const positions = answers().map(({ position }) => String(position))
    const known = '{words-0: 1}'
    assert.deepEqual(positions.sort(), iqConsistencyOffsetVectorEnabled ? [known, known] : [known, '{}'])
    const bound = Position.of([['words', 0, 1]])
    const bounded = instances.map(({ queries }) => queries.query(latest, keyQuery('k2'), { partitions: [0], positionBound: bound }))
    assert.deepEqual(
      new Set(bounded.flatMap(({ partitionResults }) => results(partitionResults))),
      new Set(iqConsistencyOffsetVectorEnabled ? ['B'] : ['B', 'NOT_UP_TO_BOUND']),
    )
  })
}

for (const groupProtocol of ['streams', 'classic'] as const) {
  test(`InteractiveQueries.metadataForKey() follows a move, ${groupProtocol} protocol`, async () => {
    await using cluster = open()
    const builder = new StreamsBuilder()
    const latest = builder.table(words, { store: 'latest' })
    const classic = { consumer: { sessionTimeoutMs: 6_000, heartbeatIntervalMs: 300 } }
    const own = (applicationServer: string): TestConfig => ({
      ...config,
      ...(groupProtocol === 'classic' ? classic : {}),
      groupProtocol,
      applicationServer,
    })
    const a = cluster.start('a', builder, own('host-a:1'))
    const b = cluster.start('b', builder, own('host-b:2'))
    const heard: number[] = []
    a.on('instancesChange', (known) => heard.push(known.length))
    const knows = (instance: TestInstance): boolean =>
      instance.state === 'RUNNING' &&
      instance.queries.allMetadata().length === 2 &&
      instance.queries.metadataForStore(latest).length === 2 &&
      instance.queries.metadataForStore(latest).every(({ topicPartitions }) => topicPartitions.get('words')?.length === 1) &&
      instance.queries.metadataForKey(latest, 'some key').partition >= 0
    await cluster.run(() => knows(a) && knows(b), limits)
    const placed = new Map<string, number>()
    for (const key of ['some key', 'k1', 'k2', 'k3', 'k4']) {
      const where = a.queries.metadataForKey(latest, key)
      assert.deepEqual(b.queries.metadataForKey(latest, key), where, 'all instances say the same')
      assert.ok(where.activeHost !== null)
      placed.set(`${where.activeHost.host}:${where.activeHost.port}`, where.partition)
      const owner = where.activeHost.host === 'host-a' ? a : b
      assert.deepEqual(
        owner.app.stores('latest').map(({ partition }) => partition),
        [where.partition],
      )
    }
    assert.equal(placed.size, 2)
    const all = a.queries.allMetadata()
    assert.deepEqual(
      all.map(({ hostInfo, stateStoreNames }) => [hostInfo.host, hostInfo.port, stateStoreNames]),
      [
        ['host-a', 1, ['latest']],
        ['host-b', 2, ['latest']],
      ],
    )
    const first = a.queries.metadataForKey(latest, 'x', { partitioner: () => 1 })
    assert.equal(first.partition, 1)
    assert.throws(() => a.queries.metadataForKey(latest, 'x', { partitioner: () => [0, 1] }), { code: 'PARTITION_UNCLEAR' })
    assert.throws(() => a.queries.metadataForKey(latest, 'x', { partitioner: () => 2 }), { code: 'PARTITION_UNCLEAR' })
    b.kill()
    await cluster.run(() => a.queries.metadataForStore(latest)[0]?.topicPartitions.get('words')?.length === 2, limits)
    for (const key of ['k1', 'k2', 'k3', 'k4']) assert.equal(a.queries.metadataForKey(latest, key).activeHost?.host, 'host-a')
    assert.ok(heard.length >= 2)
  })
}
