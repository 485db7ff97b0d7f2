import type { StoreMap } from '../../processor/processor.ts'
import type { Serde } from '../../serdes/serde.ts'
import type { Named } from './named.ts'

/** Options of a processor. */
export interface ProcessOptions<K, V, S extends StoreMap> extends Named {
  /** The stores that it uses, under the names by which it knows them. Default none. */
  readonly stores?: S | undefined
  /** Serde of the keys that it forwards; types them and travels with them. */
  readonly key?: Serde<K> | undefined
  /** Serde of the values that it forwards; types them and travels with them. */
  readonly value?: Serde<V> | undefined
}
