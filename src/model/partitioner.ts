import type { RecordHeaders } from '../record/record-headers.ts'

/** What a partitioner knows beside the record. */
export interface PartitionerContext {
  readonly topic: string
  readonly headers: RecordHeaders
}

/**
 * Chooses where a record is written: one partition, several (the record is written to each), none (`[]`: it is dropped, metric
 * `dropped-records`), or `null` for the default, murmur2 of the key bytes (P§15). A partition outside [0, partitions) fails the task.
 */
export type Partitioner<K, V> = (key: K, value: V, partitions: number, context: PartitionerContext) => number | readonly number[] | null
