import type { Duration } from '../../base/durations.ts'
import type { SerdeFor } from '../../serdes/serde.ts'
import type { Grouped } from './grouped.ts'

/**
 * Options of a join of a stream with a table (Java's `Joined`). `name` is that of the node, and of the repartition topic if the stream needs
 * one; `key` and `value` are the serdes of the stream.
 */
export interface Joined<in K, in V, in VO> extends Grouped<K, V> {
  /** The serde of the table's values. Nothing needs it: the table has its own. */
  readonly otherValue?: SerdeFor<VO> | undefined
  /**
   * For how long, in stream time, a record waits before it is joined, so that rows of the table which come late are found. The table must keep
   * versions, and its `historyRetention` must be at least as long. Default: records do not wait.
   */
  readonly grace?: Duration | undefined
}
