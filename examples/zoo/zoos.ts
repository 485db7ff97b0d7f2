import type { Parcel } from './topology.ts'

// Made up, the same each time.

const ZOOS = 20
const ANIMALS_PER_ZOO = 12
const PARCELS = 3_000

export const zoos: readonly string[] = Array.from({ length: ZOOS }, (_, index) => `zoo-${String(index).padStart(2, '0')}`)

/** Every animal with what it may eat, by `zoo/animal`. */
export const caloriesMax: ReadonlyMap<string, number> = new Map(
  zoos.flatMap((zoo, z) =>
    Array.from({ length: ANIMALS_PER_ZOO }, (_, a): [string, number] => [
      `${zoo}/${String.fromCodePoint(97 + a)}`,
      500 + ((z * 7919 + a * 104_729) % 4_000),
    ]),
  ),
)

/** The animals that leave when half of the food is eaten. */
export const leaving: readonly string[] = [...caloriesMax.keys()].filter((_animal, index) => index % 5 === 0)

function parcelsOf(from: number, to: number): readonly Parcel[] {
  return Array.from({ length: to - from }, (_, index) => ({
    zoo: zoos[((from + index) * 31) % ZOOS]!,
    calories: 1 + (((from + index) * 7919) % 400),
  }))
}

/** The food before and after animals leave. */
export const food: readonly [before: readonly Parcel[], after: readonly Parcel[]] = [
  parcelsOf(0, PARCELS / 2),
  parcelsOf(PARCELS / 2, PARCELS),
]

/** What comes of it, with plain loops: the animals of a zoo eat in the order of their names, each until it is full. */
export function feedPlainly(): { readonly eaten: ReadonlyMap<string, number>; readonly wasted: ReadonlyMap<string, number> } {
  const eaten = new Map<string, number>()
  const wasted = new Map<string, number>()
  const present = new Set(caloriesMax.keys())
  for (const parcels of food) {
    for (const { zoo, calories } of parcels) {
      let left = calories
      for (const animal of present) {
        if (!animal.startsWith(`${zoo}/`)) continue
        const meal = Math.min(left, caloriesMax.get(animal)! - (eaten.get(animal) ?? 0))
        if (meal > 0) eaten.set(animal, (eaten.get(animal) ?? 0) + meal)
        left -= meal
      }
      if (left > 0) wasted.set(zoo, (wasted.get(zoo) ?? 0) + left)
    }
    for (const animal of leaving) present.delete(animal)
  }
  return { eaten, wasted }
}
