import type { MillraceError } from '../../base/errors.ts'
import type { TaskId } from '../../protocol/task-id.ts'
import type { Assignment, EndpointPartitions } from './membership.ts'

/** What a member has when it joins a classic group. */
export interface OwnedTasks {
  /** The active tasks that the thread runs, sorted. */
  readonly active: readonly TaskId[]
  /** The generation in which the member was assigned them; -1 when it has lost its place in the group. */
  readonly generation: number
}

/** A member of the group as JoinGroup shows it to the leader. */
export interface ClassicGroupMember {
  readonly memberId: string
  readonly instanceId: string | null
  /** What the protocol plug-in of that member, which may be Java's, gave as its `metadata`. */
  readonly metadata: Buffer
}

/** An assignment as its receiver understands it. */
export interface ClassicAssignment {
  /** The complete target. Not ready while the leader could not assign. */
  readonly assignment: Assignment
  /** Where the tasks of the group run; null: the assignment does not tell, what was heard before stays. */
  readonly endpoints: readonly EndpointPartitions[] | null
  /** When the member must ask for the next rebalance, in epoch milliseconds: 0 = now, `Infinity` = not. */
  readonly nextRebalanceMs: number
  /** A member has asked the application to shut down. */
  readonly isShutdown: boolean
  /** Why no thread can go on with this assignment (missing source topics, assignment error); null if it can. */
  readonly failure: MillraceError | null
}

/**
 * What the members of a classic group agree on between themselves, and the broker does not look at: the `stream` protocol of Kafka Streams
 * is one. The membership does what the group asks for (join, sync, heartbeats, leave), the plug-in what is inside of the bytes.
 */
export interface ClassicProtocol {
  /** Name of the protocol in JoinGroup: `stream`. All members of a group need a name in common. */
  readonly name: string
  /** The metadata of the next JoinGroup. It differs from the one before, or the broker may not start a rebalance. */
  metadata(owned: OwnedTasks): Buffer
  /**
   * As leader: the bytes for every member. May take requests; rejects only for what ends the membership of the leader, everything that
   * the members must hear of is an assignment. A member that is not in the result gets none. `ownMemberId` is the leader.
   */
  assign(members: readonly ClassicGroupMember[], ownMemberId: string): Promise<ReadonlyMap<string, Buffer>>
  /** Takes the bytes of the own assignment. Throws `ClusterError` `MALFORMED_MESSAGE` or `REQUEST_REFUSED` where they are not understood. */
  onAssignment(bytes: Buffer, generation: number): ClassicAssignment
  /** The next `metadata` says that the application must shut down. */
  requestShutdown(): void
  /** Whether an assignment may be out of date: what it was made from (partition counts of source topics) has changed. Asked by the leader now and then. */
  isOutdated(): boolean
  /** The membership is over: nothing is asked any more. */
  close(): void
}
