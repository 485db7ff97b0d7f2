import type { ValueAndTimestamp } from '../../model/value-and-timestamp.ts'
import type { VersionedRecord } from '../../model/versioned-record.ts'
import type { Windowed } from '../../model/windowed.ts'
import type { KeyValueStore, ScanOptions } from '../../state/key-value-store.ts'
import type { SessionStore } from '../../state/sessions/session-store.ts'
import type { VersionedKeyValueStore } from '../../state/versioned/versioned-key-value-store.ts'
import type { WindowStore } from '../../state/windows/window-store.ts'
import { recordHeaders } from '../../record/record-headers.ts'
import type { Row } from '../rows/row.ts'
import type { QueryOptions } from './query-options.ts'
import type { RemoteRows } from './remote-rows.ts'

/** Options of a scan of a store that is asked wherever it is. */
export type RemoteScanOptions = QueryOptions & ScanOptions

/** A key-value store of the whole application. Keys are ordered within a partition; scans give one partition after the other. */
export interface RemoteKeyValueStore<K, V> {
  /** `null` if there is no such row. */
  get(key: K, options?: QueryOptions): Promise<V | null>
  /** The rows from `from` to `to`, both included; `null` = open end. Each page of a partition shows it as it is then. */
  range(from: K | null, to: K | null, options?: RemoteScanOptions): AsyncIterable<readonly [key: K, value: V]>
  all(options?: RemoteScanOptions): AsyncIterable<readonly [key: K, value: V]>
}

/** A window store of the whole application. Times are starts of windows, both ends included. */
export interface RemoteWindowStore<K, V> {
  fetch(key: K, windowStart: number | Date, options?: QueryOptions): Promise<V | null>
  /** The windows of one key, in order of their starts. */
  fetchRange(
    key: K,
    from: number | Date,
    to: number | Date,
    options?: RemoteScanOptions,
  ): AsyncIterable<readonly [windowStart: number, value: V]>
  /** The windows of all keys, one partition after the other. */
  fetchAll(from: number | Date, to: number | Date, options?: RemoteScanOptions): AsyncIterable<readonly [key: Windowed<K>, value: V]>
}

/** A session store of the whole application. */
export interface RemoteSessionStore<K, V> {
  /** The sessions of one key, in order of their ends. */
  fetch(key: K, options?: RemoteScanOptions): AsyncIterable<readonly [key: Windowed<K>, value: V]>
  /** The value of the session of exactly this start and end; `null` if there is none. */
  fetchSession(key: K, start: number | Date, end: number | Date, options?: QueryOptions): Promise<V | null>
}

/** A store of versions of the whole application. */
export interface RemoteVersionedStore<K, V> {
  /** The latest version of `key`, or the one that held at `asOf`; `null` if there is none. */
  get(key: K, options?: QueryOptions & { readonly asOf?: number | Date | undefined }): Promise<VersionedRecord<V> | null>
}

/** A store wherever its partitions are: asynchronous and read-only. */
export type Remote<S> =
  S extends KeyValueStore<infer K, infer V>
    ? RemoteKeyValueStore<K, V>
    : S extends WindowStore<infer K, infer V>
      ? RemoteWindowStore<K, V>
      : S extends SessionStore<infer K, infer V>
        ? RemoteSessionStore<K, V>
        : S extends VersionedKeyValueStore<infer K, infer V>
          ? RemoteVersionedStore<K, V>
          : never

/** What a store shows of a row. */
type Shown = (value: unknown, row: Row) => unknown

const plainly: Shown = (value) => value
const withTimestamp: Shown = (value, { timestamp }): ValueAndTimestamp<unknown> => ({ value, timestamp })
const withHeaders: Shown = (value, { timestamp, headers }) => ({ value, timestamp, headers: recordHeaders(headers) })

/** The store of `rows` as its handle shows it; `isTable`: the handle is a table, which shows values alone. */
export function remoteStore(rows: RemoteRows, isTable: boolean): unknown {
  const { kind, format } = rows.info.definition
  if (kind === 'window') return windowsOf(rows)
  if (kind === 'session') return sessionsOf(rows)
  if (kind === 'versioned' && !isTable) return versionsOf(rows)
  return keyValuesOf(rows, kind !== 'timestamped' || isTable ? plainly : format === 'headers' ? withHeaders : withTimestamp)
}

function keyValuesOf(rows: RemoteRows, shown: Shown): RemoteKeyValueStore<unknown, unknown> {
  const range: RemoteKeyValueStore<unknown, unknown>['range'] = (from, to, options = {}) => {
    const query = {
      kind: 'range',
      from: from === null ? null : rows.keyBytes(from),
      to: to === null ? null : rows.keyBytes(to),
      reverse: options.reverse === true,
    } as const
    return rows.scan(query, options, (row) => [rows.key(row.key), shown(rows.value(row.value), row)] as const)
  }
  return {
    get: (key, options) => rows.one(key, (bytes) => ({ kind: 'get', key: bytes, asOf: null }), { options, show: shown }),
    range,
    all: (options) => range(null, null, options),
  }
}

function windowsOf(rows: RemoteRows): RemoteWindowStore<unknown, unknown> {
  return {
    fetch: (key, windowStart, options) => {
      const start = Number(windowStart)
      return rows.one(key, (bytes) => ({ kind: 'window', key: bytes, start }), { options, show: plainly })
    },
    fetchRange: (key, from, to, options = {}) => {
      const query = {
        kind: 'windows',
        key: rows.requiredKey(key),
        from: Number(from),
        to: Number(to),
        reverse: options.reverse === true,
      } as const
      return rows.scan(query, options, (row) => [row.start, rows.value(row.value)] as const)
    },
    fetchAll: (from, to, options = {}) => {
      const query = { kind: 'windows', key: null, from: Number(from), to: Number(to), reverse: options.reverse === true } as const
      return rows.scan(query, options, (row) => [windowedOf(rows, row), rows.value(row.value)] as const)
    },
  }
}

function sessionsOf(rows: RemoteRows): RemoteSessionStore<unknown, unknown> {
  return {
    fetch: (key, options = {}) => {
      const reverse = options.reverse === true
      const query = { kind: 'sessions', key: rows.requiredKey(key), from: 0, to: Infinity, reverse } as const
      return rows.scan(query, options, (row) => [windowedOf(rows, row), rows.value(row.value)] as const)
    },
    fetchSession: (key, start, end, options) =>
      rows.one(key, (bytes) => ({ kind: 'session', key: bytes, start: Number(start), end: Number(end) }), { options, show: plainly }),
  }
}

function versionsOf(rows: RemoteRows): RemoteVersionedStore<unknown, unknown> {
  return {
    get: (key, options = {}) => {
      const asOf = options.asOf === undefined ? null : Number(options.asOf)
      const show = (value: unknown, { start, end }: Row): VersionedRecord<unknown> => ({
        value,
        timestamp: start,
        validTo: end < 0 ? null : end,
      })
      return rows.one(key, (bytes) => ({ kind: 'get', key: bytes, asOf }), { options, show })
    },
  }
}

function windowedOf(rows: RemoteRows, { key, start, end }: Row): Windowed<unknown> {
  return { key: rows.key(key), window: { start, end } }
}
