// Operators of streams. Each function is a program.
import assert from 'node:assert/strict'
import { type Bytes, type KGroupedStream, type KStream, type KTable, serdes, StreamsBuilder, topic } from 'millrace'
import { testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

interface Paid {
  readonly state: 'paid'
  readonly cents: number
}
interface Open {
  readonly state: 'open'
}
type Bill = Paid | Open

const bills = topic('bills', { key: serdes.string, value: serdes.json<Bill>() })
const corrections = topic('corrections', { key: serdes.nullable(serdes.string), value: serdes.nullable(serdes.json<Bill>()) })
const numbers = topic('numbers', { key: serdes.string, value: serdes.int32 })
const sums = topic('sums', { key: serdes.string, value: serdes.int32 })

/** A predicate that is a guard, written or inferred, narrows values and keys; `filterNot` narrows to the rest. */
export function guards(): void {
  const stream = new StreamsBuilder().stream(corrections)
  expectType<KStream<string | null, Bill | null>>()(stream)
  const present = stream.filter((_key, bill) => bill !== null)
  expectType<KStream<string | null, Bill>>()(present)
  const keyed = present.filter((key) => key !== null)
  expectType<KStream<string, Bill>>()(keyed)
  expectType<KStream<string, Paid>>()(keyed.filter((_key, bill) => bill.state === 'paid'))
  expectType<KStream<string, Open>>()(keyed.filterNot((_key, bill) => bill.state === 'paid'))
  expectType<KStream<string, Paid>>()(keyed.filter((_key, bill): bill is Paid => 'cents' in bill))
  // What proves nothing narrows nothing.
  expectType<KStream<string, Bill>>()(keyed.filter((key) => key.length > 1))
}

/** Mappers give keys and values their types, through a whole chain. */
export function mappers(): void {
  const builder = new StreamsBuilder()
  const stream = builder.stream(bills)
  const mapped = stream.map((id, bill) => [id.length, bill.state === 'paid' ? bill.cents : 0])
  expectType<KStream<number, number>>()(mapped)
  const flat = mapped.flatMap((length, cents) => Array.from({ length }, (_, index) => [String(index), cents / length] as const))
  expectType<KStream<string, number>>()(flat)
  const rounded = flat.mapValues((share) => Math.round(share), { value: serdes.int32 })
  const digits = rounded.flatMapValues((share) => String(share))
  expectType<KStream<string, string>>()(digits)
  expectType<KStream<boolean, number>>()(rounded.selectKey((key, share) => key === '0' && share > 0))
  rounded.to(sums, { key: serdes.string })

  using driver = testDriver(builder)
  driver.input(bills).pipe('ab', { state: 'paid', cents: 5 })
  assert.deepEqual(driver.output(sums).readKeyValues(), [
    ['0', 3],
    ['1', 3],
  ])
}

/** A mapper may use the key, which comes last, and may return `null`, which then is in the type. */
export function mappersOfValues(): void {
  const stream = new StreamsBuilder().stream(bills)
  const cents = stream.mapValues((bill, id) => (bill.state === 'paid' ? bill.cents + id.length : null))
  expectType<KStream<string, number | null>>()(cents)
  expectType<KStream<string, number>>()(cents.filter((_id, given) => given !== null))
  expectType<KStream<string | null, Bill>>()(stream.selectKey((id) => (id === '' ? null : id)))
  expectType<KStream<string, readonly [string, Bill]>>()(stream.mapValues((bill, id) => [id, bill] as const))
  expectType<KStream<string, Map<string, Bill>>>()(stream.mapValues((bill, id) => new Map([[id, bill]])))
}

/** The branches of a split are typed by their guards, with and without a default. */
export function splits(): void {
  const builder = new StreamsBuilder()
  const branches = builder.stream(bills).split({
    large: (_id, bill): bill is Paid => bill.state === 'paid' && bill.cents > 100,
    paid: (_id, bill) => bill.state === 'paid',
  })
  expectType<KStream<string, Paid>>()(branches.large)
  expectType<KStream<string, Paid>>()(branches.paid)
  const { small, rest } = branches.paid.split({ small: (id) => id.length === 1 }, { default: 'rest', name: 'by-length' })
  expectType<KStream<string, Paid>>()(small)
  expectType<KStream<string, Paid>>()(rest)
  small.mapValues((bill) => bill.cents).to(numbers, { value: serdes.int32 })
  rest.mapValues((bill) => -bill.cents).to(numbers, { value: serdes.int32 })

  using driver = testDriver(builder)
  driver.input(bills).pipeAll([
    ['a', { state: 'paid', cents: 1 }],
    ['bb', { state: 'paid', cents: 2 }],
    ['c', { state: 'paid', cents: 200 }],
    ['d', { state: 'open' }],
  ])
  assert.deepEqual(driver.output(numbers).readValues(), [1, -2])
}

/** Streams of different types become one of their union, which a guard takes apart again. */
export function merges(): void {
  const builder = new StreamsBuilder()
  const merged = builder.stream(bills).merge(builder.stream(numbers)).merge(builder.stream('raw'))
  expectType<KStream<string | Uint8Array | null, Bill | number | Bytes>>()(merged)
  const texts = merged.filter((key) => typeof key === 'string')
  expectType<KStream<string, Bill | number | Bytes>>()(texts)
  expectType<KStream<string, number>>()(texts.filter((_key, value) => typeof value === 'number'))
}

/** Looking at records leaves the types as they are. */
export function looks(): void {
  const builder = new StreamsBuilder()
  const seen: string[] = []
  const stream = builder
    .stream(bills)
    .peek((id) => seen.push(id))
    .peek((_id, bill) => {
      if (bill.state === 'paid') seen.push(bill.cents.toFixed())
    })
  expectType<KStream<string, Bill>>()(stream)
  expectType<void>()(stream.foreach((id, bill) => seen.push(id + bill.state)))
  using driver = testDriver(builder)
  driver.input(bills).pipe('x', { state: 'paid', cents: 7 })
  assert.deepEqual(seen, ['x', '7', 'xpaid'])
}

/** Partitioners, topics by function and repartitioning see the types of the stream. */
export function topicsOfAStream(): void {
  const builder = new StreamsBuilder()
  const stream = builder.stream(numbers)
  const spread = stream.repartition({ name: 'spread', partitions: 3, partitioner: (key, n, partitions) => (key.length + n) % partitions })
  expectType<KStream<string, number>>()(spread)
  spread.to((key, n, record) => `${key}-${n.toFixed()}-${record.topic}`, { value: serdes.int32 })
  spread.to('all', { partitioner: (_key, _n, partitions, { headers }) => (headers.last('all') === null ? null : [0, partitions - 1]) })
  using driver = testDriver(builder)
  driver.input(numbers).pipe('k', 4)
  const written = driver.output(topic('k-4-test-driver-spread-repartition', { key: serdes.string, value: serdes.int32 })).readKeyValues()
  assert.deepEqual(written, [['k', 4]])
}

/** Groups have no `null` keys, and a table of a stream none in its rows: its deletions say whether there may be some. */
export function absentKeysAndValues(): void {
  const stream = new StreamsBuilder().stream(corrections)
  const grouped = stream.groupByKey()
  expectType<KGroupedStream<string, Bill | null>>()(grouped)
  expectType<KTable<string, Bill, never>>()(grouped.reduce((a, b) => (a.state === 'paid' ? a : b)))
  expectType<KTable<string, Bill>>()(stream.toTable())
  expectType<KTable<string, Bill, never>>()(stream.filter((_key, bill) => bill !== null).toTable())
  const regrouped = stream.groupBy((key) => key, { key: serdes.string })
  expectType<KGroupedStream<string, Bill | null>>()(regrouped)
}

/** Sources: names, lists, patterns and serdes said with the options. */
export function sources(): void {
  const builder = new StreamsBuilder()
  expectType<KStream<string, Bill>>()(builder.stream([bills, topic('more-bills', { key: serdes.string, value: serdes.json<Paid>() })]))
  expectType<KStream<Bytes, number>>()(builder.stream(['a', 'b'], { value: serdes.int32 }))
  expectType<KStream<string, Bytes>>()(builder.stream(/c-.*/, { key: serdes.string }))
  const timed = builder.stream('d', {
    key: serdes.string,
    value: serdes.int64,
    timestampExtractor: (record, partitionTime) => (record.value > 0 ? record.value : Math.max(record.timestamp, partitionTime)),
  })
  expectType<KStream<string, number>>()(timed)
}
