import type { ProcessorFactory } from '../../processor/node-context.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import type { TopologyBuilder } from '../../topology/topology-builder.ts'
import type { LogicalNodeBase } from './logical-node-base.ts'

/** How a node changes records, as far as the optimizer must know (P§1.7.2). */
export type RecordEffect = 'keeps' | 'changes-key' | 'changes-value' | 'merges'

/** One processor, stateless or with stores. */
export interface ProcessorLogicalNode extends LogicalNodeBase {
  readonly kind: 'processor'
  readonly effect: RecordEffect
  /** Called when the topology is written: what a table must keep and send is known only then. */
  readonly factory: () => ProcessorFactory
  /** The stores that the node owns or shares, added when it is written. */
  readonly stores: () => readonly StoreDefinition[]
  /** Names of stores that others add; asked for when all nodes are written. */
  readonly connected: () => readonly string[]
  /** Told the definitions of those stores when they are connected; throws `TopologyError` where they do not do. */
  readonly checkConnected: ((stores: readonly StoreDefinition[]) => void) | null
  /** A left or outer join that takes records without a key: repartition topics above it let them pass (KIP-962). */
  readonly takesNullKeys: boolean
  /** Of an aggregation of windows: for how long after its end a window takes records. `null` for others. */
  readonly graceMs: number | null
}

/** What a processor node is made of; the rest are defaults: it keeps records and has no stores. */
export type ProcessorNodeParts = Pick<ProcessorLogicalNode, 'name' | 'site' | 'factory'> & Partial<ProcessorLogicalNode>

const noStores = (): readonly never[] => []

/** Makes a processor node. */
export function processorNode(parts: ProcessorNodeParts): ProcessorLogicalNode {
  return Object.freeze({
    effect: 'keeps',
    stores: noStores,
    connected: noStores,
    checkConnected: null,
    takesNullKeys: false,
    graceMs: null,
    ...parts,
    kind: 'processor',
  })
}

/** Adds the processor and its own stores. */
export function writeProcessor(node: ProcessorLogicalNode, parents: readonly string[], builder: TopologyBuilder): void {
  builder.addProcessor({ name: node.name, site: node.site, parents, factory: node.factory() })
  for (const store of node.stores()) builder.addStateStore(store, [node.name])
}

/** Connects the stores of others, when all nodes are written: those that make the stores may come later. */
export function connectProcessor(node: ProcessorLogicalNode, builder: TopologyBuilder): void {
  const stores = node.connected()
  if (stores.length > 0) builder.connectProcessorAndStateStores(node.name, stores)
  node.checkConnected?.(stores.map((name) => builder.storeNamed(name)))
}
