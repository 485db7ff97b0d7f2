import { type KGroupedTable, type KStream, type KTable, keyValueStore, serdes, type StreamsBuilder, topic } from 'millrace'

/** What a run does to a builder. */
export type Plan = (builder: StreamsBuilder) => void

/** A record of the input; `null` where there is no key or value. */
export interface RunInput {
  readonly topic: 'in' | 'rows'
  readonly key: string | null
  readonly value: string | null
  readonly timestamp: number
}

/** Topologies that test/oracle/RunTopologies.java runs with the Java library, under the same names. */
export const runs: ReadonlyMap<string, Plan> = new Map([...streams(), ...aggregations(), ...tables(), ...groupedTables(), ...processors()])

/** Reads the input file: topic, key, value and timestamp of a record per line, `~` for what is absent. */
export function readInputs(content: string): RunInput[] {
  const textOf = (field: string | undefined): string | null => (field === '~' ? null : (field ?? null))
  return content
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
    .map(([name, key, value, timestamp]) => ({
      topic: name === 'in' ? 'in' : 'rows',
      key: textOf(key),
      value: textOf(value),
      timestamp: Number(timestamp),
    }))
}

type Text = KStream<string | null, string | null>

function input(builder: StreamsBuilder): Text {
  return builder.stream(topic('in', { key: serdes.nullable(serdes.string), value: serdes.nullable(serdes.string) }))
}

function rows(builder: StreamsBuilder, options: { store?: string; caching?: boolean } = {}): KTable<string, string> {
  return builder.table(topic('rows', { key: serdes.string, value: serdes.string }), options)
}

/** The last twelve characters: texts that grow stay short. */
function tail(given: string): string {
  return given.slice(-12)
}

function fold(key: string, value: string, aggregate: string): string | null {
  return value === 'e' ? null : tail(aggregate + key + value)
}

function* streams(): Generator<readonly [string, Plan]> {
  const any = { key: serdes.nullable(serdes.string), value: serdes.nullable(serdes.string) }
  const text = { key: serdes.string, value: serdes.string }
  yield [
    'stateless chain',
    (b) =>
      input(b)
        .filter((_k, v): v is string => v !== null)
        .filter((k): k is string => k !== null)
        .filterNot((_k, v) => v === 'a')
        .mapValues((v, k) => k + v)
        .flatMapValues((v) => v.split(''))
        .map((k, v) => [v, k])
        .flatMap((k, v) => [
          [k, v],
          [v, k],
        ])
        .selectKey((k, v) => k + v)
        .peek(() => undefined)
        .to('out', text),
  ]
  yield [
    'null keys and values pass',
    (b) =>
      input(b)
        .filter(() => true)
        .mapValues((v) => v ?? 'none')
        .to('out', { ...any, value: serdes.string }),
  ]
  yield [
    'branches and merge',
    (b) => {
      const branches = input(b).split({ a: (_k, v) => v === null, b: (_k, v) => (v ?? '') < 'c' }, { name: 'x-', default: 'c' })
      branches.a.merge(branches.c).to('out', any)
      branches.b.to((_k, v) => `out-${v}`, any)
    },
  ]
  yield [
    'repartition drops records without key',
    (b) =>
      input(b)
        .selectKey((_k, v) => v)
        .repartition({ name: 'again', ...any })
        .to('out'),
  ]
}

function* aggregations(): Generator<readonly [string, Plan]> {
  const counted = { key: serdes.string, value: serdes.int64 }
  const text = { key: serdes.string, value: serdes.string }
  const optional = { key: serdes.string, value: serdes.nullable(serdes.string) }
  const joined = (x: string, y: string): string => tail(x + y)
  yield ['count', (b) => input(b).groupByKey().count().toStream().to('out', counted)]
  yield [
    'count by value, uncached',
    (b) =>
      input(b)
        .groupBy((_k, v) => v, { key: serdes.string })
        .count({ store: 'counts', caching: false })
        .toStream()
        .to('out', counted),
  ]
  yield ['reduce', (b) => input(b).groupByKey().reduce(joined, { store: 'reduced' }).toStream().to('out', text)]
  yield [
    'reduce to nothing, uncached',
    (b) =>
      input(b)
        .groupByKey()
        // The types do not let a reducer delete; Java's may.
        .reduce((x, y) => (y === 'c' ? (null as unknown as string) : joined(x, y)), { store: 'reduced', caching: false })
        .toStream()
        .to('out', text),
  ]
  for (const caching of [true, false]) {
    yield [
      `aggregate, null deletes${caching ? '' : ', uncached'}`,
      (b) =>
        input(b)
          .groupByKey()
          .aggregate(() => '', fold, { store: 'folded', value: serdes.string, caching })
          .toStream()
          .to('out', optional),
    ]
  }
  yield [
    'two aggregations of one grouping',
    (b) => {
      const grouped = input(b).groupBy((_k, v) => v, { name: 'g', key: serdes.string })
      grouped
        .count()
        .filter((_k, n) => n % 2 === 0)
        .toStream()
        .to('out', { key: serdes.string, value: serdes.nullable(serdes.int64) })
      grouped
        .reduce((x) => x, { store: 'firsts' })
        .toStream((_k, v) => v)
        .to('out2', text)
    },
  ]
  yield [
    'count of counts',
    (b) =>
      input(b)
        .groupByKey()
        .count()
        .groupBy((k, n) => [String(n), k], text)
        .count()
        .toStream()
        .to('out', { key: serdes.string, value: serdes.nullable(serdes.int64) }),
  ]
}

function* tables(): Generator<readonly [string, Plan]> {
  const optional = { key: serdes.string, value: serdes.nullable(serdes.string) }
  const text = { key: serdes.string, value: serdes.string }
  yield ['table', (b) => rows(b).toStream().to('out', optional)]
  yield ['table with a store', (b) => rows(b, { store: 'kept' }).toStream().to('out', optional)]
  yield ['table with an uncached store', (b) => rows(b, { store: 'kept', caching: false }).toStream().to('out', optional)]
  yield [
    'table filter',
    (b) =>
      rows(b)
        .filter((_k, v) => v < 'c')
        .toStream()
        .to('out', optional),
  ]
  yield [
    'table filter over a store',
    (b) =>
      rows(b, { store: 'kept' })
        .filterNot((_k, v) => v < 'c')
        .toStream()
        .to('out', optional),
  ]
  yield [
    'table filter and mapValues with stores',
    (b) =>
      rows(b)
        .filter((_k, v) => v < 'd', { store: 'filtered' })
        .mapValues((v, k) => (v === 'b' ? null : k + v), { store: 'mapped', caching: false, ...text })
        .toStream()
        .to('out', optional),
  ]
  yield [
    'toTable',
    (b) =>
      input(b)
        .toTable({ store: 'latest', ...text })
        .mapValues((v) => v + v)
        .toStream()
        .to('out', optional),
  ]
  yield [
    'toTable under other keys',
    (b) =>
      input(b)
        .selectKey((_k, v) => v)
        .toTable(text)
        .filter((_k, v) => v === 'a', { store: 'some' })
        .toStream()
        .to('out', optional),
  ]
}

function* groupedTables(): Generator<readonly [string, Plan]> {
  const text = { key: serdes.string, value: serdes.string }
  const counted = { key: serdes.string, value: serdes.nullable(serdes.int64) }
  const optional = { key: serdes.string, value: serdes.nullable(serdes.string) }
  const grouped = (table: KTable<string, string>): KGroupedTable<string, string> =>
    table.groupBy((k, v): [string | null, string] => [v === 'd' ? null : v, k], text)
  yield ['table groupBy, count', (b) => grouped(rows(b)).count().toStream().to('out', counted)]
  yield [
    'table groupBy, count, uncached',
    (b) =>
      grouped(rows(b, { store: 'kept', caching: false }))
        .count({ store: 'counts', caching: false })
        .toStream()
        .to('out', counted),
  ]
  yield [
    'table groupBy, reduce',
    (b) =>
      grouped(rows(b))
        .reduce(
          (x, y) => tail(x + y),
          (x, y) => tail(`${x}-${y}`),
          { store: 'reduced' },
        )
        .toStream()
        .to('out', optional),
  ]
  yield [
    'table groupBy, aggregate',
    (b) =>
      grouped(rows(b))
        .aggregate(
          () => '0',
          (_k, v, a) => tail(`${a}+${v}`),
          (_k, v, a) => (v === 'k1' ? null : tail(`${a}-${v}`)),
          { store: 'aggregated', value: serdes.string, caching: false },
        )
        .toStream()
        .to('out', optional),
  ]
  yield [
    'table filter, groupBy, count',
    (b) =>
      grouped(rows(b).filter((_k, v) => v > 'b'))
        .count()
        .filter((_k, n) => n > 1)
        .toStream()
        .to('out', counted),
  ]
}

function* processors(): Generator<readonly [string, Plan]> {
  const text = { key: serdes.string, value: serdes.string }
  yield [
    'a processor with a store',
    (b) => {
      const seen = keyValueStore('seen', { ...text, supplier: 'in-memory' })
      input(b)
        .process<string, string, { seen: typeof seen }>(
          ({ stores, forward }) =>
            (record) => {
              if (record.key === null) return
              const before = stores.seen.get(record.key)
              stores.seen.put(record.key, record.value)
              forward(
                record
                  .withKey(record.key)
                  .withValue(`${before}>${record.value}`)
                  .withTimestamp(record.timestamp + 1),
              )
            },
          { stores: { seen }, ...text },
        )
        .to('out')
    },
  ]
}
