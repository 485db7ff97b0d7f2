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
   * constructor of the `StreamsBuilder`: operators decide their stores when they are called. Default `persistent`.
   */
  readonly dslStoreSuppliers?: StoreSupplier | undefined
}
