import { serdes, StreamsBuilder, topic, versionedKeyValueStore } from 'millrace'

/** An order of so many pieces of a product, which is its key. Its timestamp says when it was placed. */
export interface Order {
  readonly number: number
  readonly pieces: number
}

/** An order with what it costs. */
export interface Bill extends Order {
  readonly price: number
}

/** For how long after an order a price of before may still come in. Milliseconds. */
export const GRACE = 10_000

export const orders = topic('orders', { key: serdes.string, value: serdes.json<Order>() })
/** The price of a product from the timestamp on. Prices come late, and are corrected afterwards: another price for the same time. */
export const prices = topic('prices', { key: serdes.string, value: serdes.int32 })
export const bills = topic('bills', { key: serdes.string, value: serdes.json<Bill>() })

export const builder = new StreamsBuilder()

/** It keeps what each price was in the last hour, so that a price that comes late takes its place in the past. */
export const priceHistory = builder.table(prices, {
  store: versionedKeyValueStore('price-history', { key: serdes.string, value: serdes.int32, historyRetention: '1h' }),
})

// An order waits for the grace, and then costs what the price was when it was placed.
builder
  .stream(orders)
  .join(priceHistory, (order, price): Bill => ({ ...order, price: order.pieces * price }), { name: 'billing', grace: GRACE })
  .to(bills)
