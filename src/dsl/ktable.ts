import type { Serde, SerdeFor } from '../serdes/serde.ts'
import type { KeyValueStore } from '../state/key-value-store.ts'
import type { StoreHandle } from '../state/store-handle.ts'
import type { Named } from '../topology/named.ts'
import type { KGroupedTable } from './kgrouped-table.ts'
import type { KStream } from './kstream.ts'
import type { Materialized } from './materialized.ts'
import type { deleteType, keyType, kind } from './phantoms.ts'
import type { NullIn, Present, Value } from './type-problem.ts'

/**
 * A table: the latest value of each key, and its changes. `D` is the type of its deletions: `null`, or `never` where rows cannot be
 * deleted. A table that keeps a store is a handle of it, for `process`, queries and tests; timestamps are hidden.
 *
 * Any of the options `store`, `key`, `value`, `caching`, `logging`, `supplier`, `engine` and `format` stands for Java's `Materialized`;
 * `store` makes the table queryable under that name.
 */
export interface KTable<out K, out V, out D extends null = null> extends StoreHandle<KeyValueStore<K, V>> {
  readonly [kind]: 'table'
  readonly [keyType]: K
  readonly [deleteType]: D
  /** The name that was given to the store, `null` if none was. */
  readonly queryableStoreName: string | null

  /**
   * Keeps the rows for which `predicate` holds: the others are deletions. A type guard narrows the type.
   *
   * ```ts
   * const open = orders.filter((_id, order) => order.status === 'open', { store: 'open-orders' })
   * ```
   */
  filter<W extends V>(predicate: (key: K, value: V) => value is W, options?: Materialized<K, W>): KTable<K, W>
  filter(predicate: (key: K, value: V) => boolean, options?: Materialized<K, V>): KTable<K, V>

  /**
   * Keeps the rows for which `predicate` does not hold.
   *
   * ```ts
   * const closed = orders.filterNot((_id, order) => order.status === 'open')
   * ```
   */
  filterNot(predicate: (key: K, value: V) => boolean, options?: Materialized<K, V>): KTable<K, V>

  /**
   * Gives each row a new value; `null` deletes. Not called for deletions. The key comes second and may be left out.
   *
   * ```ts
   * const names = customers.mapValues((customer) => customer.name, { value: serdes.string })
   * ```
   */
  mapValues<VR>(mapper: (value: V, key: K) => Value<VR>, options?: Materialized<K, Present<VR>>): KTable<K, Present<VR>, D | NullIn<VR>>

  /**
   * The changes as records; deletions have the value `null`. With a mapper, under new keys.
   *
   * ```ts
   * counts.toStream().to(wordCounts)
   * ```
   */
  toStream<KR>(mapper: (key: K, value: V | D) => Value<KR>, options?: Named & { readonly key?: Serde<KR> | undefined }): KStream<KR, V | D>
  toStream(options?: Named): KStream<K, V | D>

  /**
   * Groups the rows by a new key. Each change is taken out of its old group and put into its new one, so aggregations of it need both
   * directions. Both serdes are required: the changes go through a repartition topic.
   *
   * ```ts
   * const perCity = customers.groupBy((_id, customer) => [customer.city, 1], { key: serdes.string, value: serdes.int32 }).count()
   * ```
   */
  groupBy<KR, VR>(
    selector: (key: K, value: V) => readonly [key: KR, value: VR],
    options: Named & { readonly key: SerdeFor<Present<KR>>; readonly value: SerdeFor<Present<VR>> },
  ): KGroupedTable<Present<KR>, Present<VR>>
}
