import { TopologyError } from '../base/errors.ts'
import type { StoreMap } from '../processor/processor.ts'
import type { StoreOpeners } from '../processor/user-processor.ts'
import type { StoreDefinition } from '../state/store-definition.ts'
import { tableFace } from '../state/key-values/table-face.ts'
import type { StoreHandle } from '../state/store-handle.ts'
import type { StoreKind } from '../state/store-spec.ts'
import type { AnyStoreSpec, StoreCatalog } from './store-catalog.ts'

/** A table as a handle of its store: the tables of the DSL implement it. */
export interface StoreKeeper {
  /** The name of the store, `null` while there is none. */
  readonly storeName: string | null
  /** What its store shows by itself; its handle shows values alone. Default: that. */
  readonly storeKind?: StoreKind | undefined
  /** Every processor reads it without being connected. Default false. */
  readonly isGlobal?: boolean | undefined
  /** Makes the store if there is none yet and there can be one. */
  keepStore(): void
}

/** The stores of one processor. */
export interface ProcessorStores {
  /** How the processor finds them when its task opens. */
  readonly openers: StoreOpeners
  /** Those that the processor owns. */
  readonly owned: readonly StoreDefinition[]
  /** Names of those that others own. */
  readonly connected: readonly string[]
}

/** Reads the option `stores` of processor `name`. `keeperOf` knows the handles that are no descriptions. Throws `STORE_FORMAT`, `STORE_MISSING`. */
export function processorStores(
  name: string,
  stores: StoreMap | undefined,
  catalog: StoreCatalog,
  keeperOf: (handle: StoreHandle<unknown>) => StoreKeeper | null = () => null,
): ProcessorStores {
  const openers: Record<string, StoreOpeners[string]> = {}
  const owned: StoreDefinition[] = []
  const connected: string[] = []
  for (const [alias, handle] of Object.entries(stores ?? {})) {
    const keeper = keeperOf(handle)
    keeper?.keepStore()
    const storeName = keeper === null ? ownedStore(handle as AnyStoreSpec, catalog, owned) : keeper.storeName
    if (storeName === null) {
      throw new TopologyError(
        'STORE_MISSING',
        `Cannot use table "${alias}" as a store of processor "${name}": it keeps none, required is its option "store"`,
        { processor: name },
      )
    }
    if (keeper !== null && keeper.isGlobal !== true) connected.push(storeName)
    openers[alias] = keeper === null ? (node) => node.store(storeName) : tableOpener(keeper, storeName)
  }
  return { openers, owned, connected }
}

function tableOpener(keeper: StoreKeeper, storeName: string): StoreOpeners[string] {
  return (node) => tableFace(keeper.storeKind, node.store(storeName), () => node.recordContext.timestamp)
}

function ownedStore(spec: AnyStoreSpec, catalog: StoreCatalog, owned: StoreDefinition[]): string {
  if (!catalog.isGlobal(spec)) owned.push(catalog.owned(spec))
  return spec.name
}
