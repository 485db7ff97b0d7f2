import { TopologyError } from '../base/errors.ts'
import type { Duration } from '../base/durations.ts'
import type { Serde, SerdeFor } from '../serdes/serde.ts'
import type { StoreDefinition } from '../state/store-definition.ts'
import type { WindowLayout } from '../state/windows/window-layout.ts'
import type { SpecFor, StoreKind, StoreOptions } from '../state/store-spec.ts'
import { checkName } from '../topology/check-name.ts'
import { type AnyStoreSpec, specLayout, storeDefinition } from '../topology/store-catalog.ts'
import { requireSerde, type TravellingSerde } from '../topology/travelling-serde.ts'
import type { Planner } from './planner.ts'

/** The options of a table operator that make Java's `Materialized`. */
export interface MaterializedOptions extends StoreOptions {
  /** Of windows. */
  readonly retention?: Duration | undefined
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
}

const optionNames = ['store', 'key', 'value', 'caching', 'logging', 'retention', 'supplier', 'engine', 'format'] as const
const storeOptionNames = ['caching', 'logging', 'supplier', 'engine', 'format'] as const

/** Reads the options of a table operator. Throws `NAME_INVALID` for the name of a store, `STORE_FORMAT` for a description that a processor owns. */
export function readMaterialized(planner: Planner, options: MaterializedOptions = {}): Materialization {
  const { store } = options
  const isPresent = optionNames.some((name) => options[name] !== undefined)
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
    }
  }
  if (store !== undefined) checkName(store, 'a store')
  return {
    isPresent,
    name: store ?? null,
    kind: 'key-value',
    key: serdeOf(options.key),
    value: serdeOf(options.value),
    options: given,
    window: null,
  }
}

/** Options whose value type is known take serdes that accept more; at run time all are whole serdes. */
export function serdeOf(given: SerdeFor<never> | undefined): Serde<unknown> | undefined {
  return given as unknown as Serde<unknown> | undefined
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
  readonly window?: WindowLayout | undefined
  readonly changelogRetentionMs?: number | undefined
}

/**
 * Decides the store of a table: with timestamps and a cache unless the options say otherwise (P§1.8). `sourceTopic`: it is restored from
 * there. Throws `SERDE_MISSING`, `STORE_OPTION` for a window store where there are no windows.
 */
export function decideTableStore(plan: TableStorePlan, sourceTopic?: string): StoreDefinition {
  const { planner, materialization, storeName, site } = plan
  const { options, kind } = materialization
  if (kind === 'window' && plan.window === undefined) {
    throw new TopologyError(
      'STORE_OPTION',
      `Cannot keep a table in store "${storeName}": it is a window store, required is a key-value store`,
      { store: storeName },
    )
  }
  const action = `keep store "${storeName}"`
  return storeDefinition({
    name: storeName,
    kind: plan.window === undefined ? kind : 'window',
    format: options.format ?? 'timestamped',
    caching: options.caching ?? true,
    key: requireSerde(plan.key, planner.defaultKeySerde, { side: 'key', action, site }),
    value: requireSerde(plan.value, planner.defaultValueSerde, { side: 'value', action, site }),
    options,
    sourceTopic,
    window: plan.window,
    changelogRetentionMs: plan.changelogRetentionMs,
  })
}
