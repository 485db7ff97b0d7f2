import type { Windowed } from '../../model/windowed.ts'
import type { Entries, ScanOptions } from '../key-value-store.ts'

/**
 * Reads a session store: a value for each key and session. All times are milliseconds since 1970, both ends of a session are part of it, and
 * `Infinity` is an open end. Sessions that ended before the store's retention are not there any more.
 */
export interface ReadOnlySessionStore<K, V> {
  /** The sessions of one key, in order of their ends. */
  fetch(key: K, options?: ScanOptions): Entries<Windowed<K>, V>
  /** The sessions of the keys from `keyFrom` to `keyTo`, both included; `null` = open end. In the order of `findSessionsInRange`. */
  fetchRange(keyFrom: K | null, keyTo: K | null, options?: ScanOptions): Entries<Windowed<K>, V>
  /** The value of the session of exactly this start and end; `null` if there is none. */
  fetchSession(key: K, start: number, end: number): V | null
  /** The sessions of one key that end at `earliestEnd` or later and start at `latestStart` or earlier, in order of their ends. */
  findSessions(key: K, earliestEnd: number, latestStart: number, options?: ScanOptions): Entries<Windowed<K>, V>
  /**
   * As `findSessions` for the keys of a range: by segment of time, then by key, then by end; with the supplier `in-memory` by end, then by
   * key.
   */
  findSessionsInRange(...query: SessionRangeQuery<K>): Entries<Windowed<K>, V>
}

/** Keys from and to, both included (`null` = open end); earliest end, latest start; options. */
export type SessionRangeQuery<K> = [keyFrom: K | null, keyTo: K | null, earliestEnd: number, latestStart: number, options?: ScanOptions]

/**
 * A session store. A `null` or `undefined` key, an `undefined` value and a time that is no number throw `TypeError`; a closed store throws
 * `STORE_CLOSED`.
 */
export interface SessionStore<K, V> extends ReadOnlySessionStore<K, V> {
  /**
   * `null` deletes. A session whose end is older than the retention is dropped (metric `dropped-records`). Throws `RangeError` for a start or
   * end that is negative or no whole number, and for an end before the start.
   */
  put(session: Windowed<K>, value: V | null): void
  /** Deletes a session. Throws as `put`. */
  remove(session: Windowed<K>): void
}
