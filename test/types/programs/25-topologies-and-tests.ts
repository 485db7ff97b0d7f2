// Topologies by hand, tests, serdes and the application. Each function is a program.
import assert from 'node:assert/strict'
import {
  type Bytes,
  type Entries,
  KafkaStreams,
  type KeyOf,
  type KStream,
  keyValueStore,
  QueryError,
  type ReadOnlyKeyValueStore,
  type Serde,
  serdes,
  type SerdeType,
  StreamRecord,
  StreamsBuilder,
  type StreamsState,
  timeWindows,
  topic,
  Topology,
  type TopologyNode,
  type ValueOf,
  type Windowed,
} from 'millrace'
import { EmbeddedCluster } from 'millrace/broker'
import { mockProcessorContext, type TestOutputTopic, testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

const names = topic('names', { key: serdes.string, value: serdes.string })
const lengths = topic('lengths', { key: serdes.string, value: serdes.int32 })

/** Types flow along the edges: a processor of two parents gets what either gives. */
export function edges(): void {
  const topology = new Topology()
  const text = topology.addSource('text', names)
  const perhaps = topology.addSource('perhaps', 'perhaps', { key: serdes.string, value: serdes.nullable(serdes.string) })
  expectType<TopologyNode<string, string>>()(text)
  expectType<TopologyNode<string, string | null>>()(perhaps)
  expectType<TopologyNode<Bytes, Bytes>>()(topology.addSource('raw', 'raw'))
  const measured = topology.addProcessor(
    'measure',
    ({ forward }) =>
      (record) =>
        forward(record.withValue(record.value === null ? -1 : record.value.length)),
    { parents: [text, perhaps], key: serdes.string, value: serdes.int32 },
  )
  expectType<TopologyNode<string, number>>()(measured)
  topology.addSink('out', lengths, { parents: [measured], partitioner: (key, n, partitions) => (key.length + n) % partitions })
  using driver = testDriver(topology)
  driver.input(names).pipe('a', 'four')
  driver.input(topic('perhaps', { key: serdes.string })).pipe('b', null)
  assert.deepEqual(driver.output(lengths).readKeyValues(), [
    ['a', 4],
    ['b', -1],
  ])
}

/** Global and read-only stores are filled by processors that are typed by their topic, and forward nothing. */
export function fedStores(): void {
  const topology = new Topology()
  const all = keyValueStore('all', { key: serdes.string, value: serdes.int32, logging: false })
  topology.addGlobalStore(
    'fill',
    names,
    ({ stores }) =>
      ({ key, value }) =>
        stores.all.put(key, value.length),
    { stores: { all } },
  )
  const text = topology.addSource('in', topic('in', { key: serdes.string, value: serdes.string }))
  const found = topology.addProcessor(
    'find',
    ({ stores, forward }) =>
      (record) =>
        forward(record.withValue(stores.all.get(record.value) ?? 0)),
    { parents: [text], stores: { all }, key: serdes.string, value: serdes.int32 },
  )
  topology.addSink('out', lengths, { parents: [found] })
  using driver = testDriver(topology)
  driver.input(names).pipe('x', 'four')
  driver.input(topic('in', { key: serdes.string, value: serdes.string })).pipe('k', 'x')
  assert.deepEqual(driver.output(lengths).readKeyValues(), [['k', 4]])
}

/** Stores are added and connected as values; a read-only store is filled by its topic, and others read it. */
export function connectedStores(): void {
  const topology = new Topology()
  const latest = keyValueStore('latest', { key: serdes.string, value: serdes.string })
  const sizes = keyValueStore('sizes', { key: serdes.string, value: serdes.int32 })
  topology.addReadOnlyStateStore(
    'fill',
    names,
    ({ stores }) =>
      ({ key, value }) =>
        stores.latest.put(key, value),
    { stores: { latest } },
  )
  const reader = topology.addProcessor(
    'read',
    ({ stores, forward }) =>
      (record) => {
        expectType<string | null>()(stores.latest.get(record.key))
        stores.sizes.put(record.key, record.value + (stores.latest.get(record.key)?.length ?? 0))
        forward(record.withValue(stores.sizes.get(record.key) ?? 0))
      },
    { parents: [topology.addSource('in', topic('in', { key: serdes.string, value: serdes.int32 }))], stores: { latest, sizes } },
  )
  expectType<TopologyNode<string, number>>()(reader)
  topology.connectProcessorAndStateStores(reader, latest).addSink('out', lengths, { parents: [reader], value: serdes.int32 })
  using driver = testDriver(topology)
  driver.input(names).pipe('a', 'four')
  driver.input(topic('in', { key: serdes.string, value: serdes.int32 })).pipe('a', 1)
  assert.deepEqual(driver.output(lengths).readKeyValues(), [['a', 5]])
}

/** A builder's own stores: shared by processors, and filled on every instance. */
export function storesOfABuilder(): void {
  const shared = keyValueStore('shared', { key: serdes.string, value: serdes.int32 })
  const known = keyValueStore('known', { key: serdes.string, value: serdes.string, logging: false })
  const builder = new StreamsBuilder().addStateStore(shared)
  builder.addGlobalStore(
    names,
    ({ stores }) =>
      ({ key, value }) =>
        stores.known.put(key, value),
    { stores: { known } },
  )
  const amounts = builder.stream(topic('in', { key: serdes.string, value: serdes.int32 }))
  amounts.process(
    ({ stores }) =>
      ({ key, value }) =>
        stores.shared.put(key, value),
    { stores: { shared } },
  )
  const named = amounts.processValues(
    ({ stores, forward }) =>
      (record) =>
        forward(record.withValue(`${stores.known.get(record.key) ?? '?'} ${stores.shared.get(record.key) ?? 0}`)),
    { stores: { shared, known }, value: serdes.string },
  )
  expectType<KStream<string, string>>()(named)
  named.to('named')
  using driver = testDriver(builder)
  driver.input(names).pipe('a', 'Ann')
  driver.input(topic('in', { key: serdes.string, value: serdes.int32 })).pipe('a', 1)
  assert.deepEqual(driver.output(topic('named', { key: serdes.string, value: serdes.string })).readValues(), ['Ann 1'])
}

/** What a test reads is typed by the topic, `null` included, and stores by the handle. */
export function tests(): void {
  const builder = new StreamsBuilder()
  const longest = builder
    .stream(names)
    .groupByKey()
    .reduce((a, b) => (a.length > b.length ? a : b), { store: 'longest' })
  longest
    .mapValues((name) => name.length, { value: serdes.int32 })
    .toStream()
    .to(lengths)
  using driver = testDriver(builder, { wallClock: new Date(0), topologyOptimization: 'all' })
  const input = driver.input(names, { start: 0, autoAdvance: '1s' })
  input.pipe('a', 'Ann')
  input.pipeAll([['a', 'Bo', new Date(5)]])
  const output = driver.output(lengths)
  expectType<TestOutputTopic<string | null, number | null>>()(output)
  for (const { key, value, timestamp } of output) expectType<number>()((key ?? '').length + (value ?? 0) + timestamp)
  expectType<Map<string | null, number | null>>()(output.readTable())
  const rows = driver.store(longest).all()
  expectType<Entries<string, string>>()(rows)
  assert.deepEqual([...rows], [['a', 'Ann']])
}

/** A processor alone, with real stores and what it forwards as a list. */
export function processorsAlone(): void {
  const seen = keyValueStore('seen', { key: serdes.string, value: serdes.boolean })
  const context = mockProcessorContext({ stores: { seen } })
  expectType<boolean | null>()(context.stores.seen.get('a'))
  context.stores.seen.put('a', true)
  context.forward(new StreamRecord('a', 1, 0), 'child')
  assert.deepEqual(
    context.forwarded.map(({ record, child }) => [record.key, child]),
    [['a', 'child']],
  )
}

/** A wrapper sees the processors of all nodes by name. */
export function wrappers(): void {
  const wrapped: string[] = []
  const builder = new StreamsBuilder({
    processorWrapper: (name, supplier) => {
      wrapped.push(name)
      return supplier
    },
  })
  builder
    .stream(names)
    .mapValues((name) => name.length, { name: 'measure', value: serdes.int32 })
    .to(lengths)
  using driver = testDriver(builder)
  driver.input(names).pipe('a', 'four')
  assert.deepEqual(driver.output(lengths).readValues(), [4])
  assert.ok(wrapped.includes('measure'))
}

/** Serdes of serdes, and the types of topics. */
export function serdesOfSerdes(): void {
  const windowed = topic('w', { key: serdes.timeWindowed(serdes.string, '1m'), value: serdes.list(serdes.nullable(serdes.int32)) })
  expectType<Windowed<string>>()({} as KeyOf<typeof windowed>)
  expectType<readonly (number | null)[]>()([] as ValueOf<typeof windowed>)
  const date = serdes.of({
    serialize: (value: Date) => new TextEncoder().encode(value.toISOString()),
    deserialize: (bytes) => new Date(new TextDecoder().decode(bytes)),
  })
  expectType<Serde<Date>>()(date)
  expectType<bigint>()(0n satisfies SerdeType<typeof serdes.bigint64>)
  const positive = serdes.json({
    '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }), types: { input: 0, output: 0 } },
  })
  expectType<Serde<number>>()(positive)
}

/** The application: handlers, events and stores are typed by what they are of. */
export async function application(): Promise<void> {
  const builder = new StreamsBuilder()
  const counts = builder.stream(names).groupByKey().count({ store: 'counts' })
  const perMinute = builder
    .stream(names)
    .groupByKey()
    .windowedBy(timeWindows({ size: '1m', grace: 0 }))
    .count({ store: 'per-minute' })
  await using cluster = new EmbeddedCluster()
  await using streams = new KafkaStreams(builder, {
    applicationId: 'app',
    cluster,
    processingGuarantee: 'exactly_once_v2',
    logger: false,
    processingExceptionHandler: ({ topic, taskId }, error) => (topic === null || error.message === taskId ? 'fail' : 'skip'),
    uncaughtExceptionHandler: (error) => (error instanceof TypeError ? 'shutdown-application' : 'replace-thread'),
  })
  const states: StreamsState[] = []
  streams.on('stateChange', (state, before) => states.push(before, state))
  streams.on('restoreEnd', ({ store, restored }) => expectType<number>()(store.length + restored))
  assert.deepEqual([streams.state, states], ['CREATED', []])
  // Before it runs, nothing can be asked.
  const asked = streams.localStore(counts)
  expectType<ReadOnlyKeyValueStore<string, number>>()(asked)
  assert.throws(() => asked.get('a'), QueryError)
  assert.throws(() => expectType<number | null>()(streams.localStore(perMinute).fetch('a', 0)), QueryError)
}
