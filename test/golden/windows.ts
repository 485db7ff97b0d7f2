import {
  type AnyKTable,
  type KStream,
  serdes,
  type StoreHandle,
  type StreamsBuilder,
  type TimeWindowedKStream,
  type TimeWindows,
  timeWindows,
  topic,
  unlimitedWindows,
  type Windowed,
  type WindowStore,
  windowStore,
} from 'millrace'

/** The window stores of a topology that have names. */
export type NamedStores = Readonly<Record<string, StoreHandle<WindowStore<string, unknown>>>>

/** Makes a topology and gives its named window stores. */
export type WindowPlan = (builder: StreamsBuilder) => NamedStores

type Entry = readonly [name: string, plan: WindowPlan]
type Text = KStream<string | null, string | null>

const text = { key: serdes.string, value: serdes.string }
const optional = { key: serdes.nullable(serdes.string), value: serdes.nullable(serdes.string) }
const counted = { key: serdes.string, value: serdes.int64 }
const tumbling: TimeWindows = timeWindows({ size: '10s', grace: 0 })
const hopping: TimeWindows = timeWindows({ size: '10s', advance: '4s', grace: '15s' })

/** Topologies that test/oracle/Windows.java builds and runs with the Java library, under the same names. */
export const windowPlans: ReadonlyMap<string, WindowPlan> = new Map([
  ...counts(),
  ...countsByValue(),
  ...reductions(),
  ...tables(),
  ...processors(),
])

function input(builder: StreamsBuilder): Text {
  return builder.stream(topic('in', optional))
}

function windowed(builder: StreamsBuilder): TimeWindowedKStream<string, string | null> {
  return input(builder).groupByKey({ key: serdes.string }).windowedBy(hopping)
}

function byValue(builder: StreamsBuilder, name?: string): TimeWindowedKStream<string, string | null> {
  const options = name === undefined ? { key: serdes.string } : { key: serdes.string, name }
  return input(builder)
    .groupBy((_k, v) => v, options)
    .windowedBy(hopping)
}

function toOut<V>(table: AnyKTable<Windowed<string>, V, null>): NamedStores {
  table
    .toStream(({ key, window }) => `${key}@${window.start}/${window.end === Infinity ? '9223372036854775807' : window.end}`, {
      key: serdes.string,
    })
    .mapValues((v) => String(v), { value: serdes.string })
    .to('out')
  return {}
}

/** The last twelve characters: texts that grow stay short. */
function tail(given: string): string {
  return given.slice(-12)
}

function joined(x: string | null, y: string | null): string {
  return tail(`${x}${y}`)
}

function fold(key: string, value: string | null, aggregate: string): string | null {
  return value === 'e' ? null : tail(aggregate + key + value)
}

function* counts(): Generator<Entry> {
  const store = 'counts'
  yield ['tumbling count', (b) => toOut(input(b).groupByKey({ key: serdes.string }).windowedBy(tumbling).count())]
  yield ['hopping count', (b) => (windowed(b).count().toStream().to('out'), {})]
  yield [
    'hopping count of long grace',
    (b) =>
      toOut(
        input(b)
          .groupByKey()
          .windowedBy(timeWindows({ size: '30s', advance: '30s', grace: '100s' }))
          .count(),
      ),
  ]
  yield ['count with a name', (b) => toOut(windowed(b).count({ name: 'counted' }))]
  const named: readonly [string, NonNullable<Parameters<TimeWindowedKStream<string, string | null>['count']>[0]>][] = [
    ['count with a store', { store }],
    ['count with a name and a store', { name: 'counted', store }],
    ['count with serdes', counted],
    ['count, uncached, kept for long', { store, caching: false, retention: '200s' }],
    ['count, unlogged', { store, logging: false }],
    ['count, logged with settings', { store, logging: { retentionMs: 77, segmentBytes: 1000 } }],
    ['count in memory', { store: windowStore(store, { ...counted, windowSize: '10s', retention: '25s', supplier: 'in-memory' }) }],
    ['count in a described store', { store: windowStore(store, { ...counted, windowSize: '10s', retention: '130s' }), caching: false }],
  ]
  for (const [name, options] of named) {
    yield [
      name,
      (b): NamedStores => {
        const table = windowed(b).count(options)
        toOut(table)
        return options.store === undefined ? {} : { counts: table }
      },
    ]
  }
}

function* countsByValue(): Generator<Entry> {
  const store = 'counts'
  yield ['count by value', (b) => toOut(byValue(b).count())]
  yield [
    'count by value with a store',
    (b) => {
      const table = byValue(b).count({ store })
      toOut(table)
      return { counts: table }
    },
  ]
  yield ['count by value, named', (b) => toOut(byValue(b, 'g').count({ name: 'counted' }))]
  yield [
    'unlimited count',
    (b) => {
      const table = input(b)
        .groupByKey({ key: serdes.string })
        .windowedBy(unlimitedWindows({ start: new Date(30_000) }))
        .count({ store })
      toOut(table)
      return { counts: table }
    },
  ]
  yield [
    'fan-out over a small cache',
    (b) => {
      const table = input(b)
        .filter((k, v) => k !== null && v !== null)
        .flatMapValues((v) => [v, `${v}x`, `${v}y`, v], { value: serdes.nullable(serdes.string) })
        .groupBy((_k, v) => v, { key: serdes.string })
        .windowedBy(hopping)
        .count({ store })
      table.toStream().to('out')
      return { counts: table }
    },
  ]
}

function* reductions(): Generator<Entry> {
  yield [
    'reduce',
    (b) =>
      toOut(
        input(b)
          .filter((_k, v): v is string => v !== null)
          .groupByKey()
          .windowedBy(hopping)
          .reduce(joined),
      ),
  ]
  yield [
    'reduce with a store, uncached',
    (b) => {
      const table = windowed(b).reduce(joined, { store: 'reduced', caching: false })
      toOut(table)
      return { reduced: table }
    },
  ]
  yield ['reduce with a name', (b) => toOut(windowed(b).reduce(joined, { name: 'reducing' }))]
  for (const caching of [true, false]) {
    yield [
      `aggregate, null deletes${caching ? '' : ', uncached'}`,
      (b) => {
        const table = windowed(b).aggregate(() => '', fold, { store: 'folded', value: serdes.string, caching })
        toOut(table)
        return { folded: table }
      },
    ]
  }
  yield ['aggregate with a name and serdes', (b) => toOut(windowed(b).aggregate(() => '', fold, { name: 'folding', ...text }))]
}

function* tables(): Generator<Entry> {
  yield [
    'two aggregations of one grouping',
    (b) => {
      const grouped = input(b).groupBy((_k, v) => v, { name: 'g', key: serdes.string })
      toOut(grouped.windowedBy(tumbling).count())
      const firsts = grouped.windowedBy(hopping).reduce((x) => x, { store: 'firsts' })
      firsts.toStream((_k, v) => v).to('out2', optional)
      grouped.count().toStream().to('out3', counted)
      return { firsts }
    },
  ]
  yield [
    'filter and mapValues with stores',
    (b) => {
      const table = windowed(b).count({ store: 'counts' })
      table
        .filter((_k, n) => n % 2 === 0, { store: 'even', value: serdes.int64 })
        .mapValues((n) => `${n}!`, { store: 'shown', value: serdes.string })
        .toStream()
        .to('out')
      return { counts: table }
    },
  ]
  yield [
    'filter without a store',
    (b) => {
      windowed(b)
        .count()
        .filter((_k, n) => n > 1)
        .toStream()
        .to('out')
      return {}
    },
  ]
  yield [
    'counts grouped again',
    (b) => {
      windowed(b)
        .count()
        .groupBy(({ key }, n) => [key, String(n)], text)
        .reduce(
          (x, y) => tail(`${x}+${y}`),
          (x, y) => tail(`${x}-${y}`),
          text,
        )
        .toStream()
        .to('out')
      return {}
    },
  ]
  yield [
    'a processor reads the counts',
    (b) => {
      const counts = windowed(b).count({ store: 'counts' })
      input(b)
        .process<string, string, { counts: typeof counts }>(
          ({ stores, forward }) =>
            (record) => {
              if (record.key === null) return
              forward(record.withKey(record.key).withValue(found(stores.counts, record.key, record.timestamp)))
            },
          { stores: { counts }, ...text },
        )
        .to('out')
      return { counts }
    },
  ]
}

/** What a processor sees of the windows of a key around `timestamp`. */
function found<V>(store: WindowStore<string, V>, key: string, timestamp: number): string {
  const start = Math.floor(timestamp / 5_000) * 5_000
  const rows = [...store.fetch(key, Math.max(0, start - 60_000), start + 5_000)]
  return [String(store.fetch(key, start)), ...rows.map(([at, value]) => `${at}=${String(value)}`)].join(' ')
}

function* processors(): Generator<Entry> {
  const persistent = { ...text, windowSize: '10s', retention: '130s' } as const
  const inMemory = { ...text, windowSize: '10s', retention: '50s', supplier: 'in-memory' } as const
  const stores = [
    ['a processor with a store', persistent],
    ['a processor with a store of duplicates', { ...persistent, retainDuplicates: true }],
    ['a processor with a store in memory', inMemory],
    ['a processor with a store of duplicates in memory', { ...inMemory, retainDuplicates: true }],
    ['a processor with a cached store', { ...persistent, caching: true }],
  ] as const
  for (const [name, options] of stores) {
    yield [
      name,
      (b) => {
        const seen = windowStore('seen', options)
        input(b)
          .process<string, string, { seen: typeof seen }>(
            ({ stores: opened, forward }) =>
              (record) => {
                if (record.key === null) return
                opened.seen.put(record.key, record.value, Math.floor(record.timestamp / 5_000) * 5_000)
                forward(record.withKey(record.key).withValue(found(opened.seen, record.key, record.timestamp)))
              },
            { stores: { seen }, ...text },
          )
          .to('out')
        return { seen }
      },
    ]
  }
}
