import assert from 'node:assert/strict'
import { type KStream, serdes, StreamsBuilder, topic } from 'millrace'
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
assert.equal(driver.store(table).get('1')?.total, 200)
