import type { Problems } from './observed.ts'

/** The rows of a store, as text, by key. */
export type Rows = ReadonlyMap<string, string>

/** One store with what it must agree with. */
export interface StoreRows {
  readonly name: string
  /** Of all instances together. */
  readonly final: Rows
  /** What the changelog, read read_committed, folds up to. */
  readonly changelog: Rows
  /** `null`: not known exactly (at-least-once). */
  readonly model: Rows | null
}

/** Final store = fold of its changelog = model. */
export function checkStores(stores: readonly StoreRows[]): Problems {
  return stores.flatMap(({ name, final, changelog, model }) => [
    ...differences(final, changelog).map((difference) => `store "${name}" differs from its changelog: ${difference}`),
    ...(model === null ? [] : differences(final, model).map((difference) => `store "${name}" differs from the model: ${difference}`)),
  ])
}

/** The value of the last record of each key; `null` deletes. */
export function foldChangelog(records: Iterable<{ readonly key: string; readonly row: string | null }>): Rows {
  const rows = new Map<string, string>()
  for (const { key, row } of records) {
    if (row === null) rows.delete(key)
    else rows.set(key, row)
  }
  return rows
}

function differences(found: Rows, expected: Rows): string[] {
  const keys = new Set([...found.keys(), ...expected.keys()])
  return [...keys]
    .filter((key) => found.get(key) !== expected.get(key))
    .map((key) => `"${key}" is ${found.get(key) ?? 'absent'}, not ${expected.get(key) ?? 'absent'}`)
}
