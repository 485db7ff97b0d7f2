import type { ValueAndTimestamp } from '../model/value-and-timestamp.ts'
import type { VersionedRecord } from '../model/versioned-record.ts'
import type { StreamRecord } from '../model/stream-record.ts'
import type { Windowed } from '../model/windowed.ts'
import type { Serde } from '../serdes/serde.ts'
import type { Entries, KeyValueStore, StoreIterator } from '../state/key-value-store.ts'
import type { SessionStore } from '../state/sessions/session-store.ts'
import type { StoreHandle } from '../state/store-handle.ts'
import type { VersionedKeyValueStore } from '../state/versioned/versioned-key-value-store.ts'
import type { WindowStore } from '../state/windows/window-store.ts'
import type {
  KeyQuery,
  MultiVersionedKeyQuery,
  RangeQuery,
  SessionKeyQuery,
  SessionKeyWithHeadersQuery,
  TimestampedKeyQuery,
  TimestampedKeyWithHeadersQuery,
  TimestampedRangeQuery,
  TimestampedRangeWithHeadersQuery,
  TimestampedWindowKeyQuery,
  TimestampedWindowKeyWithHeadersQuery,
  TimestampedWindowRangeQuery,
  TimestampedWindowRangeWithHeadersQuery,
  VersionedKeyQuery,
  WindowKeyQuery,
  WindowRangeQuery,
} from './queries.ts'

/** The store that a handle stands for. */
type StoreOf<H> = H extends StoreHandle<infer S> ? S : never

/** The keys of the store of a handle. */
export type StoreKey<H> =
  StoreOf<H> extends KeyValueStore<infer K, infer _V>
    ? K
    : StoreOf<H> extends WindowStore<infer K, infer _V>
      ? K
      : StoreOf<H> extends SessionStore<infer K, infer _V>
        ? K
        : StoreOf<H> extends VersionedKeyValueStore<infer K, infer _V>
          ? K
          : never

/** The plain values of the store of a handle. */
type ValueOf<H> = H extends { readonly kind: 'timestamped'; readonly value: Serde<infer V> }
  ? V
  : StoreOf<H> extends KeyValueStore<infer _K, infer V>
    ? V
    : StoreOf<H> extends WindowStore<infer _K, infer V>
      ? V
      : StoreOf<H> extends SessionStore<infer _K, infer V>
        ? V
        : StoreOf<H> extends VersionedKeyValueStore<infer _K, infer V>
          ? V
          : never

/** The queries that the store of a handle may answer. A table may keep versions: its store says at run time. */
export type QueryOf<H> =
  // oxlint-disable-next-line typescript/no-explicit-any -- whatever values
  StoreOf<H> extends KeyValueStore<infer K, any>
    ?
        | KeyQuery<K>
        | RangeQuery<K>
        | TimestampedKeyQuery<K>
        | TimestampedRangeQuery<K>
        | TimestampedKeyWithHeadersQuery<K>
        | TimestampedRangeWithHeadersQuery<K>
        | VersionedKeyQuery<K>
        | MultiVersionedKeyQuery<K>
    : // oxlint-disable-next-line typescript/no-explicit-any -- whatever values
      StoreOf<H> extends WindowStore<infer K, any>
      ?
          | WindowKeyQuery<K>
          | WindowRangeQuery
          | TimestampedWindowKeyQuery<K>
          | TimestampedWindowRangeQuery
          | TimestampedWindowKeyWithHeadersQuery<K>
          | TimestampedWindowRangeWithHeadersQuery
      : // oxlint-disable-next-line typescript/no-explicit-any -- whatever values
        StoreOf<H> extends SessionStore<infer K, any>
        ? SessionKeyQuery<K> | SessionKeyWithHeadersQuery<K>
        : // oxlint-disable-next-line typescript/no-explicit-any -- whatever values
          StoreOf<H> extends VersionedKeyValueStore<infer K, any>
          ? VersionedKeyQuery<K> | MultiVersionedKeyQuery<K>
          : never

/** What each kind of query gives. */
interface Answers<K, V> {
  key: V | null
  range: Entries<K, V>
  timestampedKey: ValueAndTimestamp<V> | null
  timestampedRange: Entries<K, ValueAndTimestamp<V>>
  windowKey: StoreIterator<readonly [windowStart: number, value: V]>
  windowRange: Entries<Windowed<K>, V>
  timestampedWindowKey: StoreIterator<readonly [windowStart: number, value: ValueAndTimestamp<V>]>
  timestampedWindowRange: Entries<Windowed<K>, ValueAndTimestamp<V>>
  sessionKey: Entries<Windowed<K>, V>
  timestampedKeyWithHeaders: StreamRecord<K, V> | null
  timestampedRangeWithHeaders: StoreIterator<StreamRecord<K, V>>
  timestampedWindowKeyWithHeaders: StoreIterator<StreamRecord<Windowed<K>, V>>
  timestampedWindowRangeWithHeaders: StoreIterator<StreamRecord<Windowed<K>, V>>
  sessionKeyWithHeaders: StoreIterator<StreamRecord<Windowed<K>, V>>
  versionedKey: VersionedRecord<V> | null
  multiVersionedKey: StoreIterator<VersionedRecord<V>>
}

/** What a query gives for each partition of the store of a handle. */
export type AnswerOf<H, Q extends { readonly kind: keyof Answers<unknown, unknown> }> = Answers<StoreKey<H>, ValueOf<H>>[Q['kind']]
