import type { NodeContext, ProcessorFactory } from './node-context.ts'
import type { ProcessorSupplier, StoreMap } from './processor.ts'
import { contextNode } from './user-processor.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- a wrapper sees the processors of all nodes
type Any = any

/** The supplier of a node, whatever it processes. */
export type WrappedSupplier = ProcessorSupplier<Any, Any, Any, Any, Any>

/** A supplier with stores that it needs beside those of the node: they are added and connected. */
export interface SupplierWithStores {
  readonly supplier: WrappedSupplier
  readonly stores: StoreMap
}

/**
 * Puts something around the processor of every node: called once per node when the topology is built, with the name of the node and the
 * supplier of its processor, also of those that operators of the DSL make (KIP-1112). Returns that supplier, or one of its own which calls
 * it with the context that it is given, or such a one with stores. Not called for the processors of global and read-only stores.
 *
 * ```ts
 * const counting: ProcessorWrapper = (name, supplier) => (context) => {
 *   const inner = supplier(context)
 *   const process = typeof inner === 'function' ? inner : inner.process
 *   return { process: (record) => { seen.add(name); process(record) }, close: () => { if (typeof inner !== 'function') inner.close?.() } }
 * }
 * const builder = new StreamsBuilder({ processorWrapper: counting })
 * ```
 */
export type ProcessorWrapper = (name: string, supplier: WrappedSupplier) => WrappedSupplier | SupplierWithStores

/** What `wrapper` makes of the processor of node `name`. Throws `TypeError` for what is no supplier. */
export function wrapProcessor(name: string, factory: ProcessorFactory, wrapper: ProcessorWrapper): SupplierWithStores {
  const given: unknown = wrapper(name, supplierOf(name, factory))
  if (typeof given === 'function') return { supplier: given as WrappedSupplier, stores: {} }
  const { supplier, stores } = (given ?? {}) as Partial<SupplierWithStores>
  if (typeof supplier !== 'function' || typeof stores !== 'object') {
    throw new TypeError(
      `Cannot wrap processor "${name}": processorWrapper returned ${typeof given}, required is a supplier, or { supplier, stores }`,
    )
  }
  return { supplier, stores }
}

/** The processor of a node as the public contract has it. */
function supplierOf(name: string, factory: ProcessorFactory): WrappedSupplier {
  return (context) => {
    const node: NodeContext | null = contextNode(context)
    if (node === null) {
      throw new TypeError(`Cannot open processor "${name}": its wrapper called its supplier with another context than the one it was given`)
    }
    const opened = factory(node)
    return { process: (record) => opened.process(record), close: () => opened.close?.() }
  }
}
