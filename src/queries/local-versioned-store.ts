import type { VersionedRecord } from '../model/versioned-record.ts'
import type { ReadOnlyVersionedKeyValueStore } from '../state/versioned/versioned-key-value-store.ts'

/** A versioned store as far as this instance has it: one part per task (P§7.11), looked up at each call as by `LocalKeyValueStore`. */
export class LocalVersionedStore<K, V> implements ReadOnlyVersionedKeyValueStore<K, V> {
  readonly #parts: () => readonly ReadOnlyVersionedKeyValueStore<K, V>[]

  /** `parts`: gives those that run on this instance now; throws when they cannot be asked. */
  constructor(parts: () => readonly ReadOnlyVersionedKeyValueStore<K, V>[]) {
    this.#parts = parts
  }

  get(key: K, asOf?: number): VersionedRecord<V> | null {
    for (const part of this.#parts()) {
      const version = part.get(key, asOf)
      if (version !== null) return version
    }
    return null
  }
}
