// Programs that must not compile. What the compiler says of them is in wrong-programs.messages.txt.
import {
  joinWindows,
  KafkaStreams,
  keyQuery,
  keyValueStore,
  rangeQuery,
  serdes,
  sessionWindows,
  slidingWindows,
  type StreamRecord,
  StreamsBuilder,
  timeWindows,
  topic,
  Topology,
  untilTimeLimit,
  untilWindowCloses,
  windowKeyQuery,
  windowStore,
} from 'millrace'
import { mockProcessorContext, testDriver } from 'millrace/testing'
import {
  builder,
  counts,
  type Customer,
  customers,
  customersByNumber,
  grouped,
  history,
  kv,
  lookup,
  orders,
  seen,
  stream,
  streams,
  table,
  visits,
} from './wrong-programs-world.ts'

const cache = new Map<string, Customer>()
const topology = new Topology()
const source = topology.addSource('s', orders)
const numbers = builder.table(counts)
const byNumber = builder.table(topic('by-number', { key: serdes.int32, value: serdes.string }))
const global = builder.globalTable(customersByNumber)
const hour = joinWindows({ timeDifference: '1h', grace: 0 })
const minutes = grouped.windowedBy(timeWindows({ size: '1m', grace: 0 }))
const sessions = grouped.windowedBy(sessionWindows({ inactivityGap: '1m', grace: 0 }))

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

// Joins of streams
stream.join(builder.table(customersByNumber), (order, customer) => order.amount + customer.name.length)
stream.selectKey((_key, order) => order.customerId.length).join(table, (order, customer) => order.id + customer.id)
stream.join(table, (order, customer) => new Promise<string>((resolve) => resolve(order.id + customer.id)))
stream.join(table, (order, customer) => order.id + customer.id, hour)
stream.join(builder.stream(counts), (order, n) => order.amount + n)
stream.join(builder.stream(counts), async (order, n) => order.amount + n, hour)
stream.join(builder.stream(customersByNumber), (order, customer) => order.id + customer.id, hour)
stream.leftJoin(builder.stream(counts), (order, n) => order.amount + n, hour)
stream.outerJoin(builder.stream(counts), (order, n) => order.amount + n, hour)
stream.outerJoin(builder.stream(counts), (order, n) => (order === null ? 0 : order.amount + n), hour)
stream.join(builder.stream(counts), (order, n) => order.amount + n, hour, { store: { left: kv, right: kv } })
stream.join(builder.stream(counts), (order, n) => order.amount + n, joinWindows({ timeDifference: '1h', before: 0, after: 0, grace: 0 }))

// Global tables
builder.globalTable(['a', 'b'])
global.toStream()
stream.join(global, (order, customer) => order.id + customer.id)
stream.join(
  global,
  (_key, order) => order.customerId,
  (order, customer) => order.id + customer.id,
)
stream.leftJoin(
  global,
  (_key, order) => order.amount,
  (order, customer) => order.id + customer.id,
)
builder.addGlobalStore(
  counts,
  ({ forward }) =>
    (record) =>
      forward(record),
  { stores: { kv } },
)

// Foreign keys
table.join(
  byNumber,
  (customer) => customer.id,
  (customer, name) => customer.name + name,
)
table.join(
  byNumber,
  async (customer) => customer.id.length,
  (customer, name) => customer.name + name,
)
table.leftJoin(
  byNumber,
  (customer) => customer.id.length,
  (customer, name) => customer.name + name.length,
)
table.join(
  byNumber,
  (customer) => customer.id.length,
  (customer, name) => customer.name + name,
  { value: serdes.int32 },
)

// Windows, sessions and what is final
timeWindows({ size: '5min', grace: 0 })
timeWindows({ size: '5m' })
slidingWindows({ size: '5m', grace: 0 })
grouped.windowedBy(hour)
minutes.windowedBy(timeWindows({ size: '1m', grace: 0 }))
minutes.count({ store: kv })
minutes.count().toStream().to(counts)
minutes.emitStrategy('on-close')
minutes.aggregate(
  () => 0,
  async (_key, order, sum) => sum + order.amount,
  { value: serdes.int64 },
)
sessions.count({ store: seen })
sessions.aggregate(
  () => 0,
  (_key, order, sum) => sum + order.amount,
  { value: serdes.int64 },
)
sessions
  .count()
  .toStream()
  .mapValues((n) => n.toFixed())
table.toStream().suppress(untilWindowCloses())
grouped.count().suppress(untilWindowCloses())
table.suppress(untilTimeLimit('5m', { maxRecords: 1, whenFull: 'drop' }))

// Groups and cogroups
grouped.count({ store: seen })
grouped.aggregate(
  async () => 0,
  (_key, order, sum) => sum + order.amount,
  { value: serdes.int64 },
)
grouped.cogroup((_key, order, sum) => sum + order.amount)
grouped
  .cogroup((_key, order, sum: number) => sum + order.amount)
  .cogroup(builder.stream(customers).groupByKey(), (_key, customer, sum) => sum + customer.name)
grouped
  .cogroup((_key, order, sum: number) => sum + order.amount)
  .windowedBy(sessionWindows({ inactivityGap: '1m', grace: 0 }))
  .aggregate(() => 0)
table.groupBy((id, customer) => [customer.name, id], { key: serdes.string, value: serdes.string }).reduce((a, b) => a + b)
table.groupBy((id, customer) => [customer.name, id], { key: serdes.string, value: serdes.int32 })

// Stores used as what they are not
stream.process(
  ({ stores }) =>
    ({ key }) =>
      stores.history.range(key, key),
  { stores: { history } },
)
stream.process(
  ({ stores }) =>
    ({ key, value }) =>
      stores.history.put(key, value.amount),
  { stores: { history } },
)
stream.process(
  ({ stores }) =>
    ({ key }) =>
      stores.seen.get(key),
  { stores: { seen } },
)
stream.process(
  ({ stores }) =>
    ({ key, value }) =>
      stores.visits.put(key, value.amount),
  { stores: { visits } },
)
stream.process(
  ({ stores }) =>
    ({ key, value }) =>
      stores.kv.put(key, value),
  { stores: { kv } },
)
stream.process(
  ({ stores }) =>
    ({ key }) =>
      stores.stream.get(key),
  { stores: { stream } },
)
stream.process(
  ({ stores: { kv } }) =>
    ({ key, value }) =>
      kv.put(key, kv.get(key) + value.amount),
  { stores: { kv } },
)
stream.process(
  ({ schedule, stores }) => {
    schedule('1m', 'wall-clock', async (timestamp) => {
      stores.kv.put((await lookup('')).id, timestamp)
    })
    return () => undefined
  },
  { stores: { kv } },
)
windowStore('w', { key: serdes.string, value: serdes.int64, windowSize: '1m' })
keyValueStore('k', { key: serdes.string })
builder.table(customers, { store: kv })

// What has no value, or another one, further down
stream.mapValues((order) => (order.amount > 0 ? order.amount : null)).to(counts)
stream.merge(builder.stream(counts)).mapValues((value) => value.amount)
stream.filter(async (_key, order) => order.amount > 1)
stream.split({ big: async () => true })
stream.repartition({ partitioner: (key) => key })
table.mapValues(async (customer) => lookup(customer.id))
table.transformValues(() => (customer) => customer?.name, { value: serdes.string })

// The application and its tests
new KafkaStreams(builder, { applicationId: 'a', processingExceptionHandler: () => 'ignore' })
new KafkaStreams(builder, { applicationId: 'a', uncaughtExceptionHandler: async () => 'replace-thread' })
new KafkaStreams(builder, { applicationId: 'a' }).on('stateChanged', () => undefined)
new KafkaStreams(builder, { applicationId: 'a' }).localStore(minutes.count()).get('a')
new KafkaStreams(builder, { applicationId: 'a' }).localStore(grouped.count()).put('a', 1)
testDriver(builder).input(orders).pipe(1, { id: 'x', customerId: 'y', amount: 1 })
testDriver(builder).store(visits).get('a')
mockProcessorContext({ stores: { kv } }).stores.kv.put('a', 'b')

// Queries
streams.query(kv, keyQuery(1))
streams.query(kv, windowKeyQuery('a', { from: 0, to: 1 }))
streams.query(seen, keyQuery('a'))
streams.query(visits, windowKeyQuery('a', { from: 0, to: 1 }))
streams.query(history, rangeQuery())
streams.query(kv, keyQuery('a'), { isolationLevel: 'committed' })
streams.query(kv, keyQuery('a')).onlyPartitionResult.result
streams.localStore(visits, { timestamps: true }).fetch('a')
streams.metadataForKey(table, 7)
streams.store(kv).put('a', 1)
streams.store(kv).get('a').toFixed()
for (const row of streams.store(kv).all()) row.slice()
