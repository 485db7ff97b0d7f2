import type { Duration } from '../../base/durations.ts'
import type { TimestampExtractor } from '../../model/timestamp-extractor.ts'
import type { Serde } from '../../serdes/serde.ts'
import type { ReadableTopic } from '../../serdes/topic.ts'
import type { Named } from './named.ts'

/** What can be read: a topic, several, their names, or all topics whose whole name matches a regular expression. */
export type Source<K, V> = ReadableTopic<K, V> | readonly ReadableTopic<K, V>[] | string | readonly string[] | RegExp

/** How a source reads its topics (Java's `Consumed`). */
export interface Consumed<K, V> extends Named {
  /** Default: that of the topic, else bytes. */
  readonly key?: Serde<K> | undefined
  /** Default: that of the topic, else bytes. */
  readonly value?: Serde<V> | undefined
  /** Default: the application's `defaultTimestampExtractor`. */
  readonly timestampExtractor?: TimestampExtractor<K, V> | undefined
  /** Where to start without a committed offset (P§1.3). Default: the application's `autoOffsetReset`. */
  readonly offsetReset?: 'earliest' | 'latest' | 'none' | { readonly byDuration: Duration } | undefined
  /** What to do with an absent key or value that its serde does not allow. Default `fail`: the deserialization handler is asked. */
  readonly absent?: 'fail' | 'drop' | undefined
}
