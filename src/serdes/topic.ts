import { TopologyError } from '../base/errors.ts'
import type { Deserializer, Serde, Serializer } from './serde.ts'
import { serdes as builtIn } from './serdes.ts'

/** A topic that records can be read from. */
export interface ReadableTopic<out K, out V> {
  readonly name: string
  readonly key: Deserializer<K>
  readonly value: Deserializer<V>
}

/** A topic that records can be written to. */
export interface WritableTopic<in K, in V> {
  readonly name: string
  readonly key: Serializer<K>
  readonly value: Serializer<V>
}

/** A topic with its serdes, stated once. */
export interface Topic<K, V> extends ReadableTopic<K, V>, WritableTopic<K, V> {
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/** The keys of a topic. */
// oxlint-disable-next-line typescript/no-explicit-any -- matches a topic of any value
export type KeyOf<T> = T extends ReadableTopic<infer K, any> ? K : never

/** The values of a topic. */
// oxlint-disable-next-line typescript/no-explicit-any -- matches a topic of any key
export type ValueOf<T> = T extends ReadableTopic<any, infer V> ? V : never

/** Bytes, or `null` where there are none. */
export type Bytes = Uint8Array | null

/** The serdes of a topic. */
export interface TopicSerdes<K, V> {
  /** Default: bytes, `null` allowed. */
  readonly key?: Serde<K> | undefined
  /** Default: bytes, `null` allowed. */
  readonly value?: Serde<V> | undefined
}

const NAME_LENGTH_MAX = 249
const anyBytes: Serde<Bytes> = builtIn.nullable(builtIn.bytes)

/**
 * A topic as a value: name and serdes, to be used wherever the topic is. It creates nothing on the cluster.
 *
 * ```ts
 * const orders = topic('orders', { key: serdes.string, value: serdes.json<Order>() })
 * ```
 *
 * Throws `TopologyError` `TOPIC_NAME` for a name that no topic can have.
 */
export function topic<K = Bytes, V = Bytes>(name: string, serdes: TopicSerdes<K, V> = {}): Topic<K, V> {
  checkTopicName(name)
  const { key = anyBytes as Serde<unknown> as Serde<K>, value = anyBytes as Serde<unknown> as Serde<V> } = serdes
  return Object.freeze({ name, key, value })
}

/** Throws `TopologyError` `TOPIC_NAME` unless `name` is one that Kafka accepts. */
export function checkTopicName(name: unknown): void {
  const isText = typeof name === 'string'
  if (isText && /^[a-zA-Z0-9._-]+$/.test(name) && name.length <= NAME_LENGTH_MAX && name !== '.' && name !== '..') return
  throw new TopologyError(
    'TOPIC_NAME',
    `Cannot use topic name ${isText ? JSON.stringify(name) : String(name)}: 1 to ${NAME_LENGTH_MAX} of the characters a-z, A-Z, 0-9, '.', '_' and '-' are required`,
    isText ? { topic: name } : {},
  )
}
