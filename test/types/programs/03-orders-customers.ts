import assert from 'node:assert/strict'
import { type KTable, serdes, StreamsBuilder, topic } from 'millrace'
import { testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

interface Order {
  readonly id: string
  readonly customerId: string
  readonly amount: number
}
interface Customer {
  readonly id: string
  readonly name: string
  readonly country: 'de' | 'fr'
}
interface EnrichedOrder extends Order {
  readonly customerName: string | null
}

const orders = topic('orders', { key: serdes.string, value: serdes.json<Order>() })
const customers = topic('customers', { key: serdes.string, value: serdes.json<Customer>() })
const enriched = topic('enriched-orders', { key: serdes.string, value: serdes.json<EnrichedOrder>() })

const builder = new StreamsBuilder()
const customerTable = builder.table(customers, { store: 'customers' })
expectType<KTable<string, Customer>>()(customerTable)

const byCustomer = builder.stream(orders).selectKey((_id, order) => order.customerId, { key: serdes.string })
const inner = byCustomer.join(customerTable, (order, customer) => ({ ...order, customerName: customer.name }))
inner.to(enriched)

const left = byCustomer.leftJoin(customerTable, (order, customer, id) => ({ ...order, customerName: customer?.name ?? id }))
left.to(enriched)
byCustomer
  .leftJoin(customerTable, (order, customer) => ({ ...order, customerName: customer === null ? null : customer.name }))
  .to(enriched, { partitioner: (key, value, n) => (key.length + value.amount) % n })

const countries = builder.globalTable(topic('countries', { key: serdes.string, value: serdes.json<{ readonly vat: number }>() }))
const taxed = inner.join(
  countries,
  (_key, order) => order.customerName.slice(0, 2),
  (order, country, key, globalKey) => ({ ...order, vat: country.vat, key, globalKey }),
)
taxed.mapValues((order) => order.vat * order.amount).foreach((key, vat) => void [key.length, vat.toFixed(2)])

// dynamic topic and dead ends
left.to((_key, order, record) => `orders-${order.customerId}-${record.partition}`, { key: serdes.string, value: serdes.json() })

using driver = testDriver(builder)
driver.input(customers).pipe('c', { id: 'c', name: 'Ann', country: 'de' })
driver.input(orders).pipe('1', { id: '1', customerId: 'c', amount: 4 })
const written = driver.output(enriched).readKeyValues()
assert.equal(written.length, 3)
for (const [key, value] of written) assert.deepEqual([key, value?.customerName], ['c', 'Ann'])
