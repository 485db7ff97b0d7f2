/** A scenario as the rows look at it. */
interface Seen {
  /** Names of its operators. */
  readonly ops: ReadonlySet<string>
  readonly operators: readonly Readonly<Record<string, unknown>>[]
  readonly config: Readonly<Record<string, unknown>>
  readonly steps: readonly Readonly<Record<string, unknown>>[]
}

/** A feature of Kafka Streams, and how it is judged. */
export interface ParityRow {
  readonly id: string
  readonly feature: string
  /** Which scenarios judge it, beside those that name it in `rows`. */
  readonly judgedBy?: (seen: Seen) => boolean
  /** Why Java does not judge it, and which test of ours does; a judged row has none. */
  readonly notJudged?: string
  /** A deliberate difference: docs/differences.md. */
  readonly difference?: string
}

/** Scenarios with one of these operators. */
function ops(...names: readonly string[]): (seen: Seen) => boolean {
  return ({ ops: used }) => names.some((name) => used.has(name))
}

/** Scenarios with that configuration key, and one of these values. */
function config(key: string, ...values: readonly unknown[]): (seen: Seen) => boolean {
  return ({ config: given }) => key in given && (values.length === 0 || values.includes(given[key]))
}

/** Scenarios with an operator that has that option, and one of these values. */
function option(name: string, ...values: readonly unknown[]): (seen: Seen) => boolean {
  return ({ operators }) => operators.some((operator) => name in operator && (values.length === 0 || values.includes(operator[name])))
}

/** Scenarios with a described store of one of these kinds. */
function stores(...kinds: readonly string[]): (seen: Seen) => boolean {
  return ({ operators }) => operators.some(({ op, kind = 'key-value' }) => op === 'store' && kinds.includes(String(kind)))
}

/** Both hold. */
function both(left: (seen: Seen) => boolean, right: (seen: Seen) => boolean): (seen: Seen) => boolean {
  return (seen) => left(seen) && right(seen)
}

/** One of them holds. */
function either(...all: readonly ((seen: Seen) => boolean)[]): (seen: Seen) => boolean {
  return (seen) => all.some((one) => one(seen))
}

const always = (): boolean => true
const optimized = (name: string): ((seen: Seen) => boolean) => config('topology.optimization', 'all', name)
const aggregations = ops('count', 'reduce', 'aggregate')
const allStreamJoins = ops('joinStream', 'leftJoinStream', 'outerJoinStream')
const streamTableJoins = ops('joinTable', 'leftJoinTable')
const tableJoins = ops('join', 'leftJoin', 'outerJoin')
const foreignKeyJoins = ops('foreignKeyJoin', 'foreignKeyLeftJoin')
const timers = ({ operators }: Seen): boolean => operators.some(({ processor }) => /Timers?$/.test(String(processor)))

/** The rows of parity.md section 16 that issue 4 builds. */
export const parityRows: readonly ParityRow[] = [
  { id: 'B01', feature: 'Streams of one topic, of several, and of a pattern', judgedBy: ops('stream', 'addSource') },
  { id: 'B02', feature: 'Streams of the same topics share a source; what is refused' },
  { id: 'B03', feature: 'Tables of a topic, and where their serdes come from', judgedBy: ops('table') },
  { id: 'B04', feature: 'Global tables', judgedBy: ops('globalTable') },
  {
    id: 'B05',
    feature: 'Stores that are added and connected by hand, or that processors bring',
    judgedBy: ops('addStateStore', 'process', 'processValues'),
  },
  { id: 'B06', feature: 'Global stores, restored as they are or reprocessed', judgedBy: ops('globalStore', 'laterGlobalStore') },
  { id: 'B07', feature: 'Read-only stores', judgedBy: ops('readOnlyStore') },
  { id: 'B08', feature: 'Where a source starts without a position', judgedBy: option('offsetReset') },
  { id: 'B09', feature: 'Names that are refused' },
  { id: 'B10', feature: 'ProcessorWrapper', judgedBy: config('processor.wrapper.class') },
  {
    id: 'B11',
    feature: 'The part of the configuration that builds the topology',
    judgedBy: either(
      config('topology.optimization'),
      config('ensure.explicit.internal.resource.naming'),
      config('dsl.store.suppliers.class'),
    ),
  },
  {
    id: 'B12',
    feature: 'Optimization: source topics as changelogs',
    judgedBy: both(ops('table'), optimized('reuse.ktable.source.topics')),
  },
  {
    id: 'B13',
    feature: 'Optimization: one repartition topic for several operators',
    judgedBy: both(aggregations, optimized('merge.repartition.topics')),
  },
  {
    id: 'B14',
    feature: 'Optimization: a join of a stream with itself has one store',
    judgedBy: both(allStreamJoins, optimized('single.store.self.join')),
  },
  {
    id: 'B15',
    feature: 'Records without a key are dropped before a repartition topic',
    judgedBy: both(either(aggregations, allStreamJoins), ops('selectKey', 'map', 'groupBy')),
  },
  { id: 'B16', feature: 'Suppliers of the stores of operators', judgedBy: either(config('dsl.store.suppliers.class'), option('supplier')) },
  { id: 'B17', feature: 'Stores of operators that keep headers', judgedBy: config('dsl.store.format') },
  { id: 'B18', feature: 'Generated names and numbers of nodes, stores and topics', judgedBy: always },
  { id: 'B19', feature: 'Names that are required', judgedBy: config('ensure.explicit.internal.resource.naming') },
  { id: 'B20', feature: 'The text of `describe()`', judgedBy: always },
  { id: 'D01', feature: '`filter`, `filterNot` of streams', judgedBy: ops('filter', 'filterNot') },
  {
    id: 'D02',
    feature: '`map`, `mapValues`, `flatMap`, `flatMapValues`, `selectKey`',
    judgedBy: ops('map', 'flatMap', 'flatMapValues', 'selectKey'),
  },
  { id: 'D03', feature: '`peek`, `foreach`, `print`', judgedBy: ops('peek', 'foreach', 'print') },
  { id: 'D04', feature: '`split`', judgedBy: ops('split') },
  { id: 'D05', feature: '`merge`', judgedBy: ops('merge') },
  { id: 'D06', feature: '`repartition`', judgedBy: ops('repartition') },
  { id: 'D07', feature: '`to`: topics by name and chosen, partitioners, multicast and drop', judgedBy: ops('to', 'addSink') },
  { id: 'D08', feature: '`toTable`', judgedBy: ops('toTable') },
  { id: 'D09', feature: '`process`, `processValues`', judgedBy: ops('process', 'processValues') },
  { id: 'D10', feature: '`groupByKey`, `groupBy`, and what is repartitioned', judgedBy: ops('groupByKey', 'groupBy') },
  { id: 'D11', feature: '`count`, `reduce`, `aggregate` of streams', judgedBy: both(aggregations, ops('groupByKey', 'groupBy')) },
  { id: 'D12', feature: 'Tables of a topic: late rows and tombstones', judgedBy: ops('table') },
  { id: 'D13', feature: '`filter` of tables', judgedBy: both(ops('filter', 'filterNot'), ops('table', 'count', 'toTable')) },
  {
    id: 'D14',
    feature: '`mapValues`, `transformValues` of tables',
    judgedBy: either(ops('transformValues'), both(ops('mapValues'), ops('table'))),
  },
  { id: 'D15', feature: '`toStream`', judgedBy: ops('toStream') },
  {
    id: 'D16',
    feature: '`groupBy` of tables and its aggregations',
    judgedBy: either(option('subtractor'), both(ops('groupBy'), ops('table'))),
  },
  { id: 'D17', feature: 'The bytes of changes on repartition topics', judgedBy: either(option('subtractor'), config('upgrade.from')) },
  { id: 'D18', feature: '`cogroup`: plain, and with windows of all kinds', judgedBy: ops('cogroup') },
  { id: 'D19', feature: 'Old values, with and without a cache', judgedBy: config('statestore.cache.max.bytes') },
  { id: 'D20', feature: '`suppress`', judgedBy: ops('suppress') },
  { id: 'W01', feature: 'Tumbling and hopping windows', judgedBy: both(ops('windowedBy'), option('size')) },
  { id: 'W02', feature: 'Late records, and their count', judgedBy: ops('windowedBy', 'windowedBySessions') },
  { id: 'W03', feature: 'Sliding windows', judgedBy: both(ops('windowedBy'), option('timeDifference')) },
  { id: 'W04', feature: 'Session windows', judgedBy: ops('windowedBySessions') },
  { id: 'W05', feature: 'Unlimited windows', judgedBy: option('unlimited') },
  { id: 'W06', feature: 'Results when a window closes', judgedBy: option('emit', 'on-window-close') },
  { id: 'W07', feature: 'Bytes of keys in windows', judgedBy: ops('windowedBy', 'windowedBySessions') },
  { id: 'J01', feature: 'Inner join of streams', judgedBy: ops('joinStream') },
  { id: 'J02', feature: 'Left and outer join of streams', judgedBy: ops('leftJoinStream', 'outerJoinStream') },
  {
    id: 'J03',
    feature: 'Eager results of left and outer joins with `JoinWindows.of`',
    difference: 'the windows of a join always say their grace',
  },
  { id: 'J04', feature: 'Records without a key in joins', judgedBy: either(allStreamJoins, streamTableJoins) },
  {
    id: 'J05',
    feature: 'A stream joined with itself',
    judgedBy: ({ operators }) =>
      operators.some(({ op, from, with: other }) => String(op).endsWith('Stream') && from === other && from !== undefined),
  },
  { id: 'J06', feature: 'Join of a stream with a table', judgedBy: streamTableJoins },
  {
    id: 'J07',
    feature: 'Join of a stream with a versioned table',
    judgedBy: both(streamTableJoins, either(option('historyRetention'), stores('versioned'))),
  },
  { id: 'J08', feature: 'Join of a stream with a table that waits for a grace', judgedBy: both(streamTableJoins, option('grace')) },
  { id: 'J09', feature: 'Join of a stream with a global table', judgedBy: ops('joinGlobal', 'leftJoinGlobal') },
  { id: 'J10', feature: 'Joins of tables', judgedBy: tableJoins },
  { id: 'J11', feature: 'Joins of tables by foreign key', judgedBy: foreignKeyJoins },
  {
    id: 'J12',
    feature: 'Joins by foreign key with partitioners',
    judgedBy: both(foreignKeyJoins, either(option('partitioner'), option('otherPartitioner'))),
  },
  { id: 'J13', feature: 'Equal partition counts of joined topics' },
  {
    id: 'J14',
    feature: 'Versioned tables in joins, filters and groupings',
    judgedBy: either(option('historyRetention'), stores('versioned')),
  },
  { id: 'T01', feature: 'Timestamp extractors', judgedBy: either(option('extractor'), config('default.timestamp.extractor')) },
  {
    id: 'T02',
    feature: 'Partition and stream time come back with the committed offsets',
    notJudged: 'a driver starts without committed offsets; `src/runtime/app/streams-app.test.ts`',
  },
  { id: 'T03', feature: 'The record with the lowest timestamp is next', judgedBy: config('max.task.idle.ms') },
  { id: 'T04', feature: '`max.task.idle.ms`', judgedBy: config('max.task.idle.ms') },
  { id: 'T05', feature: 'Punctuation in stream time and wall-clock time', judgedBy: timers },
  { id: 'S01', feature: 'Key-value stores', judgedBy: stores('key-value', 'lru') },
  { id: 'S02', feature: 'Key-value stores with timestamps', judgedBy: stores('timestamped') },
  { id: 'S03', feature: 'Stores that keep headers', judgedBy: either(config('dsl.store.format'), option('format', 'headers')) },
  { id: 'S04', feature: 'Window stores', judgedBy: stores('window', 'timestamped-window') },
  { id: 'S05', feature: 'Session stores', judgedBy: stores('session') },
  {
    id: 'S06',
    feature: 'Window and session stores in the order of time',
    judgedBy: both(
      option('emit', 'on-window-close'),
      either(option('supplier', 'persistent'), config('dsl.store.suppliers.class', 'RocksDBDslStoreSuppliers')),
    ),
  },
  { id: 'S07', feature: 'Versioned stores', judgedBy: either(stores('versioned'), option('historyRetention')) },
  {
    id: 'S08',
    feature: 'Stores of lists, and the buffers of suppress and of a grace',
    judgedBy: either(ops('suppress', 'leftJoinStream', 'outerJoinStream'), both(streamTableJoins, option('grace'))),
  },
  { id: 'S11', feature: 'Records of changelogs: timestamps and headers', judgedBy: either(aggregations, ops('table', 'store')) },
  {
    id: 'R21',
    feature: 'Interactive queries: stores of this instance, metadata, lags',
    notJudged: 'a driver has no instances; `src/queries/interactive-queries.test.ts`, `src/http/query-api.test.ts`',
  },
  {
    id: 'R22',
    feature: 'Interactive queries of all kinds, with positions, bounds and isolation levels',
    notJudged:
      'a driver has no instances; `test/golden/queries.test.ts` compares 115 answers of stores of Java with ours, `src/queries/interactive-queries.test.ts`',
  },
  { id: 'X01', feature: 'The test driver', judgedBy: always },
  { id: 'X02', feature: 'Test topics: keys, values and headers of every kind', judgedBy: always },
  {
    id: 'X03',
    feature: 'Mock contexts for tests of processors',
    notJudged: 'it is an API, whose results are objects in memory; `src/testing/mock-processor-context.test.ts`',
  },
]

/** Whether a scenario judges a row: it names it, or has what the row is about. */
export function judgesRow(row: ParityRow, scenario: object): boolean {
  if (row.notJudged !== undefined || row.difference !== undefined) return false
  const given = scenario as Readonly<Record<string, unknown>>
  if (((given['rows'] ?? []) as readonly string[]).includes(row.id)) return true
  if (row.judgedBy === undefined) return false
  const operators = (given['topology'] ?? []) as readonly Readonly<Record<string, unknown>>[]
  return row.judgedBy({
    ops: new Set(operators.map(({ op }) => String(op))),
    operators,
    config: (given['config'] ?? {}) as Readonly<Record<string, unknown>>,
    steps: (given['steps'] ?? []) as readonly Readonly<Record<string, unknown>>[],
  })
}
