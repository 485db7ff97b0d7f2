// Standard Schema: the type comes from the schema, and a record that breaks it is a deserialization failure.
import assert from 'node:assert/strict'
import { type KStream, serdes, type StandardSchema, StreamsBuilder, topic, type ValueOf } from 'millrace'
import { testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

interface Order {
  readonly id: string
  readonly amount: number
}

/** What a schema library gives. */
const orderSchema: StandardSchema<Order> = {
  '~standard': {
    version: 1,
    vendor: 'by hand',
    validate: (value) => (isOrder(value) ? { value } : { issues: [{ message: 'it is no order' }] }),
  },
}

function isOrder(value: unknown): value is Order {
  return typeof value === 'object' && value !== null && 'amount' in value && typeof value.amount === 'number'
}

const raw = topic('orders', { key: serdes.string, value: serdes.string })
const orders = topic('orders', { key: serdes.string, value: serdes.json(orderSchema) })
const amounts = topic('amounts', { key: serdes.string, value: serdes.float64 })
expectType<Order>()({} as ValueOf<typeof orders>)

const builder = new StreamsBuilder()
const values = builder.stream(orders).mapValues((order) => order.amount)
expectType<KStream<string, number>>()(values)
values.to(amounts)

using driver = testDriver(builder, { deserializationExceptionHandler: 'skip' })
driver.input(raw).pipe('1', '{"id":"1","amount":2.5}')
driver.input(raw).pipe('2', '{"id":"2"}')
assert.deepEqual(driver.output(amounts).readKeyValues(), [['1', 2.5]])
