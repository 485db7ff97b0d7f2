import type { Duration } from '../base/durations.ts'
import { TopologyError } from '../base/errors.ts'
import { isLru, type LruSupplier, type StoreFormat, type StoreSupplier, type WindowOrder } from './store-spec.ts'

/** What a key-value store of an operator is for (Java's `DslKeyValueParams`). */
export interface DslKeyValueParams {
  /** Given, or generated. */
  readonly name: string
  /** What the operator would take: `timestamped`, of what waits in a join of streams `plain`; `headers` where `dslStoreFormat` says so. */
  readonly format: StoreFormat
}

/** What a session store of an operator is for (Java's `DslSessionParams`). */
export interface DslSessionParams {
  readonly name: string
  readonly retentionMs: number
  /** When the operator gives its results. */
  readonly emitStrategy: 'on-window-update' | 'on-window-close'
  /** `plain`, or `headers` where `dslStoreFormat` says so. */
  readonly format: StoreFormat
}

/** What a window store of an operator is for (Java's `DslWindowParams`). */
export interface DslWindowParams extends DslSessionParams {
  /** Of sliding windows their time difference. */
  readonly windowSizeMs: number
  /** Of joins of streams true: a key may have several records at one time. */
  readonly retainDuplicates: boolean
  readonly isSlidingWindow: boolean
}

/** How a key-value store is kept. `format`: of persistent stores; default that of the parameters. */
export type DslKeyValueSupply =
  | StoreSupplier
  | LruSupplier
  | { readonly supplier: StoreSupplier | LruSupplier; readonly format?: StoreFormat | undefined }

/** How a session store is kept. `retention`: default that of the parameters. */
export type DslSessionSupply =
  | StoreSupplier
  | { readonly supplier: StoreSupplier; readonly format?: 'plain' | 'headers' | undefined; readonly retention?: Duration | undefined }

/**
 * How a window store is kept. `retention`: default that of the parameters, and not less than the size of the windows. `order`: default `key`, or
 * where results come on window close the one in which Java looks for them by time.
 */
export type DslWindowSupply =
  | StoreSupplier
  | {
      readonly supplier: StoreSupplier
      readonly format?: StoreFormat | undefined
      readonly retention?: Duration | undefined
      readonly order?: WindowOrder | undefined
    }

/**
 * Decides how the stores of operators are kept that nothing describes: Java's `DslStoreSuppliers` (KIP-591, KIP-954). One for the application
 * in `new StreamsBuilder({ dslStoreSuppliers })`, or for an operator in its option `supplier`. The functions are called while the topology is
 * built, maybe several times for a store, and must give the same for the same parameters.
 *
 * ```ts
 * const suppliers: DslStoreSuppliers = {
 *   keyValueStore: ({ name }) => (name.endsWith('-recent') ? { lru: 10_000 } : 'persistent'),
 *   windowStore: ({ retentionMs }) => ({ supplier: 'in-memory', retention: 2 * retentionMs }),
 *   sessionStore: () => 'in-memory',
 * }
 * ```
 */
export interface DslStoreSuppliers {
  keyValueStore(params: DslKeyValueParams): DslKeyValueSupply
  windowStore(params: DslWindowParams): DslWindowSupply
  sessionStore(params: DslSessionParams): DslSessionSupply
}

/** What an option `supplier` of an operator takes. */
export type OperatorSupplier = StoreSupplier | LruSupplier | DslStoreSuppliers

const methods = ['keyValueStore', 'windowStore', 'sessionStore'] as const
const known: Readonly<Record<(typeof methods)[number], readonly string[]>> = {
  keyValueStore: ['supplier', 'format'],
  windowStore: ['supplier', 'format', 'retention', 'order'],
  sessionStore: ['supplier', 'format', 'retention'],
}

/** Whether `given` decides for each store by itself. */
export function isDslStoreSuppliers(given: unknown): given is DslStoreSuppliers {
  return (
    typeof given === 'object' && given !== null && methods.every((method) => typeof (given as DslStoreSuppliers)[method] === 'function')
  )
}

/** What was answered, as options. */
export interface DslStoreOptions {
  readonly supplier: StoreSupplier | LruSupplier
  readonly format?: StoreFormat | undefined
  readonly retention?: Duration | undefined
  readonly order?: WindowOrder | undefined
}

/** Asks for a key-value store. Throws `TopologyError` `STORE_OPTION` for an answer that is none. */
export function askKeyValueStore(suppliers: DslStoreSuppliers, params: DslKeyValueParams): DslStoreOptions {
  return optionsOf('keyValueStore', params.name, suppliers.keyValueStore(Object.freeze(params)))
}

/** Asks for a window store. Throws as `askKeyValueStore`. */
export function askWindowStore(suppliers: DslStoreSuppliers, params: DslWindowParams): DslStoreOptions {
  return optionsOf('windowStore', params.name, suppliers.windowStore(Object.freeze(params)))
}

/** Asks for a session store. Throws as `askKeyValueStore`. */
export function askSessionStore(suppliers: DslStoreSuppliers, params: DslSessionParams): DslStoreOptions {
  return optionsOf('sessionStore', params.name, suppliers.sessionStore(Object.freeze(params)))
}

function optionsOf(method: (typeof methods)[number], name: string, given: unknown): DslStoreOptions {
  const options = (isLru(given) || typeof given === 'string' ? { supplier: given } : (given ?? {})) as DslStoreOptions
  const unknown = typeof options === 'object' ? Object.keys(options).filter((option) => !known[method].includes(option)) : []
  const { supplier } = options
  const isKnown = supplier === 'persistent' || supplier === 'in-memory' || (method === 'keyValueStore' && isLru(supplier))
  if (isKnown && unknown.length === 0) return options
  const found = unknown.length > 0 ? `the unknown option "${unknown[0]}"` : `the supplier ${JSON.stringify(supplier) ?? 'undefined'}`
  throw new TopologyError(
    'STORE_OPTION',
    `Cannot make store "${name}": ${method}() of its DslStoreSuppliers gave ${found}, required is "persistent" or "in-memory"${
      method === 'keyValueStore' ? ' or { lru }' : ''
    }, by itself or in an object with ${known[method].map((option) => `"${option}"`).join(', ')}`,
    { store: name },
  )
}
