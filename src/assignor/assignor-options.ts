/** What the assignment of tasks is configured with (`AssignmentConfigs` of Java). Of the group's members only the leader's counts. */
export interface AssignorOptions {
  /** `acceptable.recovery.lag`: in records; with at most this lag a process is caught up. `Infinity`: every process is. */
  readonly acceptableRecoveryLag: number
  /** `max.warmup.replicas`: how many extra copies of tasks may warm up at a time, in the whole group. */
  readonly maxWarmupReplicas: number
  /** `num.standby.replicas` */
  readonly numStandbyReplicas: number
  /** `probing.rebalance.interval.ms` */
  readonly probingRebalanceIntervalMs: number
  /** `rack.aware.assignment.tags`: the keys of client tags over whose values the copies of a task are spread. */
  readonly rackAwareAssignmentTags: readonly string[]
  /** `rack.aware.assignment.strategy` */
  readonly rackAwareStrategy: 'none' | 'min_traffic' | 'balance_subtopology'
  /** `rack.aware.assignment.traffic_cost`: of one partition that is read from another rack; null: the assignor's own. */
  readonly rackAwareTrafficCost: number | null
  /** `rack.aware.assignment.non_overlap_cost`: of moving one task; null: the assignor's own. */
  readonly rackAwareNonOverlapCost: number | null
}
