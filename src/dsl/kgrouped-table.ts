import type { KTable } from './ktable.ts'
import type { AggregateOptions, Aggregator, Materialized } from './materialized.ts'
import type { kind } from './phantoms.ts'

/**
 * A table grouped by a new key, to be aggregated. A change takes the old value of the row out of its group before it puts the new one in.
 */
export interface KGroupedTable<out K, out V> {
  readonly [kind]: 'grouped-table'

  /**
   * The number of rows of each group.
   *
   * ```ts
   * const perCity = byCity.count({ store: 'customers-per-city' })
   * ```
   */
  count(options?: Materialized<K, number>): KTable<K, number>

  /**
   * Combines the values of each group: `adder` puts one in, `subtractor` takes one out.
   *
   * ```ts
   * const sums = byCity.reduce((sum, n) => sum + n, (sum, n) => sum - n)
   * ```
   */
  reduce(adder: (aggregate: V, value: V) => V, subtractor: (aggregate: V, value: V) => V, options?: Materialized<K, V>): KTable<K, V>

  /**
   * Folds the values of each group into an aggregate; `null` deletes the row. The serde of the aggregate is required.
   *
   * ```ts
   * const totals = byCity.aggregate(() => 0, (_city, n, sum) => sum + n, (_city, n, sum) => sum - n, { value: serdes.int32 })
   * ```
   */
  aggregate<VR>(
    initializer: () => NoInfer<VR>,
    adder: Aggregator<K, V, VR, NoInfer<VR> | null>,
    subtractor: Aggregator<K, V, VR, NoInfer<VR> | null>,
    options: AggregateOptions<K, VR>,
  ): KTable<K, VR>
}
