import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { KafkaStreams, keyQuery, Position, rangeQuery } from 'millrace'
import { EmbeddedCluster } from 'millrace/broker'
import { serveQueries } from 'millrace/http'
import { TIMEOUTS } from '../instance.ts'
import { type Account, accounts, builder, type Order, orders, perHour } from './topology.ts'

// Two instances, each with a part of the state, which answer for each other and for programs that ask by HTTP.

const APPLICATION_ID = 'order-accounts'
const PARTITIONS = 4
const CUSTOMERS = 60
const HOUR = 3_600_000
const say = (line: string): void => void process.stdout.write(`${line}\n`)

interface Ordered {
  readonly customer: string
  readonly order: Order
  readonly timestamp: number
}

/** An order every ten seconds, for three hours. */
const ordered: readonly Ordered[] = Array.from({ length: 1_080 }, (_, index) => ({
  customer: `customer-${String((index * 7 + Math.floor(index / 50)) % CUSTOMERS).padStart(2, '0')}`,
  order: { item: `item-${index % 11}`, cents: 100 + ((index * 37) % 900) },
  timestamp: index * 10_000,
}))

/** The same with a plain loop. */
function countPlainly(): { readonly plain: Map<string, Account>; readonly plainHours: Map<string, number> } {
  const plain = new Map<string, Account>()
  const plainHours = new Map<string, number>()
  for (const { customer, order, timestamp } of ordered) {
    const { orders: count, cents } = plain.get(customer) ?? { orders: 0, cents: 0 }
    plain.set(customer, { orders: count + 1, cents: cents + order.cents })
    const hour = `${customer} ${Math.floor(timestamp / HOUR) * HOUR}`
    plainHours.set(hour, (plainHours.get(hour) ?? 0) + 1)
  }
  return { plain, plainHours }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0))
    })
  })
}

await using cluster = new EmbeddedCluster({ ...TIMEOUTS, initialRebalanceDelayMs: 0 })
cluster.createTopic(orders.name, { partitions: PARTITIONS })

/** An instance that the others, and programs, find at its `applicationServer`. */
async function open(name: string) {
  const port = await freePort()
  const streams = new KafkaStreams(builder, {
    applicationId: APPLICATION_ID,
    cluster,
    clientId: name,
    applicationServer: `127.0.0.1:${port}`,
    // So that another instance has the rows when one goes, and can answer at once.
    numStandbyReplicas: 1,
    consumer: { sessionTimeoutMs: TIMEOUTS.sessionTimeoutMs, heartbeatIntervalMs: TIMEOUTS.heartbeatIntervalMs },
    commitIntervalMs: 200,
    logger: false,
  })
  const server = await serveQueries(streams)
  await streams.start()
  return {
    name,
    streams,
    url: `http://${server.host}:${server.port}`,
    [Symbol.asyncDispose]: async () => void (await streams.close({ leaveGroup: true })),
  }
}

await using left = await open('left')
await using right = await open('right')

// Each order goes to the partition that its key has; the metadata of the store knows it, too.
const { plain, plainHours } = countPlainly()
while ([left, right].some(({ streams }) => streams.metadataForKey(accounts, 'customer-00').partition < 0)) await sleep(20)
for (const { customer, order, timestamp } of ordered) {
  const { partition } = left.streams.metadataForKey(accounts, customer)
  cluster.append(orders.name, partition, [{ key: Buffer.from(customer), value: Buffer.from(JSON.stringify(order)), timestamp }])
}

/** The partitions of the accounts that an instance runs. */
const partitionsOf = ({ streams }: typeof left): number =>
  streams
    .query(accounts, keyQuery('customer-00'), { requireActive: true })
    .partitionResults.values()
    .filter(({ isSuccess }) => isSuccess)
    .toArray().length
while (
  cluster.lag(APPLICATION_ID) !== 0 ||
  partitionsOf(left) + partitionsOf(right) !== PARTITIONS ||
  partitionsOf(left) % PARTITIONS === 0
)
  await sleep(20)
say(`left runs ${partitionsOf(left)} of ${PARTITIONS} partitions, right ${partitionsOf(right)}`)

const problems: string[] = []
const compare = (what: string, found: unknown, expected: unknown): void => {
  if (JSON.stringify(found) !== JSON.stringify(expected))
    problems.push(`${what}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`)
}

// 1. From the program: either instance knows whom to ask.
for (const { streams, name } of [left, right]) {
  const everywhere = streams.store(accounts)
  for (const [customer, account] of plain) compare(`${customer} of ${name}`, await everywhere.get(customer), account)
}
say(`${plain.size} customers, asked of either instance`)

// 2. By HTTP: a customer, and a page of them after the other.
const answered = (await (await fetch(`${left.url}/v1/stores/accounts/get?key="customer-07"`)).json()) as { readonly value: Account }
compare('customer-07 by HTTP', answered.value, plain.get('customer-07'))
let pages = 0
const paged: [string, Account][] = []
for (let next: string | null = ''; next !== null;) {
  const url: string = `${right.url}/v1/stores/accounts/range?limit=25${next === '' ? '' : `&next=${next}`}`
  const page = (await (await fetch(url)).json()) as { readonly rows: { key: string; value: Account }[]; readonly next: string | null }
  for (const { key, value } of page.rows) paged.push([key, value])
  next = page.next
  pages++
}
const byName = (rows: Iterable<readonly [string, unknown]>) => [...rows].toSorted(([a], [b]) => (a < b ? -1 : 1))
compare('all pages by HTTP', byName(paged), byName(plain))
say(`all of them by HTTP, in ${pages} pages`)

// 3. Windows: the orders of a customer, hour by hour.
let hours = 0
for (const customer of plain.keys()) {
  for await (const [start, count] of left.streams.store(perHour).fetchRange(customer, 0, 3 * HOUR)) {
    compare(`${customer} in the hour from ${start}`, count, plainHours.get(`${customer} ${start}`))
    hours++
  }
}
compare('hours', hours, plainHours.size)
say(`${hours} hours of customers`)

// 4. Partition by partition, not older than what was read of it: at the offset of its last order.
const bound = Position.of(Array.from({ length: PARTITIONS }, (_, partition) => [orders.name, partition, lastOffset(partition)] as const))
let rows = 0
for (const { streams } of [left, right]) {
  const { partitionResults } = streams.query(accounts, rangeQuery(), { positionBound: bound, requireActive: true })
  for (const answer of partitionResults.values()) if (answer.isSuccess) rows += [...answer.result].length
}
compare('rows up to the bound', rows, plain.size)
say(`and partition by partition, up to ${String(bound)}`)

function lastOffset(partition: number): number {
  return ordered.filter(({ customer }) => left.streams.metadataForKey(accounts, customer).partition === partition).length - 1
}

// 5. An instance goes. The other one has followed its changelogs: it may answer at once, and then runs all of them.
const closed = left.streams.close({ leaveGroup: true })
const stale = right.streams.store(accounts, { stale: true })
for (const [customer, account] of plain) compare(`${customer} while left goes`, await stale.get(customer), account)
await closed
while (partitionsOf(right) !== PARTITIONS) await sleep(20)
const alone = right.streams.store(accounts)
for (const [customer, account] of plain) compare(`${customer} of right alone`, await alone.get(customer), account)
say('left has gone, right has all')

for (const problem of problems.slice(0, 5)) say(problem)
say(
  problems.length === 0
    ? `verified: ${plain.size} customers, ${hours} hours, the same from both instances, by HTTP, and when one has gone`
    : `failed: ${problems.length} answers differ from those of a plain loop`,
)
process.exitCode = problems.length === 0 ? 0 : 1
