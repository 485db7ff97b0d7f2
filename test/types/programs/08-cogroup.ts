import assert from 'node:assert/strict'
import { type CogroupedKStream, type KTable, serdes, slidingWindows, StreamsBuilder, topic, type WindowedKTable } from 'millrace'
import { testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

interface Cart {
  readonly items: readonly string[]
  readonly paidCents: number
  readonly closed: boolean
}
const cartSerde = serdes.json<Cart>()
const items = topic('items', { key: serdes.string, value: serdes.json<{ readonly sku: string }>() })
const paid = topic('paid', { key: serdes.string, value: serdes.int64 })
const closings = topic('closings', { key: serdes.string, value: serdes.boolean })

const builder = new StreamsBuilder()
const emptyCart = (): Cart => ({ items: [], paidCents: 0, closed: false })

// The serde at the first cogroup() gives the aggregate its type.
const cogrouped = builder
  .stream(items)
  .groupByKey()
  .cogroup((_id, item, cart) => ({ ...cart, items: [...cart.items, item.sku] }), { value: cartSerde })
  .cogroup(builder.stream(paid).groupByKey(), (_id, cents, cart) => ({ ...cart, paidCents: cart.paidCents + cents }))
  .cogroup(builder.stream(closings).groupByKey(), (_id, closed, cart) => (closed ? null : cart))
expectType<CogroupedKStream<string, Cart>>()(cogrouped)

const carts = cogrouped.aggregate(emptyCart, { store: 'carts' })
expectType<KTable<string, Cart>>()(carts)
const windowed = cogrouped.windowedBy(slidingWindows({ timeDifference: '5m', grace: 0 })).aggregate(emptyCart)
expectType<WindowedKTable<string, Cart>>()(windowed)

using driver = testDriver(builder)
driver.input(items).pipe('a', { sku: 'tea' })
driver.input(paid).pipe('a', 5)
driver.input(items).pipe('b', { sku: 'jam' })
driver.input(closings).pipe('b', true)
assert.deepEqual([...driver.store(carts).all()], [['a', { items: ['tea'], paidCents: 5, closed: false }]])
