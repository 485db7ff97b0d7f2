import type { StreamsGroupHeartbeatRequest, TaskOffset, UserEndpoint } from '../../protocol/messages/streams-group-heartbeat.ts'
import type { RequestContext } from '../handler.ts'
import { type MemberAssignment, newMemberAssignment } from './reconciliation.ts'
import { type TaskKey, taskKey } from './role-tasks.ts'

/** What a member told of itself when it joined, and where it comes from. */
export interface MemberMetadata {
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly processId: string
  readonly topologyEpoch: number
  readonly rebalanceTimeoutMs: number
  readonly userEndpoint: UserEndpoint | null
  readonly clientTags: ReadonlyMap<string, string>
}

/** A member of a streams group. Immutable: each heartbeat puts another in its place. */
export interface StreamsMember {
  readonly memberId: string
  readonly metadata: MemberMetadata
  readonly assignment: MemberAssignment
  /** As last reported (from 4.4 on); memory only. */
  readonly taskOffsets: ReadonlyMap<TaskKey, number>
  readonly taskEndOffsets: ReadonlyMap<TaskKey, number>
}

/** A member that has nothing yet. */
export function newMember(memberId: string): StreamsMember {
  const metadata: MemberMetadata = {
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    processId: '',
    topologyEpoch: -1,
    rebalanceTimeoutMs: -1,
    userEndpoint: null,
    clientTags: new Map(),
  }
  return { memberId, metadata, assignment: newMemberAssignment, taskOffsets: new Map(), taskEndOffsets: new Map() }
}

/** The member with what its heartbeat says; fields that the request leaves out stay. */
export function updateMember(member: StreamsMember, request: StreamsGroupHeartbeatRequest, context: RequestContext): StreamsMember {
  const old = member.metadata
  const metadata: MemberMetadata = {
    instanceId: request.instanceId ?? old.instanceId,
    rackId: request.rackId ?? old.rackId,
    clientId: context.clientId,
    clientHost: context.clientHost,
    processId: request.processId ?? old.processId,
    topologyEpoch: request.topology?.epoch ?? old.topologyEpoch,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs === -1 ? old.rebalanceTimeoutMs : request.rebalanceTimeoutMs,
    userEndpoint: request.userEndpoint ?? old.userEndpoint,
    clientTags: request.clientTags === null ? old.clientTags : new Map(request.clientTags.map(({ key, value }) => [key, value])),
  }
  return {
    ...member,
    metadata,
    taskOffsets: request.taskOffsets === null ? member.taskOffsets : offsetsOf(request.taskOffsets),
    taskEndOffsets: request.taskEndOffsets === null ? member.taskEndOffsets : offsetsOf(request.taskEndOffsets),
  }
}

function offsetsOf(offsets: readonly TaskOffset[]): Map<TaskKey, number> {
  return new Map(offsets.map(({ subtopologyId, partition, offset }) => [taskKey(subtopologyId, partition), offset]))
}

/** Whether the change is one that makes the group rebalance: for a static member only what changes where its tasks can run (N§1.9). */
export function needsRebalance(old: MemberMetadata, updated: MemberMetadata): boolean {
  if (
    old.topologyEpoch !== updated.topologyEpoch ||
    old.rackId !== updated.rackId ||
    old.processId !== updated.processId ||
    !sameTags(old.clientTags, updated.clientTags)
  ) {
    return true
  }
  if (updated.instanceId !== null) return false
  return (
    old.clientId !== updated.clientId ||
    old.clientHost !== updated.clientHost ||
    old.rebalanceTimeoutMs !== updated.rebalanceTimeoutMs ||
    old.userEndpoint?.host !== updated.userEndpoint?.host ||
    old.userEndpoint?.port !== updated.userEndpoint?.port
  )
}

function sameTags(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)
}
