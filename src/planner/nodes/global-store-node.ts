import type { ProcessorFactory } from '../../processor/node-context.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import type { TopologyBuilder } from '../../topology/topology-builder.ts'
import type { LogicalNodeBase } from './logical-node-base.ts'
import type { SourceReading } from './stream-source-node.ts'

/** `globalTable()` and `addGlobalStore()`: a source, and the processor that keeps the store. `name` is that of the processor. */
export interface GlobalStoreLogicalNode extends LogicalNodeBase {
  readonly kind: 'global-store'
  readonly sourceName: string
  readonly topic: string
  readonly reading: SourceReading
  readonly factory: ProcessorFactory
  readonly store: StoreDefinition
  /** Whether the store is restored by running the records of the topic through the processor. */
  readonly reprocesses: boolean
}

/** Makes the node of a global store. */
export function globalStoreNode(parts: Omit<GlobalStoreLogicalNode, 'kind'>): GlobalStoreLogicalNode {
  return Object.freeze({ ...parts, kind: 'global-store' })
}

/** Adds source, processor and store. */
export function writeGlobalStore(node: GlobalStoreLogicalNode, builder: TopologyBuilder): void {
  const { name, site, sourceName, topic, reading, factory, store, reprocesses } = node
  builder.addGlobalStore({
    store,
    source: { name: sourceName, site, topics: [{ name: topic, internal: false }], pattern: null, ...reading, absent: null },
    processor: { name, site, factory },
    reprocesses,
  })
}
