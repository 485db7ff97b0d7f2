import { StreamsBuilder } from '../src/dsl/streams-builder.ts'
import { untilTimeLimit, untilWindowCloses } from '../src/dsl/options/suppressed.ts'
import type { KStream } from '../src/dsl/kstream.ts'
import { joinWindows } from '../src/model/join-windows.ts'
import { sessionWindows } from '../src/model/session-windows.ts'
import { timeWindows } from '../src/model/time-windows.ts'
import { serdes } from '../src/serdes/serdes.ts'
import { topic } from '../src/serdes/topic.ts'
import { versionedKeyValueStore } from '../src/state/store-spec.ts'
import { type Pair, pairsOf, responsesOf } from './input.ts'
import type { BenchCase, Benchmark } from './measure.ts'
import { TaskPath } from './task-path.ts'

const text = { key: serdes.string, value: serdes.string }
const output = topic('output', text)
const KEYS = 1_000

/** A builder with a stream whose time moves on by a millisecond with each record, however often the same records are read. */
function input(): { readonly builder: StreamsBuilder; readonly stream: KStream<string, string> } {
  const builder = new StreamsBuilder()
  let time = 1_700_000_000_000
  return { builder, stream: builder.stream(topic('input', text), { timestampExtractor: () => time++ }) }
}

/** A tenth of the records are rows of a table, the others are joined with it. */
function streamTableJoin(): StreamsBuilder {
  const { builder, stream } = input()
  const table = stream.filter((_key, value) => value.charCodeAt(0) === 48).toTable({ ...text, store: 'table' })
  const records = stream.filter((_key, value) => value.charCodeAt(0) !== 48)
  records.join(table, (value, row) => (value.length > row.length ? value : row)).to(output)
  return builder
}

/** Half of the records are of the left side. Each finds one of the other side in two, of a key and a second. */
function streamJoin(type: 'join' | 'leftJoin'): StreamsBuilder {
  const { builder, stream } = input()
  const left = stream.filter((_key, value) => value.charCodeAt(0) % 2 === 0)
  const right = stream.filter((_key, value) => value.charCodeAt(0) % 2 === 1)
  const windows = joinWindows({ timeDifference: '1s', grace: 0 })
  const joiner = (a: string, b: string | null): string => b ?? a
  const joined = type === 'join' ? left.join(right, joiner, windows) : left.leftJoin(right, joiner, windows)
  joined.to(output)
  return builder
}

const lengths = { store: 'sums', value: serdes.int32 } as const

/** Windows of a second, in which each key has one value on average. */
function windowedSum(): StreamsBuilder {
  const { builder, stream } = input()
  stream
    .groupByKey()
    .windowedBy(timeWindows({ size: '1s', grace: '1s' }))
    .aggregate(
      () => 0,
      (_key, value, sum) => sum + value.length,
      lengths,
    )
    .toStream((key) => key.key)
    .mapValues(String)
    .to(output)
  return builder
}

/** Sessions with a gap of a second: two records in three go on with a session. */
function sessions(): StreamsBuilder {
  const { builder, stream } = input()
  stream
    .groupByKey()
    .windowedBy(sessionWindows({ inactivityGap: '1s', grace: '1s' }))
    .count({ store: 'visits' })
    .toStream((key) => key.key)
    .mapValues((count) => String(count))
    .to(output)
  return builder
}

/** As `windowedSum`, with one result for each window. */
function suppressed(): StreamsBuilder {
  const { builder, stream } = input()
  stream
    .groupByKey()
    .windowedBy(timeWindows({ size: '1s', grace: '1s' }))
    .aggregate(
      () => 0,
      (_key, value, sum) => sum + value.length,
      lengths,
    )
    .suppress(untilWindowCloses())
    .toStream((key) => key.key)
    .mapValues(String)
    .to(output)
  return builder
}

/** A table of which a change waits for a second: of a key with several only the last one leaves. */
function delayed(): StreamsBuilder {
  const { builder, stream } = input()
  stream
    .toTable({ ...text, store: 'table' })
    .suppress(untilTimeLimit('1s', { maxRecords: 100_000 }))
    .toStream()
    .to(output)
  return builder
}

/** Records that wait for a second for the rows of a versioned table, a tenth of them rows themselves. */
function joinWithGrace(): StreamsBuilder {
  const { builder, stream } = input()
  const store = versionedKeyValueStore('versions', { ...text, historyRetention: '1m' })
  const table = stream.filter((_key, value) => value.charCodeAt(0) === 48).toTable({ ...text, store })
  const records = stream.filter((_key, value) => value.charCodeAt(0) !== 48)
  records.join(table, (value, row) => (value.length > row.length ? value : row), { grace: '1s' }).to(output)
  return builder
}

const orders = topic('orders', text)
const customers = topic('customers', text)

/** Orders, which begin with the key of their customer, with customers. */
function foreignKeyJoin(): StreamsBuilder {
  const builder = new StreamsBuilder()
  const left = builder.table(orders, { store: 'orders-store' })
  const right = builder.table(customers, { store: 'customers-store' })
  const joined = topic('joined', { key: serdes.string, value: serdes.nullable(serdes.string) })
  const options = { name: 'of', value: serdes.string, store: 'joined' }
  left
    .join(
      right,
      (order) => order.slice(0, 8),
      (order, customer) => (order.length > customer.length ? order : customer),
      options,
    )
    .toStream()
    .to(joined)
  return builder
}

/** The three steps of a foreign-key join, each of which reads what the one before it wrote. */
function foreignKeyCases(records: number): readonly BenchCase[] {
  const builder = foreignKeyJoin()
  const people = pairsOf(records, KEYS, 64)
  const changes = pairsOf(records, 10 * KEYS, 64, (value, index) => people[index]!.key + value.slice(8))
  const subtopologies = builder.build().physical().subtopologies
  const subtopologyOf = (name: string): number =>
    subtopologies.findIndex(({ sources }) => sources.some(({ topics }) => topics.some((ref) => ref.name === name)))
  const path = (name: string, pairs: readonly Pair[]): TaskPath =>
    new TaskPath({
      builder,
      subtopology: subtopologyOf(name),
      input: name,
      responses: responsesOf(pairs, 16),
      partitions: 1,
      cacheBytesMax: 0,
    })
  const sending = path(orders.name, changes)
  const answering = path(customers.name, people)
  const internal = (name: string): string => `bench-of-subscription-${name}-topic`
  const subscriptions = sending.capture(internal('registration'), records)
  answering.run(records)
  answering.readFrom(internal('registration'), subscriptions)
  const answers = answering.capture(internal('response'), records)
  const joining = path(orders.name, changes)
  joining.run(records)
  joining.readFrom(internal('response'), answers)
  return [
    { name: 'foreign-key join: subscribe', unit: 'records', run: () => sending.run(records) },
    { name: 'foreign-key join: answer', unit: 'records', run: () => answering.run(records) },
    { name: 'foreign-key join: join', unit: 'records', run: () => joining.run(records) },
  ]
}

/** `operators`: joins, windows, sessions and suppress, one task each, without a cache; each run ends with a commit. */
export const operators: Benchmark = {
  name: 'operators',
  title: 'processing path: joins, windows, sessions, suppress; 1,000 keys, 64-byte string values, no cache',
  open(size) {
    const records = size === 'smoke' ? 1_000 : 30_000
    const responses = responsesOf(pairsOf(records, KEYS, 64), 16)
    const oneTask = (name: string, builder: StreamsBuilder): BenchCase => {
      const path = new TaskPath({ builder, subtopology: 0, responses, partitions: 1, cacheBytesMax: 0 })
      return { name, unit: 'records', run: () => path.run(records) }
    }
    return [
      oneTask('stream-table join', streamTableJoin()),
      oneTask('stream-stream join, inner', streamJoin('join')),
      oneTask('stream-stream join, left', streamJoin('leftJoin')),
      oneTask('windowed sum', windowedSum()),
      oneTask('sessions', sessions()),
      oneTask('windowed sum with suppress', suppressed()),
      oneTask('table with suppress for a second', delayed()),
      oneTask('stream-table join with grace', joinWithGrace()),
      ...foreignKeyCases(records),
    ]
  },
}
