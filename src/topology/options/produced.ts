import type { Partitioner } from '../../model/partitioner.ts'
import type { RecordMetadata } from '../../model/record-metadata.ts'
import type { RecordHeaders } from '../../record/record-headers.ts'
import type { Serializer } from '../../serdes/serde.ts'
import type { WritableTopic } from '../../serdes/topic.ts'
import type { Named } from './named.ts'

/** What a function that chooses topics sees beside key and value. */
export interface SinkRecord extends RecordMetadata {
  readonly timestamp: number
  readonly headers: RecordHeaders
}

/** Where records are written: a topic, its name, or a function that chooses the topic of each record. */
export type Sink<K, V> = WritableTopic<K, V> | string | ((key: K, value: V, record: SinkRecord) => string)

/** How a sink writes (Java's `Produced`). */
export interface Produced<K, V> extends Named {
  /** Default: that of the topic, else the serde that travels with the stream. */
  readonly key?: Serializer<K> | undefined
  /** Default: that of the topic, else the serde that travels with the stream. */
  readonly value?: Serializer<V> | undefined
  /** Default: murmur2 of the key bytes, of those of the inner key where keys are windowed. */
  readonly partitioner?: Partitioner<K, V> | undefined
}
