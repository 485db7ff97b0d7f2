// Programs that must not compile. What the compiler says of them is in wrong-programs.messages.txt.
import {
  KafkaStreams,
  keyValueStore,
  serdes,
  type StreamRecord,
  StreamsBuilder,
  topic,
  Topology,
  untilTimeLimit,
  untilWindowCloses,
} from 'millrace'
import { testDriver } from 'millrace/testing'
import { builder, counts, type Customer, customers, kv, lookup, orders, stream, table } from './wrong-programs-world.ts'

const cache = new Map<string, Customer>()
const topology = new Topology()
const source = topology.addSource('s', orders)
const numbers = builder.table(counts)
const byNumber = builder.table(topic('by-number', { key: serdes.int32, value: serdes.string }))

// Functions that return promises, or nothing where a value is needed
stream.mapValues(async (order) => lookup(order.customerId))
stream.mapValues((order) => cache.get(order.customerId))
stream.mapValues((order) => {
  order.amount + 1
})
stream.map((key, order) => {
  key
  order
})
stream.flatMapValues((order) => order.amount)
stream.selectKey(async (_key, order) => order.customerId)
stream.foreach(async (_key, order) => {
  await lookup(order.customerId)
})
stream.peek((_key, order) => lookup(order.id))
stream.process(
  ({ stores }) =>
    async (record) => {
      stores.kv.put(record.key, 1)
      await lookup('')
    },
  { stores: { kv } },
)

// Topics and serdes of other types
stream.to(counts)
table.toStream().to(customers)
stream.to('x', { value: serdes.json<Customer>() })
stream.to('x', { key: serdes.string, partitioner: (key, order, n) => `${key}${order.id}${n}` })
stream.groupBy((_key, order) => order.amount, { key: serdes.string })
builder.stream(topic('raw')).groupBy((key) => key, { key: serdes.string })
builder.table(['a', 'b'])
topic('t', { key: serdes.sting })

// What is missing
stream.groupBy((_key, order) => order.customerId)
stream.groupByKey().aggregate(
  () => ({ n: 0 }),
  (_key, _order, total) => ({ n: total.n + 1 }),
  { store: 'totals' },
)
table.groupBy((id, customer) => [customer.name, id], { key: serdes.string })

// Aggregates that do not fit
stream.groupByKey().aggregate(
  () => ({ n: 0 }),
  (_key, _order, total) => ({ m: total.n + 1 }),
  { value: serdes.json<{ readonly n: number }>() },
)
stream.groupByKey().aggregate(
  () => [],
  (_key, order, all) => [...all, order.amount],
  { value: serdes.json<string[]>() },
)
stream.groupByKey().count({ store: keyValueStore('c', { key: serdes.string, value: serdes.string }) })
stream.groupByKey().reduce((total, order) => total.amount + order.amount)

// Processors and their stores
stream.process(
  ({ stores }) =>
    () => {
      stores.other.put('a', 1)
    },
  { stores: { kv } },
)
stream.process(
  ({ forward }) =>
    (record) =>
      forward(record.withValue(1)),
)
stream.processValues(
  ({ forward }) =>
    (record) =>
      forward(record.withKey('a')),
)
stream.processValues(
  ({ forward }) =>
    (record) =>
      forward({ key: 'a', value: record.value }),
)

// Streams, tables and branches
stream.filter((_key, order) => order.amout > 1)
stream.split({ big: (_key, order) => order.amount > 100 }, { default: 'small' }).medium
stream.merge(table)
table.toTable
table
  .mapValues((customer) => (customer.name === '' ? null : customer.name))
  .toStream()
  .mapValues((name) => name.length)

// Options
new StreamsBuilder().stream(orders, { offsetReset: 'newest' })
new StreamsBuilder({ topologyOptimization: 'some' })
new KafkaStreams(builder, { applicationId: 'a', bootstrapServers: 'b', processingGuarantee: 'exactly_once' })
new KafkaStreams(builder, { applicationId: 'a', bootstrapServers: 'b', commitInterval: 100 })

// Topologies by hand
topology.addProcessor(
  'p',
  () => (record: StreamRecord<string, number>) => {
    record.value.toFixed()
  },
  { parents: [source] },
)
topology.addSink('k', counts, { parents: [source] })

// Tests
testDriver(builder).input(orders).pipe('k', { id: 'x', customerId: 'y' })
testDriver(builder).output(counts).readValue().toFixed()

// Tables
table.join(byNumber, (customer, name) => customer.name + name)
table.join(numbers, async (customer, n) => `${customer.name} ${n}`)
table.leftJoin(numbers, (customer, n) => customer.name + n.toFixed())
table.outerJoin(numbers, (customer, n) => customer.name + String(n))
table.join(numbers, (customer, n) => customer.name + String(n), { value: serdes.int64 })
table.transformValues(() => (customer) => customer?.name ?? null)
table.transformValues(() => (customer) => customer.name, { value: serdes.string })
table.transformValues((context) => () => context.forward, { value: serdes.string })
table
  .join(numbers, (customer, n) => customer.name.repeat(n))
  .toStream()
  .to(topic('names', { key: serdes.string, value: serdes.int64 }))

// Joins of a stream with a table, and suppress
stream.join(builder.table(topic('by-number', { key: serdes.int64, value: serdes.string })), (order, name) => `${order.id} ${name}`)
stream.leftJoin(table, (order, customer) => [order.id, customer.name])
table.suppress(untilWindowCloses())
stream.groupByKey().count().suppress(untilTimeLimit('5m'))
