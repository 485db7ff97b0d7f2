import type { LogicalGraph } from '../logical-graph.ts'
import type { LogicalNode } from '../logical-node.ts'
import { type RepartitionLogicalNode, repartitionNode } from '../nodes/repartition-node.ts'

type Merges = Map<LogicalNode, Set<RepartitionLogicalNode>>

/**
 * `merge.repartition.topics` (P§1.7.2): the repartition topics below a node that changes the key, with nothing between that changes
 * values, become one directly behind that node, with the name of the first. Returns the names of the new sources by those that they replace.
 */
export function mergeRepartitionTopics(graph: LogicalGraph): ReadonlyMap<string, string> {
  const replaced = new Map<string, string>()
  for (const [changer, repartitions] of behindMergeNodes(graph, mergeable(graph))) {
    const single = replace(graph, changer, [...repartitions])
    if (single !== null) for (const { name } of repartitions) replaced.set(name, single.name)
  }
  return replaced
}

/** The repartition topics that each node that changes keys could serve with one. */
function mergeable(graph: LogicalGraph): Merges {
  const merges: Merges = new Map()
  for (const node of graph.nodes) {
    if (changesKey(node)) merges.set(node, new Set())
    if (node.kind !== 'repartition' || !node.isOptimizable) continue
    const changer = findUpward(graph, node, (other) => changesKey(other) || changesValue(other))
    if (changer !== null && changesKey(changer)) merges.get(changer)?.add(node)
  }
  return merges
}

/** Repartition topics below a merge of several streams whose keys change: the one topic goes behind the merge. */
function behindMergeNodes(graph: LogicalGraph, merges: Merges): Merges {
  const moved = new Map<LogicalNode, LogicalNode[]>()
  for (const merge of graph.nodes) {
    if (merge.kind !== 'processor' || merge.effect !== 'merges') continue
    const changers = [...merges.keys()].filter(
      (changer) =>
        [...(merges.get(changer) ?? [])].every((repartition) => isBelow(graph, repartition, merge)) && isBelow(graph, merge, changer),
    )
    moved.set(merge, changers)
  }
  const gone = new Set<LogicalNode>()
  for (const [merge, changers] of moved) {
    const repartitions = new Set<RepartitionLogicalNode>()
    for (const changer of changers) {
      for (const repartition of merges.get(changer) ?? []) repartitions.add(repartition)
      gone.add(changer)
    }
    merges.set(merge, repartitions)
  }
  for (const changer of gone) merges.delete(changer)
  return merges
}

function replace(
  graph: LogicalGraph,
  changer: LogicalNode,
  repartitions: readonly RepartitionLogicalNode[],
): RepartitionLogicalNode | null {
  const [first] = repartitions
  if (first === undefined) return null
  const { topic } = first
  const names = { name: `${topic}-source`, filterName: `${topic}-filter`, sinkName: `${topic}-sink` }
  const single = repartitionNode({ ...first, ...names })
  graph.add([], single)
  graph.setPriorityOf(single, changer)
  for (const repartition of repartitions) {
    // None for a repartition below a child that has been moved with another one.
    const top = findUpward(graph, repartition, (node) => graph.parentsOf(node).includes(changer))
    if (top !== null) {
      graph.connect(single, top)
      graph.disconnect(changer, top)
    }
    for (const child of graph.childrenOf(repartition)) {
      for (const parent of graph.parentsOf(repartition)) graph.connect(parent, child)
    }
    graph.remove(repartition)
  }
  graph.connect(changer, single)
  return single
}

function changesKey(node: LogicalNode): boolean {
  return node.kind === 'processor' && node.effect === 'changes-key'
}

function changesValue(node: LogicalNode): boolean {
  return node.kind === 'processor' && node.effect === 'changes-value'
}

/** Whether a child of `ancestor` is `node` or above it. */
function isBelow(graph: LogicalGraph, node: LogicalNode, ancestor: LogicalNode): boolean {
  return findUpward(graph, node, (other) => graph.parentsOf(other).includes(ancestor)) !== null
}

/** The node itself or the first above it for which `holds`, parents first, in the order of adding. */
function findUpward(graph: LogicalGraph, start: LogicalNode, holds: (node: LogicalNode) => boolean): LogicalNode | null {
  if (holds(start)) return start
  for (const parent of graph.parentsOf(start)) {
    if (holds(parent)) return parent
    const found = findUpward(graph, parent, holds)
    if (found !== null) return found
  }
  return null
}
