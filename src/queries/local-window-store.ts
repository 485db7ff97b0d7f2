import type { Windowed } from '../model/windowed.ts'
import type { Entries, ScanOptions, StoreIterator } from '../state/key-value-store.ts'
import type { RangeQuery, ReadOnlyWindowStore } from '../state/windows/window-store.ts'
import { ChainedScans } from './chained-scans.ts'

/**
 * A window store as far as this instance has it: one part per task (P§7.11). As `LocalKeyValueStore`: the parts are looked up at each call,
 * and rows of several keys come task after task.
 */
export class LocalWindowStore<K, V> implements ReadOnlyWindowStore<K, V> {
  readonly #parts: () => readonly ReadOnlyWindowStore<K, V>[]

  /** `parts`: gives those that run on this instance now; throws when they cannot be asked. */
  constructor(parts: () => readonly ReadOnlyWindowStore<K, V>[]) {
    this.#parts = parts
  }

  fetch(key: K, windowStart: number): V | null
  fetch(key: K, from: number, to: number, options?: ScanOptions): StoreIterator<readonly [windowStart: number, value: V]>
  fetch(key: K, from: number, to?: number, options?: ScanOptions): V | null | StoreIterator<readonly [windowStart: number, value: V]> {
    // One key is in one part only.
    return to === undefined ? this.#fetchOne(key, from) : new ChainedScans(this.#parts().map((part) => part.fetch(key, from, to, options)))
  }

  fetchRange(...query: RangeQuery<K>): Entries<Windowed<K>, V> {
    return new ChainedScans(this.#parts().map((part) => part.fetchRange(...query)))
  }

  fetchAll(from: number, to: number, options?: ScanOptions): Entries<Windowed<K>, V> {
    return new ChainedScans(this.#parts().map((part) => part.fetchAll(from, to, options)))
  }

  #fetchOne(key: K, windowStart: number): V | null {
    for (const part of this.#parts()) {
      const value = part.fetch(key, windowStart)
      if (value !== null) return value
    }
    return null
  }
}
