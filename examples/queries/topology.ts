import { serdes, StreamsBuilder, timeWindows, topic } from 'millrace'

export interface Order {
  readonly item: string
  readonly cents: number
}

/** What a customer has ordered so far. */
export interface Account {
  readonly orders: number
  readonly cents: number
}

/** Orders by customer. */
export const orders = topic('orders', { key: serdes.string, value: serdes.json<Order>() })

export const builder = new StreamsBuilder()

const byCustomer = builder.stream(orders).groupByKey()

/** What each customer has ordered: asked by its name, or all of them in a range of names. */
export const accounts = byCustomer.aggregate(
  () => ({ orders: 0, cents: 0 }),
  (_customer, { cents }, account) => ({ orders: account.orders + 1, cents: account.cents + cents }),
  { value: serdes.json<Account>(), store: 'accounts' },
)

/** How many orders each customer has made in each hour: asked by name and time. */
export const perHour = byCustomer.windowedBy(timeWindows({ size: '1h', grace: '10m' })).count({ store: 'orders-per-hour' })
