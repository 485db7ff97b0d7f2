// A window store of one's own: each payment goes through once in ten minutes.
import assert from 'node:assert/strict'
import { type KStream, serdes, StreamsBuilder, topic, windowStore } from 'millrace'
import { testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

interface Payment {
  readonly id: string
  readonly cents: number
}
const payments = topic('payments', { key: serdes.string, value: serdes.json<Payment>() })
const unique = topic('unique-payments', { key: serdes.string, value: serdes.json<Payment>() })
const seen = windowStore('seen-payments', { key: serdes.string, value: serdes.int64, windowSize: '10m', retention: '10m' })

const builder = new StreamsBuilder()
const deduped = builder.stream(payments).processValues(
  ({ stores: { seen }, forward }) =>
    (payment) => {
      const { id } = payment.value
      for (const [at, count] of seen.fetch(id, payment.timestamp - 600_000, payment.timestamp + 600_000)) if (at + count > 0) return
      seen.put(id, 1, payment.timestamp)
      forward(payment)
    },
  { stores: { seen } },
)
expectType<KStream<string, Payment>>()(deduped)
deduped.to(unique)

using driver = testDriver(builder)
driver.input(payments).pipeAll([
  ['a', { id: '1', cents: 100 }, 0],
  ['b', { id: '1', cents: 100 }, 1000],
  ['c', { id: '2', cents: 100 }, 2000],
  ['d', { id: '1', cents: 100 }, 1_000_000],
])
assert.deepEqual(
  driver
    .output(unique)
    .readKeyValues()
    .map(([key]) => key),
  ['a', 'c', 'd'],
)
