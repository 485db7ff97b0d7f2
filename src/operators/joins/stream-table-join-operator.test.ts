import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
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
