import { failOnInvalidTimestamp } from '../../model/timestamp-extractor.ts'
import type { Serde } from '../../serdes/serde.ts'
import type { TopologyBuilder } from '../../topology/topology-builder.ts'
import type { LogicalNodeBase } from './logical-node-base.ts'

/** The repartition topic of a grouped table: changes travel through it, without a filter (P§2.5). `name` is that of the source. */
export interface TableRepartitionLogicalNode extends LogicalNodeBase {
  readonly kind: 'table-repartition'
  /** Without the application id. */
  readonly topic: string
  readonly sinkName: string
  readonly key: Serde<unknown>
  /** Of changes. */
  readonly value: Serde<unknown>
}

/** Makes the repartition node of a grouped table. */
export function tableRepartitionNode(parts: Omit<TableRepartitionLogicalNode, 'kind'>): TableRepartitionLogicalNode {
  return Object.freeze({ ...parts, kind: 'table-repartition' })
}

/** Adds sink, topic and source. */
export function writeTableRepartition(node: TableRepartitionLogicalNode, parents: readonly string[], builder: TopologyBuilder): void {
  const { site, key, value } = node
  const topic = { name: node.topic, internal: true }
  builder.addInternalTopic(node.topic, null)
  builder.addSink({ name: node.sinkName, site, parents, topic, key, value, partitioner: null })
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
