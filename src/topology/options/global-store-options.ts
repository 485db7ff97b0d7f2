import type { StoreMap } from '../../processor/processor.ts'
import type { Consumed } from './consumed.ts'

/**
 * How the topic of a store is read that a processor of its own keeps. As in Java the timestamp extractor of a global store is not asked:
 * its records have the times of the topic; and its topic is read from the beginning, whatever `offsetReset` says.
 */
export interface GlobalStoreOptions<K, V, S extends StoreMap> extends Consumed<K, V> {
  /** The store, under the name by which the processor knows it: exactly one. */
  readonly stores: S
}

/** As `GlobalStoreOptions`, for a topology that is built by hand. */
export interface FedStoreOptions<K, V, S extends StoreMap> extends GlobalStoreOptions<K, V, S> {
  /** The name of the source. Default: that of the processor with `-source` behind it. */
  readonly source?: string | undefined
}
