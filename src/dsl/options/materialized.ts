import type { Duration } from '../../base/durations.ts'
import type { Serde, SerdeFor } from '../../serdes/serde.ts'
import type { OperatorSupplier } from '../../state/dsl-store-suppliers.ts'
import type { SpecFor, SpecOf, StoreOptions } from '../../state/store-spec.ts'
import type { Consumed } from '../../topology/options/consumed.ts'
import type { Named } from '../../topology/options/named.ts'
import type { Grouped } from './grouped.ts'
import type { Present } from '../type-problem.ts'

/** The kinds of stores that a table can be kept in. */
export type TableKind = 'key-value' | 'timestamped' | 'versioned'

/** Options that make the store of a table a versioned one. */
export interface History {
  /** For how long versions of rows are kept (KIP-914): the store is a versioned one, and must have a name. */
  readonly historyRetention?: Duration | undefined
}

/**
 * Options of an operator that makes a table (Java's `Named` and `Materialized`). `store` names or describes its store and makes it
 * queryable.
 */
export interface Materialized<in K, in V, Kind extends string = TableKind> extends Grouped<K, V>, StoreOptions<OperatorSupplier>, History {
  readonly store?: string | SpecFor<K, V, Kind> | undefined
}

/** As `Materialized` for a table of windows. */
export interface WindowMaterialized<in K, in V, Kind extends string = 'window'> extends Materialized<K, V, Kind> {
  /**
   * For how long windows are kept, from their starts and in stream time. Default and least: their size and grace. Unlimited windows are kept
   * for ever. Sessions are kept from their ends; default and least: their inactivity gap and grace.
   */
  readonly retention?: Duration | undefined
}

/** As `Materialized` where the values are new: their serde is required, by itself or as part of a store. */
export type AggregateOptions<K, V, Kind extends string = TableKind> = Named &
  StoreOptions<OperatorSupplier> &
  History & { readonly key?: SerdeFor<K> | undefined } & (
    | { readonly store: SpecOf<K, V, Kind>; readonly value?: undefined }
    | { readonly value: Serde<V>; readonly store?: string | undefined }
  )

/** As `AggregateOptions` for a table of windows. */
export type WindowAggregateOptions<K, V, Kind extends string = 'window'> = AggregateOptions<K, V, Kind> & {
  /** As in `WindowMaterialized`. */
  readonly retention?: Duration | undefined
}

/** Options of `table`: how its topic is read, and its store. */
export type SourceTable<K, V> = Consumed<K, V> &
  StoreOptions<OperatorSupplier> &
  History & { readonly store?: string | SpecFor<Present<K>, Present<V>, TableKind> | undefined }

/** Adds `value` to `aggregate`, or takes it away; `null` deletes. */
export type Aggregator<K, V, VR, R> = (key: K, value: V, aggregate: VR) => R
