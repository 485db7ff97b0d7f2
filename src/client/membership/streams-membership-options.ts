import type { TaskId } from '../../protocol/task-id.ts'
import type { Endpoint } from '../../protocol/transport.ts'
import type { GroupTopology } from './group-topology.ts'

/** Changelog positions of a task, summed over its changelog partitions (N§1.8). */
export interface TaskOffsetSum {
  readonly taskId: TaskId
  /** Restored up to; `Infinity` stands for int64 max. */
  readonly offset: number
  /** End of the changelogs; `Infinity` if one is unknown. */
  readonly endOffset: number
}

/** What a member of a streams group tells of itself. */
export interface StreamsMembershipOptions {
  /** The application id. */
  readonly groupId: string
  /** A UUID, one per stream thread, kept for the life of the thread. */
  readonly memberId: string
  /** A UUID, one per application instance, shared by its threads. */
  readonly processId: string
  /** Static membership; refused by brokers before 4.4. */
  readonly instanceId: string | null
  /** `max.poll.interval.ms`. */
  readonly rebalanceTimeoutMs: number
  readonly topology: GroupTopology
  /** `application.server`, or null when this instance serves no queries. */
  readonly endpoint: Endpoint | null
  readonly clientTags: Readonly<Record<string, string>>
  readonly rackId: string | null
  /** `request.timeout.ms`, for each heartbeat. Keep it below the session time-out of the group (N§1.20). */
  readonly requestTimeoutMs: number
  /** `retry.backoff.ms` and `retry.backoff.max.ms`. */
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  /** Standby, warm-up, restoring and dormant tasks (N§1.8). Called when offsets are due, by brokers from 4.4 on. Default: none. */
  readonly taskOffsets?: () => readonly TaskOffsetSum[]
}
