import type { LogicalGraph } from '../logical-graph.ts'
import type { LogicalNode } from '../logical-node.ts'

/** The nodes with a join somewhere below that takes records without a key: repartition topics among them must not drop those (KIP-962). */
export function nodesKeepingNullKeys(graph: LogicalGraph): ReadonlySet<LogicalNode> {
  const keeping = new Set<LogicalNode>()
  const addAbove = (node: LogicalNode): void => {
    for (const parent of graph.parentsOf(node)) {
      if (keeping.has(parent)) continue
      keeping.add(parent)
      addAbove(parent)
    }
  }
  for (const node of graph.nodes) if ((node.kind === 'processor' || node.kind === 'stream-join') && node.takesNullKeys) addAbove(node)
  return keeping
}
