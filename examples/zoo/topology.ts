import { keyValueStore, serdes, StreamsBuilder, topic } from 'millrace'

/** An animal as its zoo reports it. */
export interface Animal {
  /** What it may eat in all. */
  readonly caloriesMax: number
}

/** Food, stamped for a zoo. */
export interface Parcel {
  readonly zoo: string
  readonly calories: number
}

/** An animal as the feeding knows it. */
interface Eater {
  readonly caloriesMax: number
  readonly eaten: number
}

/** What became of some calories of a parcel. */
interface Portion {
  readonly kind: 'meal' | 'waste'
  readonly calories: number
}

/** By `zoo/animal`. `null`: the animal has left. */
export const animals = topic('animals', { key: serdes.string, value: serdes.nullable(serdes.json<Animal>()) })
/** By the number of the parcel, so partitioned without regard to the zoos. */
export const parcels = topic('parcels', { key: serdes.string, value: serdes.json<Parcel>() })
/** Calories of one meal, by `zoo/animal`. */
export const meals = topic('meals', { key: serdes.string, value: serdes.int32 })
/** Calories that nobody could eat so far, by zoo. */
export const waste = topic('waste', { key: serdes.string, value: serdes.int32 })

/** Animals by `zoo/animal`: those of a zoo are a range. Shared by the two processors, so both inputs need the same partitions. */
const eaters = keyValueStore('eaters', { key: serdes.string, value: serdes.json<Eater>() })

/** Where a zoo is at home. `zoo-07` is the seventh. */
function partitionOf(zoo: string, partitions: number): number {
  return Number(zoo.slice('zoo-'.length)) % partitions
}

function zooOf(animal: string): string {
  return animal.slice(0, animal.indexOf('/'))
}

export const builder = new StreamsBuilder()

// The zoo is in the key, which stays: so a deletion, too, comes to the right place.
builder
  .stream(animals)
  .repartition({ name: 'animals-by-zoo', partitioner: (animal, _reported, partitions) => partitionOf(zooOf(animal), partitions) })
  .process(
    ({ stores }) =>
      ({ key, value }) => {
        if (value === null) stores.eaters.delete(key)
        else stores.eaters.put(key, { caloriesMax: value.caloriesMax, eaten: stores.eaters.get(key)?.eaten ?? 0 })
      },
    { stores: { eaters } },
  )

const portions = builder
  .stream(parcels)
  .repartition({ name: 'parcels-by-zoo', partitioner: (_number, { zoo }, partitions) => partitionOf(zoo, partitions) })
  .process(
    ({ stores, forward }) =>
      (parcel) => {
        const { zoo, calories } = parcel.value
        let left = calories
        // "~" comes after all letters.
        for (const [animal, { caloriesMax, eaten }] of stores.eaters.range(`${zoo}/`, `${zoo}/~`)) {
          const meal = Math.min(left, caloriesMax - eaten)
          if (meal === 0) continue
          stores.eaters.put(animal, { caloriesMax, eaten: eaten + meal })
          forward(parcel.withKey(animal).withValue({ kind: 'meal', calories: meal }))
          left -= meal
          if (left === 0) return
        }
        forward(parcel.withKey(zoo).withValue({ kind: 'waste', calories: left }))
      },
    { stores: { eaters }, key: serdes.string, value: serdes.json<Portion>() },
  )
  .split({ eaten: (_key, { kind }) => kind === 'meal', wasted: (_key, { kind }) => kind === 'waste' })

portions.eaten
  .mapValues(({ calories }) => calories, { value: serdes.int32 })
  .to(meals, { partitioner: (animal, _calories, partitions) => partitionOf(zooOf(animal), partitions) })

portions.wasted
  .groupByKey()
  .aggregate(
    () => 0,
    (_zoo, { calories }, sum) => sum + calories,
    { value: serdes.int32, store: 'waste' },
  )
  .toStream()
  .to(waste)
