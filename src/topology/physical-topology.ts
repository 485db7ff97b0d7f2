import type { TimestampExtractor } from '../model/timestamp-extractor.ts'
import type { Partitioner } from '../model/partitioner.ts'
import type { ProcessorFactory } from '../processor/node-context.ts'
import type { RecordHeaders } from '../record/record-headers.ts'
import type { Deserializer, Serializer } from '../serdes/serde.ts'
import type { StoreDefinition } from '../state/store-definition.ts'

/** A topic as the graph knows it. The full name of an internal one is `<applicationId>-<name>` (P§10.2). */
export interface TopicRef {
  readonly name: string
  readonly internal: boolean
}

/** What a source does when the consumer has no valid position (P§1.3); `byDuration` in milliseconds. */
export type OffsetReset = 'earliest' | 'latest' | 'none' | { readonly byDuration: number }

/** Chooses the topic of each record of a sink (P§1.5). The record context is that of the record being written. */
// oxlint-disable-next-line typescript/no-explicit-any -- the graph is untyped: types end at the DSL
export type TopicChooser = (key: any, value: any, record: TopicChooserContext) => string

/** What a `TopicChooser` sees of the record beside key and value. */
export interface TopicChooserContext {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly headers: RecordHeaders
}

/** What all nodes have. */
interface GraphNode {
  readonly name: string
  /** `file:line` of the call that made the node, when it is known. */
  readonly site: string | null
}

/** Reads topics. `topics` is empty when `pattern` is set. */
export interface SourceNode extends GraphNode {
  readonly kind: 'source'
  readonly topics: readonly TopicRef[]
  /** A regular expression that a topic name must match as a whole. */
  readonly pattern: RegExp | null
  /** `null`: bytes, absent ones stay `null`. */
  readonly key: Deserializer<unknown> | null
  readonly value: Deserializer<unknown> | null
  /** `null`: the application's default. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the graph is untyped: types end at the DSL
  readonly timestampExtractor: TimestampExtractor<any, any> | null
  /** `null`: the application's default. */
  readonly offsetReset: OffsetReset | null
  /**
   * What to do with an absent key or value that its serde does not allow (design 7, Null 1): only user stream sources check, `null` for
   * tables, and repartition topics. `fail-value`: of the values alone, for topics whose values are never absent: changes, subscriptions.
   */
  readonly absent: 'fail' | 'drop' | 'fail-value' | null
  /** Names of the nodes that get its records, in the order in which they were added. */
  readonly children: readonly string[]
}

/** Runs a processor. */
export interface ProcessorNode extends GraphNode {
  readonly kind: 'processor'
  readonly parents: readonly string[]
  readonly children: readonly string[]
  /** Names of the connected stores, in the order in which they were connected. */
  readonly stores: readonly string[]
  readonly factory: ProcessorFactory
}

/** Writes to a topic. */
export interface SinkNode extends GraphNode {
  readonly kind: 'sink'
  readonly parents: readonly string[]
  readonly topic: TopicRef | TopicChooser
  /** `null`: the values are bytes already. */
  readonly key: Serializer<unknown> | null
  readonly value: Serializer<unknown> | null
  /** `null`: murmur2 of the key bytes. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the graph is untyped: types end at the DSL
  readonly partitioner: Partitioner<any, any> | null
  /** Whether keys in windows are partitioned by what they are without them, where there is no partitioner: only `to` of the DSL does that. */
  readonly ignoresWindows?: boolean | undefined
}

/** A node of the physical topology. */
export type TopologyGraphNode = SourceNode | ProcessorNode | SinkNode

/** A topic that the application creates for itself (P§6.8, 10.2). */
export interface InternalTopic {
  /** Without the application id. For a changelog that is a source topic: that topic's name, and `internal` is false. */
  readonly topic: TopicRef
  readonly kind: 'repartition' | 'changelog' | 'windowed-changelog' | 'versioned-changelog'
  /** The number of partitions that the user asked for; `null`: derived from the inputs. Always `null` for changelogs. */
  readonly partitions: number | null
  /** The store of a changelog. */
  readonly store: string | null
  /** Retention or history retention of the store, `null` where it has none. */
  readonly retentionMs: number | null
  /** What the user set for this topic, with Kafka's dotted names. */
  readonly configs: Readonly<Record<string, string>>
}

/** A group of nodes that one task runs together. */
export interface SubTopology {
  readonly id: number
  /** All nodes in the order in which they were added: parents before children. */
  readonly nodes: readonly TopologyGraphNode[]
  readonly sources: readonly SourceNode[]
  readonly processors: readonly ProcessorNode[]
  readonly sinks: readonly SinkNode[]
  /** In topological order: the order in which caches are flushed. */
  readonly stores: readonly StoreDefinition[]
  /** Topics read here that must have equally many partitions, as groups. */
  readonly copartitionGroups: readonly (readonly TopicRef[])[]
  /** Names of sources whose topics must have equally many partitions, as groups, where one of them has a pattern: its topics are not known here. */
  readonly copartitionedPatterns: readonly (readonly string[])[]
  /**
   * Topics read here whose records reach different processors of one store: their partition counts must be equal, which is checked when
   * tasks are assigned (design 8; Java does not check). Not sent to the group coordinator.
   */
  readonly sharedStoreTopics: readonly (readonly TopicRef[])[]
  /** Repartition topics read here. */
  readonly repartitionTopics: readonly InternalTopic[]
  /** Static topics written here, internal ones included. */
  readonly sinkTopics: readonly TopicRef[]
  /** Changelogs of the stores; a source topic that serves as one included. */
  readonly changelogs: readonly InternalTopic[]
}

/**
 * A store that every instance has whole, and that every processor may read (P§7.10): the topic that feeds it, and the processor that
 * keeps it.
 */
export interface GlobalStore {
  /** Its place among the sub-topologies. It has no tasks. */
  readonly id: number
  /** Reads one topic. */
  readonly source: SourceNode
  readonly processor: ProcessorNode
  /** Its changelog is the topic. */
  readonly store: StoreDefinition
  /** Whether it is restored by running the records of the topic through the processor; else their bytes are its rows. */
  readonly reprocesses: boolean
}

/** A topology, checked and cut into sub-topologies: what the runtime opens tasks from. Frozen plain data; opening it has no side effects on it. */
export interface PhysicalTopology {
  /** Names that the DSL generated for what lives on the cluster or on disk; absent: it was not asked. */
  readonly generatedNames?: GeneratedNames | undefined
  /** By id. Ids of global stores are left out. */
  readonly subtopologies: readonly SubTopology[]
  /** By id. */
  readonly globalStores: readonly GlobalStore[]
}

/** Names that were generated for what lives on the cluster or on disk (P§10.5). They change with the topology. */
export interface GeneratedNames {
  readonly changelogs: readonly string[]
  readonly stores: readonly string[]
  readonly repartitionTopics: readonly string[]
}

/** The name of a topic on the cluster. */
export function fullTopicName(topic: TopicRef, applicationId: string): string {
  return topic.internal ? `${applicationId}-${topic.name}` : topic.name
}
