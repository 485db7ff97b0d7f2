import type { KTable } from './ktable.ts'
import type { AggregateOptions, Aggregator, Materialized } from './materialized.ts'
import type { keyType, kind } from './phantoms.ts'
import type { NullIn, Present } from './type-problem.ts'

/**
 * A stream grouped by key, to be aggregated. Records without a key or value are dropped. An update has the greatest timestamp that took
 * part in it.
 */
export interface KGroupedStream<out K, out V> {
  readonly [kind]: 'grouped-stream'
  readonly [keyType]: K

  /**
   * The number of records of each key.
   *
   * ```ts
   * const counts = words.groupByKey().count({ store: 'word-counts' })
   * ```
   */
  count(options?: Materialized<K, number>): KTable<K, number, never>

  /**
   * Combines the values of each key; the first is taken as it is.
   *
   * ```ts
   * const largest = amounts.groupByKey().reduce((largest, amount) => Math.max(largest, amount))
   * ```
   */
  reduce(
    reducer: (aggregate: Present<V>, value: Present<V>) => Present<V>,
    options?: Materialized<K, Present<V>>,
  ): KTable<K, Present<V>, never>

  /**
   * Folds the values of each key into an aggregate; `null` from the aggregator deletes the row. The serde of the aggregate is required.
   *
   * ```ts
   * const totals = orders.groupByKey().aggregate(
   *   () => ({ orders: 0, amount: 0 }),
   *   (_id, order, total) => ({ orders: total.orders + 1, amount: total.amount + order.amount }),
   *   { value: serdes.json<Total>(), store: 'totals' },
   * )
   * ```
   */
  aggregate<VR, R extends VR | null = VR | null>(
    initializer: () => NoInfer<VR>,
    aggregator: Aggregator<K, Present<V>, VR, R>,
    options: AggregateOptions<K, VR>,
  ): KTable<K, VR, NullIn<R>>
}
