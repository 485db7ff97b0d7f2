// What can be asked of a store (Java's `Query` and its kinds, KIP-796, KIP-805, KIP-806, KIP-960, KIP-968, KIP-985, KIP-1356).

/** A value by its key. */
export interface KeyQuery<out K> {
  readonly kind: 'key'
  readonly key: K
  readonly skipCache: boolean
}

/** The rows of a range of keys. `null` = open end. */
export interface RangeQuery<out K> {
  readonly kind: 'range'
  readonly from: K | null
  readonly to: K | null
  readonly reverse: boolean
}

/** As `KeyQuery`, with the timestamp. */
export interface TimestampedKeyQuery<out K> {
  readonly kind: 'timestampedKey'
  readonly key: K
  readonly skipCache: boolean
}

/** As `RangeQuery`, with timestamps. */
export interface TimestampedRangeQuery<out K> {
  readonly kind: 'timestampedRange'
  readonly from: K | null
  readonly to: K | null
  readonly reverse: boolean
}

/** The windows of a key. Times are starts of windows, both included. */
export interface WindowKeyQuery<out K> {
  readonly kind: 'windowKey'
  readonly key: K
  readonly from: number
  readonly to: number
}

/** The windows of all keys. Times are starts of windows, both included. */
export interface WindowRangeQuery {
  readonly kind: 'windowRange'
  readonly from: number
  readonly to: number
}

/** As `WindowKeyQuery`, with timestamps. */
export interface TimestampedWindowKeyQuery<out K> {
  readonly kind: 'timestampedWindowKey'
  readonly key: K
  readonly from: number
  readonly to: number
}

/** As `WindowRangeQuery`, with timestamps. */
export interface TimestampedWindowRangeQuery {
  readonly kind: 'timestampedWindowRange'
  readonly from: number
  readonly to: number
}

/** The sessions of a key. */
export interface SessionKeyQuery<out K> {
  readonly kind: 'sessionKey'
  readonly key: K
}

/** As `TimestampedKeyQuery`, with the headers. */
export interface TimestampedKeyWithHeadersQuery<out K> {
  readonly kind: 'timestampedKeyWithHeaders'
  readonly key: K
  readonly skipCache: boolean
}

/** As `TimestampedRangeQuery`, with headers. */
export interface TimestampedRangeWithHeadersQuery<out K> {
  readonly kind: 'timestampedRangeWithHeaders'
  readonly from: K | null
  readonly to: K | null
  readonly reverse: boolean
}

/** As `TimestampedWindowKeyQuery`, with headers. */
export interface TimestampedWindowKeyWithHeadersQuery<out K> {
  readonly kind: 'timestampedWindowKeyWithHeaders'
  readonly key: K
  readonly from: number
  readonly to: number
}

/** As `TimestampedWindowRangeQuery`, with headers. */
export interface TimestampedWindowRangeWithHeadersQuery {
  readonly kind: 'timestampedWindowRangeWithHeaders'
  readonly from: number
  readonly to: number
}

/** As `SessionKeyQuery`, with headers. */
export interface SessionKeyWithHeadersQuery<out K> {
  readonly kind: 'sessionKeyWithHeaders'
  readonly key: K
}

/** The version of a key that held at a time; `null` = the latest. */
export interface VersionedKeyQuery<out K> {
  readonly kind: 'versionedKey'
  readonly key: K
  readonly asOf: number | null
}

/** The versions of a key that held at any time from `from` to `to`, both included. */
export interface MultiVersionedKeyQuery<out K> {
  readonly kind: 'multiVersionedKey'
  readonly key: K
  readonly from: number
  readonly to: number
  readonly ascending: boolean
}

/** Every kind of query. */
export type Query<K = unknown> =
  | KeyQuery<K>
  | RangeQuery<K>
  | TimestampedKeyQuery<K>
  | TimestampedRangeQuery<K>
  | WindowKeyQuery<K>
  | WindowRangeQuery
  | TimestampedWindowKeyQuery<K>
  | TimestampedWindowRangeQuery
  | SessionKeyQuery<K>
  | TimestampedKeyWithHeadersQuery<K>
  | TimestampedRangeWithHeadersQuery<K>
  | TimestampedWindowKeyWithHeadersQuery<K>
  | TimestampedWindowRangeWithHeadersQuery
  | SessionKeyWithHeadersQuery<K>
  | VersionedKeyQuery<K>
  | MultiVersionedKeyQuery<K>

/** Options of a query for one key. */
export interface KeyQueryOptions {
  /** Whether to look beneath the cache: what it holds back is not seen then. Default false. */
  readonly skipCache?: boolean | undefined
}

/** Bounds of a query for a range of keys, both included. Default all. */
export interface RangeQueryOptions<K> {
  readonly from?: K | null | undefined
  readonly to?: K | null | undefined
  /** Descending order. Default false. */
  readonly reverse?: boolean | undefined
}

/** A span of time, both ends included: milliseconds since 1970 or dates. */
export interface TimeRange {
  readonly from: number | Date
  readonly to: number | Date
}

/** The value of a key. Throws `TypeError` for no key, as all queries do. */
export function keyQuery<K>(key: K, { skipCache = false }: KeyQueryOptions = {}): KeyQuery<K> {
  return { kind: 'key', key: required(key), skipCache }
}

/** The rows of a range of keys, of each partition in order of their serialised bytes. Beneath the cache, as in Java. */
export function rangeQuery<K = never>({ from = null, to = null, reverse = false }: RangeQueryOptions<K> = {}): RangeQuery<K> {
  return { kind: 'range', from, to, reverse }
}

/** As `keyQuery`; gives the timestamp too. Only of stores whose rows have timestamps: all that operators make. */
export function timestampedKeyQuery<K>(key: K, { skipCache = false }: KeyQueryOptions = {}): TimestampedKeyQuery<K> {
  return { kind: 'timestampedKey', key: required(key), skipCache }
}

/** As `rangeQuery`; gives timestamps too. */
export function timestampedRangeQuery<K = never>(options: RangeQueryOptions<K> = {}): TimestampedRangeQuery<K> {
  return { ...rangeQuery(options), kind: 'timestampedRange' }
}

/** The windows of `key` that start from `from` to `to`, in order of their starts. */
export function windowKeyQuery<K>(key: K, range: TimeRange): WindowKeyQuery<K> {
  return { kind: 'windowKey', key: required(key), ...timesOf(range) }
}

/** The windows of all keys that start from `from` to `to`. */
export function windowRangeQuery(range: TimeRange): WindowRangeQuery {
  return { kind: 'windowRange', ...timesOf(range) }
}

/** As `windowKeyQuery`; gives timestamps too. */
export function timestampedWindowKeyQuery<K>(key: K, range: TimeRange): TimestampedWindowKeyQuery<K> {
  return { kind: 'timestampedWindowKey', key: required(key), ...timesOf(range) }
}

/** As `windowRangeQuery`; gives timestamps too. */
export function timestampedWindowRangeQuery(range: TimeRange): TimestampedWindowRangeQuery {
  return { kind: 'timestampedWindowRange', ...timesOf(range) }
}

/** The sessions of `key`, in order of their ends (Java's `WindowRangeQuery.withKey`). */
export function sessionKeyQuery<K>(key: K): SessionKeyQuery<K> {
  return { kind: 'sessionKey', key: required(key) }
}

/**
 * As `timestampedKeyQuery`; gives a record, with the headers that its row has. Only of stores in the format `headers`, as all queries for
 * headers.
 */
export function timestampedKeyWithHeadersQuery<K>(key: K, { skipCache = false }: KeyQueryOptions = {}): TimestampedKeyWithHeadersQuery<K> {
  return { kind: 'timestampedKeyWithHeaders', key: required(key), skipCache }
}

/** As `timestampedRangeQuery`; gives records with their headers. */
export function timestampedRangeWithHeadersQuery<K = never>(options: RangeQueryOptions<K> = {}): TimestampedRangeWithHeadersQuery<K> {
  return { ...rangeQuery(options), kind: 'timestampedRangeWithHeaders' }
}

/** As `timestampedWindowKeyQuery`; gives records with their headers, whose keys have their windows. */
export function timestampedWindowKeyWithHeadersQuery<K>(key: K, range: TimeRange): TimestampedWindowKeyWithHeadersQuery<K> {
  return { kind: 'timestampedWindowKeyWithHeaders', key: required(key), ...timesOf(range) }
}

/** As `timestampedWindowRangeQuery`; gives records with their headers, whose keys have their windows. */
export function timestampedWindowRangeWithHeadersQuery(range: TimeRange): TimestampedWindowRangeWithHeadersQuery {
  return { kind: 'timestampedWindowRangeWithHeaders', ...timesOf(range) }
}

/** As `sessionKeyQuery`; gives records with their headers and the end of the session as their time (Java's `TimestampedWindowRangeWithHeadersQuery.withKey`). */
export function sessionKeyWithHeadersQuery<K>(key: K): SessionKeyWithHeadersQuery<K> {
  return { kind: 'sessionKeyWithHeaders', key: required(key) }
}

/** The latest version of `key`, or the one that held at `asOf`. */
export function versionedKeyQuery<K>(key: K, { asOf }: { readonly asOf?: number | Date | undefined } = {}): VersionedKeyQuery<K> {
  return { kind: 'versionedKey', key: required(key), asOf: asOf === undefined ? null : Number(asOf) }
}

/** Options of a query for several versions. */
export interface MultiVersionedKeyQueryOptions {
  /** Default: open. */
  readonly from?: number | Date | undefined
  readonly to?: number | Date | undefined
  /** Oldest first. Default false: newest first. */
  readonly ascending?: boolean | undefined
}

/** The versions of `key` that held at any time from `from` to `to`, both included. */
export function multiVersionedKeyQuery<K>(
  key: K,
  { from = -Infinity, to = Infinity, ascending = false }: MultiVersionedKeyQueryOptions = {},
): MultiVersionedKeyQuery<K> {
  return { kind: 'multiVersionedKey', key: required(key), from: Number(from), to: Number(to), ascending }
}

function required<K>(key: K): K {
  if (key === null || key === undefined) throw new TypeError(`Cannot query for the key ${String(key)}: a key is required`)
  return key
}

function timesOf({ from, to }: TimeRange): { readonly from: number; readonly to: number } {
  return { from: Number(from), to: Number(to) }
}
