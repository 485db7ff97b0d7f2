import type { StoreDefinition } from '../../state/store-definition.ts'
import type { TopologyBuilder } from '../../topology/topology-builder.ts'
import type { LogicalNodeBase } from './logical-node-base.ts'

/** `addStateStore()`: a store that processors connect to by themselves. */
export interface StateStoreLogicalNode extends LogicalNodeBase {
  readonly kind: 'state-store'
  readonly store: StoreDefinition
}

/** Makes the node of a store. */
export function stateStoreNode(store: StoreDefinition, site: string | null): StateStoreLogicalNode {
  return Object.freeze({ kind: 'state-store', name: store.name, site, store })
}

/** Adds the store. */
export function writeStateStore(node: StateStoreLogicalNode, builder: TopologyBuilder): void {
  builder.addStateStore(node.store)
}
