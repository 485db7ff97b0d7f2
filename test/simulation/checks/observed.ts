/** A record of an output topic, read read_committed, in the order of its partition. */
export interface Observed<V> {
  readonly key: string
  /** `null`: absent. */
  readonly value: V
  readonly timestamp: number
  readonly partition: number
}

/** What a run promises about its output. */
export interface Guarantee {
  readonly isExactlyOnce: boolean
  /** Whether updates may be left out in favour of later ones. */
  readonly isCached: boolean
}

/** What is wrong with a run, one sentence each; empty: nothing. */
export type Problems = readonly string[]

/** The records of each key, in order. */
export function byKey<V>(records: readonly Observed<V>[]): ReadonlyMap<string, readonly Observed<V>[]> {
  const found = new Map<string, Observed<V>[]>()
  for (const record of records) {
    const list = found.get(record.key)
    if (list === undefined) found.set(record.key, [record])
    else list.push(record)
  }
  return found
}
