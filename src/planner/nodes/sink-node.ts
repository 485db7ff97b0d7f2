import type { SinkSpec, TopologyBuilder } from '../../topology/topology-builder.ts'
import type { LogicalNodeBase } from './logical-node-base.ts'

/** `to()`. */
export interface SinkLogicalNode extends LogicalNodeBase {
  readonly kind: 'sink'
  readonly writing: Pick<SinkSpec, 'topic' | 'key' | 'value' | 'partitioner'>
}

/** Makes a sink. */
export function sinkNode(parts: Omit<SinkLogicalNode, 'kind'>): SinkLogicalNode {
  return Object.freeze({ ...parts, kind: 'sink' })
}

/** Adds the sink. */
export function writeSink(node: SinkLogicalNode, parents: readonly string[], builder: TopologyBuilder): void {
  builder.addSink({ name: node.name, site: node.site, parents, ...node.writing, ignoresWindows: true })
}
