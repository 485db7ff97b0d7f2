// Processors, their stores and punctuators. Each function is a program.
import assert from 'node:assert/strict'
import {
  type Entries,
  type FixedKeyRecord,
  type KStream,
  type KeyValueStore,
  keyValueStore,
  type Processor,
  type ProcessorContext,
  serdes,
  sessionStore,
  sessionWindows,
  StreamRecord,
  StreamsBuilder,
  timestampedKeyValueStore,
  timeWindows,
  topic,
  type ValueAndTimestamp,
  type VersionedRecord,
  versionedKeyValueStore,
  type Windowed,
  windowStore,
} from 'millrace'
import { testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

interface Move {
  readonly from: string
  readonly amount: number
}

const moves = topic('moves', { key: serdes.string, value: serdes.json<Move>() })
const balances = topic('balances', { key: serdes.string, value: serdes.int32 })
const rates = topic('rates', { key: serdes.string, value: serdes.float64 })

/** The serdes of `process` type what is forwarded, keys and values. */
export function newTypes(): void {
  const builder = new StreamsBuilder()
  const amounts = builder.stream(moves).process(
    ({ forward }) =>
      (record) => {
        forward(record.withKey(record.value.from).withValue(record.value.amount))
        forward(new StreamRecord('total', record.value.amount, record.timestamp))
      },
    { key: serdes.string, value: serdes.int32 },
  )
  expectType<KStream<string, number>>()(amounts)
  amounts.to(balances)
  using driver = testDriver(builder)
  driver.input(moves).pipe('1', { from: 'a', amount: 3 })
  assert.deepEqual(driver.output(balances).readKeyValues(), [
    ['a', 3],
    ['total', 3],
  ])
}

/** Without serdes a processor forwards what it gets, in part or again. */
export function sameTypes(): void {
  const stream = new StreamsBuilder().stream(moves)
  const some = stream.process(({ forward }) => (record) => {
    if (record.value.amount > 0) forward(record.withTimestamp(record.timestamp + 1))
  })
  expectType<KStream<string, Move>>()(some)
  const none = stream.process(
    ({ commit }) =>
      () =>
        commit(),
  )
  expectType<KStream<string, Move>>()(none)
}

/** A processor that keeps the keys sees them, and cannot change them. */
export function fixedKeys(): void {
  const builder = new StreamsBuilder()
  const running = keyValueStore('running', { key: serdes.string, value: serdes.int32 })
  const totals = builder.stream(moves).processValues(
    ({ stores, forward }) =>
      (record) => {
        expectType<FixedKeyRecord<string, Move>>()(record)
        const total = (stores.running.get(record.key) ?? 0) + record.value.amount
        stores.running.put(record.key, total)
        forward(record.withValue(total))
      },
    { stores: { running }, value: serdes.int32 },
  )
  expectType<KStream<string, number>>()(totals)
  totals.to(balances)
  using driver = testDriver(builder)
  driver.input(moves).pipeAll([
    ['a', { from: 'x', amount: 1 }],
    ['a', { from: 'x', amount: 2 }],
  ])
  assert.deepEqual(driver.output(balances).readValues(), [1, 3])
}

/** A store of each kind, typed by what describes it. */
export function storesOfEveryKind(): void {
  const builder = new StreamsBuilder()
  const plain = keyValueStore('plain', { key: serdes.string, value: serdes.int32, caching: true })
  const timed = timestampedKeyValueStore('timed', { key: serdes.string, value: serdes.int32 })
  const versions = versionedKeyValueStore('versions', { key: serdes.string, value: serdes.int32, historyRetention: '1h' })
  const windows = windowStore('windows', { key: serdes.string, value: serdes.int32, windowSize: '1m', retention: '1h' })
  const sessions = sessionStore('sessions', { key: serdes.string, value: serdes.int32, retention: '1h' })
  builder.stream(moves).process(
    ({ stores }) =>
      ({ key, value: { amount }, timestamp }) => {
        stores.plain.put(key, amount)
        stores.timed.put(key, { value: amount, timestamp })
        stores.versions.put(key, amount, timestamp)
        stores.windows.put(key, amount, timestamp)
        stores.sessions.put({ key, window: { start: timestamp, end: timestamp } }, amount)
        expectType<number | null>()(stores.plain.get(key))
        expectType<Entries<string, number>>()(stores.plain.range('a', null, { reverse: true }))
        expectType<ValueAndTimestamp<number> | null>()(stores.timed.get(key))
        expectType<VersionedRecord<number> | null>()(stores.versions.get(key, timestamp))
        for (const [start, n] of stores.windows.fetch(key, 0, timestamp)) expectType<number>()(start + n)
        for (const [session, n] of stores.sessions.fetch(key)) expectType<number>()(session.window.end - n)
        for (const [windowed] of stores.windows.fetchAll(0, timestamp)) expectType<Windowed<string>>()(windowed)
      },
    { stores: { plain, timed, versions, windows, sessions } },
  )
  using driver = testDriver(builder)
  driver.input(moves).pipe('a', { from: 'x', amount: 7 }, 10)
  assert.equal(driver.store(plain).get('a'), 7)
  assert.deepEqual(driver.store(timed).get('a'), { value: 7, timestamp: 10 })
  assert.deepEqual(driver.store(versions).get('a'), { value: 7, timestamp: 10, validTo: null })
  assert.equal(driver.store(windows).fetch('a', 10), 7)
  assert.equal(driver.store(sessions).fetchSession('a', 10, 10), 7)
}

/** Tables of all kinds are stores of processors: no name, no cast. */
export function tablesAsStores(): void {
  const builder = new StreamsBuilder()
  const stream = builder.stream(moves)
  const grouped = stream.groupByKey()
  const counts = grouped.count({ store: 'counts' })
  const perMinute = grouped.windowedBy(timeWindows({ size: '1m', grace: 0 })).count({ store: 'per-minute' })
  const visits = grouped.windowedBy(sessionWindows({ inactivityGap: '1m', grace: 0 })).count({ store: 'visits' })
  const prices = builder.globalTable(rates)
  const seen: unknown[] = []
  stream.process(
    ({ stores }) =>
      ({ key, timestamp }) => {
        expectType<KeyValueStore<string, number>>()(stores.counts)
        seen.push(stores.counts.get(key), stores.perMinute.fetch(key, 0), stores.prices.get(key))
        for (const [session, n] of stores.visits.fetch(key)) seen.push(session.window.end, n.toFixed())
        expectType<number>()(timestamp)
      },
    { stores: { counts, perMinute, visits, prices } },
  )
  using driver = testDriver(builder)
  driver.input(rates).pipe('a', 0.5)
  driver.input(moves).pipe('a', { from: 'x', amount: 1 }, 5)
  assert.deepEqual(seen, [1, 1, 0.5, 5, '1'])
}

/** Punctuators see their time, and what is forwarded in them is typed like the rest. */
export function punctuators(): void {
  const builder = new StreamsBuilder()
  const sums = keyValueStore('sums', { key: serdes.string, value: serdes.int32 })
  const ticks = builder.stream(moves).process(
    ({ stores, forward, schedule }) => {
      const ticking = schedule('1m', 'wall-clock', (timestamp) => {
        for (const [key, sum] of stores.sums.all()) forward(new StreamRecord(key, sum, timestamp))
      })
      schedule('1h', 'stream-time', () => ticking.cancel(), { startTime: new Date('2100-01-01') })
      return ({ key, value }) => stores.sums.put(key, value.amount)
    },
    { stores: { sums }, key: serdes.string, value: serdes.int32 },
  )
  expectType<KStream<string, number>>()(ticks)
  ticks.to(balances)
  using driver = testDriver(builder)
  driver.input(moves).pipe('a', { from: 'x', amount: 1 })
  driver.advanceWallClockTime('1m')
  assert.deepEqual(driver.output(balances).readKeyValues(), [['a', 1]])
}

/** A processor with a state of its own: an object, or a class, with an end. */
export function processorsWithAnEnd(): void {
  const builder = new StreamsBuilder()
  const ends: number[] = []
  class Largest implements Processor<string, Move> {
    #largest = 0
    readonly #context: ProcessorContext<string, number>
    constructor(context: ProcessorContext<string, number>) {
      this.#context = context
    }
    process(record: StreamRecord<string, Move>): undefined {
      this.#largest = Math.max(this.#largest, record.value.amount)
      this.#context.forward(record.withValue(this.#largest))
    }
    close(): void {
      ends.push(this.#largest)
    }
  }
  const largest = builder.stream(moves).process((context) => new Largest(context), { value: serdes.int32 })
  expectType<KStream<string, number>>()(largest)
  const objects = largest.processValues(({ forward }) => ({
    process: (record) => forward(record.withValue(record.value + 1)),
    close: () => ends.push(-1),
  }))
  expectType<KStream<string, number>>()(objects)
  objects.to(balances)
  {
    using driver = testDriver(builder)
    driver.input(moves).pipe('a', { from: 'x', amount: 4 })
    assert.deepEqual(driver.output(balances).readValues(), [5])
  }
  assert.deepEqual(
    ends.toSorted((a, b) => a - b),
    [-1, 4],
  )
}

/** Records, headers and metadata as processors see them. */
export function records(): void {
  const builder = new StreamsBuilder()
  const stream = builder.stream(moves).process((context) => (record) => {
    const { headers } = record
    expectType<Uint8Array | null>()(headers.last('trace'))
    expectType<number | undefined>()(context.recordMetadata?.offset)
    context.forward(record.withHeaders(headers.add('seen', context.taskId)))
  })
  expectType<KStream<string, Move>>()(stream)
  stream.to(topic('moved', { key: serdes.string, value: serdes.json<Move>() }))
  using driver = testDriver(builder)
  driver.input(moves).pipe('a', { from: 'x', amount: 1 }, { headers: { trace: '1' }, timestamp: 3 })
  const record = driver.output(topic('moved', { value: serdes.json<Move>() })).readRecord()
  assert.deepEqual(
    Array.from(record.headers, ({ key }) => key),
    ['trace', 'seen'],
  )
}
