import assert from 'node:assert/strict'
import {
  KafkaStreams,
  keyQuery,
  type KeyQueryMetadata,
  keyValueStore,
  type LagInfo,
  multiVersionedKeyQuery,
  Position,
  QueryError,
  rangeQuery,
  type RemoteKeyValueStore,
  serdes,
  sessionKeyQuery,
  sessionWindows,
  StreamsBuilder,
  timestampedKeyQuery,
  timestampedKeyValueStore,
  timestampedWindowKeyQuery,
  timeWindows,
  topic,
  type ValueAndTimestamp,
  type VersionedRecord,
  versionedKeyQuery,
  versionedKeyValueStore,
  type Windowed,
  windowKeyQuery,
  windowRangeQuery,
} from 'millrace'
import { EmbeddedCluster } from 'millrace/broker'
import { expectType } from './expect.ts'

interface Order {
  readonly customer: string
  readonly amount: number
}

const orders = topic('orders', { key: serdes.string, value: serdes.json<Order>() })

function application(cluster: EmbeddedCluster) {
  const builder = new StreamsBuilder()
  const stream = builder.stream(orders)
  const latest = stream.toTable({ store: 'latest' })
  const perHour = stream
    .groupByKey()
    .windowedBy(timeWindows({ size: '1h', grace: '1m' }))
    .count({ store: 'per-hour' })
  const visits = stream
    .groupByKey()
    .windowedBy(sessionWindows({ inactivityGap: '5m', grace: '1m' }))
    .count({ store: 'visits' })
  const history = versionedKeyValueStore('history', { key: serdes.string, value: serdes.json<Order>(), historyRetention: '1d' })
  const versions = builder.table(topic('prices', { key: serdes.string, value: serdes.json<Order>() }), { store: history })
  const amounts = keyValueStore('amounts', { key: serdes.string, value: serdes.int64 })
  const stamped = timestampedKeyValueStore('stamped', { key: serdes.string, value: serdes.int64 })
  stream.process(
    ({ stores }) =>
      ({ key, value, timestamp }) => {
        stores.amounts.put(key, value.amount)
        stores.stamped.put(key, { value: value.amount, timestamp })
      },
    { stores: { amounts, stamped } },
  )
  const streams = new KafkaStreams(builder, { applicationId: 'orders', cluster })
  return { streams, latest, perHour, visits, history, versions, amounts, stamped }
}

/** Queries with positions, and what each kind gives. */
export async function queriesOfEachKind(): Promise<void> {
  await using cluster = new EmbeddedCluster()
  const { streams, latest, perHour, visits, history, versions, amounts, stamped } = application(cluster)
  const ask = (): void => {
    const found = streams.query(latest, keyQuery('a'), { positionBound: Position.empty, requireActive: true, partitions: [0, 1] })
    const only = found.onlyPartitionResult
    if (only !== null) expectType<Order | null>()(only.result)
    for (const [partition, answer] of found.partitionResults) {
      expectType<number>()(partition)
      if (answer.isSuccess) expectType<Order | null>()(answer.result)
      else expectType<string>()(answer.message)
    }
    const stampedAnswer = streams.query(latest, timestampedKeyQuery('a')).onlyPartitionResult
    if (stampedAnswer !== null) expectType<ValueAndTimestamp<Order> | null>()(stampedAnswer.result)
    const plain = streams.query(stamped, keyQuery('a')).onlyPartitionResult
    if (plain !== null) expectType<number | null>()(plain.result)
    const amount = streams.query(amounts, keyQuery('a')).onlyPartitionResult
    if (amount !== null) expectType<number | null>()(amount.result)
    for (const answer of streams.query(amounts, rangeQuery({ from: 'a', reverse: true })).partitionResults.values()) {
      if (answer.isSuccess) for (const row of answer.result) expectType<readonly [key: string, value: number]>()(row)
    }
    for (const answer of streams.query(perHour, windowKeyQuery('a', { from: 0, to: new Date() })).partitionResults.values()) {
      if (answer.isSuccess) for (const row of answer.result) expectType<readonly [windowStart: number, value: number]>()(row)
    }
    for (const answer of streams.query(perHour, windowRangeQuery({ from: 0, to: 1 })).partitionResults.values()) {
      if (answer.isSuccess) for (const [key] of answer.result) expectType<Windowed<string>>()(key)
    }
    for (const answer of streams.query(perHour, timestampedWindowKeyQuery('a', { from: 0, to: 1 })).partitionResults.values()) {
      if (answer.isSuccess) for (const [, value] of answer.result) expectType<ValueAndTimestamp<number>>()(value)
    }
    for (const answer of streams.query(visits, sessionKeyQuery('a')).partitionResults.values()) {
      if (answer.isSuccess) for (const [key] of answer.result) expectType<Windowed<string>>()(key)
    }
    const version = streams.query(history, versionedKeyQuery('a', { asOf: new Date() })).onlyPartitionResult
    if (version !== null) expectType<VersionedRecord<Order> | null>()(version.result)
    for (const answer of streams.query(versions, multiVersionedKeyQuery('a', { ascending: true })).partitionResults.values()) {
      if (answer.isSuccess) for (const each of answer.result) expectType<VersionedRecord<Order>>()(each)
    }
  }
  assert.throws(ask, QueryError)
}

/** Stores as far as they are here, with timestamps, and where keys are. */
export async function storesHere(): Promise<void> {
  await using cluster = new EmbeddedCluster()
  const { streams, latest, perHour, stamped } = application(cluster)
  const store = streams.localStore(latest, { timestamps: true, stale: true, partition: 3 })
  assert.throws(() => expectType<ValueAndTimestamp<Order> | null>()(store.get('a')), QueryError)
  const windows = streams.localStore(perHour, { timestamps: true })
  assert.throws(() => expectType<ValueAndTimestamp<number> | null>()(windows.fetch('a', 0)), QueryError)
  assert.throws(() => expectType<ValueAndTimestamp<number> | null>()(streams.localStore(stamped).get('a')), QueryError)
  assert.throws(() => expectType<KeyQueryMetadata>()(streams.metadataForKey(latest, 'a', { partitioner: () => 0 })), QueryError)
  assert.deepEqual(streams.allMetadata(), [])
  expectType<ReadonlyMap<string, ReadonlyMap<number, LagInfo>>>()(await streams.lags())
}

/** Stores wherever their partitions are. */
export async function storesAnywhere(): Promise<void> {
  await using cluster = new EmbeddedCluster()
  const { streams, latest, perHour, visits, history, stamped } = application(cluster)
  const everywhere = streams.store(latest, { headers: { authorization: 'Bearer us' }, timeout: '5s' })
  expectType<RemoteKeyValueStore<string, Order>>()(everywhere)
  const ask = async (): Promise<void> => {
    expectType<Order | null>()(await everywhere.get('a', { stale: true, maxLag: 100 }))
    for await (const row of everywhere.range('a', null, { reverse: true })) expectType<readonly [key: string, value: Order]>()(row)
    expectType<number | null>()(await streams.store(perHour).fetch('a', new Date()))
    for await (const row of streams.store(perHour).fetchRange('a', 0, Date.now())) expectType<readonly [number, number]>()(row)
    for await (const [session, visit] of streams.store(visits).fetch('a')) expectType<number>()(session.window.end + visit)
    expectType<VersionedRecord<Order> | null>()(await streams.store(history).get('a', { asOf: 0 }))
    expectType<ValueAndTimestamp<number> | null>()(await streams.store(stamped).get('a'))
  }
  await assert.rejects(ask, { code: 'STREAMS_NOT_STARTED' })
}
