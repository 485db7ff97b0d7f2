import { serdes, StreamsBuilder, topic } from 'millrace'

export interface Order {
  readonly id: string
  readonly customerId: string
  readonly cents: number
}

export interface Customer {
  readonly name: string
  readonly country: string
}

export interface Country {
  /** Value-added tax in percent. */
  readonly vat: number
}

/** An order with what was known of its customer when it came. */
export interface EnrichedOrder extends Order {
  readonly customer: string
  readonly country: string
  readonly vatCents: number
}

/** By order id. */
export const orders = topic('orders', { key: serdes.string, value: serdes.json<Order>() })
/** By customer id. */
export const customers = topic('customers', { key: serdes.string, value: serdes.json<Customer>() })
/** By code. Few and needed everywhere: each instance has all of them. */
export const countries = topic('countries', { key: serdes.string, value: serdes.json<Country>() })
/** By customer id. */
export const enriched = topic('enriched-orders', { key: serdes.string, value: serdes.json<EnrichedOrder>() })

export const builder = new StreamsBuilder()

const arriving = builder.stream(orders)
// Whoever writes the customers need not partition them as Kafka does. Where it does, this is builder.table(customers, { store: 'customers' }).
const customerTable = builder.stream(customers).repartition({ name: 'customers' }).toTable({ store: 'customers' })
export const countryTable = builder.globalTable(countries, { store: 'countries' })

// A table is partitioned: the orders of a customer go to where the customer is. What is joined is what the table has at that moment.
arriving
  .selectKey((_id, order) => order.customerId, { key: serdes.string })
  .join(customerTable, (order, { name, country }) => ({ ...order, customer: name, country }), {
    value: serdes.json<Order>(),
    name: 'with-customer',
  })
  // A global table is whole on each instance: any key will do, and nothing is moved.
  .join(
    countryTable,
    (_customerId, order) => order.country,
    (order, { vat }): EnrichedOrder => ({ ...order, vatCents: Math.round((order.cents * vat) / 100) }),
  )
  .to(enriched)

/** Each order with the name that its customer has now: a join by a foreign key follows changes on both sides. */
export const namedOrders = arriving.toTable({ store: 'orders', value: serdes.json<Order>() }).join(
  customerTable,
  (order) => order.customerId,
  (order, { name }) => ({ ...order, customer: name }),
  { store: 'named-orders', value: serdes.json<Order & { readonly customer: string }>() },
)
