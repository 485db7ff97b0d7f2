import type { Serde } from '../serdes/serde.ts'
import type { Entries, ReadOnlyKeyValueStore, ScanOptions } from '../state/key-value-store.ts'
import { ChainedScans } from './chained-scans.ts'

/** Gives the parts of a store that run on this instance now, by task; throws when they cannot be asked. */
export type StoreParts<K, V> = () => readonly ReadOnlyKeyValueStore<K, V>[]

/**
 * A key-value store as far as this instance has it: one part per task (P§7.11). The parts are looked up at each call, so the object stays
 * usable across rebalances. Rows come task after task: they are in order within a task, not over all.
 */
export class LocalKeyValueStore<K, V> implements ReadOnlyKeyValueStore<K, V> {
  readonly #parts: StoreParts<K, V>

  constructor(parts: StoreParts<K, V>) {
    this.#parts = parts
  }

  get approximateNumEntries(): number {
    return this.#parts().reduce((sum, part) => sum + part.approximateNumEntries, 0)
  }

  /** `null` too where the key belongs to another instance. */
  get(key: K): V | null {
    for (const part of this.#parts()) {
      const value = part.get(key)
      if (value !== null) return value
    }
    return null
  }

  range(from: K | null, to: K | null, options?: ScanOptions): Entries<K, V> {
    return new ChainedScans(this.#parts().map((part) => part.range(from, to, options)))
  }

  all(options?: ScanOptions): Entries<K, V> {
    return new ChainedScans(this.#parts().map((part) => part.all(options)))
  }

  prefixScan<P>(prefix: P | K, serde?: Serde<P>): Entries<K, V> {
    return new ChainedScans(
      // One of two overloads: with a serde the prefix is a P, without one a key.
      this.#parts().map((part) => (serde === undefined ? part.prefixScan(prefix as K) : part.prefixScan(prefix as P, serde))),
    )
  }
}
