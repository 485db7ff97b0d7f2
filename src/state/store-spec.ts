import { type Duration, durationMs } from '../base/durations.ts'
import { TopologyError } from '../base/errors.ts'
import { type OptionNames, requireKnownOptions } from '../base/known-options.ts'
import type { Serde, SerdeFor } from '../serdes/serde.ts'
import { type EngineChoice, engineNames, isEngineChoice } from './engines/state-engine.ts'
import type { ValueTimestampHeaders } from '../model/value-timestamp-headers.ts'
import type { ValueAndTimestamp } from '../model/value-and-timestamp.ts'
import type { KeyValueStore } from './key-value-store.ts'
import type { StoreHandle } from './store-handle.ts'
import type { SessionStore } from './sessions/session-store.ts'
import type { VersionedKeyValueStore } from './versioned/versioned-key-value-store.ts'
import type { WindowStore } from './windows/window-store.ts'

/** What the handle of a store shows. `list`: only joins of streams make such stores, `change-buffer`: only `suppress`, `record-buffer`: only joins with grace. */
export type StoreKind = 'key-value' | 'timestamped' | 'window' | 'session' | 'versioned' | 'list' | 'change-buffer' | 'record-buffer'

/** How the rows of a store are written (P§6.3). */
export type StoreFormat = 'plain' | 'timestamped' | 'headers'

/** Java's supplier: it decides how rows expire, never where the bytes are. */
export type StoreSupplier = 'persistent' | 'in-memory'

/** Java's `lruMap`: key-value stores keep so many rows in memory; with one more, that which was not used for longest gives way. */
export interface LruSupplier {
  readonly lru: number
}

/** Where the bytes of a store are. `auto`: in-memory supplier -> memory, persistent -> the engine of the application (`stateEngine`). */
export type StoreEngine = EngineChoice

/** Settings of an internal topic, each the camelCase form of Kafka's key; what is not set has Kafka Streams' default (P§6.8). */
export interface TopicConfig {
  readonly cleanupPolicy?: string | undefined
  readonly compressionType?: string | undefined
  readonly deleteRetentionMs?: number | undefined
  readonly fileDeleteDelayMs?: number | undefined
  readonly flushMessages?: number | undefined
  readonly flushMs?: number | undefined
  readonly indexIntervalBytes?: number | undefined
  readonly maxCompactionLagMs?: number | undefined
  readonly maxMessageBytes?: number | undefined
  readonly messageTimestampType?: string | undefined
  readonly minCleanableDirtyRatio?: number | undefined
  readonly minCompactionLagMs?: number | undefined
  readonly minInsyncReplicas?: number | undefined
  readonly preallocate?: boolean | undefined
  readonly retentionBytes?: number | undefined
  readonly retentionMs?: number | undefined
  readonly segmentBytes?: number | undefined
  readonly segmentIndexBytes?: number | undefined
  readonly segmentJitterMs?: number | undefined
  readonly segmentMs?: number | undefined
  readonly uncleanLeaderElectionEnable?: boolean | undefined
}

/** Options that all stores have. `Supplier`: what decides how rows expire. */
export interface StoreOptions<Supplier = StoreSupplier | LruSupplier> {
  /** Default: true where an operator materializes the store, false where a processor owns it. */
  readonly caching?: boolean | undefined
  /** `false`: no changelog; settings: of the changelog topic. Default: a changelog with default settings. */
  readonly logging?: false | TopicConfig | undefined
  /** Default `persistent`. */
  readonly supplier?: Supplier | undefined
  /** Default `auto`. */
  readonly engine?: StoreEngine | undefined
  /** Default: `timestamped` where an operator materializes the store, `plain` where a processor owns it (P§1.8). */
  readonly format?: StoreFormat | undefined
}

/** Options of a store with its serdes. */
export interface SpecOptions<K, V> extends StoreOptions {
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/** A store as a value: Java's StoreBuilder, the option `store:` of operators, and the typed handle, in one. */
export interface StoreSpec<out S, Kind extends string, in out K, in out V> extends StoreHandle<S> {
  readonly name: string
  readonly kind: Kind
  readonly key: Serde<K>
  readonly value: Serde<V>
}

/** A spec that accepts at least these keys and values. */
export interface SpecFor<in K, in V, Kind extends string> {
  readonly name: string
  readonly kind: Kind
  readonly key: SerdeFor<K>
  readonly value: SerdeFor<V>
}

/** A spec that accepts at least these keys and exactly these values. */
export interface SpecOf<in K, in out V, Kind extends string> extends SpecFor<K, V, Kind> {
  readonly value: Serde<V>
}

/**
 * A key-value store. Owned by a processor it holds plain values; materializing a table it also keeps timestamps, which its handle hides.
 *
 * ```ts
 * const stock = keyValueStore('stock', { key: serdes.string, value: serdes.int32 })
 * ```
 *
 * Throws `TopologyError` `STORE_NAME` for a name that cannot be part of a topic name, `STORE_OPTION` for an engine, supplier or format
 * that does not exist.
 */
export function keyValueStore<K, V>(name: string, options: SpecOptions<K, V>): StoreSpec<KeyValueStore<K, V>, 'key-value', K, V> {
  requireKnownOptions('keyValueStore()', options, storedNames)
  return new DescribedSpec(name, 'key-value', erasedOptions(options)) as unknown as StoreSpec<KeyValueStore<K, V>, 'key-value', K, V>
}

/**
 * A key-value store whose values carry the time from which they hold, and in the format `headers` the headers that they came with
 * (KIP-1271). Throws as `keyValueStore`.
 *
 * ```ts
 * const prices = timestampedKeyValueStore('prices', { key: serdes.string, value: serdes.float64 })
 * ```
 */
export function timestampedKeyValueStore<K, V>(
  name: string,
  options: SpecOptions<K, V> & { readonly format: 'headers' },
): StoreSpec<KeyValueStore<K, ValueTimestampHeaders<V>>, 'timestamped', K, V>
export function timestampedKeyValueStore<K, V>(
  name: string,
  options: SpecOptions<K, V>,
): StoreSpec<KeyValueStore<K, ValueAndTimestamp<V>>, 'timestamped', K, V>
export function timestampedKeyValueStore<K, V>(
  name: string,
  options: SpecOptions<K, V>,
): StoreSpec<KeyValueStore<K, ValueAndTimestamp<V>>, 'timestamped', K, V> {
  requireKnownOptions('timestampedKeyValueStore()', options, storedNames)
  return new DescribedSpec(name, 'timestamped', erasedOptions(options)) as unknown as StoreSpec<
    KeyValueStore<K, ValueAndTimestamp<V>>,
    'timestamped',
    K,
    V
  >
}

/** Options of a window store. */
export interface WindowSpecOptions<K, V> extends SpecOptions<K, V> {
  /** From the start of a window to its end. */
  readonly windowSize: Duration
  /** For how long windows are kept, from their starts and in stream time. At least the size. */
  readonly retention: Duration
  /** Whether a further value for the same key and window start is another row. Default false. Such a store has no cache. */
  readonly retainDuplicates?: boolean | undefined
  /**
   * In which order the rows of a persistent store are kept; in-memory ones are in the order of time. `key`: those of a segment, half the
   * retention or a minute, by key and start; `time`: all by start, as operators keep them that emit on window close, which finds windows
   * by their times fast and those of a key slowly; `indexed-time`: both, at the price of a second row. Default `key`.
   */
  readonly order?: WindowOrder | undefined
}

/** The orders of a window store: Java has the latter two by `DslStoreSuppliers`. */
export type WindowOrder = 'key' | 'time' | 'indexed-time'

const windowOrders: readonly unknown[] = ['key', 'time', 'indexed-time']

/**
 * A window store: a value for each key and start of a window, kept for the retention. Owned by a processor it holds plain values;
 * materializing windows of an aggregation it also keeps timestamps, which its handle hides.
 *
 * ```ts
 * const seen = windowStore('seen', { key: serdes.string, value: serdes.int64, windowSize: '1m', retention: '1h' })
 * ```
 *
 * Throws as `keyValueStore`, `STORE_OPTION` too for a retention below the size and for an order that does not exist, `RangeError` for what
 * is no duration.
 */
export function windowStore<K, V>(name: string, options: WindowSpecOptions<K, V>): StoreSpec<WindowStore<K, V>, 'window', K, V> {
  requireKnownOptions('windowStore()', options, windowNames)
  const sizeMs = durationMs(options.windowSize, 'windowSize')
  const retentionMs = durationMs(options.retention, 'retention')
  if (retentionMs < sizeMs) {
    throw new TopologyError(
      'STORE_OPTION',
      `Cannot make store "${name}": retention is ${retentionMs} ms, required is the size of ${sizeMs} ms or more`,
      { store: name },
    )
  }
  if (options.order !== undefined && !windowOrders.includes(options.order)) {
    throw new TopologyError(
      'STORE_OPTION',
      `Cannot make store "${name}": order is ${JSON.stringify(options.order)}, required is ${windowOrders.map((order) => `"${String(order)}"`).join(' or ')}`,
      { store: name },
    )
  }
  return new DescribedSpec(name, 'window', erasedOptions(options)) as unknown as StoreSpec<WindowStore<K, V>, 'window', K, V>
}

/** Options of a session store. */
export interface SessionSpecOptions<K, V> extends SpecOptions<K, V> {
  /** For how long sessions are kept, from their ends and in stream time. */
  readonly retention: Duration
}

/**
 * A session store: a value for each key and session, kept for the retention. An operator keeps the table of a session aggregation in it.
 *
 * ```ts
 * const visits = sessionStore('visits', { key: serdes.string, value: serdes.int64, retention: '1d' })
 * ```
 *
 * Throws as `keyValueStore`, `STORE_FORMAT` for the format `timestamped`, `RangeError` for what is no duration.
 */
export function sessionStore<K, V>(name: string, options: SessionSpecOptions<K, V>): StoreSpec<SessionStore<K, V>, 'session', K, V> {
  requireKnownOptions('sessionStore()', options, sessionNames)
  durationMs(options.retention, 'retention')
  return new DescribedSpec(name, 'session', erasedOptions(options)) as unknown as StoreSpec<SessionStore<K, V>, 'session', K, V>
}

/** Options of a versioned store. */
export interface VersionedSpecOptions<K, V> extends Omit<SpecOptions<K, V>, 'caching' | 'supplier' | 'format'> {
  /** For how long a version is kept after its end, in stream time of the store; a version that starts longer ago is not put. */
  readonly historyRetention: Duration
  /** Versions that ended within so long share a row. Default: Java's, a 3rd to a 24th of the retention, 2 s or more. */
  readonly segmentInterval?: Duration | undefined
}

/**
 * A versioned store: the values that each key had, by the time from which they held (KIP-889). It has no cache and no scans.
 *
 * ```ts
 * const prices = versionedKeyValueStore('prices', { key: serdes.string, value: serdes.float64, historyRetention: '1h' })
 * ```
 *
 * Throws as `keyValueStore`, `STORE_OPTION` too for a segment interval of 0 and for a cache, `RangeError` for what is no duration.
 */
export function versionedKeyValueStore<K, V>(
  name: string,
  options: VersionedSpecOptions<K, V>,
): StoreSpec<VersionedKeyValueStore<K, V>, 'versioned', K, V> {
  requireKnownOptions('versionedKeyValueStore()', options, versionedNamesAndCaching)
  durationMs(options.historyRetention, 'historyRetention')
  const { segmentInterval } = options
  if (segmentInterval !== undefined && durationMs(segmentInterval, 'segmentInterval') === 0) {
    throw new TopologyError('STORE_OPTION', `Cannot make store "${name}": segmentInterval is 0 ms, required is more`, { store: name })
  }
  // Who writes no types can ask for it, and Java refuses.
  if ('caching' in options && options.caching === true) {
    throw new TopologyError('STORE_OPTION', `Cannot make store "${name}": caching is true, which versioned stores do not have`, {
      store: name,
    })
  }
  return new DescribedSpec(name, 'versioned', erasedOptions(options)) as unknown as StoreSpec<
    VersionedKeyValueStore<K, V>,
    'versioned',
    K,
    V
  >
}

// oxlint-disable-next-line typescript/no-explicit-any -- only names count
type Any = any
/** The compiler sees to it that a table has all options of its type and no others. */
type Names<T> = Readonly<Record<keyof T, true>>

const loggedNames = { key: true, value: true, logging: true, engine: true } as const
const storedNames: Names<SpecOptions<Any, Any>> = { ...loggedNames, caching: true, supplier: true, format: true }
const windowNames: Names<WindowSpecOptions<Any, Any>> = {
  ...storedNames,
  windowSize: true,
  retention: true,
  retainDuplicates: true,
  order: true,
}
const sessionNames: Names<SessionSpecOptions<Any, Any>> = { ...storedNames, retention: true }
const versionedNames: Names<VersionedSpecOptions<Any, Any>> = { ...loggedNames, historyRetention: true, segmentInterval: true }
/** That there is no cache is said in words of its own. */
const versionedNamesAndCaching: OptionNames = { ...versionedNames, caching: true }

/** All options that any description may have. */
export type AnySpecOptions = SpecOptions<unknown, unknown> &
  Partial<WindowSpecOptions<unknown, unknown>> &
  Partial<Pick<VersionedSpecOptions<unknown, unknown>, 'historyRetention' | 'segmentInterval'>>

/** The options with which `spec` was made. Throws `TypeError` for an object that no function of this package made. */
export function specOptionsOf(spec: { readonly name: string }): AnySpecOptions {
  if (!(spec instanceof DescribedSpec)) {
    throw new TypeError(`Cannot use "${spec.name}" as a store: it was not made by keyValueStore, timestampedKeyValueStore or windowStore`)
  }
  return spec.options()
}

/** Throws `TopologyError` `STORE_NAME` unless `name` can be the name of a store: it becomes part of the name of a topic. */
export function checkStoreName(name: string): void {
  // ".checkpoint" and its beginnings are names of files in Java's state directory (P§6.10).
  if (/^[a-zA-Z0-9._-]{1,249}$/.test(name) && !'.checkpoint'.startsWith(name) && name !== '..') return
  throw new TopologyError(
    'STORE_NAME',
    `Cannot use store name ${JSON.stringify(name)}: 1 to 249 of the characters a-z, A-Z, 0-9, '.', '_' and '-' are required, and no beginning of ".checkpoint"`,
    { store: name },
  )
}

const choices = {
  supplier: ['persistent', 'in-memory'],
  engine: engineNames,
  format: ['plain', 'timestamped', 'headers'],
} as const

/** Throws `TopologyError` `STORE_OPTION` for a choice that does not exist: the types refuse it, and this refuses it in plain JavaScript. */
export function checkStoreOptions(name: string, options: StoreOptions): void {
  for (const [option, allowed] of Object.entries(choices)) {
    const given = options[option as keyof typeof choices]
    if (given === undefined || (option === 'supplier' && isLru(given)) || (allowed as readonly unknown[]).includes(given)) continue
    if (option === 'engine' && isEngineChoice(given)) continue
    throw new TopologyError(
      'STORE_OPTION',
      `Cannot make store "${name}": ${option} is ${JSON.stringify(given)}, required is ${allowed.map((choice) => `"${choice}"`).join(' or ')}`,
      { store: name },
    )
  }
}

/** Whether a supplier is one of limited room. */
export function isLru(given: unknown): given is LruSupplier {
  return typeof given === 'object' && given !== null && 'lru' in given && Number.isSafeInteger(given.lru) && (given.lru as number) >= 0
}

class DescribedSpec {
  readonly name: string
  readonly kind: StoreKind
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
  readonly #options: SpecOptions<unknown, unknown>

  constructor(name: string, kind: StoreKind, options: SpecOptions<unknown, unknown>) {
    checkStoreName(name)
    checkStoreOptions(name, options)
    if (kind === 'timestamped' && options.format === 'plain') {
      throw new TopologyError(
        'STORE_FORMAT',
        `Cannot make store "${name}": a timestamped store has the format "timestamped", not "plain"`,
        {
          store: name,
        },
      )
    }
    if (kind === 'session' && options.format === 'timestamped') throw untimedSessions(name)
    this.name = name
    this.kind = kind
    this.key = options.key
    this.value = options.value
    this.#options = Object.freeze({ ...options })
    Object.freeze(this)
  }

  options(): AnySpecOptions {
    return this.#options
  }
}

/** Sessions have the time of their end, and no other. */
export function untimedSessions(store: string): TopologyError {
  return new TopologyError('STORE_FORMAT', `Cannot keep sessions in store "${store}": its format is "timestamped", required is "plain"`, {
    store,
  })
}

/** The spec keeps the types of the options in its own type parameters only. */
function erasedOptions<K, V>(options: SpecOptions<K, V>): SpecOptions<unknown, unknown> {
  return options as unknown as SpecOptions<unknown, unknown>
}
