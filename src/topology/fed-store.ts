import { TopologyError } from '../base/errors.ts'
import type { ProcessorSupplier, StoreMap } from '../processor/processor.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import { userProcessor } from '../processor/user-processor.ts'
import type { StoreDefinition } from '../state/store-definition.ts'
import type { StoreHandle } from '../state/store-handle.ts'
import type { ReadableTopic } from '../serdes/topic.ts'
import type { Consumed } from './options/consumed.ts'
import type { SourceNode } from './physical-topology.ts'
import { sourceParts } from './source-spec.ts'
import type { AnyStoreSpec, StoreCatalog } from './store-catalog.ts'

/** A store that a processor of its own keeps from one topic, global or of tasks, as it was asked for. */
export interface FedStoreCall {
  readonly topic: ReadableTopic<unknown, unknown> | string
  // oxlint-disable-next-line typescript/no-explicit-any -- suppliers of any type fit: types end at the DSL
  readonly supplier: ProcessorSupplier<any, any, any, any, any>
  // oxlint-disable-next-line typescript/no-explicit-any -- extractors of any type fit: types end at the DSL
  readonly options: Consumed<any, any> & { readonly stores: StoreMap }
  /** For the message, e.g. `add a global store`. */
  readonly action: string
  readonly isGlobal: boolean
}

/** Topic, store and processor of such a store. */
export interface FedStore {
  readonly topic: string
  readonly reading: Pick<SourceNode, 'key' | 'value' | 'timestampExtractor' | 'offsetReset'>
  readonly store: StoreDefinition
  readonly factory: ProcessorFactory
}

/** Reads the call. Throws `TopologyError` `STORE_COUNT` unless it names one store, `STORE_FORMAT` for one that is in use. */
export function fedStore(catalog: StoreCatalog, { topic, supplier, options, action, isGlobal }: FedStoreCall): FedStore {
  if (typeof supplier !== 'function') throw new TypeError(`Cannot ${action}: the supplier of its processor is no function`)
  const { topics, reading } = sourceParts(topic, options)
  const [name] = topics
  if (name === undefined || topics.length > 1) throw new TypeError(`Cannot ${action}: one topic is required`)
  const stores = Object.entries((options.stores as StoreMap | undefined) ?? {})
  const [only] = stores
  if (only === undefined || stores.length > 1) {
    throw new TopologyError('STORE_COUNT', `Cannot ${action}: its option "stores" names ${stores.length} stores, exactly one is required`)
  }
  const [alias, handle] = only
  const store = catalog.fedFrom(name, specOf(handle, action), isGlobal)
  return { topic: name, reading, store, factory: userProcessor(supplier, { [alias]: (node) => node.store(store.name) }) }
}

function specOf(handle: StoreHandle<unknown>, action: string): AnyStoreSpec {
  const { kind } = handle as { readonly kind?: unknown }
  if (typeof kind !== 'string') throw new TypeError(`Cannot ${action}: its store must be a description, as keyValueStore makes one`)
  return handle as unknown as AnyStoreSpec
}
