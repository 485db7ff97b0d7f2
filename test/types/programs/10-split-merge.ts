import assert from 'node:assert/strict'
import { joinWindows, type KStream, serdes, StreamsBuilder, topic } from 'millrace'
import { testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

interface Created {
  readonly kind: 'created'
  readonly id: string
  readonly total: number
}
interface Cancelled {
  readonly kind: 'cancelled'
  readonly id: string
  readonly reason: string
}
interface Noise {
  readonly kind: 'noise'
}
type OrderEvent = Created | Cancelled | Noise

const events = topic('order-events', { key: serdes.string, value: serdes.json<OrderEvent>() })
const audit = topic('audit', { key: serdes.string, value: serdes.json<Created | Cancelled>() })

const regrets = topic('regrets', { key: serdes.string, value: serdes.int32 })

const builder = new StreamsBuilder()
const { created, cancelled, rest } = builder.stream(events).split(
  {
    created: (_id, event) => event.kind === 'created',
    cancelled: (_id, event) => event.kind === 'cancelled',
  },
  { name: 'by-kind', default: 'rest' },
)
expectType<KStream<string, Created>>()(created)
expectType<KStream<string, Cancelled>>()(cancelled)
expectType<KStream<string, OrderEvent>>()(rest)

const merged = created.merge(cancelled)
expectType<KStream<string, Created | Cancelled>>()(merged)
merged.to(audit)
const noNoise = rest.filterNot((_id, event) => event.kind === 'noise')
expectType<KStream<string, Created | Cancelled>>()(noNoise)
noNoise.print({ label: 'rest' })

// Joins of streams: the missing side is null, and an outer join never misses both.
const regretted = created.join(
  cancelled,
  (order, cancel) => order.total + cancel.reason.length,
  joinWindows({ timeDifference: '1h', grace: '5m' }),
  { name: 'regret' },
)
expectType<KStream<string, number>>()(regretted)
regretted.to(regrets, { value: serdes.int32 })
const open = created.leftJoin(
  cancelled,
  (order, cancel) => (cancel === null ? order.id : null),
  joinWindows({ before: 0, after: '1h', grace: 0 }),
)
expectType<KStream<string, string | null>>()(open)
const any = created.outerJoin(
  cancelled,
  (order, cancel) => (order === null ? cancel.reason : `${order.total} ${cancel?.reason ?? ''}`),
  joinWindows({ timeDifference: '1h', grace: 0 }),
)
expectType<KStream<string, string>>()(any)

const table = created.toTable({ store: 'created' })
table
  .mapValues((order) => (order.total > 100 ? order : null))
  .toStream()
  .filter((_id, order) => order !== null)
  .to(audit)

// Several topics at once, regular expressions, bytes.
const several = new StreamsBuilder()
const all = several.stream([events, audit])
expectType<KStream<string, OrderEvent>>()(all)
const byPattern = several.stream(/orders-.*/, { value: serdes.string, offsetReset: { byDuration: '7d' } })
expectType<KStream<Uint8Array | null, string>>()(byPattern)

using driver = testDriver(builder)
driver.input(events).pipeAll([
  ['1', { kind: 'created', id: '1', total: 200 }],
  ['2', { kind: 'cancelled', id: '2', reason: 'late' }],
  ['3', { kind: 'noise' }],
])
assert.deepEqual(
  driver
    .output(audit)
    .readKeyValues()
    .map(([id]) => id),
  ['1', '1', '2'],
)
driver.input(events).pipe('1', { kind: 'cancelled', id: '1', reason: 'late' })
assert.deepEqual(driver.output(regrets).readKeyValues(), [['1', 204]])
assert.equal(driver.store(table).get('1')?.total, 200)
