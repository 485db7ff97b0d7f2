import type { SerdeFor } from '../serdes/serde.ts'
import type { Grouped } from './grouped.ts'

/**
 * Options of a join of a stream with a table (Java's `Joined`). `name` is that of the node, and of the repartition topic if the stream needs
 * one; `key` and `value` are the serdes of the stream.
 */
export interface Joined<in K, in V, in VO> extends Grouped<K, V> {
  /** The serde of the table's values. Nothing needs it: the table has its own. */
  readonly otherValue?: SerdeFor<VO> | undefined
}
