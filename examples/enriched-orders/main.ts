import { recordHeaders, type SerdeContext, type Topic } from 'millrace'
import { EmbeddedCluster } from 'millrace/broker'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Application, Instance, isDone, TIMEOUTS } from '../instance.ts'
import { changes, expectedNames, expectedOrders, firstCountries, firstCustomers, firstOrders, lastOrders } from './shop.ts'
import { builder, countries, countryTable, customers, enriched, type EnrichedOrder, namedOrders, orders } from './topology.ts'

const PARTITIONS = 3
const say = (line: string): void => void process.stdout.write(`${line}\n`)

await using cluster = new EmbeddedCluster({ ...TIMEOUTS, initialRebalanceDelayMs: 0 })
for (const { name } of [orders, customers, countries, enriched]) cluster.createTopic(name, { partitions: PARTITIONS })
const application: Application = { applicationId: 'enriched-orders', builder, cluster }

/** Puts records into a topic: those of one key into one partition. */
function produce(topic: string, records: Iterable<readonly [key: string, value: object]>): void {
  const all = [...records]
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const own = all.filter(([key]) => partitionOf(key) === partition)
    cluster.append(
      topic,
      partition,
      own.map(([key, value]) => ({ key: Buffer.from(key), value: Buffer.from(JSON.stringify(value)) })),
    )
  }
}

/** All records of a topic that count. */
function readAll<V>({ name, value }: Topic<string, V>): readonly V[] {
  const context: SerdeContext = { topic: name, isKey: false, headers: recordHeaders(), role: 'source' }
  return Array.from({ length: PARTITIONS }, (_, partition) => cluster.read(name, partition, { isolation: 'read_committed' }))
    .flat()
    .map((record) => value.deserialize(record.value!, context))
}

const instances = [new Instance('instance-1', application), new Instance('instance-2', application)]
const running = (): Instance[] => instances.filter(({ state }) => state === 'RUNNING')

async function untilDone(): Promise<void> {
  while (!isDone(application, instances)) await sleep(20)
}

// What the orders are joined with is there before they come, and changes while none is on its way: the result is then the same each time.
produce(countries.name, firstCountries)
produce(customers.name, firstCustomers)
await Promise.all(instances.map((instance) => instance.start()))
await untilDone()
say(`${firstCustomers.size} customers in ${firstCountries.size} countries, ${PARTITIONS} partitions, 2 instances`)

produce(
  orders.name,
  firstOrders.map((order) => [order.id, order]),
)
while (cluster.read(enriched.name, 0).length === 0) await sleep(1)
instances[1]!.kill()
say('instance-2 was killed without warning; its replacement starts')
const replacement = new Instance('instance-3', application)
instances.push(replacement)
await replacement.start()
await untilDone()

produce(countries.name, changes.countries)
produce(customers.name, changes.customers)
// Global tables are no part of the group: each instance follows the topic by itself.
const isFollowed = (instance: Instance): boolean =>
  [...changes.countries].every(([code, { vat }]) => instance.store(countryTable).get(code)?.vat === vat)
while (!running().every(isFollowed)) await sleep(20)
await untilDone()
say(`${changes.customers.size} customers and ${changes.countries.size} countries have changed`)
produce(
  orders.name,
  lastOrders.map((order) => [order.id, order]),
)
await untilDone()

const found = new Map(readAll(enriched).map((order): [string, EnrichedOrder] => [order.id, order]))
const count = readAll(enriched).length
const names = new Map(
  running().flatMap((instance) => Array.from(instance.store(namedOrders).all(), ([id, { customer }]) => [id, customer])),
)
await Promise.all(instances.map((instance) => instance.close()))

const expected = expectedOrders()
const problems = [
  ...[...expected].filter(([id, order]) => JSON.stringify(found.get(id)) !== JSON.stringify(order)).map(([id]) => `${id} differs`),
  ...[...expectedNames()].filter(([id, name]) => names.get(id) !== name).map(([id, name]) => `${id}: ${names.get(id)}, not ${name}`),
]
if (count !== expected.size) problems.push(`${count} enriched orders, ${expected.size} expected`)
for (const problem of problems.slice(0, 10)) say(`  ${problem}`)
say(
  problems.length === 0
    ? `verified: ${count} orders enriched once, ${names.size} with the last names of their customers`
    : `failed: ${problems.length} differences`,
)
process.exitCode = problems.length === 0 ? 0 : 1

/** Records of one key stay in order. */
function partitionOf(key: string): number {
  return Buffer.from(key).reduce((hash, byte) => (hash * 31 + byte) % 1_000_003, 7) % PARTITIONS
}
