import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { sessionWindows } from '../../model/session-windows.ts'
import { StreamRecord } from '../../model/stream-record.ts'
import { timeWindows } from '../../model/time-windows.ts'
import { recordHeaders } from '../../record/record-headers.ts'
import { serdes } from '../../serdes/serdes.ts'
import { topic } from '../../serdes/topic.ts'
import { Position } from '../../state/position.ts'
import type { StoreHandle } from '../../state/store-handle.ts'
import { keyValueStore, timestampedKeyValueStore, versionedKeyValueStore } from '../../state/store-spec.ts'
import { TestCluster } from '../../testing/test-cluster.ts'
import type { TestConfig, TestInstance } from '../../testing/test-instance.ts'
import type { AsyncQueryOptions } from '../interactive-queries.ts'
import {
  keyQuery,
  multiVersionedKeyQuery,
  type Query,
  rangeQuery,
  sessionKeyQuery,
  sessionKeyWithHeadersQuery,
  timestampedKeyQuery,
  timestampedKeyWithHeadersQuery,
  timestampedRangeQuery,
  timestampedRangeWithHeadersQuery,
  timestampedWindowKeyQuery,
  timestampedWindowKeyWithHeadersQuery,
  timestampedWindowRangeQuery,
  timestampedWindowRangeWithHeadersQuery,
  versionedKeyQuery,
  windowKeyQuery,
  windowRangeQuery,
} from '../queries.ts'
import type { QueryResult, StateQueryResult } from '../query-result.ts'

// Whatever is asked of stream threads that are workers, the answer is the one that the event loop gives to the same input.

const words = topic('words', { key: serdes.string, value: serdes.string })
const text = { key: serdes.string, value: serdes.string }
const PARTITIONS = 4
const config: TestConfig = { applicationId: 'loop', commitIntervalMs: 100, statestoreCacheMaxBytes: 0 }
const keys = ['ant', 'bee', 'cat', 'dog']
const times = { from: 0, to: 10_000 }

const plain = keyValueStore('plain', text)
const withHeaders = timestampedKeyValueStore('with-headers', { ...text, format: 'headers' })
const history = versionedKeyValueStore('history', { ...text, historyRetention: '10m' })

function topology() {
  const builder = new StreamsBuilder()
  const stream = builder.stream(words)
  const grouped = stream.groupByKey()
  const counts = grouped.count({ store: 'counts', format: 'headers' })
  const perWindow = grouped.windowedBy(timeWindows({ size: 100, grace: 0 })).count({ store: 'per-window', format: 'headers' })
  const visits = grouped.windowedBy(sessionWindows({ inactivityGap: 50, grace: 0 })).count({ store: 'visits', format: 'headers' })
  stream.process(
    ({ stores }) =>
      ({ key, value, timestamp, headers }) => {
        stores.plain.put(key, value)
        stores.withHeaders.put(key, { value, timestamp, headers })
        stores.history.put(key, value, timestamp)
      },
    { stores: { plain, history, withHeaders } },
  )
  return { builder, counts, perWindow, visits }
}

/** All kinds of queries, with the store that each is put to, and some that are put to a store of another kind. */
function questions(): readonly (readonly [name: string, store: StoreHandle<unknown>, query: Query])[] {
  const { counts, perWindow, visits } = topology()
  return keys.flatMap((key) => [
    [`key ${key}`, counts, keyQuery(key)],
    [`key beneath the cache ${key}`, counts, keyQuery(key, { skipCache: true })],
    [`range from ${key}`, counts, rangeQuery({ from: key, reverse: key === 'cat' })],
    [`range of a plain store to ${key}`, plain, rangeQuery({ to: key })],
    [`plain ${key}`, plain, keyQuery(key)],
    [`timestampedKey ${key}`, counts, timestampedKeyQuery(key)],
    [`timestampedKey of a plain store ${key}`, plain, timestampedKeyQuery(key)],
    [`timestampedRange ${key}`, counts, timestampedRangeQuery({ from: key, to: 'cat' })],
    [`timestampedKeyWithHeaders ${key}`, counts, timestampedKeyWithHeadersQuery(key)],
    [`timestampedKeyWithHeaders of a processor's store ${key}`, withHeaders, timestampedKeyWithHeadersQuery(key)],
    [`timestampedRangeWithHeaders ${key}`, counts, timestampedRangeWithHeadersQuery({ to: key })],
    [`timestampedRangeWithHeaders of a processor's store ${key}`, withHeaders, timestampedRangeWithHeadersQuery({ to: key })],
    [`windowKey ${key}`, perWindow, windowKeyQuery(key, times)],
    [`windowRange ${key}`, perWindow, windowRangeQuery({ from: 100, to: 300 })],
    [`timestampedWindowKey ${key}`, perWindow, timestampedWindowKeyQuery(key, times)],
    [`timestampedWindowRange ${key}`, perWindow, timestampedWindowRangeQuery(times)],
    [`timestampedWindowKeyWithHeaders ${key}`, perWindow, timestampedWindowKeyWithHeadersQuery(key, times)],
    [`timestampedWindowRangeWithHeaders ${key}`, perWindow, timestampedWindowRangeWithHeadersQuery(times)],
    [`sessionKey ${key}`, visits, sessionKeyQuery(key)],
    [`sessionKeyWithHeaders ${key}`, visits, sessionKeyWithHeadersQuery(key)],
    [`key of windows ${key}`, perWindow, keyQuery(key)],
    [`versionedKey ${key}`, history, versionedKeyQuery(key)],
    [`versionedKey as of ${key}`, history, versionedKeyQuery(key, { asOf: 150 })],
    [`multiVersionedKey ${key}`, history, multiVersionedKeyQuery(key, { ascending: key === 'dog' })],
    [`nobody ${key}`, counts, timestampedKeyQuery('nobody')],
  ])
}

/** An answer with everything of it that can be compared. */
function shownAnswer(answer: QueryResult<unknown>): unknown {
  const position = String(answer.position)
  if (!answer.isSuccess) return { reason: answer.reason, message: answer.message, position }
  const { result } = answer
  const isScan = typeof result === 'object' && result !== null && Symbol.iterator in result
  return { result: isScan ? Array.from(result as Iterable<unknown>, shown) : shown(result), isScan, position }
}

function shown(item: unknown): unknown {
  if (!(item instanceof StreamRecord)) return item
  const headers = Array.from(item.headers, ({ key, value }) => `${key}=${String(value)}`)
  return { key: item.key as unknown, value: item.value as unknown, timestamp: item.timestamp, headers }
}

function shownAll({ partitionResults, globalResult }: StateQueryResult<unknown>): unknown {
  return { partitions: Array.from(partitionResults, ([partition, answer]) => [partition, shownAnswer(answer)]), globalResult }
}

interface Scene extends AsyncDisposable {
  readonly cluster: TestCluster
  readonly workers: TestInstance
  readonly loop: TestInstance
  ask(of: TestInstance, store: StoreHandle<unknown>, query: Query, options?: AsyncQueryOptions): Promise<StateQueryResult<unknown>>
}

/** Two applications that have read the same: one with two stream threads that are workers, one with the event loop. */
async function scene(): Promise<Scene> {
  const cluster = new TestCluster({ seed: 11, initialRebalanceDelayMs: 0, heartbeatIntervalMs: 300, sessionTimeoutMs: 3_000, latencyMs: 1 })
  cluster.createTopics({ words: PARTITIONS })
  const loop = cluster.start('loop', topology().builder, config)
  const workers = cluster.start('workers', topology().builder, { ...config, applicationId: 'workers', numStreamThreads: 2 })
  cluster.produce(
    words,
    Array.from({ length: 60 }, (_, index) => ({
      key: keys[index % keys.length]!,
      value: `value ${index}`,
      timestamp: 10 * index,
      headers: recordHeaders([
        ['index', String(index)],
        ['absent', null],
      ]),
    })),
  )
  await cluster.run(() => workers.state === 'RUNNING' && loop.state === 'RUNNING', { maxTimeMs: 120_000 })
  // Everything is read, and committed.
  await cluster.advance(2_000)
  const ask: Scene['ask'] = async (of, store, query, options) => {
    let isDone = false
    const asked = of.queries.queryAsync(store as StoreHandle<never>, query as never, options).finally(() => (isDone = true))
    asked.catch(() => undefined)
    await cluster.run(() => isDone, { maxTimeMs: 60_000 })
    return asked
  }
  return { cluster, workers, loop, ask, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() }
}

test('queryAsync() of stream threads that are workers gives what the event loop gives, for all kinds of queries', async () => {
  await using on = await scene()
  let found = 0
  for (const isolationLevel of ['read_uncommitted', 'read_committed'] as const) {
    for (const [name, store, query] of questions()) {
      const expected = on.loop.queries.query(store as StoreHandle<never>, query as never, { isolationLevel })
      const inLoop = shownAll(expected)
      const answer = await on.ask(on.workers, store, query, { isolationLevel })
      assert.deepEqual(shownAll(answer), inLoop, `${name}, ${isolationLevel}`)
      assert.ok(answer.position.equals(expected.position))
      assert.deepEqual([...answer.partitionResults.keys()], [0, 1, 2, 3])
      if (JSON.stringify(inLoop).includes('"isScan"')) found++
    }
  }
  assert.ok(found > 100, 'most of them find something')
  const records = await on.ask(on.workers, withHeaders, timestampedKeyWithHeadersQuery('ant'))
  assert.deepEqual(shown(records.onlyPartitionResult?.result), {
    key: 'ant',
    value: 'value 56',
    timestamp: 560,
    headers: ['index=56', 'absent=null'],
  })
})

test('queryAsync() of workers keeps to bounds, partitions and requireActive, and says what was done', async () => {
  await using on = await scene()
  const { counts } = topology()
  const first = await on.ask(on.workers, counts, rangeQuery())
  const reached = await on.ask(on.workers, counts, keyQuery('ant'), { positionBound: first.position, requireActive: false })
  assert.equal(reached.onlyPartitionResult?.result, 15)
  const [[topicName, partition, offset]] = [...first.position] as [[string, number, number]]
  const beyond = { positionBound: Position.of([[topicName, partition, offset + 1]]) }
  const late = await on.ask(on.workers, counts, keyQuery('ant'), beyond)
  const behind = late.partitionResults.get(partition)!
  assert.equal(behind.isSuccess ? '' : behind.reason, 'NOT_UP_TO_BOUND')
  assert.ok(behind.position.equals(Position.of([[topicName, partition, offset]])))
  const active = await on.ask(on.workers, counts, keyQuery('ant'), { ...beyond, requireActive: true })
  assert.ok(active.partitionResults.get(partition)!.isSuccess, 'no bound is looked at where the task must be active')
  function* some(): Generator<number> {
    yield* [7, 2]
  }
  const chosen = await on.ask(on.workers, counts, rangeQuery(), { partitions: some(), executionInfo: true })
  assert.deepEqual(
    Array.from(chosen.partitionResults, ([number, answer]) => [number, answer.isSuccess || answer.reason]),
    [
      [2, true],
      [7, 'DOES_NOT_EXIST'],
    ],
  )
  assert.match(chosen.partitionResults.get(2)!.executionInfo.join(), /^store "counts" of task 0_2 was asked for its rows beneath the cache/)
  const wrong = await on.ask(on.workers, counts, keyQuery({} as string))
  const inLoop = on.loop.queries.query(counts, keyQuery({} as string))
  for (const given of [wrong, inLoop]) {
    assert.deepEqual(
      Array.from(given.partitionResults.values(), (answer) => (answer.isSuccess ? '' : answer.reason)),
      keys.map(() => 'STORE_EXCEPTION'),
    )
  }
})

test('queryAsync() of workers reads a scan of many pages as it was when it was asked', async () => {
  await using on = await scene()
  const count = 5_500
  const entries = (from: number): { key: string; value: string; partition: number; timestamp: number }[] =>
    Array.from({ length: count }, (_, index) => ({ key: `k${from + index}`, value: 'v', partition: 1, timestamp: 1_000 }))
  on.cluster.produce(words, entries(0))
  await on.cluster.advance(5_000)
  let answer: StateQueryResult<Iterable<readonly [string, string]>> | null = null
  const asked = on.workers.queries.queryAsync(plain, rangeQuery({ from: 'k' }), { partitions: [1] })
  void asked.then((given) => (answer = given))
  on.cluster.produce(words, entries(count))
  await on.cluster.run(() => answer !== null, { maxTimeMs: 60_000 })
  const { result } = (await asked).onlyPartitionResult!
  assert.equal([...result].length, count)
  assert.deepEqual(result.next(), { done: true, value: undefined })
  await on.cluster.advance(5_000)
  const later = await on.ask(on.workers, plain, rangeQuery({ from: 'k' }), { partitions: [1] })
  const scan = later.onlyPartitionResult!.result as Iterable<unknown>
  for (const row of scan) {
    assert.deepEqual(row, ['k0', 'v'])
    break
  }
  assert.deepEqual([...scan], [], 'a loop that is left early ends the scan')
})

test('queryAsync() rejects as query() throws, ends with its signal, and asks the event loop where that has the stores', async () => {
  await using on = await scene()
  const { counts } = topology()
  assert.equal((await on.ask(on.loop, counts, keyQuery('ant'))).onlyPartitionResult?.result, 15)
  await assert.rejects(on.ask(on.workers, keyValueStore('unknown', text), keyQuery('ant')), { code: 'STORE_UNKNOWN' })
  await assert.rejects(on.ask(on.workers, counts, keyQuery('ant'), { signal: AbortSignal.abort(new Error('enough')) }), /enough/)
  assert.throws(() => on.workers.queries.query(counts, keyQuery('ant')), { code: 'STORE_IN_WORKER', message: /use queryAsync\(\)$/ })
  void on.workers.close()
  await on.cluster.run(() => on.workers.state === 'NOT_RUNNING', { maxTimeMs: 60_000 })
  await assert.rejects(on.ask(on.workers, counts, keyQuery('ant')), { code: 'STREAMS_STOPPED' })
})
