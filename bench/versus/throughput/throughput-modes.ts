import { customers, orders } from '../data/orders.ts'
import { keyedValues } from '../data/keyed-values.ts'
import { lines } from '../data/lines.ts'
import type { Mode } from '../mode.ts'
import { throughputMode, type ThroughputShape } from './throughput-mode.ts'

// So many that Java needs 15 seconds or more for the second half.
const kv = keyedValues({ topic: 'versus-kv', records: 14_000_000, keys: 100_000, keyDigits: 7, valueBytes: 256, seed: 1 })
const counted = keyedValues({ topic: 'versus-counted', records: 6_000_000, keys: 100_000, keyDigits: 7, valueBytes: 256, seed: 6 })
const manyKeys = keyedValues({ topic: 'versus-many-keys', records: 10_000_000, keys: 10_000_000, keyDigits: 8, valueBytes: 32, seed: 7 })
const left = keyedValues({ topic: 'versus-left', records: 1_000_000, keys: 100_000, keyDigits: 7, valueBytes: 256, seed: 8 })
const right = keyedValues({ topic: 'versus-right', records: 1_000_000, keys: 100_000, keyDigits: 7, valueBytes: 256, seed: 9 })
const text = lines('versus-lines', 2_000_000)
const ordered = orders('versus-orders', 6_000_000)
const fewerOrders = orders('versus-fewer-orders', 2_000_000)
const customer = customers('versus-customers')

type Guarantee = 'alos' | 'eos'
type Shape = Omit<ThroughputShape, 'settings'> & { readonly settings?: NonNullable<ThroughputShape['settings']> }

/** Both guarantees, each with the commit interval that Kafka Streams has for it by default. */
function both(shape: Shape): Mode[] {
  return [guaranteed(shape, 'alos'), guaranteed(shape, 'eos')]
}

function guaranteed(shape: Shape, guarantee: Guarantee): Mode {
  const isExactlyOnce = guarantee === 'eos'
  return throughputMode({
    ...shape,
    name: `${shape.name}-${guarantee}`,
    title: `${shape.title}, ${isExactlyOnce ? 'exactly once' : 'at least once'}`,
    ...(shape.javaMode === undefined ? {} : { javaMode: `${shape.javaMode}-${guarantee}` }),
    settings: {
      guarantee: isExactlyOnce ? 'exactly_once_v2' : 'at_least_once',
      commitIntervalMs: isExactlyOnce ? 100 : 30_000,
      ...shape.settings,
    },
  })
}

const stateless: Shape = {
  name: 'stateless',
  group: 'stateless',
  title: 'filter and mapValues, values of 256 bytes',
  topology: 'stateless',
  input: kv,
  store: 'memory',
  steps: ({ records }) => records,
  compared: 'records',
}
const wordCount = {
  group: 'word-count',
  topology: 'word-count',
  input: text,
  steps: ({ units }) => 2 * units,
  compared: 'last-values',
} as const satisfies Partial<Shape>
const count = {
  group: 'count',
  topology: 'count',
  input: counted,
  steps: ({ records }) => records,
  compared: 'last-values',
} as const satisfies Partial<Shape>

const oftenCommitted = { ...count, settings: { commitIntervalMs: 100 } }
const uncached = { ...count, settings: { cacheBytes: 0 } }
const withCustomers = {
  group: 'join',
  input: fewerOrders,
  second: customer,
  store: 'persistent',
  steps: ({ records }) => 2 * records,
  compared: 'last-values',
} as const satisfies Partial<Shape>

/** What decides is CPU time per million records. */
export const throughputModes: readonly Mode[] = [
  ...both(stateless),
  ...both({
    name: 'json',
    group: 'json',
    title: 'parse JSON, compute, write JSON',
    topology: 'json',
    input: ordered,
    store: 'memory',
    steps: ({ records }) => records,
    compared: 'records',
  }),
  ...both({ ...wordCount, name: 'word-count-memory', title: 'word count, memory', store: 'memory' }),
  ...both({ ...wordCount, name: 'word-count-persistent', title: 'word count, persistent', store: 'persistent' }),
  ...both({
    ...wordCount,
    name: 'word-count-rocksdb',
    title: 'word count, our engine rocksdb',
    store: 'rocksdb',
    javaMode: 'word-count-persistent',
  }),
  ...both({ ...count, name: 'count-memory', title: 'count by key, memory', store: 'memory' }),
  ...both({ ...count, name: 'count-persistent', title: 'count by key, persistent', store: 'persistent' }),
  ...both({ ...count, name: 'count-rocksdb', title: 'count by key, our engine rocksdb', store: 'rocksdb', javaMode: 'count-persistent' }),
  guaranteed({ ...oftenCommitted, name: 'count-memory-100ms', title: 'count by key, memory, commit 100 ms', store: 'memory' }, 'alos'),
  guaranteed(
    { ...oftenCommitted, name: 'count-persistent-100ms', title: 'count by key, persistent, commit 100 ms', store: 'persistent' },
    'alos',
  ),
  ...both({ ...uncached, name: 'count-uncached-memory', title: 'count by key without a cache, memory', store: 'memory' }),
  ...both({ ...uncached, name: 'count-uncached-persistent', title: 'count by key without a cache, persistent', store: 'persistent' }),
  ...both({ ...count, name: 'count-many-keys', title: 'count by key, 10 million keys, persistent', input: manyKeys, store: 'persistent' }),
  ...both({
    name: 'windowed-sum',
    group: 'windowed-sum',
    title: 'tumbling windows: sum after a rekey, persistent',
    topology: 'windowed-sum',
    input: fewerOrders,
    store: 'persistent',
    steps: ({ records }) => 2 * records,
    compared: 'last-values',
  }),
  ...both({
    ...withCustomers,
    name: 'table-join',
    title: 'stream-table join after a rekey, persistent',
    topology: 'table-join',
    compared: 'records',
  }),
  ...both({
    name: 'stream-join',
    group: 'join',
    title: 'stream-stream join within 5 s, persistent',
    topology: 'stream-join',
    input: left,
    second: right,
    store: 'persistent',
    steps: (one, other) => one.records + other!.records,
    isBoth: true,
    compared: 'records',
  }),
  ...both({
    ...withCustomers,
    name: 'foreign-key-join',
    title: 'foreign-key join of tables, persistent, without a cache',
    topology: 'foreign-key-join',
    settings: { cacheBytes: 0 },
  }),
]

/** The same with the defaults that each side has. */
export const defaultsModes: readonly Mode[] = [
  { ...stateless, title: 'filter and mapValues, values of 256 bytes' },
  { ...wordCount, name: 'word-count', title: 'word count', store: 'persistent' } as const,
  { ...count, name: 'count', title: 'count by key', store: 'persistent' } as const,
].map((shape) =>
  throughputMode({ ...shape, name: `defaults-${shape.name}`, group: 'defaults', title: `${shape.title}, own defaults`, settings: null }),
)
