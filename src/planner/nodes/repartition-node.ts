import { failOnInvalidTimestamp } from '../../model/timestamp-extractor.ts'
import { filterOperator } from '../../operators/filter-operator.ts'
import type { Serde } from '../../serdes/serde.ts'
import type { SinkNode } from '../../topology/physical-topology.ts'
import type { TopologyBuilder } from '../../topology/topology-builder.ts'
import type { LogicalNodeBase } from './logical-node-base.ts'

/** A repartition topic of a stream: null-key filter, sink and source (P§2.1). `name` is that of the source. */
export interface RepartitionLogicalNode extends LogicalNodeBase {
  readonly kind: 'repartition'
  /** Without the application id. */
  readonly topic: string
  readonly filterName: string
  readonly sinkName: string
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
  readonly partitioner: SinkNode['partitioner']
  readonly partitions: number | null
  /** Whether `merge.repartition.topics` may replace it: not what `repartition()` asked for. */
  readonly isOptimizable: boolean
}

/** Makes a repartition node. */
export function repartitionNode(parts: Omit<RepartitionLogicalNode, 'kind'>): RepartitionLogicalNode {
  return Object.freeze({ ...parts, kind: 'repartition' })
}

/** Where a repartition topic is written to. */
export interface RepartitionPlace {
  readonly parents: readonly string[]
  /** Whether an operator downstream can use records without a key: a left or outer join (KIP-962). */
  readonly keepsNullKeys: boolean
}

/** Adds filter, sink, topic and source. Records without a key are dropped here where no operator downstream can use them (P§1.7.4). */
export function writeRepartition(node: RepartitionLogicalNode, place: RepartitionPlace, builder: TopologyBuilder): void {
  const { site, key, value } = node
  const { parents, keepsNullKeys } = place
  const topic = { name: node.topic, internal: true }
  builder.addInternalTopic(node.topic, node.partitions)
  builder.addProcessor({
    name: node.filterName,
    site,
    parents,
    factory: filterOperator((recordKey) => keepsNullKeys || recordKey !== null),
  })
  builder.addSink({ name: node.sinkName, site, parents: [node.filterName], topic, key, value, partitioner: node.partitioner })
  builder.addSource({
    name: node.name,
    site,
    topics: [topic],
    pattern: null,
    key,
    value,
    timestampExtractor: failOnInvalidTimestamp,
    offsetReset: null,
    absent: null,
  })
}
