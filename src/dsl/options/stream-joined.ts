import type { SerdeFor } from '../../serdes/serde.ts'
import type { OperatorSupplier } from '../../state/dsl-store-suppliers.ts'
import type { SpecFor, StoreOptions } from '../../state/store-spec.ts'
import type { Grouped } from './grouped.ts'

/**
 * Options of a join of two streams (Java's `StreamJoined`). `name` is that of its nodes, and of the repartition topics if there are any:
 * `<name>-left` and `<name>-right`. `key` and `value` are the serdes of the stream on which the join is called.
 */
export interface StreamJoined<in K, in V, in VO> extends Grouped<K, V> {
  /** The serde of the other stream's values. Default: the one that travels with it. */
  readonly otherValue?: SerdeFor<VO> | undefined
  /**
   * What the names of the stores begin with; or the stores of both sides, described by `windowStore` with `retainDuplicates: true`, the size of
   * the windows as `windowSize`, and as `retention` their size and grace. The names of these must differ.
   */
  readonly store?: string | { readonly left: SpecFor<K, V, 'window'>; readonly right: SpecFor<K, VO, 'window'> } | undefined
  /** `false`: no changelogs; settings: of the changelog topics. Described stores have their own. */
  readonly logging?: StoreOptions['logging']
  /** How the records that wait expire: default `persistent`, or that of the described stores. An object is asked for each store. */
  readonly supplier?: StoreOptions<OperatorSupplier>['supplier']
  readonly engine?: StoreOptions['engine']
}
