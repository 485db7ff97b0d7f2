import type { ProcessorFactory } from '../../processor/node-context.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import type { TopologyBuilder } from '../../topology/topology-builder.ts'
import type { LogicalNodeBase } from './logical-node-base.ts'

/** One side of a join of tables. */
export interface TableJoinSide {
  readonly name: string
  /** The node that gives the changes of this side's table. */
  readonly parent: string
  readonly factory: () => ProcessorFactory
  /** The stores in which the rows of the other table are looked up. */
  readonly reads: () => readonly string[]
}

/** A join of two tables: a processor for each side, and one that brings both together. `name` is that of the last. */
export interface TableJoinLogicalNode extends LogicalNodeBase {
  readonly kind: 'table-join'
  readonly left: TableJoinSide
  readonly right: TableJoinSide
  readonly factory: () => ProcessorFactory
  /** `null`: the result is not kept. */
  readonly store: StoreDefinition | null
}

/** Makes the node of a join of tables. */
export function tableJoinNode(parts: Omit<TableJoinLogicalNode, 'kind'>): TableJoinLogicalNode {
  return Object.freeze({ ...parts, kind: 'table-join' })
}

/** Adds the three processors and the store. The stores of both tables are there already. */
export function writeTableJoin(node: TableJoinLogicalNode, builder: TopologyBuilder): void {
  const { name, site, left, right, store } = node
  const sides = [left, right]
  for (const side of sides) builder.addProcessor({ name: side.name, site, parents: [side.parent], factory: side.factory() })
  builder.addProcessor({ name, site, parents: sides.map((side) => side.name), factory: node.factory() })
  if (store !== null) builder.addStateStore(store, [name])
  for (const side of sides) builder.connectProcessorAndStateStores(side.name, side.reads())
}
