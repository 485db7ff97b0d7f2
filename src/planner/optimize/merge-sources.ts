import { TopologyError } from '../../base/errors.ts'
import type { OffsetReset } from '../../topology/physical-topology.ts'
import type { LogicalGraph } from '../logical-graph.ts'
import type { StreamSourceLogicalNode } from '../nodes/stream-source-node.ts'

/**
 * Lets streams of the same topics, or of the same pattern, share the first of their sources (P§1.1). Throws `SOURCES_OVERLAP` for sets of
 * topics that overlap without being equal, `OFFSET_RESET_CONFLICT` for different offset resets.
 */
export function mergeSources(graph: LogicalGraph): void {
  const byTopic = new Map<string, StreamSourceLogicalNode>()
  const byPattern = new Map<string, StreamSourceLogicalNode>()
  for (const node of graph.nodes) {
    if (node.kind !== 'stream-source') continue
    const main = node.pattern === null ? sharing(byTopic, node) : byPattern.get(String(node.pattern))
    if (main !== undefined) merge(graph, main, node)
    else if (node.pattern !== null) byPattern.set(String(node.pattern), node)
    else for (const topic of node.topics) byTopic.set(topic, node)
  }
}

function sharing(
  byTopic: ReadonlyMap<string, StreamSourceLogicalNode>,
  node: StreamSourceLogicalNode,
): StreamSourceLogicalNode | undefined {
  const topic = node.topics.find((name) => byTopic.has(name))
  const main = topic === undefined ? undefined : byTopic.get(topic)
  if (main === undefined) return undefined
  const isSame = main.topics.length === node.topics.length && node.topics.every((name) => main.topics.includes(name))
  if (isSame) return main
  throw new TopologyError(
    'SOURCES_OVERLAP',
    `Cannot build the topology: "${main.name}" reads ${list(main)} and "${node.name}" reads ${list(node)}, streams of a topic must read the same set`,
    { topic },
  )
}

function merge(graph: LogicalGraph, main: StreamSourceLogicalNode, other: StreamSourceLogicalNode): void {
  if (!isSameReset(main.reading.offsetReset, other.reading.offsetReset)) {
    throw new TopologyError(
      'OFFSET_RESET_CONFLICT',
      `Cannot build the topology: "${main.name}" and "${other.name}" read ${list(main)} with different offset resets, one is required`,
    )
  }
  for (const child of graph.childrenOf(other)) graph.connect(main, child)
  graph.remove(other)
}

function isSameReset(left: OffsetReset | null, right: OffsetReset | null): boolean {
  if (typeof left === 'object' && typeof right === 'object') return left?.byDuration === right?.byDuration
  return left === right
}

function list({ topics, pattern }: StreamSourceLogicalNode): string {
  return pattern === null ? topics.map((topic) => `"${topic}"`).join(', ') : String(pattern)
}
