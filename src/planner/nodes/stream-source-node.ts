import type { OffsetReset, SourceNode } from '../../topology/physical-topology.ts'
import type { TopologyBuilder } from '../../topology/topology-builder.ts'
import type { LogicalNodeBase } from './logical-node-base.ts'

/** How a stream or table reads its topics. */
export type SourceReading = Pick<SourceNode, 'key' | 'value' | 'timestampExtractor'> & { readonly offsetReset: OffsetReset | null }

/** `stream()`: one source. */
export interface StreamSourceLogicalNode extends LogicalNodeBase {
  readonly kind: 'stream-source'
  /** Empty for a pattern. */
  readonly topics: readonly string[]
  readonly pattern: RegExp | null
  readonly reading: SourceReading
  readonly absent: 'fail' | 'drop'
}

/** Makes a stream source. */
export function streamSourceNode(parts: Omit<StreamSourceLogicalNode, 'kind'>): StreamSourceLogicalNode {
  return Object.freeze({ ...parts, kind: 'stream-source' })
}

/** Adds the source. */
export function writeStreamSource(node: StreamSourceLogicalNode, builder: TopologyBuilder): void {
  builder.addSource({
    name: node.name,
    site: node.site,
    topics: node.topics.map((name) => ({ name, internal: false })),
    pattern: node.pattern,
    ...node.reading,
    absent: node.absent,
  })
}
