import type { SerdeContext } from 'millrace'
import { recordHeaders, type Topic } from 'millrace'
import { EmbeddedCluster } from 'millrace/broker'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Application, Instance, isDone, TIMEOUTS } from '../instance.ts'
import { animals, builder, meals, type Parcel, parcels, waste } from './topology.ts'
import { caloriesMax, feedPlainly, food, leaving, zoos } from './zoos.ts'

const PARTITIONS = 3
const say = (line: string): void => void process.stdout.write(`${line}\n`)

await using cluster = new EmbeddedCluster({ ...TIMEOUTS, initialRebalanceDelayMs: 0 })
for (const { name } of [animals, parcels, meals, waste]) cluster.createTopic(name, { partitions: PARTITIONS })
const application: Application = { applicationId: 'zoo', builder, cluster }

/** Puts records into a topic, round robin over the partitions. */
function produce(topic: string, records: readonly (readonly [key: string, value: unknown])[]): void {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const own = records.filter((_record, index) => index % PARTITIONS === partition)
    const bytes = (value: unknown): Buffer | null => (value === null ? null : Buffer.from(JSON.stringify(value)))
    cluster.append(
      topic,
      partition,
      own.map(([key, value]) => ({ key: Buffer.from(key), value: bytes(value) })),
    )
  }
}

let parcelNumber = 0
function deliver(food: readonly Parcel[]): void {
  produce(
    parcels.name,
    food.map((parcel) => [`parcel-${parcelNumber++}`, parcel]),
  )
}

const instances = [new Instance('instance-1', application), new Instance('instance-2', application)]

async function untilDone(): Promise<void> {
  while (!isDone(application, instances)) await sleep(20)
}

/** All records of a topic that count: key and value. */
function readAll<V>({ name, value }: Topic<string, V>): readonly (readonly [key: string, value: V])[] {
  const context: SerdeContext = { topic: name, isKey: false, headers: recordHeaders(), role: 'source' }
  return Array.from({ length: PARTITIONS }, (_, partition) => cluster.read(name, partition, { isolation: 'read_committed' }))
    .flat()
    .map((record) => [Buffer.from(record.key!).toString(), value.deserialize(record.value!, context)] as const)
}

function isFeeding(): boolean {
  return Array.from({ length: PARTITIONS }, (_, partition) => cluster.read(meals.name, partition)).some(({ length }) => length > 0)
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, number) => total + number, 0)
}

// The animals of a zoo move in before its food comes, and some leave in the middle: what each eats is then the same each time.
produce(
  animals.name,
  [...caloriesMax].map(([animal, calories]) => [animal, { caloriesMax: calories }]),
)
await Promise.all(instances.map((instance) => instance.start()))
await untilDone()
say(`${zoos.length} zoos, ${caloriesMax.size} animals, ${PARTITIONS} partitions, 2 instances`)

deliver(food[0])
// As soon as there are meals that are not committed: in the middle of the feeding.
while (!isFeeding()) await sleep(1)
instances[1]!.kill()
say('instance-2 was killed without warning; its replacement starts')
const replacement = new Instance('instance-3', application)
instances.push(replacement)
await replacement.start()
await untilDone()

produce(
  animals.name,
  leaving.map((animal) => [animal, null]),
)
await untilDone()
say(`${leaving.length} animals have left`)
deliver(food[1])
await untilDone()

const eaten = new Map<string, number>()
for (const [animal, calories] of readAll(meals)) eaten.set(animal, (eaten.get(animal) ?? 0) + calories)
const wasted = new Map(readAll(waste))
await Promise.all(instances.map((instance) => instance.close()))

const expected = feedPlainly()
const delivered = sum(food.flat().map(({ calories }) => calories))
const problems = [
  ...[...caloriesMax].filter(([animal, most]) => (eaten.get(animal) ?? 0) > most).map(([animal]) => `${animal} ate too much`),
  ...[...caloriesMax.keys()]
    .filter((animal) => eaten.get(animal) !== expected.eaten.get(animal))
    .map((animal) => `${animal}: ${eaten.get(animal)} eaten, ${expected.eaten.get(animal)} expected`),
  ...zoos
    .filter((zoo) => wasted.get(zoo) !== expected.wasted.get(zoo))
    .map((zoo) => `${zoo}: ${wasted.get(zoo)} wasted, ${expected.wasted.get(zoo)} expected`),
]
if (sum(eaten.values()) + sum(wasted.values()) !== delivered) problems.push('the books do not balance')
for (const problem of problems.slice(0, 10)) say(`  ${problem}`)
say(
  problems.length === 0
    ? `verified: ${delivered} calories in ${food.flat().length} parcels, ${sum(eaten.values())} eaten, ${sum(wasted.values())} wasted, the books balance`
    : `failed: ${problems.length} differences`,
)
process.exitCode = problems.length === 0 ? 0 : 1
