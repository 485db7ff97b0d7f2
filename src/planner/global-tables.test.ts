import assert from 'node:assert/strict'
import test from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import type { ProcessorContext } from '../processor/processor.ts'
import { serdes } from '../serdes/serdes.ts'
import { topic } from '../serdes/topic.ts'
import { keyValueStore, windowStore } from '../state/store-spec.ts'
import { testDriver } from '../testing/test-driver.ts'
import { Topology } from '../topology/topology.ts'

const text = { key: serdes.string, value: serdes.string }
const orders = topic('orders', text)
const countries = topic('countries', text)
const out = topic('out', { key: serdes.string, value: serdes.string })

const failsWith = (code: string) => (error: unknown) => isMillraceError(error) && error.code === code

test('globalTable() is a source, a processor and a store of its own sub-topology, numbered as in Java', () => {
  const builder = new StreamsBuilder()
  const table = builder.globalTable(countries)
  builder
    .stream(orders)
    .join(
      table,
      (_key, country) => country,
      (order, name) => `${order}:${name}`,
      { name: 'joined' },
    )
    .to(out)
  assert.equal(table.queryableStoreName, 'countries-STATE-STORE-0000000000')
  assert.equal(
    builder.build().describe().toString(),
    `Topologies:
   Sub-topology: 0 for global store (will not generate tasks)
    Source: KSTREAM-SOURCE-0000000001 (topics: [countries])
      --> KTABLE-SOURCE-0000000002
    Processor: KTABLE-SOURCE-0000000002 (stores: [countries-STATE-STORE-0000000000])
      --> none
      <-- KSTREAM-SOURCE-0000000001
  Sub-topology: 1
    Source: KSTREAM-SOURCE-0000000003 (topics: [orders])
      --> joined
    Processor: joined (stores: [])
      --> KSTREAM-SINK-0000000005
      <-- KSTREAM-SOURCE-0000000003
    Sink: KSTREAM-SINK-0000000005 (topic: out)
      <-- joined

`,
  )
})

test('join() gives the joiner both keys, and leaves out records without a value, a global key or a row', () => {
  const builder = new StreamsBuilder()
  const table = builder.globalTable(countries, { store: 'countries' })
  builder
    .stream(topic('orders', { key: serdes.nullable(serdes.string), value: serdes.nullable(serdes.string) }))
    .join(
      table,
      (_key, order) => (order === 'none' ? null : order),
      (order, name, key, globalKey) => `${order} ${name} ${key} ${globalKey}`,
      {},
    )
    .to('out', { key: serdes.nullable(serdes.string), value: serdes.string })
  using driver = testDriver(builder)
  const input = driver.input(topic('orders', { key: serdes.nullable(serdes.string), value: serdes.nullable(serdes.string) }))
  input.pipe('o', 'de', 1)
  driver.input(countries).pipe('de', 'Germany', 99)
  input.pipe('o', 'de', 2)
  input.pipe(null, 'de', 3)
  input.pipe('o', null, 4)
  input.pipe('o', 'none', 5)
  driver.input(countries).pipe('de', null, 6)
  input.pipe('o', 'de', 7)
  const records = driver.output(topic('out', { key: serdes.nullable(serdes.string), value: serdes.string })).readRecords()
  assert.deepEqual(
    records.map(({ key, value, timestamp }) => [key, value, timestamp]),
    [
      ['o', 'de Germany o de', 2],
      [null, 'de Germany null de', 3],
    ],
  )
  assert.equal(driver.metrics().find(({ name }) => name === 'dropped-records-total')?.value, 2)
})

test('leftJoin() joins records without a row or a global key with null', () => {
  const builder = new StreamsBuilder()
  const table = builder.globalTable('countries', { ...text, store: 'countries' })
  builder
    .stream(orders)
    .leftJoin(
      table,
      (_key, order) => (order === 'none' ? null : order),
      (order, name, _key, globalKey) => `${order} ${name} ${globalKey}`,
    )
    .to(out, { value: serdes.string })
  using driver = testDriver(builder)
  driver.input(countries).pipe('de', 'Germany')
  driver.input(orders).pipeAll([
    ['o', 'de'],
    ['o', 'fr'],
    ['o', 'none'],
  ])
  assert.deepEqual(driver.output(out).readValues(), ['de Germany de', 'fr null fr', 'none null null'])
})

test('addGlobalStore() keeps its store by a processor of its own, which others read and may not write', () => {
  const rates = keyValueStore('rates', { key: serdes.string, value: serdes.int32 })
  const builder = new StreamsBuilder()
  builder.addGlobalStore(
    countries,
    ({ stores }) =>
      ({ key, value }) =>
        stores.rates.put(key, value.length),
    { stores: { rates } },
  )
  const seen: unknown[] = []
  builder.stream(orders).process(
    ({ stores }) =>
      (record) => {
        seen.push(stores.rates.get(record.value), [...stores.rates.all()], stores.rates.approximateNumEntries)
        if (record.value === 'write') stores.rates.put('x', 1)
      },
    { stores: { rates } },
  )
  using driver = testDriver(builder)
  driver.input(countries).pipe('de', 'Germany')
  driver.input(orders).pipe('o', 'de')
  assert.deepEqual(seen, [7, [['de', 7]], 1])
  assert.equal(driver.store(rates).get('de'), 7)
  assert.throws(
    () => driver.input(orders).pipe('o', 'write'),
    (error: Error) => failsWith('PROCESSING_FAILED')(error) && failsWith('STORE_READ_ONLY')(error.cause),
  )
})

test('a processor of a stream reads a global table through its option stores', () => {
  const builder = new StreamsBuilder()
  const table = builder.globalTable(countries)
  builder
    .stream(orders)
    .processValues(
      ({ stores, forward }) =>
        (record) =>
          forward(record.withValue(stores.table.get(record.value) ?? '-')),
      {
        stores: { table },
        value: serdes.string,
      },
    )
    .to(out)
  using driver = testDriver(builder)
  driver.input(countries).pipe('de', 'Germany')
  driver.input(orders).pipe('o', 'de')
  assert.deepEqual(driver.output(out).readValues(), ['Germany'])
})

test('Topology.addGlobalStore() and addReadOnlyStateStore() name their nodes', () => {
  const rates = keyValueStore('rates', text)
  const stock = keyValueStore('stock', text)
  const topology = new Topology()
  topology.addGlobalStore(
    'rates-keeper',
    countries,
    ({ stores }) =>
      ({ key, value }) =>
        stores.rates.put(key, value),
    { stores: { rates } },
  )
  topology.addReadOnlyStateStore(
    'stock-keeper',
    orders,
    ({ stores }) =>
      ({ key, value }) =>
        stores.stock.put(key, value),
    {
      stores: { stock },
      source: 'stock-topic',
    },
  )
  assert.equal(
    topology.describe().toString(),
    `Topologies:
   Sub-topology: 0 for global store (will not generate tasks)
    Source: rates-keeper-source (topics: [countries])
      --> rates-keeper
    Processor: rates-keeper (stores: [rates])
      --> none
      <-- rates-keeper-source
  Sub-topology: 1
    Source: stock-topic (topics: [orders])
      --> stock-keeper
    Processor: stock-keeper (stores: [stock])
      --> none
      <-- stock-topic

`,
  )
  const [tasks] = topology.physical().subtopologies
  assert.equal(tasks?.sources[0]?.offsetReset, 'earliest')
  assert.deepEqual(tasks.stores[0]?.changelog, { kind: 'source', topic: 'orders' })
})

test('globalTable() and addGlobalStore() refuse what Java refuses', () => {
  const windows = windowStore('w', { ...text, windowSize: '1s', retention: '1s' })
  // @ts-expect-error -- a window store is no store of a table
  assert.throws(() => new StreamsBuilder().globalTable(countries, { store: windows }), failsWith('STORE_OPTION'))
  assert.throws(() => new StreamsBuilder().globalTable(countries, { supplier: 'in-memory' }), failsWith('STORE_MISSING'))
  const ignore = () => () => undefined
  assert.throws(() => new StreamsBuilder().addGlobalStore(countries, ignore, { stores: {} }), failsWith('STORE_COUNT'))
  const [a, b] = [keyValueStore('a', text), keyValueStore('b', text)]
  assert.throws(() => new StreamsBuilder().addGlobalStore(countries, ignore, { stores: { a, b } }), failsWith('STORE_COUNT'))
  const taken = new StreamsBuilder()
  taken.globalTable(countries)
  taken.stream(countries)
  assert.throws(() => taken.build(), failsWith('TOPIC_TAKEN'))
  const named = new StreamsBuilder().addStateStore(keyValueStore('a', text)).addGlobalStore(countries, ignore, { stores: { a } })
  assert.throws(() => named.build(), failsWith('STORE_NAME_TAKEN'))
})

test('the processor of a global store has no stream time and no punctuators', () => {
  const rates = keyValueStore('rates', text)
  const builder = new StreamsBuilder()
  const supplier = ({ schedule }: ProcessorContext<never, never>) => {
    schedule('1s', 'wall-clock', () => undefined)
    return () => undefined
  }
  builder.addGlobalStore(countries, supplier, { stores: { rates } })
  assert.throws(() => testDriver(builder), failsWith('GLOBAL_PROCESSOR'))
})
