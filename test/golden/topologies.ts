import {
  type KeyValueStore,
  type KStream,
  type KTable,
  keyValueStore,
  type ProcessorSupplier,
  serdes,
  StreamsBuilder,
  type StoreSpec,
  topic,
  Topology,
  type TopologyConfig,
} from 'millrace'

/** Topologies that test/oracle/DescribeTopologies.java builds with the Java library, under the same names. */
export function topologies(): ReadonlyMap<string, Topology> {
  return new Map([
    ...stateless(),
    ...branches(),
    ...repartitions(),
    ...counts(),
    ...reductions(),
    ...groupings(),
    ...tables(),
    ...groupedTables(),
    ...toTables(),
    ...processors(),
    ...graphs(),
    ...byHand(),
    ...optimized(),
  ])
}

type Entry = readonly [name: string, topology: Topology]
type Text = KStream<string, string>
type TextStore = StoreSpec<KeyValueStore<string, string>, 'key-value', string, string>

const text = { key: serdes.string, value: serdes.string }
const deletable = { key: serdes.string, value: serdes.nullable(serdes.string) }
const always = (): boolean => true
const swap = (key: string, value: string): [string, string] => [value, key]
const pair = (): [string, string] => ['k', 'v']
const byValue = (_key: string, value: string): string => value
const last = (_aggregate: string, value: string): string => value
const join = (_key: string, value: string, aggregate: string): string => aggregate + value
const empty = (): string => ''

function build(name: string, plan: (builder: StreamsBuilder) => void, config?: TopologyConfig): Entry {
  const builder = new StreamsBuilder()
  plan(builder)
  return [name, builder.build(config)]
}

function input(builder: StreamsBuilder, name = 'in'): Text {
  return builder.stream(topic(name, text))
}

function table(builder: StreamsBuilder): KTable<string, string> {
  return builder.table(topic('rows', text))
}

function* stateless(): Generator<Entry> {
  yield build('filter', (b) => input(b).filter(always).to('out'))
  yield build('filter, filterNot, named', (b) => input(b).filter(always, { name: 'big' }).filterNot(always).to('out', { name: 'sink' }))
  yield build('every stateless operator', (b) => {
    const s = input(b)
      .mapValues((v) => v, text)
      .flatMapValues((v) => [v], text)
      .peek(() => undefined)
    s.map((k, v) => [k, v], text).to('mapped')
    s.flatMap((k, v) => [[k, v]], text).to('flat')
    s.selectKey((_k, v) => v, text).to('selected')
    s.foreach(() => undefined)
    s.print()
  })
  yield build('every stateless operator, named', (b) => {
    const s = b
      .stream(topic('in', text), { name: 'source' })
      .mapValues((v) => v, { name: 'a', ...text })
      .flatMapValues((v) => [v], { name: 'b', ...text })
      .peek(() => undefined, { name: 'c' })
    s.map((k, v) => [k, v], { name: 'd', ...text }).to('mapped', { name: 'e' })
    s.flatMap((k, v) => [[k, v]], { name: 'f', ...text }).to('flat')
    s.selectKey((_k, v) => v, { name: 'g', ...text }).to('selected', { name: 'h' })
    s.foreach(() => undefined, { name: 'i' })
    s.print({ name: 'j' })
    s.filter(always).to('last')
  })
  yield build('several topics in one source', (b) => b.stream(['orders', 'payments', 'audit-log', 'x'], text).to('out'))
  yield build('pattern source', (b) =>
    b
      .stream(/orders-.*/, text)
      .mapValues((v) => v, text)
      .to('out'),
  )
  yield build('topic chosen per record', (b) => input(b).to(chooser))
  yield build('merge', (b) => input(b).merge(input(b, 'other')).filter(always).to('out', text))
  yield build('merge, named', (b) => input(b).merge(input(b, 'other'), { name: 'both' }).to('out', text))
}

function chooser(_key: string, value: string): string {
  return value
}

function* branches(): Generator<Entry> {
  yield build('split', (b) => {
    const { a, b: second } = input(b).split({ a: always, b: always })
    a.to('a')
    second.to('b')
  })
  yield build('split with a default, named', (b) => {
    const { created, cancelled, rest } = input(b).split({ created: always, cancelled: always }, { name: 'by-kind-', default: 'rest' })
    created.merge(cancelled).to('out', text)
    rest.filter(always).print({ label: 'rest' })
  })
}

function* repartitions(): Generator<Entry> {
  yield build('repartition', (b) => input(b).repartition().to('out'))
  yield build('repartition, named, with partitions', (b) =>
    input(b)
      .selectKey((_k, v) => v)
      .repartition({ name: 'spread', partitions: 5, ...text })
      .mapValues((v) => v, text)
      .to('out'),
  )
  yield build('repartition with serdes only', (b) => void input(b).map(swap).repartition(text).groupByKey(text).count())
  yield build('repartition, name with the suffix', (b) => input(b).repartition({ name: 'my-repartition' }).to('out'))
  yield build('two repartitions', (b) => {
    input(b)
      .selectKey((_k, v) => v, text)
      .repartition({ name: 'one' })
      .foreach(() => undefined)
    input(b, 'other')
      .repartition()
      .foreach(() => undefined)
  })
}

function* counts(): Generator<Entry> {
  yield build('groupByKey, count', (b) => input(b).groupByKey().count().toStream().to('out'))
  yield build('groupBy, count', (b) => input(b).groupBy(byValue, text).count().toStream().to('out'))
  yield build('groupBy, count with a store', (b) => input(b).groupBy(byValue, text).count({ store: 'counts' }).toStream().to('out'))
  yield build('groupBy named, count named', (b) =>
    input(b)
      .groupBy(byValue, { name: 'grouped', ...text })
      .count({ name: 'counter', store: 'counts' })
      .toStream()
      .to('out'),
  )
  yield build('groupBy named, count without a store', (b) =>
    input(b)
      .groupBy(byValue, { name: 'grouped', ...text })
      .count({ name: 'counter' })
      .toStream()
      .to('out'),
  )
  yield build('count with an unnamed Materialized', (b) => input(b).groupByKey().count({ value: serdes.int64 }).toStream().to('out'))
  yield build('groupBy, count with an unnamed Materialized', (b) =>
    input(b).groupBy(byValue, text).count({ caching: false }).toStream().to('out'),
  )
}

function* reductions(): Generator<Entry> {
  yield build('reduce', (b) => input(b).groupByKey().reduce(last).toStream().to('out'))
  yield build('reduce after selectKey', (b) => input(b).selectKey(byValue, text).groupByKey().reduce(last).toStream().to('out'))
  yield build('reduce with a store, named', (b) =>
    input(b).selectKey(byValue).groupByKey(text).reduce(last, { name: 'reducer', store: 'reduced' }).toStream().to('out'),
  )
  yield build('reduce with an unnamed Materialized', (b) => input(b).groupByKey().reduce(last, text).toStream().to('out'))
  yield build('aggregate', (b) => input(b).groupByKey().aggregate(empty, join, { value: serdes.string }).toStream().to('out'))
  yield build('aggregate with a store', (b) =>
    input(b)
      .flatMap((k, v) => [[k, v]], text)
      .groupByKey()
      .aggregate(empty, join, { value: serdes.string, store: 'aggregated' })
      .toStream()
      .to('out'),
  )
  yield build('aggregate, named', (b) =>
    input(b)
      .map((k, v) => [k, v], text)
      .groupByKey()
      .aggregate(empty, join, { name: 'folder', value: serdes.string })
      .toStream()
      .to('out'),
  )
}

function* groupings(): Generator<Entry> {
  yield build('one named grouping, two aggregations', (b) => {
    const grouped = input(b).groupBy(byValue, { name: 'grouped', ...text })
    grouped.count().toStream().to('counts')
    grouped.reduce(last).toStream().to('reduced')
  })
  yield build('one unnamed grouping, two aggregations', (b) => {
    const grouped = input(b).groupBy(byValue, text)
    grouped.count().toStream().to('counts')
    grouped.reduce(last, { store: 'reduced' }).toStream().to('reduced')
  })
  yield build('stores without a changelog, with topic settings', (b) => {
    const grouped = input(b).groupByKey()
    grouped.count({ store: 'quiet', logging: false })
    grouped.count({ store: 'tuned', logging: { segmentBytes: 1_048_576, minInsyncReplicas: 2, cleanupPolicy: 'compact,delete' } })
    grouped.count({ store: 'uncached', caching: false })
  })
  yield build('word count', (b) =>
    b
      .stream(topic('text-lines', { value: serdes.string }))
      .flatMapValues((line) => line.split(' '), text)
      .groupBy((_key, word) => word, text)
      .count({ store: 'word-counts' })
      .toStream()
      .to('word-counts'),
  )
}

function* tables(): Generator<Entry> {
  yield build('table', (b) => table(b).toStream().to('out'))
  yield build('table with a store', (b) =>
    b
      .table(topic('rows', text), { store: keyValueStore('kept', text) })
      .toStream()
      .to('out'),
  )
  yield build('table, named', (b) => b.table(topic('rows', text), { name: 'customers' }).toStream({ name: 'changes' }).to('out'))
  yield build('table, named, with an unnamed Materialized', (b) =>
    b
      .table('rows', { name: 'customers', caching: false, ...text })
      .toStream()
      .to('out'),
  )
  yield build('table filter, filterNot, mapValues', (b) =>
    table(b)
      .filter(always)
      .filterNot(always)
      .mapValues((v) => v)
      .toStream()
      .to('out', deletable),
  )
  yield build('table filter, filterNot, mapValues, named', (b) =>
    table(b)
      .filter(always, { name: 'a' })
      .filterNot(always, { name: 'b' })
      .mapValues((v) => v, { name: 'c' })
      .toStream()
      .to('out', deletable),
  )
  yield build('table filter, filterNot, mapValues, unnamed Materialized', (b) =>
    table(b)
      .filter(always, text)
      .filterNot(always, { name: 'b', caching: true })
      .mapValues((v) => v, text)
      .toStream()
      .to('out'),
  )
  yield build('table filter, filterNot, mapValues, with stores', (b) =>
    table(b)
      .filter(always, { store: 'a' })
      .filterNot(always, { name: 'second', store: 'b' })
      .mapValues((v) => v, { store: 'c', ...text })
      .toStream()
      .to('out'),
  )
  yield build('table to stream under other keys', (b) => {
    const t = table(b)
    t.toStream((key) => key, { key: serdes.string }).to('out')
    t.toStream((key) => key, { name: 'changes', key: serdes.string }).to('other')
  })
}

function* groupedTables(): Generator<Entry> {
  const first = (aggregate: string): string => aggregate
  yield build('table groupBy, count', (b) => table(b).groupBy(pair, text).count().toStream().to('out'))
  yield build('table groupBy, reduce', (b) => table(b).groupBy(pair, text).reduce(last, first).toStream().to('out'))
  yield build('table groupBy, aggregate', (b) =>
    table(b).groupBy(pair, text).aggregate(empty, byValue, byValue, { value: serdes.string }).toStream().to('out'),
  )
  yield build('table groupBy, all named', (b) =>
    table(b)
      .groupBy(pair, { name: 'regrouped', ...text })
      .count({ name: 'counter', store: 'counts' })
      .toStream()
      .to('out'),
  )
  yield build('table groupBy, reduce named, without a store', (b) =>
    table(b)
      .groupBy(pair, text)
      .reduce(last, first, { name: 'reducer', ...text })
      .toStream()
      .to('out'),
  )
  yield build('table with a store, filter, groupBy, aggregate with a store', (b) =>
    b
      .table(topic('rows', text), { store: 'kept' })
      .filter(always)
      .groupBy(pair, text)
      .aggregate(empty, byValue, byValue, { value: serdes.string, store: 'aggregated' })
      .filter(always, { store: 'filtered' })
      .toStream()
      .to('out'),
  )
  yield build('one named table grouping, two aggregations', (b) => {
    const grouped = table(b).groupBy(pair, { name: 'regrouped', ...text })
    grouped.count().toStream().to('counts')
    grouped.reduce(last, first).toStream().to('reduced')
  })
  yield build('one unnamed table grouping, two aggregations', (b) => {
    const grouped = table(b).groupBy(pair, text)
    grouped.count().toStream().to('counts')
    grouped.count({ store: 'again' }).toStream().to('again')
  })
  yield build('count of counts', (b) =>
    input(b)
      .groupByKey()
      .count()
      .groupBy((k, n) => [k, n], { key: serdes.string, value: serdes.int64 })
      .count()
      .mapValues((n) => n, { value: serdes.int64 })
      .toStream()
      .to('out'),
  )
}

function* toTables(): Generator<Entry> {
  yield build('toTable', (b) => input(b).toTable().toStream().to('out'))
  yield build('toTable with a store', (b) => input(b).toTable({ store: 'kept' }).toStream().to('out'))
  yield build('toTable, named', (b) => input(b).toTable({ name: 'latest' }).filter(always).toStream().to('out'))
  yield build('toTable after selectKey', (b) => input(b).selectKey(byValue).toTable(text).toStream().to('out'))
  yield build('toTable after selectKey, named, with a store', (b) =>
    input(b)
      .selectKey(byValue, text)
      .toTable({ name: 'latest', store: 'kept' })
      .mapValues((v) => v)
      .toStream()
      .to('out', deletable),
  )
  yield build('toTable, then groupBy', (b) => input(b).toTable().groupBy(swap, text).count().toStream().to('out'))
}

const forwarding: ProcessorSupplier<string, string, string, string> =
  ({ forward }) =>
  (record) =>
    forward(record)

function own(name: string): TextStore {
  return keyValueStore(name, text)
}

function* processors(): Generator<Entry> {
  yield build('process, processValues', (b) => {
    input(b).process(forwarding).to('processed', text)
    input(b)
      .processValues(({ forward }) => forward)
      .filter(always)
      .to('values', text)
  })
  yield build('process, processValues, named', (b) => {
    input(b).process(forwarding, { name: 'first' }).filter(always).to('processed', text)
    input(b)
      .processValues(({ forward }) => forward, { name: 'second' })
      .filter(always)
      .to('values', text)
  })
  yield build('process with stores, then groupByKey', (b) =>
    input(b)
      .process(({ forward }) => forward, { stores: { stock: own('stock'), totals: own('totals'), seen: own('seen') }, ...text })
      .groupByKey()
      .count()
      .toStream()
      .to('out'),
  )
  yield build('two processors share a store', (b) => {
    const stock = own('stock')
    input(b)
      .process(({ forward }) => forward, { stores: { stock } })
      .to('first', text)
    input(b, 'other')
      .processValues(({ forward }) => forward, { stores: { mine: stock } })
      .to('second', text)
  })
  yield build('a processor reads the store of a table', (b) => {
    const rows = b.table(topic('rows', text), { store: 'kept' })
    input(b)
      .process(({ forward }) => forward, { stores: { rows } })
      .to('out', text)
  })
  yield build('a processor reads the store of an aggregation', (b) => {
    const counts = input(b).groupByKey().count({ store: 'counts' })
    input(b, 'other')
      .processValues(({ forward }) => forward, { name: 'reader', stores: { counts } })
      .to('out', text)
  })
  yield build('addStateStore before and without use', (b) => {
    const used = own('used')
    b.addStateStore(used).addStateStore(own('unused'))
    input(b)
      .process(({ forward }) => forward, { stores: { used } })
      .to('out', text)
  })
}

function* graphs(): Generator<Entry> {
  yield build('two streams of one topic share the source', (b) => {
    input(b).filter(always).to('first')
    input(b)
      .mapValues((v) => v)
      .to('second', text)
    b.stream(['a', 'b'], text).to('third')
    b.stream(['b', 'a'], text).to('fourth')
  })
  yield build('two streams of one pattern share the source', (b) => {
    b.stream(/t-[0-9]+/, text).to('first')
    b.stream(/t-[0-9]+/, text)
      .filter(always)
      .to('second')
  })
  yield build('wide fan-out', (b) => {
    const s = input(b)
    const same = (stream: Text): Text => stream.mapValues((v) => v, text)
    s.to('direct')
    s.filter(always).to('one')
    same(s.filter(always)).filter(always).to('three')
    same(s.peek(() => undefined)).to('two')
    s.foreach(() => undefined)
    for (let index = 0; index < 12; index++) same(s).filter(always).to(`many-${index}`)
  })
  yield build('diamond', (b) => {
    const s = input(b)
    const left = s.filter(always).peek(() => undefined)
    const right = s.filterNot(always)
    const all = left.merge(right).merge(s)
    all.to('out')
    all.merge(left).filter(always, { name: 'last' }).to('other')
  })
  yield build('chain of aggregations', (b) => {
    let s = input(b)
    for (let level = 0; level < 4; level++) {
      const grouped = s.selectKey((_k, v) => v, text).groupByKey()
      s = grouped.reduce((_x, y) => y, level % 2 === 0 ? { store: `level-${level}` } : text).toStream()
    }
    s.to('out')
  })
  yield build('long chain of forty nodes', (b) => {
    let s = input(b)
    for (let index = 0; index < 40; index++) {
      if (index % 3 === 0) s = s.filter(always)
      else if (index % 3 === 1) s = s.peek(() => undefined, { name: `peek-${index}` })
      else s = s.filterNot(always)
      if (index % 10 === 5) s.to(`side-${index}`)
    }
    s.to('out')
  })
  yield build('zoo', (b) => {
    const stock = own('stock')
    const byZoo = (name: string): Text =>
      input(b, name)
        .filter(name === 'animals' ? always : always)
        .selectKey((_k, v) => v, text)
    byZoo('animals')
      .repartition({ name: 'animals-by-zoo', partitions: 12 })
      .process(() => () => undefined, { stores: { stock } })
    const outcomes = input(b, 'parcels')
      .selectKey((_k, v) => v, text)
      .repartition({ name: 'parcels-by-zoo', partitions: 12 })
      .process(({ forward }) => forward, { stores: { stock }, ...text })
    const { fed, rejected } = outcomes.split({ fed: always, rejected: always }, { name: 'outcome-' })
    fed.mapValues((v) => v, text).to('feedings')
    rejected.mapValues((v) => v, text).to('thrown-away')
  })
}

function* byHand(): Generator<Entry> {
  const counts = new Topology()
  const lines = counts.addSource('source', topic('lines', text))
  const store = keyValueStore('counts', { ...text, supplier: 'in-memory', logging: { segmentBytes: 1_048_576 } })
  const count = counts.addProcessor('count', forwarding, { parents: [lines], stores: { store } })
  counts.addSink('sink', topic('counts', text), { parents: [count] })
  yield ['by hand: word count', counts]

  const several = new Topology()
  const left = several.addSource('left', ['l1', 'l2'], text)
  const right = several.addSource('right', 'r', text)
  const alone = several.addSource('alone', /alone-.+/, text)
  const p1 = several.addProcessor('p1', forwarding, { parents: [left] })
  const p2 = several.addProcessor('p2', forwarding, { parents: [right] })
  const p3 = several.addProcessor('p3', forwarding, { parents: [p1, p2, left] })
  const p4 = several.addProcessor('p4', forwarding, { parents: [alone] })
  several.addSink('s1', 'out', { parents: [p3, p1], ...text })
  several.addSink('s2', chooser, { parents: [p4], ...text })
  yield ['by hand: several sub-topologies', several]

  const united = new Topology()
  const [pa, , pc] = ['a', 'b', 'c'].map((name) => {
    const source = united.addSource(name, `t${name}`, text)
    return united.addProcessor(`p${name}`, forwarding, { parents: [source] })
  })
  if (pa === undefined || pc === undefined) throw new Error('three processors were added')
  const late = own('late')
  united.addStateStore(own('shared'), pa, pc).addStateStore(late).connectProcessorAndStateStores(pc, late)
  yield ['by hand: a store unites sub-topologies', united]
}

function* optimized(): Generator<Entry> {
  const plans: readonly [name: string, config: TopologyConfig, plan: (builder: StreamsBuilder) => void][] = [
    [
      'optimized: source topic as changelog',
      { topologyOptimization: ['reuse.ktable.source.topics'] },
      (b) => {
        b.table(topic('rows', text), { store: 'kept' }).toStream().to('out')
        b.table(topic('others', text))
          .groupBy((k, v) => [k, v], text)
          .count()
        b.table(topic('plain', text)).toStream().to('copy')
      },
    ],
    [
      'optimized: one repartition topic for two counts',
      { topologyOptimization: ['merge.repartition.topics'] },
      (b) => {
        const s = input(b).selectKey(byValue, text)
        s.groupByKey().count().toStream().to('first')
        s.groupByKey()
          .reduce((_x, y) => y, { store: 'reduced' })
          .toStream()
          .to('second')
        const peeked = s.filter(always).peek(() => undefined)
        peeked.groupByKey({ name: 'named' }).count().toStream().to('third')
        s.to('keyed')
      },
    ],
    [
      'optimized: values change before the repartition',
      { topologyOptimization: 'all' },
      (b) => {
        const s = input(b).selectKey(byValue, text)
        const mapped = s.mapValues((v) => v, text)
        mapped.groupByKey().count({ store: 'a' }).toStream().to('first')
        s.filter(always).groupByKey().count({ store: 'b' }).toStream().to('second')
      },
    ],
    [
      'optimized: behind a merge',
      { topologyOptimization: 'all' },
      (b) => {
        const both = input(b).selectKey(byValue, text).merge(input(b, 'other').map(swap, text))
        both.groupByKey().count({ store: 'a' }).toStream().to('first')
        both.filter(always).groupByKey().count({ store: 'b' }).toStream().to('second')
      },
    ],
    [
      'optimized: groupBy and toTable',
      { topologyOptimization: 'all' },
      (b) => {
        const s = input(b).map(swap, { name: 'swap', ...text })
        s.groupByKey().count().toStream().to('first')
        s.toTable({ name: 'latest', ...text })
          .toStream()
          .to('second')
      },
    ],
  ]
  for (const [name, config, plan] of plans) yield build(name, plan, config)
}
