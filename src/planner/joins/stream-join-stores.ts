import { TopologyError } from '../../base/errors.ts'
import { type JoinWindows, joinWindowSize } from '../../model/join-windows.ts'
import { joinSideKeySerde, joinSideValueSerde } from '../../serdes/join-sides.ts'
import type { Serde } from '../../serdes/serde.ts'
import {
  askKeyValueStore,
  askWindowStore,
  type DslStoreSuppliers,
  isDslStoreSuppliers,
  type OperatorSupplier,
} from '../../state/dsl-store-suppliers.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import type { SpecFor, StoreOptions } from '../../state/store-spec.ts'
import { windowLayout } from '../../state/windows/window-layout.ts'
import { checkName } from '../../topology/check-name.ts'
import { type AnyStoreSpec, specLayout, storeDefinition } from '../../topology/store-catalog.ts'
import { requireSerde, type TravellingSerde } from '../../topology/travelling-serde.ts'
import type { Planner } from '../planner.ts'
import { noteGenerated } from '../store-names.ts'
import { suppliedOptions, suppliedWindowLayout } from '../supplied-stores.ts'

/** How the options of a join of streams name its stores: by a name that theirs begin with, or by descriptions. */
export type JoinStoreChoice = string | { readonly left: SpecFor<never, never, string>; readonly right: SpecFor<never, never, string> }

/** What the stores of a join are made of. */
export interface JoinStoresPlan {
  readonly planner: Planner
  readonly windows: JoinWindows
  readonly choice: JoinStoreChoice | undefined
  /** Of the stores that no description says more of. */
  readonly options: Pick<StoreOptions<OperatorSupplier>, 'logging' | 'supplier' | 'engine'>
  readonly key: TravellingSerde
  readonly leftValue: TravellingSerde
  readonly rightValue: TravellingSerde
  readonly site: string | null
  /** How the names of stores end, and how they begin where none is given. */
  readonly names: JoinStoreNames
}

/** Names for the stores of a join (P§2.9). */
export interface JoinStoreNames {
  readonly left: { readonly suffix: string; readonly generated: string }
  readonly right: { readonly suffix: string; readonly generated: string }
  /** What left and outer joins have besides; `null`: nothing. */
  readonly shared: { readonly suffix: string; readonly generated: string } | null
}

/** The stores of a join of streams. */
export interface JoinStores {
  readonly left: StoreDefinition
  readonly right: StoreDefinition
  readonly shared: StoreDefinition | null
}

/**
 * Decides the stores of a join. Throws `TopologyError` `STORE_OPTION` for a described store that does not fit the windows, `STORE_NAME_TAKEN`
 * for two of the same name, `SERDE_MISSING`.
 */
export function decideJoinStores(plan: JoinStoresPlan): JoinStores {
  const { choice, names, planner } = plan
  const base = typeof choice === 'string' ? choice : undefined
  if (base !== undefined) checkName(base, 'a store')
  const specs = typeof choice === 'object' ? choice : undefined
  if (specs !== undefined && specs.left.name === specs.right.name) {
    throw new TopologyError('STORE_NAME_TAKEN', `Cannot join: both stores are named "${specs.left.name}", names must be unique`, {
      store: specs.left.name,
    })
  }
  const nameOf = ({ suffix, generated }: { suffix: string; generated: string }): string => (base === undefined ? generated : base + suffix)
  const left = windowStoreOf(plan, { name: `${nameOf(names.left)}-store`, spec: specs?.left, value: plan.leftValue })
  const right = windowStoreOf(plan, { name: `${nameOf(names.right)}-store`, spec: specs?.right, value: plan.rightValue })
  const sharedName = names.shared === null ? null : specs === undefined ? nameOf(names.shared) : `${specs.left.name}${names.shared.suffix}`
  const shared = sharedName === null ? null : sharedStoreOf(plan, `${sharedName}-store`, { left, right })
  for (const store of [left, right, shared]) {
    if (store === null || base !== undefined) continue
    // As in Java those of given stores count, too.
    noteGenerated(planner, store.name, store.changelog !== null)
  }
  return { left, right, shared }
}

interface SideStore {
  readonly name: string
  readonly spec: SpecFor<never, never, string> | undefined
  readonly value: TravellingSerde
}

function windowStoreOf(plan: JoinStoresPlan, { name, spec, value }: SideStore): StoreDefinition {
  const { windows, planner } = plan
  if (spec !== undefined) return describedStoreOf(plan, spec, value)
  const sizeMs = joinWindowSize(windows)
  const usual = windowLayout({ sizeMs, retentionMs: sizeMs + windows.graceMs, isExact: false, retainsDuplicates: true })
  const chosen = plan.options.supplier ?? planner.defaultSupplier
  const answer = isDslStoreSuppliers(chosen)
    ? askWindowStore(chosen, {
        name,
        retentionMs: usual.retentionMs,
        windowSizeMs: sizeMs,
        retainDuplicates: true,
        emitStrategy: 'on-window-update',
        isSlidingWindow: false,
        format: planner.defaultFormat ?? 'plain',
      })
    : { supplier: chosen }
  const { logging, engine } = plan.options
  return storeDefinition({
    name,
    kind: 'window',
    format: answer.format ?? 'plain',
    caching: false,
    ...serdesOf(plan, name, value),
    // Compaction would look for older values of keys that are all different.
    options: { engine, supplier: answer.supplier, logging: logging === false ? false : { ...logging, cleanupPolicy: 'delete' } },
    window: suppliedWindowLayout(name, usual, answer, answer.format),
    isWrittenInTime: true,
    // As in Java it keeps records for as long as the windows need, whatever the store does.
    changelogRetentionMs: usual.retentionMs,
    changelogHeaders: true,
  })
}

function describedStoreOf(plan: JoinStoresPlan, spec: SpecFor<never, never, string>, value: TravellingSerde): StoreDefinition {
  const { planner, windows } = plan
  const { name, kind } = spec
  if (kind !== 'window') throw notFitting(name, `it is a ${kind} store, required is a window store`)
  const claimed = planner.stores.claim(spec as unknown as AnyStoreSpec)
  const window = specLayout(claimed)
  const sizeMs = joinWindowSize(windows)
  const retentionMs = sizeMs + windows.graceMs
  if (!window.retainsDuplicates) throw notFitting(name, 'it keeps one value for each key and time, required is retainDuplicates: true')
  if (window.sizeMs !== sizeMs || window.retentionMs !== retentionMs) {
    throw notFitting(
      name,
      `its windowSize is ${window.sizeMs} ms and its retention ${window.retentionMs} ms, required are those of the windows, ${sizeMs} ms and ${retentionMs} ms`,
    )
  }
  return storeDefinition({
    name,
    kind: 'window',
    format: claimed.format ?? 'plain',
    caching: false,
    key: claimed.key ?? serdesOf(plan, name, value).key,
    value: claimed.value ?? serdesOf(plan, name, value).value,
    // Java's builder has no default of its own for these.
    options: { ...claimed, logging: claimed.logging ?? {} },
    window,
    isWrittenInTime: true,
    changelogHeaders: true,
  })
}

/** What left and outer joins keep of both sides until it is known that nothing joins. */
function sharedStoreOf(plan: JoinStoresPlan, name: string, { left, right }: Pick<JoinStores, 'left' | 'right'>): StoreDefinition {
  const { logging, engine } = plan.options
  const options = { logging, engine, supplier: sharedSupplierOf(plan, name, left) }
  return storeDefinition({
    name,
    kind: 'list',
    format: 'plain',
    caching: false,
    key: joinSideKeySerde(left.key) as Serde<unknown>,
    value: joinSideValueSerde(left.value, right.value) as Serde<unknown>,
    options,
  })
}

/** An object that was given is asked; the one of the application only where no store is described. */
function sharedSupplierOf({ options, planner, choice }: JoinStoresPlan, name: string, left: StoreDefinition): StoreOptions['supplier'] {
  const ask = (suppliers: DslStoreSuppliers): StoreOptions['supplier'] => {
    const answer = askKeyValueStore(suppliers, { name, format: 'plain' })
    return suppliedOptions({}, answer, 'plain').supplier
  }
  if (isDslStoreSuppliers(options.supplier)) return ask(options.supplier)
  if (options.supplier !== undefined) return options.supplier
  return isDslStoreSuppliers(planner.defaultSupplier) && typeof choice !== 'object' ? ask(planner.defaultSupplier) : left.supplier
}

function serdesOf(
  { planner, key, site }: JoinStoresPlan,
  store: string,
  value: TravellingSerde,
): { key: Serde<unknown>; value: Serde<unknown> } {
  const action = `keep store "${store}"`
  return {
    key: requireSerde(key, planner.defaultKeySerde, { side: 'key', action, site }),
    value: requireSerde(value, planner.defaultValueSerde, { side: 'value', action, site }),
  }
}

function notFitting(store: string, problem: string): TopologyError {
  return new TopologyError('STORE_OPTION', `Cannot keep the records of a join in store "${store}": ${problem}`, { store })
}
