import type { Serde } from '../serdes/serde.ts'
import type { DslStoreSuppliers } from '../state/dsl-store-suppliers.ts'
import type { StoreSupplier } from '../state/store-spec.ts'
import { StoreCatalog } from '../topology/store-catalog.ts'
import { LogicalGraph } from './logical-graph.ts'
import { NameCounter } from './name-counter.ts'
import type { RepartitionLogicalNode } from './nodes/repartition-node.ts'

/** What `GeneratedNames` of the topology are made of. */
export interface GrowingNames {
  readonly changelogs: string[]
  readonly stores: string[]
  readonly repartitionTopics: string[]
}

/** Default serdes, for stores, repartition topics and sinks, and what stores are kept by. */
export interface DefaultSerdes {
  readonly key: Serde<unknown> | null
  readonly value: Serde<unknown> | null
  /** The supplier of stores that are not described. Default: `persistent`. */
  readonly supplier?: StoreSupplier | DslStoreSuppliers | undefined
  /** The format of stores that are not described. Default: that of the operator. */
  readonly format?: 'headers' | undefined
}

/** What the calls on one `StreamsBuilder` and its streams have planned so far. The functions of this folder add to it. */
export class Planner {
  readonly graph: LogicalGraph = new LogicalGraph()
  readonly names: NameCounter = new NameCounter()
  readonly stores: StoreCatalog = new StoreCatalog()
  readonly generated: GrowingNames = { changelogs: [], stores: [], repartitionTopics: [] }
  /** Names of sources whose topics must have equally many partitions: a set for each join and cogroup. */
  readonly copartitioned: ReadonlySet<string>[] = []
  /** The repartition topic that the unnamed joins of one stream share, by stream (P§2.1). */
  readonly joinRepartitions: Map<object, RepartitionLogicalNode> = new Map()
  readonly defaultKeySerde: Serde<unknown> | null
  readonly defaultValueSerde: Serde<unknown> | null
  readonly defaultSupplier: StoreSupplier | DslStoreSuppliers
  readonly defaultFormat: 'headers' | undefined

  constructor(defaults: DefaultSerdes) {
    this.defaultKeySerde = defaults.key
    this.defaultValueSerde = defaults.value
    this.defaultSupplier = defaults.supplier ?? 'persistent'
    this.defaultFormat = defaults.format
  }
}
