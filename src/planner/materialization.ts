import { TopologyError } from '../base/errors.ts'
import type { Duration } from '../base/durations.ts'
import type { Serde, SerdeFor } from '../serdes/serde.ts'
import type { StoreDefinition } from '../state/store-definition.ts'
import type { SessionLayout } from '../state/sessions/session-layout.ts'
import type { VersionLayout } from '../state/versioned/version-layout.ts'
import type { WindowLayout } from '../state/windows/window-layout.ts'
import { type AnySpecOptions, type SpecFor, type StoreKind, type StoreOptions, untimedSessions } from '../state/store-spec.ts'
import { checkName } from '../topology/check-name.ts'
import { type AnyStoreSpec, specLayout, specSessionLayout, specVersions, storeDefinition } from '../topology/store-catalog.ts'
import { requireSerde, type TravellingSerde } from '../topology/travelling-serde.ts'
import type { Planner } from './planner.ts'

/** The options of a table operator that make Java's `Materialized`. */
export interface MaterializedOptions extends StoreOptions {
  /** Of windows. */
  readonly retention?: Duration | undefined
  /** Makes the store a versioned one. */
  readonly historyRetention?: Duration | undefined
  readonly key?: SerdeFor<never> | undefined
  readonly value?: SerdeFor<never> | undefined
  readonly store?: string | SpecFor<never, never, string> | undefined
}

/** `Materialized`, as far as it was given. */
export interface Materialization {
  /** Whether Java's overload with `Materialized` is meant: any of its options is given (design 7). */
  readonly isPresent: boolean
  /** The name that was given, by itself or by a description. */
  readonly name: string | null
  readonly kind: StoreKind
  /** Serdes that were given, by themselves or by a description. */
  readonly key: Serde<unknown> | undefined
  readonly value: Serde<unknown> | undefined
  readonly options: StoreOptions
  /** How a described window store is laid out; `null` where the store is none or was not described. */
  readonly window: WindowLayout | null
  /** How long a described session store keeps; `null` where the store is none or was not described. */
  readonly sessionRetentionMs: number | null
  /** How a versioned store is laid out; `null` where the store is none. */
  readonly versions: VersionLayout | null
}

const optionNames = [
  'store',
  'key',
  'value',
  'caching',
  'logging',
  'retention',
  'historyRetention',
  'supplier',
  'engine',
  'format',
] as const
const storeOptionNames = ['caching', 'logging', 'supplier', 'engine', 'format'] as const

/** Reads the options of a table operator. Throws `NAME_INVALID` for the name of a store, `STORE_FORMAT` for a description that a processor owns. */
export function readMaterialized(planner: Planner, options: MaterializedOptions = {}): Materialization {
  const { store } = options
  const isPresent = isMaterialized(options)
  const given = Object.fromEntries(storeOptionNames.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]))
  if (typeof store === 'object') {
    const claimed = planner.stores.claim(store as unknown as AnyStoreSpec)
    return {
      isPresent,
      name: store.name,
      kind: store.kind as StoreKind,
      key: serdeOf(options.key) ?? claimed.key,
      value: serdeOf(options.value) ?? claimed.value,
      options: { ...claimed, ...given },
      window: store.kind === 'window' ? specLayout({ ...claimed, ...given }) : null,
      versions: describedVersions(store.name, store.kind, { ...claimed, ...historyOf(options) }),
      sessionRetentionMs: store.kind === 'session' ? specSessionLayout(claimed).retentionMs : null,
    }
  }
  if (store !== undefined) checkName(store, 'a store')
  const versions = options.historyRetention === undefined ? null : specVersions({ historyRetention: options.historyRetention })
  if (versions !== null) checkVersioned(store, given)
  return {
    isPresent,
    name: store ?? null,
    kind: versions === null ? 'key-value' : 'versioned',
    key: serdeOf(options.key),
    value: serdeOf(options.value),
    // Versioned stores have no supplier but the persistent one.
    options: versions === null ? { ...defaultsOf(planner, given), ...given } : given,
    window: null,
    sessionRetentionMs: null,
    versions,
  }
}

/** In-memory stores of Java know no other format than that of the operator. */
function defaultsOf({ defaultSupplier, defaultFormat }: Planner, { supplier = defaultSupplier }: StoreOptions): StoreOptions {
  return defaultFormat === undefined || supplier !== 'persistent' ? { supplier } : { supplier, format: defaultFormat }
}

function historyOf({ historyRetention }: MaterializedOptions): Pick<AnySpecOptions, 'historyRetention'> {
  return historyRetention === undefined ? {} : { historyRetention }
}

/** The layout of a described store that is versioned. */
function describedVersions(name: string, kind: string, options: AnySpecOptions): VersionLayout | null {
  if (kind === 'versioned') return specVersions(options)
  if (options.historyRetention === undefined) return null
  throw new TopologyError(
    'STORE_OPTION',
    `Cannot keep a table in store "${name}" with a historyRetention: it is described as a ${kind} store, required is a versioned one`,
    { store: name },
  )
}

/** In Java, too, a versioned store has a name, and its rows are on disk. */
function checkVersioned(store: string | undefined, { supplier, format }: StoreOptions): void {
  if (store === undefined) {
    throw new TopologyError(
      'STORE_MISSING',
      'Cannot keep versions of a table: its store has no name, required is the option store beside historyRetention',
    )
  }
  const refused = supplier === undefined || supplier === 'persistent' ? format : supplier
  if (refused === undefined) return
  throw new TopologyError(
    'STORE_OPTION',
    `Cannot keep versions of a table in store "${store}": ${JSON.stringify(refused)} is no choice for a versioned store`,
    {
      store,
    },
  )
}

/** Whether Java's overload with `Materialized` is meant: any of its options is given (design 7). */
export function isMaterialized(options: MaterializedOptions): boolean {
  return optionNames.some((name) => options[name] !== undefined)
}

/** Options whose value type is known take serdes that accept more; at run time all are whole serdes. */
export function serdeOf(given: SerdeFor<never> | undefined): Serde<unknown> | undefined {
  return given as unknown as Serde<unknown> | undefined
}

/** How a table keeps its windows. */
export interface WindowsKept {
  /** Absent: they are sessions. */
  readonly layout?: WindowLayout | undefined
  readonly session?: SessionLayout | undefined
  /** For how long the changelog keeps records at least. */
  readonly retentionMs: number
  /** Whether the store has no cache, whatever the options say. Default false. */
  readonly isNeverCached?: boolean | undefined
}

/** The store of a table, ready to be decided. */
export interface TableStorePlan {
  readonly planner: Planner
  readonly materialization: Materialization
  /** The name, generated where none was given. */
  readonly storeName: string
  /** What is used where the options name no serde. */
  readonly key: TravellingSerde
  readonly value: TravellingSerde
  readonly site: string | null
  /** Of a table of windows. */
  readonly windows?: WindowsKept | undefined
}

/**
 * Decides the store of a table: with timestamps and a cache unless the options say otherwise (P§1.8). `sourceTopic`: it is restored from
 * there. Throws `SERDE_MISSING`, `STORE_OPTION` for a store of windows or sessions where there are none, `STORE_FORMAT` for sessions with
 * timestamps.
 */
export function decideTableStore(plan: TableStorePlan, sourceTopic?: string): StoreDefinition {
  const { planner, materialization, storeName, site, windows } = plan
  const { options, kind } = materialization
  const session = windows?.session
  const needed = windows === undefined ? 'key-value' : session === undefined ? 'window' : 'session'
  if (kind !== needed && (kind === 'window' || kind === 'session' || (kind === 'versioned' && needed !== 'key-value'))) {
    throw new TopologyError(
      'STORE_OPTION',
      `Cannot keep a table in store "${storeName}": it is a ${kind} store, required is a ${needed} store`,
      { store: storeName },
    )
  }
  if (session !== undefined && options.format === 'timestamped') throw untimedSessions(storeName)
  const action = `keep store "${storeName}"`
  return storeDefinition({
    name: storeName,
    kind: needed === 'key-value' ? kind : needed,
    format: options.format ?? (session === undefined && kind !== 'versioned' ? 'timestamped' : 'plain'),
    caching: windows?.isNeverCached !== true && (options.caching ?? true),
    key: requireSerde(plan.key, planner.defaultKeySerde, { side: 'key', action, site }),
    value: requireSerde(plan.value, planner.defaultValueSerde, { side: 'value', action, site }),
    options,
    sourceTopic,
    window: windows?.layout,
    versions: materialization.versions ?? undefined,
    session,
    changelogRetentionMs: windows?.retentionMs,
  })
}
