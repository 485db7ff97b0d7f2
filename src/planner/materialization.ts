import { TopologyError } from '../base/errors.ts'
import type { Duration } from '../base/durations.ts'
import type { Serde, SerdeFor } from '../serdes/serde.ts'
import {
  askKeyValueStore,
  askSessionStore,
  askWindowStore,
  type DslStoreSuppliers,
  isDslStoreSuppliers,
  type OperatorSupplier,
} from '../state/dsl-store-suppliers.ts'
import type { StoreDefinition } from '../state/store-definition.ts'
import type { SessionLayout } from '../state/sessions/session-layout.ts'
import type { VersionLayout } from '../state/versioned/version-layout.ts'
import type { WindowLayout } from '../state/windows/window-layout.ts'
import {
  type AnySpecOptions,
  type SpecFor,
  type StoreFormat,
  type StoreKind,
  type StoreOptions,
  type StoreSupplier,
  untimedSessions,
} from '../state/store-spec.ts'
import { checkName } from '../topology/check-name.ts'
import { type AnyStoreSpec, specLayout, specSessionLayout, specVersions, storeDefinition } from '../topology/store-catalog.ts'
import { requireSerde, type TravellingSerde } from '../topology/travelling-serde.ts'
import type { Planner } from './planner.ts'
import { suppliedOptions, suppliedSessionLayout, suppliedWindowLayout } from './supplied-stores.ts'

/** The options of a table operator that make Java's `Materialized`. */
export interface MaterializedOptions extends StoreOptions<OperatorSupplier> {
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
  /** Who decides how the store is kept, when its name is known; `null`: the options do. */
  readonly suppliers: DslStoreSuppliers | null
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
  const suppliers = suppliersOf(planner, options)
  const given: StoreOptions = Object.fromEntries(
    storeOptionNames
      .filter((name) => options[name] !== undefined && !(name === 'supplier' && suppliers !== null))
      .map((name) => [name, options[name]]),
  )
  if (typeof store === 'object') {
    const claimed = planner.stores.claim(store as unknown as AnyStoreSpec)
    return {
      isPresent,
      name: store.name,
      kind: store.kind as StoreKind,
      key: serdeOf(options.key) ?? claimed.key,
      value: serdeOf(options.value) ?? claimed.value,
      options: { ...claimed, ...given },
      suppliers: null,
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
    options: versions === null && suppliers === null ? { ...defaultsOf(planner, given), ...given } : given,
    suppliers: versions === null ? suppliers : null,
    window: null,
    sessionRetentionMs: null,
    versions,
  }
}

/** Who decides how the store is kept, if somebody does. Throws `STORE_OPTION` where it is described or versioned. */
function suppliersOf(planner: Planner, { store, supplier, historyRetention }: MaterializedOptions): DslStoreSuppliers | null {
  if (!isDslStoreSuppliers(supplier))
    return supplier === undefined && isDslStoreSuppliers(planner.defaultSupplier) ? planner.defaultSupplier : null
  if (typeof store !== 'object' && historyRetention === undefined) return supplier
  const name = typeof store === 'object' ? store.name : store
  throw new TopologyError(
    'STORE_OPTION',
    `Cannot ask DslStoreSuppliers for ${name === undefined ? 'the store' : `store "${name}"`}: it is ${typeof store === 'object' ? 'described' : 'versioned'}, required is one or the other`,
    { store: name },
  )
}

/** In-memory stores of Java know no other format than that of the operator. */
function defaultsOf(planner: Planner, given: StoreOptions): StoreOptions {
  const { defaultFormat } = planner
  const { supplier = planner.defaultSupplier as StoreSupplier } = given
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
  /** When results are given. */
  readonly emitStrategy: 'on-window-update' | 'on-window-close'
  /** Whether the windows slide. Default false. */
  readonly isSliding?: boolean | undefined
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
  const { planner, materialization, storeName, site } = plan
  const { kind } = materialization
  const { options, windows } = supplied(plan)
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
  const isStamped = session === undefined && kind !== 'versioned'
  return storeDefinition({
    name: storeName,
    kind: needed === 'key-value' ? kind : needed,
    format: options.format ?? (isStamped ? 'timestamped' : 'plain'),
    cachesTimestamps: isStamped && options.format === 'plain',
    caching: windows?.isNeverCached !== true && (options.caching ?? true),
    key: requireSerde(plan.key, planner.defaultKeySerde, { side: 'key', action, site }),
    value: requireSerde(plan.value, planner.defaultValueSerde, { side: 'value', action, site }),
    options,
    sourceTopic,
    window: windows?.layout,
    isWrittenInTime: true,
    versions: materialization.versions ?? undefined,
    session,
    changelogRetentionMs: windows?.retentionMs,
  })
}

/** The options and the layout of the store, when those were asked that decide. */
function supplied(plan: TableStorePlan): { readonly options: StoreOptions; readonly windows: WindowsKept | undefined } {
  const { materialization, planner, storeName: name, windows } = plan
  const { options, suppliers } = materialization
  if (suppliers === null) return { options, windows }
  const formatOr = (usual: StoreFormat): StoreFormat => options.format ?? planner.defaultFormat ?? usual
  if (windows === undefined)
    return {
      options: suppliedOptions(options, askKeyValueStore(suppliers, { name, format: formatOr('timestamped') }), formatOr('timestamped')),
      windows,
    }
  const { layout, session, emitStrategy, isSliding = false } = windows
  if (session !== undefined) {
    const format = formatOr('plain')
    const answer = askSessionStore(suppliers, { name, retentionMs: session.retentionMs, emitStrategy, format })
    return { options: suppliedOptions(options, answer, format), windows: { ...windows, session: suppliedSessionLayout(session, answer) } }
  }
  const format = formatOr('timestamped')
  const { retentionMs, sizeMs: windowSizeMs } = layout!
  const asked = { name, retentionMs, windowSizeMs, retainDuplicates: false, emitStrategy, isSlidingWindow: isSliding, format }
  const answer = askWindowStore(suppliers, asked)
  const kept = suppliedOptions(options, answer, format)
  return { options: kept, windows: { ...windows, layout: suppliedWindowLayout(name, layout!, answer, kept.format) } }
}
