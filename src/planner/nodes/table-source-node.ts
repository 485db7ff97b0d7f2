import type { StoreDefinition } from '../../state/store-definition.ts'
import type { ProcessorFactory } from '../../processor/node-context.ts'
import type { TopologyBuilder } from '../../topology/topology-builder.ts'
import type { LogicalNodeBase } from './logical-node-base.ts'
import type { SourceReading } from './stream-source-node.ts'

/** `table()`: a source and the processor that keeps the table. `name` is that of the processor. */
export interface TableSourceLogicalNode extends LogicalNodeBase {
  readonly kind: 'table-source'
  readonly sourceName: string
  readonly topic: string
  readonly reading: SourceReading
  readonly factory: () => ProcessorFactory
  /** The store, if the table keeps one; `reuse`: it is restored from the source topic and has no changelog (P§1.7.1). */
  readonly store: (reuse: boolean) => StoreDefinition | null
}

/** Makes a table source. */
export function tableSourceNode(parts: Omit<TableSourceLogicalNode, 'kind'>): TableSourceLogicalNode {
  return Object.freeze({ ...parts, kind: 'table-source' })
}

/** Adds source, processor and store. */
export function writeTableSource(node: TableSourceLogicalNode, reuse: boolean, builder: TopologyBuilder): void {
  const { name, site, sourceName, topic } = node
  builder.addSource({ name: sourceName, site, topics: [{ name: topic, internal: false }], pattern: null, ...node.reading, absent: null })
  builder.addProcessor({ name, site, parents: [sourceName], factory: node.factory() })
  const store = node.store(reuse)
  if (store !== null) builder.addStateStore(store, [name])
}
