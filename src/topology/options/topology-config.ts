/** The part of the configuration that is used when the topology is built. */
export interface TopologyConfig {
  /**
   * `topology.optimization`: `none` (default), `all`, or a list of `reuse.ktable.source.topics`, `merge.repartition.topics` and
   * `single.store.self.join` (P§1.7).
   */
  readonly topologyOptimization?: 'none' | 'all' | readonly string[] | undefined
  /** `ensure.explicit.internal.resource.naming`: refuse generated names of stores and internal topics. Default false. */
  readonly ensureExplicitInternalResourceNaming?: boolean | undefined
}
