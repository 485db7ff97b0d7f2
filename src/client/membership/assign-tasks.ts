import type { AssignmentInfo } from '../../protocol/classic/assignment-info.ts'
import type { SubscriptionInfo } from '../../protocol/classic/subscription-info.ts'
import type { TaskId } from '../../protocol/task-id.ts'
import type { TopicPartition } from '../../protocol/topic-partition.ts'

/** A member as the leader of a Kafka Streams group sees it. */
export interface StreamsGroupMember {
  readonly memberId: string
  readonly instanceId: string | null
  /** `client.rack`. */
  readonly rackId: string | null
  /**
   * What it owns, sorted by topic and partition; empty if its generation is older than that of another member. A partition may be owned
   * by several all the same, when members are confused.
   */
  readonly ownedPartitions: readonly TopicPartition[]
  /** What it says of itself. With `version` above the latest one known only the two version fields are meaningful (N§2.3). */
  readonly subscription: SubscriptionInfo
}

/** A task of the topology on the topics that exist. */
export interface TaskToAssign {
  readonly id: TaskId
  /** Its input partitions, sorted by topic and partition. */
  readonly sources: readonly TopicPartition[]
  /** Partitions of its changelogs, sorted; those of source topics that serve as changelog included. Empty: the task is not stateful. */
  readonly changelogs: readonly TopicPartition[]
  /** Names of the stores of its sub-topology, sorted. */
  readonly storeNames: readonly string[]
}

/** Racks of the replicas of one partition; a broker without a rack is null. */
export interface PartitionRacks extends TopicPartition {
  readonly racks: readonly (string | null)[]
}

/** Everything that an assignment of tasks depends on. Its lists have a fixed order, so that the same group gives the same assignment. */
export interface AssignTasksInput {
  /** Sorted by member id. */
  readonly members: readonly StreamsGroupMember[]
  /** The member that is the leader, which computes this. */
  readonly leaderId: string
  /** Sorted by sub-topology and partition. */
  readonly tasks: readonly TaskToAssign[]
  /**
   * For every stateful task the sum of the end offsets of its changelogs, by `formatTaskId`; for a source topic that serves as changelog the
   * committed offset of the group counts. Null: they could not be found out, so lags are unknown.
   */
  readonly endOffsetSums: ReadonlyMap<string, number> | null
  /** For sources and changelogs; null if `needsRacks` was false or the cluster did not tell. */
  readonly racks: readonly PartitionRacks[] | null
  /** The lowest version in which a member sent its subscription, the latest known one at most: all assignments are written in it. */
  readonly usedVersion: number
  /** The lowest `latestSupportedVersion`, the latest known one at most. */
  readonly commonlySupportedVersion: number
  /** Wall clock. */
  readonly nowMs: number
}

/** What one member gets. */
export interface MemberAssignment {
  /** The partitions of its active tasks, sorted by topic and partition, `info.activeTasks` in the same order (N§2.4). */
  readonly partitions: readonly TopicPartition[]
  readonly info: AssignmentInfo
}

/**
 * Assigns the tasks of an application to the members of its classic group: tasks to instances, instances' tasks to threads, host maps, and
 * the cooperative filter (a task whose partitions another member still owns is left out, and the member that waits for it gets
 * `nextRebalanceMs` 0, N§2.6). Pure: the same input gives the same output. Every member is in the result. Throws `MillraceError` when a
 * custom assignor gives an assignment that cannot be.
 */
export interface TaskAssigner {
  /** Whether `endOffsetSums` are looked at; looking them up takes requests. */
  readonly needsEndOffsets: boolean
  /** Whether `racks` are looked at. */
  readonly needsRacks: boolean
  assign(input: AssignTasksInput): ReadonlyMap<string, MemberAssignment>
}
