import type { VersionedRecord } from '../../model/versioned-record.ts'

/** What `put` of a versioned store returns for the latest version of a key. */
export const IS_LATEST = -1

/** What `put` of a versioned store returns when the version is older than the history and was not put: int64 min. */
export const NOT_PUT: number = -Infinity

/** Reads a versioned store: every key with the values that it had (KIP-889). Times are milliseconds since 1970. */
export interface ReadOnlyVersionedKeyValueStore<K, V> {
  /**
   * The latest version of `key`, or the one that held at `asOf`; `null` if there is none. Before the history retention only a version that
   * is still the latest is found.
   */
  get(key: K, asOf?: number): VersionedRecord<V> | null
}

/**
 * A versioned store. It keeps the versions that were valid within its history retention, in stream time of the store. A `null` or
 * `undefined` key, an `undefined` value and a time that is no number throw `TypeError`, a negative one to write `RangeError`; a closed
 * store throws `STORE_CLOSED`.
 */
export interface VersionedKeyValueStore<K, V> extends ReadOnlyVersionedKeyValueStore<K, V> {
  /**
   * Puts the version that holds from `timestamp` on; `null` = from then on there is no value. Returns the time of the next version, which
   * ends this one; -1 if it is the latest; `-Infinity` (`NOT_PUT`) if it is older than the history: then it is dropped (metric
   * `dropped-records`).
   */
  put(key: K, value: V | null, timestamp: number): number
  /** As `put` of `null`. Returns the version that held at `timestamp`, `null` if none did or it is older than the history. */
  delete(key: K, timestamp: number): VersionedRecord<V> | null
}
