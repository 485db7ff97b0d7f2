import type { StoreDefinition } from '../state/store-definition.ts'
import type { ProcessorNode, SinkNode, SourceNode } from './physical-topology.ts'

/** A source while the topology is being built. */
export type SourceDraft = Omit<SourceNode, 'children'>
/** A processor while the topology is being built: its list of stores grows. */
export interface ProcessorDraft extends Omit<ProcessorNode, 'children' | 'stores'> {
  readonly stores: string[]
}
/** A sink while the topology is being built. */
export type SinkDraft = SinkNode
/** A node while the topology is being built. */
export type NodeDraft = SourceDraft | ProcessorDraft | SinkDraft

/** A global store while the topology is being built: the names of its nodes, and what it is restored by. */
export interface GlobalStoreDraft {
  readonly store: StoreDefinition
  readonly source: string
  readonly processor: string
  readonly reprocesses: boolean
}

/** All that `TopologyBuilder` has collected. Maps are in the order of adding. */
export interface TopologyDraft {
  readonly nodes: ReadonlyMap<string, NodeDraft>
  /** All but global ones. */
  readonly stores: ReadonlyMap<string, StoreDefinition>
  readonly globalStores: ReadonlyMap<string, GlobalStoreDraft>
  /** Repartition topics, with the number of partitions that the user asked for. */
  readonly internalTopics: ReadonlyMap<string, number | null>
  /** Names of sources whose topics must have equally many partitions. */
  readonly copartitioned: readonly ReadonlySet<string>[]
  /** A name that stands for the group of nodes to which a node belongs. */
  readonly groupOf: (node: string) => string
}

/** The names of the topics of a source; none for a pattern. */
export function sourceTopicsOf(source: SourceDraft): string[] {
  return source.topics.map(({ name }) => name)
}
