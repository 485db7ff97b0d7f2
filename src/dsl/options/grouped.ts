import type { Partitioner } from '../../model/partitioner.ts'
import type { Serde, SerdeFor } from '../../serdes/serde.ts'
import type { Named } from '../../topology/options/named.ts'

/** Options of an operator that makes new keys and values. Their serdes travel with the stream to the next topic or store. */
export interface KeyValueOption<in out K, in out V> extends Named {
  readonly key?: Serde<K> | undefined
  readonly value?: Serde<V> | undefined
}

/** Options of a grouping (Java's `Grouped`). `name` names the repartition topic, if one is needed. */
export interface Grouped<in K, in V> extends Named {
  /** Default: the serde that travels with the stream. */
  readonly key?: SerdeFor<K> | undefined
  /** Default: the serde that travels with the stream. */
  readonly value?: SerdeFor<V> | undefined
}

/** Options of `repartition` (Java's `Repartitioned`). */
export interface Repartitioned<in K, in V> extends Grouped<K, V> {
  /** Default: as many as the inputs have. */
  readonly partitions?: number | undefined
  /** Default: murmur2 of the key bytes. */
  readonly partitioner?: Partitioner<K, V> | undefined
}
