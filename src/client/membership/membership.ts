import type { MillraceError } from '../../base/errors.ts'
import type { TaskId } from '../../protocol/task-id.ts'
import type { Endpoint } from '../../protocol/transport.ts'
import type { GroupMetadata } from '../group-metadata.ts'

/** What a member of a group shall run. Sorted by sub-topology, then by partition; no task has two roles. */
export interface Assignment {
  readonly active: readonly TaskId[]
  readonly standby: readonly TaskId[]
  /** Run exactly like standbys (N§1.7 rule 14). */
  readonly warmup: readonly TaskId[]
  /** False: topics are missing or the assignment is delayed; hold the tasks, but process nothing. */
  readonly isReady: boolean
}

/** What the thread must do next; see `Membership.poll`. */
export type MembershipEvent =
  /** Suspend, commit and close these active tasks, then call `revoked()`. Nothing else is lost yet. */
  | { readonly kind: 'revoke'; readonly tasks: readonly TaskId[] }
  /** Take this complete target: close what is not in it, open what is new, then call `assigned()`. */
  | { readonly kind: 'assign'; readonly assignment: Assignment }
  /** Not a member any more: close all tasks dirty, commit nothing, then call `lostHandled()`. The membership then joins again. */
  | { readonly kind: 'lost' }
  /** A problem that does not end the membership (missing authorization for a topic): tell the application. Needs no answer. */
  | { readonly kind: 'problem'; readonly error: MillraceError }
  /** A member asked the whole application to shut down. Given once; needs no answer. */
  | { readonly kind: 'shutdown' }
  /** The thread cannot go on in this group: close all tasks without a commit, then call `leave()`. Given once. */
  | { readonly kind: 'failed'; readonly error: MillraceError }

/** The partitions that one instance of the application serves. */
export interface EndpointPartitions {
  readonly endpoint: Endpoint
  /** Topic -> partitions in ascending order. */
  readonly active: ReadonlyMap<string, readonly number[]>
  readonly standby: ReadonlyMap<string, readonly number[]>
}

/**
 * - `default`: under the streams protocol a dynamic member leaves for good, a static one keeps its tasks until its session times out (N§1.7
 *   rule 11); under the classic protocol any member does, as in Kafka Streams (N§2.1).
 * - `leave`: for good.
 * - `remain`: stays a member until its session times out.
 */
export type LeaveKind = 'default' | 'leave' | 'remain'

/**
 * The membership of one stream thread in the group of its application. The thread polls; nothing calls back into it but `onEvent`.
 *
 * One event is out at a time: after `revoke` or `assign` `poll()` gives nothing until `revoked()` or `assigned()` was called, except
 * `lost` and `failed`, which overtake the event that is out (its answer is then ignored), and `problem` and `shutdown`. Heartbeats go on
 * by themselves while an event is out. The caller guarantees that no record is processed for a task outside of the last `assign`.
 */
export interface Membership {
  /** Joins the group. Does nothing if it has been called. */
  join(): void
  /**
   * What the thread must do next, or `null`. Says at the same time that the thread is alive: a member that does not call it for
   * `max.poll.interval.ms` leaves the group, and its next `poll()` gives `lost`.
   */
  poll(): MembershipEvent | null
  /** Called when `poll()` has something to give; at most once between two polls. Set by the thread's loop. */
  onEvent: (() => void) | null
  /**
   * Whether a commit may be begun now. False between the join of a classic group and the assignment, when the generation is about to change:
   * what was processed is committed after it (N§2.1). Looked at after a `poll()`, with nothing awaited in between.
   */
  readonly mayCommit: boolean
  revoked(): void
  assigned(): void
  lostHandled(): void
  /** Who to commit as, now. Read it at each commit, never keep it (N§1.15). */
  groupMetadata(): GroupMetadata
  /**
   * The thread found out by itself that its tasks migrated (a commit was fenced) and has closed all of them dirty: joins again with
   * nothing owned. Events that are out need no answer any more.
   */
  rejoin(): void
  /**
   * Ends the membership; the thread has closed its tasks before. Sends one request at most and does not repeat it. Resolves, never
   * rejects, when it is answered or has failed. Nothing happens after that.
   */
  leave(kind?: LeaveKind): Promise<void>
  /** Asks every member of the group to shut down, this one included, with the next heartbeat, which is sent at once. */
  requestShutdown(): void
  /** Where the tasks of the whole group run, as last heard; instances without an endpoint are absent. */
  endpoints(): readonly EndpointPartitions[]
}
