// Corners: literal types, null from aggregators, default serdes, annotated processors, classes.
import {
  keyValueStore,
  type KStream,
  type KTable,
  type Processor,
  type ProcessorContext,
  serdes,
  type SerdeType,
  type StreamRecord,
  StreamsBuilder,
  topic,
  type ValueOf,
} from 'millrace'
import { expectType } from './expect.ts'

type Status = 'open' | 'closed'
interface Order {
  readonly id: string
  readonly status: Status
  readonly tags: readonly string[]
}
const orders = topic('orders', { key: serdes.string, value: serdes.json<Order>() })
expectType<Order>()({} as ValueOf<typeof orders>)
expectType<string>()({} as SerdeType<typeof serdes.string>)
const builder = new StreamsBuilder()
const stream = builder.stream(orders)

// a literal union as key, written with a serde of string
const byStatus = stream.groupBy((_id, order) => order.status, { key: serdes.string }).count({ key: serdes.string, store: 'by-status' })
expectType<KTable<Status, number, never>>()(byStatus)

// [] in an initializer, null from an aggregator
const tags = stream.groupByKey().aggregate(
  () => [],
  (_id, order, all) => [...all, ...order.tags],
  { value: serdes.json<readonly string[]>() },
)
expectType<KTable<string, readonly string[], never>>()(tags)
const open = stream.groupByKey().aggregate(
  () => 0,
  (_id, order, n) => (order.status === 'closed' ? null : n + 1),
  { value: serdes.int32, store: 'open' },
)
expectType<KTable<string, number, null>>()(open)
const spec = keyValueStore('totals', { key: serdes.string, value: serdes.json<{ readonly n: number }>() })
const totals = stream.groupByKey().aggregate(
  () => ({ n: 0 }),
  (_id, _order, total) => ({ n: total.n + 1 }),
  { store: spec },
)
expectType<KTable<string, { readonly n: number }, never>>()(totals)

// reduce keeps the type
expectType<KTable<string, Order, never>>()(stream.groupByKey().reduce((a, b) => (a.tags.length > b.tags.length ? a : b)))

// TypeScript widens literals in a returned object while it infers: a new literal needs a return type (or the type argument)
interface Summary {
  readonly status: Status
  readonly kind: 'small' | 'big'
}
const small = stream.mapValues((order): Summary => ({ status: order.status, kind: 'small' }), { value: serdes.json<Summary>() })
expectType<KStream<string, Summary>>()(small)
const last = stream.groupByKey().aggregate<Summary>(
  () => ({ status: 'open', kind: 'small' }),
  (_id, order) => ({ status: order.status, kind: 'big' }),
  { value: serdes.json<Summary>() },
)
expectType<KTable<string, Summary, null>>()(last)
const anyJson = stream.mapValues((order) => JSON.parse(order.id))
// oxlint-disable-next-line typescript/no-explicit-any -- JSON.parse gives any, and any must get through
expectType<KStream<string, any>>()(anyJson)

// processors: annotated context, class, tables' stores, nothing forwarded
const annotated = stream.process(
  (context: ProcessorContext<number, string>) => (record) =>
    context.forward(record.withKey(record.value.tags.length).withValue(record.key)),
)
expectType<KStream<number, string>>()(annotated)
class Tagger implements Processor<string, Order> {
  readonly #forward: (record: StreamRecord<string, string>) => void
  constructor(forward: (record: StreamRecord<string, string>) => void) {
    this.#forward = forward
  }
  process(record: StreamRecord<string, Order>): undefined {
    for (const tag of record.value.tags) this.#forward(record.withValue(tag))
  }
}
expectType<KStream<string, string>>()(stream.process(({ forward }) => new Tagger(forward), { value: serdes.string }))
const withTable = stream.process(
  ({ stores, forward }) =>
    (record) => {
      if ((stores.open.get(record.key) ?? 0) > 3) forward(record)
    },
  { stores: { open } },
)
expectType<KStream<string, Order>>()(withTable)

// bytes and nothing said
expectType<KStream<Uint8Array | null, Uint8Array | null>>()(builder.stream('raw'))
expectType<KStream<Uint8Array, Uint8Array | null>>()(builder.stream('raw').filter((key) => key !== null))
expectType<KStream<Uint8Array | null, string>>()(builder.stream(['a', 'b'], { value: serdes.string, absent: 'drop' }))
expectType<KTable<string, Order>>()(builder.table('o', { key: serdes.string, value: serdes.json<Order>(), store: 'o' }))
const nullable = builder.stream('n', { key: serdes.nullable(serdes.string), value: serdes.json<Order>() })
expectType<KTable<string, number, never>>()(nullable.groupByKey().count())
builder.build()
