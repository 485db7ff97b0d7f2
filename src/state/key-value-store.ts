import type { Serde } from '../serdes/serde.ts'

/**
 * The rows of a scan. It sees the store as it was when the scan began, across later writes and commits. Close it (`using`, a loop that
 * ends, or `close()`): an open one keeps memory alive.
 */
export interface StoreIterator<T> extends Iterable<T>, Disposable {
  next(): IteratorResult<T, undefined>
  /** Ends the scan. May be called again. */
  close(): void
}

/** Keys and values of a scan. */
export type Entries<K, V> = StoreIterator<readonly [key: K, value: V]>

/** Options of a scan. */
export interface ScanOptions {
  /** Descending order. Default false. */
  readonly reverse?: boolean | undefined
}

/** Reads a key-value store. Keys are ordered by their serialised bytes, unsigned. */
export interface ReadOnlyKeyValueStore<K, V> {
  /** `null` if there is no such row. */
  get(key: K): V | null
  /** The rows from `from` to `to`, both included; `null` = open end. Bounds in the wrong order give nothing. */
  range(from: K | null, to: K | null, options?: ScanOptions): Entries<K, V>
  all(options?: ScanOptions): Entries<K, V>
  /** The rows whose key bytes begin with the bytes of `prefix`, which `serde` (default: that of the keys) writes. */
  prefixScan<P>(prefix: P, serde: Serde<P>): Entries<K, V>
  prefixScan(prefix: K): Entries<K, V>
  /** Does not count what only the cache has. */
  readonly approximateNumEntries: number
}

/** A key-value store. A `null` or `undefined` key and an `undefined` value throw `TypeError`; a closed store throws `STORE_CLOSED`. */
export interface KeyValueStore<K, V> extends ReadOnlyKeyValueStore<K, V> {
  /** `null` deletes. */
  put(key: K, value: V | null): void
  /** Writes only if there is no such row. Returns the value that was there. */
  putIfAbsent(key: K, value: V): V | null
  putAll(entries: Iterable<readonly [key: K, value: V | null]>): void
  /** Returns the value that was there. */
  delete(key: K): V | null
}
