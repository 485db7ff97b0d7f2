import type { Windowed } from '../../model/windowed.ts'
import type { Entries, ScanOptions, StoreIterator } from '../key-value-store.ts'

/** What `fetchRange` takes: keys from and to, starts of windows from and to, options. */
export type RangeQuery<K> = Parameters<ReadOnlyWindowStore<K, unknown>['fetchRange']>

/**
 * Reads a window store: a value for each key and start of a window. All times are starts of windows in milliseconds since 1970, both bounds
 * are included, and `Infinity` is an open end. Windows older than the store's retention are not there any more.
 */
export interface ReadOnlyWindowStore<K, V> {
  /** `null` if there is no such row. In a store that retains duplicates it finds at most the row that was put last; use a range of times there. */
  fetch(key: K, windowStart: number): V | null
  /** The windows of one key, in order of their starts. */
  fetch(key: K, from: number, to: number, options?: ScanOptions): StoreIterator<readonly [windowStart: number, value: V]>
  /** The windows of the keys from `keyFrom` to `keyTo`, both included; `null` = open end. In the order of `fetchAll`. */
  fetchRange(keyFrom: K | null, keyTo: K | null, from: number, to: number, options?: ScanOptions): Entries<Windowed<K>, V>
  /** The windows of all keys: by segment of time, then by key, then by start; with the supplier `in-memory` by start, then by key. */
  fetchAll(from: number, to: number, options?: ScanOptions): Entries<Windowed<K>, V>
}

/**
 * A window store. A `null` or `undefined` key, an `undefined` value and a time that is no number throw `TypeError`; a closed store throws
 * `STORE_CLOSED`.
 */
export interface WindowStore<K, V> extends ReadOnlyWindowStore<K, V> {
  /**
   * `null` deletes, except in a store that retains duplicates, where it deletes nothing. A window that is older than the retention is dropped
   * (metric `dropped-records`). Throws `RangeError` for a start that is negative or no whole number.
   */
  put(key: K, value: V | null, windowStart: number): void
}
