import { KafkaStreams } from 'millrace'
import { EmbeddedCluster } from 'millrace/broker'
import { setTimeout as sleep } from 'node:timers/promises'
import { TIMEOUTS } from '../instance.ts'
import { type Bill, bills, builder, GRACE, type Order, orders, prices } from './topology.ts'

const APPLICATION_ID = 'corrected-prices'
const PRODUCTS = ['apple', 'pear', 'plum']
const ORDERS = 300
const START = Date.UTC(2024, 0, 1)
const say = (line: string): void => void process.stdout.write(`${line}\n`)

interface Timed<V> {
  readonly product: string
  readonly timestamp: number
  readonly value: V
}

/** One order a second, and a last one that lets those before it go. */
const placed: readonly Timed<Order>[] = Array.from({ length: ORDERS + 1 }, (_, number) => ({
  product: PRODUCTS[(number * 7) % PRODUCTS.length]!,
  timestamp: START + number * 1_000 + (number === ORDERS ? GRACE * 2 : 0),
  value: { number, pieces: 1 + (number % 4) },
}))

/** A price of each product every nine seconds: each third comes seven seconds late, and each fifth is put right four seconds later. */
const announced: readonly Timed<number>[] = Array.from({ length: ORDERS / 9 }, (_, index) =>
  PRODUCTS.flatMap((product, p) => {
    const timestamp = START + index * 9_000 - 500 + p
    const value = 100 + ((index * 37 + p * 11) % 50)
    const comesAt = timestamp + (index % 3 === 2 ? 7_000 : 0)
    const price = { product, timestamp, value, comesAt }
    return index % 5 === 4 ? [price, { ...price, value: value + 1, comesAt: comesAt + 2_000 }] : [price]
  }),
)
  .flat()
  .toSorted((a, b) => a.comesAt - b.comesAt)

/** With plain loops: an order costs what the last word about its time says, whenever that came. */
function billPlainly(): Map<number, number> {
  const billed = new Map<number, number>()
  for (const { product, timestamp, value } of placed) {
    let found: Timed<number> | undefined
    for (const price of announced) {
      if (price.product !== product || price.timestamp > timestamp) continue
      if (found === undefined || price.timestamp >= found.timestamp) found = price
    }
    if (found !== undefined) billed.set(value.number, value.pieces * found.value)
  }
  return billed
}

await using cluster = new EmbeddedCluster({ ...TIMEOUTS, initialRebalanceDelayMs: 0 })
for (const { name } of [orders, prices, bills]) cluster.createTopic(name, { partitions: 1 })
const key = (product: string): Buffer => Buffer.from(product)
cluster.append(
  orders.name,
  0,
  placed.map(({ product, timestamp, value }) => ({ key: key(product), value: Buffer.from(JSON.stringify(value)), timestamp })),
)
cluster.append(
  prices.name,
  0,
  announced.map(({ product, timestamp, value }) => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(value)
    return { key: key(product), value: bytes, timestamp }
  }),
)

await using streams = new KafkaStreams(builder, {
  applicationId: APPLICATION_ID,
  cluster,
  processingGuarantee: 'exactly_once_v2',
  // Else orders could be read before the prices are there at all.
  maxTaskIdleMs: 1_000,
  logger: false,
})
await streams.start()
while (cluster.lag(APPLICATION_ID) !== 0) await sleep(20)

const billed = new Map<number, number>()
for (const { value } of cluster.read(bills.name, 0, { isolation: 'read_committed' })) {
  const { number, price } = JSON.parse(String(value)) as Bill
  billed.set(number, price)
}
const expected = billPlainly()
// The last order waits for one that does not come.
expected.delete(ORDERS)
const wrong = [...expected].filter(([number, price]) => billed.get(number) !== price)
const isSame = wrong.length === 0 && billed.size === expected.size
for (const [number, price] of wrong.slice(0, 5)) say(`  order ${number}: ${billed.get(number)} billed, ${price} expected`)
say(
  isSame
    ? `verified: ${billed.size} orders billed at the price of their time, ${announced.length} prices, identical`
    : `failed: ${wrong.length} of ${expected.size} bills differ`,
)
process.exitCode = isSame ? 0 : 1
