import { assert } from '../../base/assert.ts'
import type { LogicalGraph } from '../logical-graph.ts'
import type { LogicalNode } from '../logical-node.ts'

/**
 * `single.store.self.join` (P§1.7.3): a join of a stream with itself keeps its records once. Left and outer joins are rewritten, too, as in
 * Java. Returns the joins that are.
 */
export function rewriteSelfJoins(graph: LogicalGraph): ReadonlySet<LogicalNode> {
  const selfJoins = new Set<LogicalNode>()
  for (const node of graph.nodes) {
    if (node.kind !== 'stream-join') continue
    const parents = graph.parentsOf(node)
    const [parent] = parents
    if (parent === undefined || parents.length > 1) continue
    const siblings = graph.childrenOf(parent)
    assert(
      siblings.includes(node.leftWindow) && siblings.includes(node.rightWindow),
      `what keeps the records of join "${node.name}" has the parent of the join`,
    )
    graph.remove(node.rightWindow)
    selfJoins.add(node)
  }
  return selfJoins
}
