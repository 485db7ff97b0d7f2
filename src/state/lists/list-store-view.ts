import type { TypedListStore } from './typed-list-store.ts'

/** A list store as those see it who are not part of its task: for tests and tools, since no handle stands for such a store. */
export class ListStoreView<K, V> {
  readonly #store: TypedListStore<K, V>

  constructor(store: TypedListStore<K, V>) {
    this.#store = store
  }

  get approximateNumEntries(): number {
    return this.#store.approximateNumEntries
  }

  /** Every value with its key, in order of the keys, and within a key in order of adding. */
  all(): IterableIterator<readonly [key: K, value: V]> {
    return this.#store.all()
  }
}
