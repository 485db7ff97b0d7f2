// Joins of streams. Each function is a program.
import assert from 'node:assert/strict'
import {
  type GlobalKTable,
  joinWindows,
  type KStream,
  type KTable,
  serdes,
  StreamsBuilder,
  timeWindows,
  topic,
  untilWindowCloses,
  windowStore,
} from 'millrace'
import { testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

interface Order {
  readonly customer: string
  readonly country: string | null
  readonly cents: number
}
interface Payment {
  readonly cents: number
}
interface Customer {
  readonly name: string
}

const orders = topic('orders', { key: serdes.string, value: serdes.json<Order>() })
const payments = topic('payments', { key: serdes.string, value: serdes.json<Payment>() })
const customers = topic('customers', { key: serdes.string, value: serdes.json<Customer>() })
const rates = topic('rates', { key: serdes.string, value: serdes.float64 })
const loose = topic('loose', { key: serdes.nullable(serdes.string), value: serdes.nullable(serdes.string) })
const texts = topic('texts', { key: serdes.string, value: serdes.string })
const hour = joinWindows({ timeDifference: '1h', grace: '1m' })

/** Two streams: the side that may be missing is nullable in the joiner, and an outer join never misses both. */
export function streamsWithStreams(): void {
  const builder = new StreamsBuilder()
  const order = builder.stream(orders)
  const payment = builder.stream(payments)
  const inner = order.join(payment, (o, p, key) => `${key} ${o.cents - p.cents}`, hour, { otherValue: serdes.json<Payment>() })
  expectType<KStream<string, string>>()(inner)
  inner.to(texts, { value: serdes.string })
  const left = order.leftJoin(payment, (o, p) => (p === null ? o.cents : 0), joinWindows({ before: 0, after: '1d', grace: 0 }))
  expectType<KStream<string, number>>()(left)
  const outer = order.outerJoin(payment, (o, p) => (o === null ? p.cents : p === null ? null : o.cents - p.cents), hour)
  expectType<KStream<string, number | null>>()(outer)
  const keyed = order.outerJoin(payment, (o, p, key) => (o === null ? `${key} ${p.cents}` : o.customer), hour)
  expectType<KStream<string, string>>()(keyed)
  using driver = testDriver(builder)
  driver.input(orders).pipe('1', { customer: 'c', country: null, cents: 5 }, 0)
  driver.input(payments).pipe('1', { cents: 3 }, 1)
  assert.deepEqual(driver.output(texts).readKeyValues(), [['1', '1 2']])
}

/** Absent keys and values do not reach a joiner; a left join keeps records without a key, and says so. */
export function absentSides(): void {
  const builder = new StreamsBuilder()
  const left = builder.stream(loose)
  const right = builder.stream(texts)
  expectType<KStream<string, number>>()(left.join(right, (a, b, key) => a.length + b.length + key.length, hour))
  expectType<KStream<string | null, string>>()(left.leftJoin(right, (a, b, key) => `${key ?? '-'} ${a} ${b ?? '-'}`, hour))
  expectType<KStream<string, string>>()(right.join(left, (a, b) => a + b, hour))
  expectType<KStream<string, number>>()(left.join(builder.table(customers), (text, { name }) => text.length + name.length))
  expectType<KStream<string | null, string>>()(left.leftJoin(builder.table(rates), (text, rate, key) => `${key} ${text} ${rate ?? 1}`))
}

/** A stream with itself, and the stores in which records wait. */
export function selfJoins(): void {
  const builder = new StreamsBuilder()
  const stream = builder.stream(orders)
  const window = { key: serdes.string, value: serdes.json<Order>(), windowSize: '2h', retention: '3h', retainDuplicates: true } as const
  const pairs = stream.join(stream, (a, b) => [a.cents, b.cents] as const, joinWindows({ timeDifference: '1h', grace: '1h' }), {
    store: { left: windowStore('left', window), right: windowStore('right', window) },
  })
  expectType<KStream<string, readonly [number, number]>>()(pairs)
}

/** A stream with tables, one after the other: each joiner sees what the one before made. */
export function streamsWithTables(): void {
  const builder = new StreamsBuilder()
  const byCustomer = builder.stream(orders).selectKey((_id, order) => order.customer, { key: serdes.string })
  const table = builder.table(customers, { store: 'customers', historyRetention: '1d' })
  const named = byCustomer.join(table, (order, customer) => ({ ...order, name: customer.name }), { grace: '1m' })
  expectType<KStream<string, { name: string; customer: string; country: string | null; cents: number }>>()(named)
  const counts = builder.stream(payments).groupByKey().count()
  const counted = named.leftJoin(counts, (order, n, key) => `${key} ${order.name} ${(n ?? 0) + order.cents}`)
  expectType<KStream<string, string>>()(counted)
  counted.to(texts, { value: serdes.string })
  using driver = testDriver(builder, { topologyOptimization: 'all' })
  driver.input(customers).pipe('c', { name: 'Ann' }, 0)
  driver.input(payments).pipe('c', { cents: 1 }, 0)
  driver.input(orders).pipe('1', { customer: 'c', country: null, cents: 5 }, 10)
  driver.input(orders).pipe('2', { customer: 'x', country: null, cents: 5 }, 100_000)
  assert.deepEqual(driver.output(texts).readValues(), ['c Ann 6'])
}

/** A stream with global tables: any key, which may be missing; the joiner gets both. */
export function streamsWithGlobalTables(): void {
  const builder = new StreamsBuilder()
  const global = builder.globalTable(rates, { store: 'rates' })
  expectType<GlobalKTable<string, number>>()(global)
  const inner = builder.stream(orders).join(
    global,
    (_id, order) => order.country,
    (order, rate, id, country) => `${id} ${country} ${order.cents * rate}`,
  )
  expectType<KStream<string, string>>()(inner)
  inner.to(texts, { value: serdes.string })
  const left = builder.stream(orders).leftJoin(
    global,
    (id, order) => order.country ?? id,
    (order, rate, id, country) => [id, country, order.cents * (rate ?? 1)] as const,
  )
  expectType<KStream<string, readonly [string, string | null, number]>>()(left)
  using driver = testDriver(builder)
  driver.input(rates).pipe('de', 2)
  driver.input(orders).pipe('1', { customer: 'c', country: 'de', cents: 5 })
  driver.input(orders).pipe('2', { customer: 'c', country: null, cents: 5 })
  assert.deepEqual(driver.output(texts).readValues(), ['1 de 10'])
  expectType<number | null>()(driver.store(global).get('de'))
}

/** A long chain: every step types the next one. */
export function chain(): void {
  const builder = new StreamsBuilder()
  const best = builder
    .stream(orders)
    .join(builder.stream(payments), (order, payment) => ({ ...order, open: order.cents - payment.cents }), hour)
    .filter((_id, order): order is typeof order & { readonly country: string } => order.country !== null)
    .selectKey((_id, order) => order.customer, { key: serdes.string })
    .join(builder.table(customers), (order, { name }) => ({ name, country: order.country, open: order.open }), {
      value: serdes.json(),
    })
    .groupBy((_customer, order) => order.country, { key: serdes.string, value: serdes.json() })
    .windowedBy(timeWindows({ size: '1d', grace: '1h' }))
    .aggregate(
      () => ({ names: [], open: 0 }),
      (_country, order, all) => ({ names: [...all.names, order.name], open: all.open + order.open }),
      { value: serdes.json<{ readonly names: readonly string[]; readonly open: number }>() },
    )
    .suppress(untilWindowCloses())
    .toStream()
    .map(({ key, window }, { names, open }) => [`${key} ${window.start}`, open / names.length])
    .mapValues((open) => open.toFixed(2), { value: serdes.string })
  expectType<KStream<string, string>>()(best)
  best.to(texts, { key: serdes.string })
  assert.ok(builder.build().describe().toString().includes('texts'))
}

/** The table of a stream joins back with the stream. */
export function tablesOfStreams(): void {
  const builder = new StreamsBuilder()
  const stream = builder.stream(texts)
  const latest = stream.toTable({ store: 'latest' })
  expectType<KTable<string, string, never>>()(latest)
  const both = stream.join(latest, (now, last) => now.length === last.length)
  expectType<KStream<string, boolean>>()(both)
  const totals = latest.join(stream.groupByKey().count(), (text, n) => ({ text, n }))
  expectType<KTable<string, { text: string; n: number }, never>>()(totals)
}
