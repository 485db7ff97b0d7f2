import assert from 'node:assert/strict'
import { keyValueStore, type KStream, serdes, StreamsBuilder, topic } from 'millrace'
import { testDriver } from 'millrace/testing'
import { expectType } from './expect.ts'

interface Animal {
  readonly id: string
  readonly zoo: string
  readonly caloriesMax: number
}
interface Parcel {
  readonly zoo: string
  readonly calories: number
}
interface Feeding {
  readonly animal: string
  readonly calories: number
}
interface Stock {
  readonly animal: Animal
  readonly eaten: number
}

const animals = topic('animals', { key: serdes.string, value: serdes.nullable(serdes.json<Animal>()) })
const parcels = topic('parcels', { key: serdes.string, value: serdes.json<Parcel>() })
const feedings = topic('feedings', { key: serdes.string, value: serdes.json<Feeding>() })
const thrownAway = topic('thrown-away', { key: serdes.string, value: serdes.json<Parcel>() })

/** One row per animal, `zoo/animal`, so that a zoo is a range. */
const stock = keyValueStore('stock', { key: serdes.string, value: serdes.json<Stock>() })
const partitions = 12 // both sides share `stock`: they must agree
const zooPartition = (zoo: string, count: number): number => Number(zoo.slice(3)) % count

const builder = new StreamsBuilder()

builder
  .stream(animals)
  .filter((_id, animal) => animal !== null)
  .selectKey((_id, animal) => animal.zoo, { key: serdes.string })
  .repartition({ name: 'animals-by-zoo', partitions, partitioner: (zoo, _animal, count) => zooPartition(zoo, count) })
  .process(
    ({ stores }) =>
      ({ key, value: animal }) => {
        const row = `${key}/${animal.id}`
        stores.stock.put(row, { animal, eaten: stores.stock.get(row)?.eaten ?? 0 })
      },
    { stores: { stock } },
  )

const fed = builder
  .stream(parcels)
  .selectKey((_id, parcel) => parcel.zoo, { key: serdes.string })
  .repartition({ name: 'parcels-by-zoo', partitions, partitioner: (zoo, _parcel, count) => zooPartition(zoo, count) })
  .process(
    ({ stores, forward, schedule }) => {
      const midnight = schedule('1d', 'wall-clock', () => {
        for (const [row, { animal }] of stores.stock.all()) stores.stock.put(row, { animal, eaten: 0 })
      })
      return {
        process(parcel) {
          for (const [row, { animal, eaten }] of stores.stock.range(`${parcel.key}/`, `${parcel.key}/\uffff`)) {
            if (eaten + parcel.value.calories > animal.caloriesMax) continue
            stores.stock.put(row, { animal, eaten: eaten + parcel.value.calories })
            forward(parcel.withValue({ kind: 'fed', animal: animal.id, calories: parcel.value.calories }))
            return
          }
          forward(parcel.withValue({ kind: 'rejected', parcel: parcel.value }))
        },
        close: () => midnight.cancel(),
      }
    },
    {
      stores: { stock },
      key: serdes.string,
      value: serdes.json<
        | { readonly kind: 'fed'; readonly animal: string; readonly calories: number }
        | { readonly kind: 'rejected'; readonly parcel: Parcel }
      >(),
    },
  )

const { fed: eaten, rejected } = fed.split({
  fed: (_zoo, outcome) => outcome.kind === 'fed',
  rejected: (_zoo, outcome) => outcome.kind === 'rejected',
})
expectType<KStream<string, { readonly kind: 'fed'; readonly animal: string; readonly calories: number }>>()(eaten)
eaten
  .mapValues(({ animal, calories }) => ({ animal, calories }))
  .to(feedings, { partitioner: (zoo, _feeding, count) => zooPartition(zoo, count) })
rejected.mapValues(({ parcel }) => parcel).to(thrownAway)

using driver = testDriver(builder)
driver.input(animals).pipe('leo', { id: 'leo', zoo: 'zoo1', caloriesMax: 100 })
driver.input(parcels).pipe('p1', { zoo: 'zoo1', calories: 60 })
driver.input(parcels).pipe('p2', { zoo: 'zoo1', calories: 60 })
assert.equal(driver.store(stock).get('zoo1/leo')?.eaten, 60)
assert.deepEqual(driver.output(feedings).readKeyValues(), [['zoo1', { animal: 'leo', calories: 60 }]])
assert.deepEqual(driver.output(thrownAway).readKeyValues(), [['zoo1', { zoo: 'zoo1', calories: 60 }]])
driver.advanceWallClockTime('1d')
expectType<number | undefined>()(driver.store(stock).get('zoo1/leo')?.eaten)
assert.equal(driver.store(stock).get('zoo1/leo')?.eaten, 0)
