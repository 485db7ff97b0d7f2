import type { ProcessorWrapper } from '../../processor/processor-wrapper.ts'
import type { DslStoreSuppliers } from '../../state/dsl-store-suppliers.ts'
import type { StoreSupplier } from '../../state/store-spec.ts'

/** The part of the configuration that is used when the topology is built. */
export interface TopologyConfig {
  /**
   * `topology.optimization`: `none` (default), `all`, or a list of `reuse.ktable.source.topics`, `merge.repartition.topics` and
   * `single.store.self.join` (P§1.7).
   */
  readonly topologyOptimization?: 'none' | 'all' | readonly string[] | undefined
  /** `ensure.explicit.internal.resource.naming`: refuse generated names of stores and internal topics. Default false. */
  readonly ensureExplicitInternalResourceNaming?: boolean | undefined
  /**
   * `dsl.store.suppliers.class`: the supplier of stores of operators whose options name none and describe no store (P§1.8). Taken from the
   * constructor of the `StreamsBuilder`: operators decide their stores when they are called. An object decides for each store. Default
   * `persistent`.
   */
  readonly dslStoreSuppliers?: StoreSupplier | DslStoreSuppliers | undefined
  /**
   * `dsl.store.format`: `HEADERS` makes the persistent stores of operators keep headers, where nothing describes them (KIP-1271). Taken from
   * the constructor as `dslStoreSuppliers`. Default `DEFAULT`: each operator has its own format (P§1.8).
   */
  readonly dslStoreFormat?: 'DEFAULT' | 'HEADERS' | undefined
  /**
   * `processor.wrapper.class`: puts something around the processor of every node. Taken from the constructor of `StreamsBuilder` or
   * `Topology`. Default: nothing.
   */
  readonly processorWrapper?: ProcessorWrapper | undefined
}
