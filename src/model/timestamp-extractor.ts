import type { Clock } from '../base/environment.ts'
import { TaskError } from '../base/errors.ts'
import type { RecordHeaders } from '../record/record-headers.ts'
import type { RecordMetadata } from './record-metadata.ts'

/** What a timestamp extractor sees: the deserialised record with the timestamp that it has in the topic. */
export interface ExtractableRecord<out K, out V> extends RecordMetadata {
  readonly key: K
  readonly value: V
  readonly timestamp: number
  readonly headers: RecordHeaders
}

/**
 * Gives the timestamp of a record, in milliseconds since 1970; a negative one drops the record (metric `dropped-records`).
 * `partitionTime` is the greatest timestamp taken from the partition before this record, -1 at first (P§5.1).
 */
export type TimestampExtractor<K, V> = (record: ExtractableRecord<K, V>, partitionTime: number) => number

type AnyRecord = ExtractableRecord<unknown, unknown>

function invalid(record: AnyRecord, required: string): TaskError {
  return new TaskError(
    'INVALID_TIMESTAMP',
    `Cannot take the timestamp of the record at ${record.topic}-${record.partition} offset ${record.offset}: it is ${record.timestamp}, ${required}`,
    { topic: record.topic, partition: record.partition, offset: record.offset },
  )
}

/** The default: the record's timestamp. A negative one throws `TaskError` `INVALID_TIMESTAMP`. */
export function failOnInvalidTimestamp(record: AnyRecord): number {
  if (record.timestamp < 0)
    throw invalid(record, 'a time since 1970 is required; write the topic with timestamps or set a timestampExtractor')
  return record.timestamp
}

/** The record's timestamp; a record with a negative one is logged and skipped. */
export function logAndSkipOnInvalidTimestamp(record: AnyRecord): number {
  return record.timestamp
}

/** The record's timestamp, or the partition time where it is negative. Before the first valid one it throws `TaskError` `INVALID_TIMESTAMP`. */
export function usePartitionTimeOnInvalidTimestamp(record: AnyRecord, partitionTime: number): number {
  if (record.timestamp >= 0) return record.timestamp
  if (partitionTime < 0) throw invalid(record, 'and no earlier record of the partition had a valid one')
  return partitionTime
}

/** The time of processing instead of the record's. */
export function wallclockTimestamp(clock: Clock): TimestampExtractor<unknown, unknown> {
  return () => clock.now()
}
