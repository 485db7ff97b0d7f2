import type { ProcessorFactory } from '../../processor/node-context.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import { passThroughOperator } from '../../operators/pass-through-operator.ts'
import type { TopologyBuilder } from '../../topology/topology-builder.ts'
import type { LogicalNodeBase } from './logical-node-base.ts'
import type { ProcessorLogicalNode } from './processor-node.ts'

/** One processor of a join of streams. */
export interface JoinProcessor {
  readonly name: string
  readonly factory: () => ProcessorFactory
  readonly stores: readonly StoreDefinition[]
}

/**
 * A join of two streams: a processor for each side and one that merges their results, whose `name` it has. The records of the sides are kept
 * by nodes of their own, `leftWindow` and `rightWindow`, which are children of the same parents.
 */
export interface StreamJoinLogicalNode extends LogicalNodeBase {
  readonly kind: 'stream-join'
  readonly leftWindow: ProcessorLogicalNode
  readonly rightWindow: ProcessorLogicalNode
  readonly left: JoinProcessor
  readonly right: JoinProcessor
  /** What takes the place of all three where both sides are the same stream and one store is to do (P§1.7.3). */
  readonly self: Omit<JoinProcessor, 'name'>
  /** A left or outer join takes records without a key: repartition topics above it let them pass (KIP-962). */
  readonly takesNullKeys: boolean
}

/** Makes the node of a join of streams. */
export function streamJoinNode(parts: Omit<StreamJoinLogicalNode, 'kind'>): StreamJoinLogicalNode {
  return Object.freeze({ ...parts, kind: 'stream-join' })
}

/** Adds the processors and their stores. */
export function writeStreamJoin(node: StreamJoinLogicalNode, isSelfJoin: boolean, builder: TopologyBuilder): void {
  const { name, site, left, right, leftWindow, rightWindow } = node
  if (isSelfJoin) {
    addJoinProcessor({ ...node.self, name }, { site, parent: leftWindow.name }, builder)
    return
  }
  addJoinProcessor(left, { site, parent: leftWindow.name }, builder)
  addJoinProcessor(right, { site, parent: rightWindow.name }, builder)
  builder.addProcessor({ name, site, parents: [left.name, right.name], factory: passThroughOperator() })
}

interface Place {
  readonly site: string | null
  readonly parent: string
}

function addJoinProcessor({ name, factory, stores }: JoinProcessor, { site, parent }: Place, builder: TopologyBuilder): void {
  builder.addProcessor({ name, site, parents: [parent], factory: factory() })
  for (const store of stores) builder.addStateStore(store, [name])
}
