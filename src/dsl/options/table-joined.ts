import type { Partitioner } from '../../model/partitioner.ts'
import type { Materialized } from './materialized.ts'

/**
 * Options of a join by foreign key. Beside those of the table that comes out of it, for tables that are not partitioned by murmur2 of
 * their keys: how they are. A partitioner is given no value, and chooses one partition or `null` for the default.
 */
export interface TableJoined<in K, in KO, in VR> extends Materialized<K, VR> {
  /** Of the table that `join` is called on. */
  readonly partitioner?: Partitioner<K, null> | undefined
  /** Of the other table. */
  readonly otherPartitioner?: Partitioner<KO, null> | undefined
}
