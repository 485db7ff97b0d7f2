import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { TaskError } from '../../base/errors.ts'
import { StreamsBuilder } from '../../dsl/streams-builder.ts'
import { timeWindows } from '../../model/time-windows.ts'
import { serdes } from '../../serdes/serdes.ts'
import { topic } from '../../serdes/topic.ts'
import { testDriver } from '../../testing/test-driver.ts'
import type { TopologyTestDriver } from '../../testing/topology-test-driver.ts'

const { string } = serdes
const orders = topic('orders', { key: serdes.nullable(string), value: serdes.nullable(string) })
const customers = topic('customers', { key: string, value: string })
const joined = topic('joined', { key: serdes.nullable(string), value: string })

/** `orders` joined with `customers`, with the records of both piped in. */
function driverOf(method: 'join' | 'leftJoin'): TopologyTestDriver {
  const builder = new StreamsBuilder()
  const table = builder.table(customers)
  const stream = builder.stream(orders)
  const show = (order: string, customer: string | null, key: string | null): string => `${key}: ${order} by ${customer}`
  if (method === 'join') stream.join(table, show).to(joined)
  else stream.leftJoin(table, show).to(joined)
  return testDriver(builder)
}

function droppedIn(driver: TopologyTestDriver): number | undefined {
  return driver.metrics().find(({ name }) => name === 'dropped-records-total')?.value
}

describe('KStream.join() with a table', () => {
  test('joins with the row as it is when the record comes; changes of the table give nothing', () => {
    using driver = driverOf('join')
    driver.input(orders).pipe('c1', 'too early')
    driver.input(customers).pipe('c1', 'Ada')
    driver.input(orders).pipe('c1', 'tea')
    driver.input(customers).pipe('c1', 'Ada Lovelace')
    driver.input(orders).pipe('c1', 'milk')
    driver.input(customers).pipe('c1', null)
    driver.input(orders).pipe('c1', 'too late')
    assert.deepEqual(driver.output(joined).readValues(), ['c1: tea by Ada', 'c1: milk by Ada Lovelace'])
  })

  test('the result has time and headers of the record, whatever those of the row', () => {
    using driver = driverOf('join')
    driver.input(customers).pipe('c1', 'Ada', { timestamp: 90 })
    driver.input(orders).pipe('c1', 'tea', { timestamp: 10, headers: { h: '1' } })
    const [record] = driver.output(joined).readRecords()
    assert.equal(record?.timestamp, 10)
    assert.equal(Buffer.from(record?.headers.last('h') ?? []).toString(), '1')
  })

  test('a record without key or value is dropped', () => {
    using driver = driverOf('join')
    driver.input(customers).pipe('c1', 'Ada')
    driver.input(orders).pipe(null, 'tea')
    driver.input(orders).pipe('c1', null)
    assert.equal(driver.output(joined).size, 0)
    assert.equal(droppedIn(driver), 2)
  })
})

describe('KStream.leftJoin() with a table', () => {
  test('joins a record without a row, or without a key, with null', () => {
    using driver = driverOf('leftJoin')
    driver.input(customers).pipe('c1', 'Ada')
    driver.input(orders).pipe('c2', 'tea')
    driver.input(orders).pipe(null, 'milk')
    driver.input(orders).pipe('c1', 'bread')
    assert.deepEqual(driver.output(joined).readValues(), ['c2: tea by null', 'null: milk by null', 'c1: bread by Ada'])
  })

  test('a record without a value is dropped', () => {
    using driver = driverOf('leftJoin')
    driver.input(orders).pipe('c1', null)
    driver.input(orders).pipe(null, null)
    assert.equal(driver.output(joined).size, 0)
    assert.equal(droppedIn(driver), 2)
  })

  test('records without a key pass the repartition topic that a changed key needs', () => {
    const builder = new StreamsBuilder()
    const byCustomer = builder
      .stream(orders)
      .selectKey((_id, order) => (order === 'anonymous' ? null : order), { key: serdes.nullable(string) })
    byCustomer.leftJoin(builder.table(customers), (order, customer) => `${order} by ${customer}`).to(joined)
    using driver = testDriver(builder)
    driver.input(orders).pipe('o1', 'anonymous')
    assert.deepEqual(driver.output(joined).readValues(), ['anonymous by null'])
  })
})

test('a table that is computed from another is looked up through that one', () => {
  const builder = new StreamsBuilder()
  const names = builder
    .table(customers)
    .filter((_id, name) => name !== 'Eve')
    .mapValues((name) => name.toUpperCase())
  builder
    .stream(orders)
    .leftJoin(names, (order, name) => `${order} by ${name}`)
    .to(joined)
  using driver = testDriver(builder)
  driver.input(customers).pipe('c1', 'Ada')
  driver.input(customers).pipe('c2', 'Eve')
  driver.input(orders).pipe('c1', 'tea')
  driver.input(orders).pipe('c2', 'milk')
  assert.deepEqual(driver.output(joined).readValues(), ['tea by ADA', 'milk by null'])
})

test('a table of windows is looked up by key and window', () => {
  const windows = timeWindows({ size: 10, grace: 0 })
  const clicks = topic('clicks', { key: string, value: string })
  const builder = new StreamsBuilder()
  const perWindow = builder.stream(clicks).groupByKey().windowedBy(windows).count()
  const counts = topic('counts', { key: string, value: string })
  perWindow
    .toStream()
    .join(perWindow, (left, right, { key, window }) => `${key}@${window.start}: ${left} = ${right}`)
    .map((windowed, text) => [windowed.key, text], { key: string, value: string })
    .to(counts)
  using driver = testDriver(builder)
  driver.input(clicks).pipe('a', 'x', { timestamp: 3 })
  driver.input(clicks).pipe('a', 'x', { timestamp: 4 })
  assert.deepEqual(driver.output(counts).readValues(), ['a@0: 1 = 1', 'a@0: 2 = 2'])
})

describe('KStream.join() with a table that keeps versions', () => {
  const history = { store: 'rows', historyRetention: 100 }

  /** With `grace` or without. Shows what came out as `key: value @timestamp`. */
  function versioned(method: 'join' | 'leftJoin', grace?: number): { driver: TopologyTestDriver; results: () => string[] } {
    const builder = new StreamsBuilder()
    const table = builder.table(customers, history)
    const show = (order: string, name: string | null): string => `${order} by ${name}`
    const stream = builder.stream(orders)
    const result = method === 'join' ? stream.join(table, show, { grace }) : stream.leftJoin(table, show, { grace })
    result.to(joined)
    const driver = testDriver(builder)
    const results = (): string[] =>
      driver
        .output(joined)
        .readRecords()
        .map(({ key, value, timestamp }) => `${key}: ${value} @${timestamp}`)
    return { driver, results }
  }

  test('joins with the row as it was at the time of the record', () => {
    const { driver, results } = versioned('join')
    using _closing = driver
    driver.input(customers).pipe('c1', 'Ada', { timestamp: 10 })
    driver.input(customers).pipe('c1', 'Ada Lovelace', { timestamp: 20 })
    driver.input(orders).pipe('c1', 'late tea', { timestamp: 15 })
    driver.input(orders).pipe('c1', 'milk', { timestamp: 20 })
    driver.input(orders).pipe('c1', 'too early', { timestamp: 9 })
    assert.deepEqual(results(), ['c1: late tea by Ada @15', 'c1: milk by Ada Lovelace @20'])
  })

  test('with grace a record waits, so that a row which comes late is found', () => {
    const { driver, results } = versioned('leftJoin', 10)
    using _closing = driver
    driver.input(orders).pipe('c1', 'tea', { timestamp: 100 })
    driver.input(orders).pipe('c2', 'milk', { timestamp: 100 })
    driver.input(customers).pipe('c1', 'Ada', { timestamp: 95 })
    driver.input(orders).pipe('c3', 'bread', { timestamp: 109 })
    assert.deepEqual(results(), [])
    driver.input(orders).pipe('c3', 'salt', { timestamp: 110 })
    assert.deepEqual(results(), ['c1: tea by Ada @100', 'c2: milk by null @100'])
  })

  test('with grace records leave in order of time, key and arrival; one beyond the grace is joined at once', () => {
    const { driver, results } = versioned('leftJoin', 10)
    using _closing = driver
    const input = driver.input(orders)
    for (const [key, order, timestamp] of [
      ['b', '1', 52],
      ['a', '2', 52],
      ['a', '3', 50],
      ['a', '4', 52],
    ] as const) {
      input.pipe(key, order, { timestamp })
    }
    input.pipe('a', 'equal', { timestamp: 42 })
    assert.deepEqual(results(), ['a: equal by null @42'])
    input.pipe('a', 'beyond', { timestamp: 41 })
    assert.deepEqual(results(), ['a: beyond by null @41'])
    input.pipe('z', '5', { timestamp: 70 })
    assert.deepEqual(results(), ['a: 3 by null @50', 'a: 2 by null @52', 'a: 4 by null @52', 'b: 1 by null @52'])
  })

  test('with a grace of 0 a record leaves the buffer as soon as it is in', () => {
    const { driver, results } = versioned('leftJoin', 0)
    using _closing = driver
    driver.input(orders).pipe('a', '1', { timestamp: 5 })
    assert.deepEqual(results(), ['a: 1 by null @5'])
  })

  test('with grace a record without a key fails, as in Java', () => {
    const { driver } = versioned('leftJoin', 10)
    using _closing = driver
    assert.throws(
      () => driver.input(orders).pipe(null, 'tea'),
      ({ cause }: TaskError) => cause instanceof TaskError && cause.code === 'BUFFER_KEY_NULL',
    )
  })

  test('grace needs a table that keeps versions, for the grace or longer', () => {
    const builder = new StreamsBuilder()
    const stream = builder.stream(orders)
    assert.throws(() => stream.join(builder.table(customers), () => '', { grace: 1 }), { code: 'TABLE_UNVERSIONED' })
    stream.join(builder.table('other', { key: string, value: string, ...history }), () => '', { grace: 101 })
    assert.throws(() => builder.build(), {
      code: 'STORE_OPTION',
      message: /a grace of 101 ms: store "rows" has a historyRetention of 100 ms/,
    })
  })
})

test('unnamed joins of one stream share the repartition topic, named ones have their own', () => {
  const builder = new StreamsBuilder()
  const table = builder.table(customers)
  const rekeyed = builder.stream(orders).selectKey((_id, order) => order ?? '', { key: string, name: 'rekeyed' })
  rekeyed.join(table, (order) => order ?? '')
  rekeyed.join(table, (order) => order ?? '')
  rekeyed.join(table, (order) => order ?? '', { name: 'named' })
  const topics = builder
    .build()
    .physical()
    .subtopologies.flatMap(({ repartitionTopics }) => repartitionTopics.map(({ topic: { name } }) => name))
  assert.deepEqual(topics, ['rekeyed-repartition', 'named-repartition'])
})

test('join() refuses what is no table, or is of another builder', () => {
  const stream = new StreamsBuilder().stream(orders)
  assert.throws(() => stream.join({} as never, () => ''), TypeError)
  assert.throws(() => stream.join(new StreamsBuilder().table(customers), () => ''), /of different StreamsBuilders/)
  assert.throws(() => stream.join(new StreamsBuilder().table(customers), null as never), TypeError)
})
