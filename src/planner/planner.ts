import type { Serde } from '../serdes/serde.ts'
import { StoreCatalog } from '../topology/store-catalog.ts'
import { LogicalGraph } from './logical-graph.ts'
import { NameCounter } from './name-counter.ts'

/** Names that were generated for what lives on the cluster or on disk (P§10.5). */
export interface GeneratedNames {
  readonly changelogs: string[]
  readonly stores: string[]
  readonly repartitionTopics: string[]
}

/** Default serdes, for stores, repartition topics and sinks. */
export interface DefaultSerdes {
  readonly key: Serde<unknown> | null
  readonly value: Serde<unknown> | null
}

/** What the calls on one `StreamsBuilder` and its streams have planned so far. The functions of this folder add to it. */
export class Planner {
  readonly graph: LogicalGraph = new LogicalGraph()
  readonly names: NameCounter = new NameCounter()
  readonly stores: StoreCatalog = new StoreCatalog()
  readonly generated: GeneratedNames = { changelogs: [], stores: [], repartitionTopics: [] }
  readonly defaultKeySerde: Serde<unknown> | null
  readonly defaultValueSerde: Serde<unknown> | null

  constructor(defaults: DefaultSerdes) {
    this.defaultKeySerde = defaults.key
    this.defaultValueSerde = defaults.value
  }
}
