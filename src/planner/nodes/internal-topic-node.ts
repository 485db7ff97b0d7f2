import type { Serde } from '../../serdes/serde.ts'
import type { SinkNode, SourceNode } from '../../topology/physical-topology.ts'
import type { TopologyBuilder } from '../../topology/topology-builder.ts'
import type { LogicalNodeBase } from './logical-node-base.ts'

/** An internal topic that is written and read without a filter: of a grouped table, of a foreign-key join (P§2.5, 2.10). `name` is that of the source. */
export interface InternalTopicLogicalNode extends LogicalNodeBase {
  readonly kind: 'internal-topic'
  /** Without the application id. */
  readonly topic: string
  readonly sinkName: string
  readonly key: Serde<unknown>
  readonly value: Serde<unknown>
  readonly partitioner: SinkNode['partitioner']
  readonly timestampExtractor: SourceNode['timestampExtractor']
}

/** Makes the node of an internal topic. */
export function internalTopicNode(parts: Omit<InternalTopicLogicalNode, 'kind'>): InternalTopicLogicalNode {
  return Object.freeze({ ...parts, kind: 'internal-topic' })
}

/** Adds sink, topic and source. */
export function writeInternalTopic(node: InternalTopicLogicalNode, parents: readonly string[], builder: TopologyBuilder): void {
  const { site, key, value, partitioner, timestampExtractor } = node
  const topic = { name: node.topic, internal: true }
  builder.addInternalTopic(node.topic, null)
  builder.addSink({ name: node.sinkName, site, parents, topic, key, value, partitioner })
  builder.addSource({
    name: node.name,
    site,
    topics: [topic],
    pattern: null,
    key,
    value,
    timestampExtractor,
    offsetReset: null,
    absent: 'fail-value',
  })
}
