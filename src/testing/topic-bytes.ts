import { partitionOf } from '../base/murmur2.ts'
import type { NewRecord } from '../broker/log/direct-append.ts'
import type { StoredRecord } from '../broker/log/direct-read.ts'
import { recordHeaders, type RecordHeaders } from '../record/record-headers.ts'
import type { Deserializer, SerdeContext } from '../serdes/serde.ts'
import type { ReadableTopic, WritableTopic } from '../serdes/topic.ts'

/** A record to be produced. */
export interface ProducedRecord<K, V> {
  readonly key: K
  readonly value: V
  /** Milliseconds since 1970. Default: the clock of the cluster. */
  readonly timestamp?: number | undefined
  /** Default: by the hash of the key; without a key partition 0. */
  readonly partition?: number | undefined
  readonly headers?: RecordHeaders | undefined
}

/** A record that was read from a topic. */
export interface ReadRecord<K, V> {
  readonly key: K
  readonly value: V
  readonly timestamp: number
  readonly partition: number
  readonly offset: number
  readonly headers: RecordHeaders
}

/** `record` as it is to be appended. `null` stands for absent bytes, whatever the serde. */
export function writeRecord<K, V>(
  topic: WritableTopic<K, V>,
  record: ProducedRecord<K, V>,
): NewRecord & { readonly headers: RecordHeaders } {
  const headers = record.headers ?? recordHeaders()
  const key = record.key === null ? null : topic.key.serialize(record.key, serdeContext(topic.name, true, headers))
  const value = record.value === null ? null : topic.value.serialize(record.value, serdeContext(topic.name, false, headers))
  return { key, value, timestamp: record.timestamp, headers }
}

/** The partition of a record of which nobody said where it belongs. */
export function choosePartition(key: Uint8Array | null | undefined, partitionCount: number): number {
  return key === null || key === undefined ? 0 : partitionOf(key, 0, key.length, partitionCount)
}

/** `stored` with its key and value deserialised; absent bytes are `null`. */
export function readRecord<K, V>(topic: ReadableTopic<K, V>, partition: number, stored: StoredRecord): ReadRecord<K, V> {
  const { offset, timestamp, headers } = stored
  const key = readPart(topic.key, stored.key, serdeContext(topic.name, true, headers))
  const value = readPart(topic.value, stored.value, serdeContext(topic.name, false, headers))
  return { key, value, timestamp, partition, offset, headers }
}

function serdeContext(topic: string, isKey: boolean, headers: RecordHeaders): SerdeContext {
  return { topic, isKey, headers, role: 'source' }
}

/** Absent bytes are `null` whatever the type says: a topic may hold them wherever its serde does not forbid it. */
function readPart<T>(deserializer: Deserializer<T>, bytes: Buffer | null, context: SerdeContext): T {
  return bytes === null ? (null as T) : deserializer.deserialize(bytes, context)
}
