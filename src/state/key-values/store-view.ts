import type { Serde } from '../../serdes/serde.ts'
import type { Entries, ReadOnlyKeyValueStore, ScanOptions } from '../key-value-store.ts'
import type { UseOrder } from '../layers/least-recently-used.ts'
import { peekIn, type TypedStore } from './typed-store.ts'

/**
 * A store as those see it who are not part of its task: it shows what is not committed, too, and reading it moves nothing. (A processor's
 * own reads do: a cache that takes a row in may have to give others up, which forwards records.)
 */
export class StoreView<K, X> implements ReadOnlyKeyValueStore<K, X> {
  readonly #store: TypedStore<K, unknown, X>

  constructor(store: TypedStore<K, unknown, X>) {
    this.#store = store
  }

  get approximateNumEntries(): number {
    return this.#store.approximateNumEntries
  }

  get(key: K): X | null {
    return peekIn(this.#store, key)
  }

  range(from: K | null, to: K | null, options?: ScanOptions): Entries<K, X> {
    return this.#store.range(from, to, options)
  }

  all(options?: ScanOptions): Entries<K, X> {
    return this.#store.all(options)
  }

  prefixScan<P>(prefix: P, serde?: Serde<P>): Entries<K, X> {
    return this.#store.prefixScan(prefix, serde)
  }
}

/** As `StoreView`, of a store with limited room: what is looked at is not used by that. */
export class LimitedStoreView<K, X> implements ReadOnlyKeyValueStore<K, X> {
  readonly #view: StoreView<K, X>
  readonly #order: UseOrder

  constructor(store: TypedStore<K, unknown, X>, order: UseOrder) {
    this.#view = new StoreView(store)
    this.#order = order
  }

  get approximateNumEntries(): number {
    return this.#view.approximateNumEntries
  }

  get(key: K): X | null {
    this.#order.isStill = true
    try {
      return this.#view.get(key)
    } finally {
      this.#order.isStill = false
    }
  }

  range(from: K | null, to: K | null, options?: ScanOptions): Entries<K, X> {
    return this.#view.range(from, to, options)
  }

  all(options?: ScanOptions): Entries<K, X> {
    return this.#view.all(options)
  }

  prefixScan<P>(prefix: P, serde?: Serde<P>): Entries<K, X> {
    return this.#view.prefixScan(prefix, serde)
  }
}
