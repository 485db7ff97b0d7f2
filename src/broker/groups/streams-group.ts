import type { Timer } from '../../base/environment.ts'
import type { StreamsGroupTopology } from '../../protocol/messages/streams-group-heartbeat.ts'
import type { MemberAssignment, TaskHolders } from './reconciliation.ts'
import type { RoleTasks, TaskKey } from './role-tasks.ts'
import type { StreamsMember } from './streams-member.ts'
import type { ConfiguredTopology } from '../../protocol/topology-configuration.ts'

/** The states of a streams group, as StreamsGroupDescribe names them. */
export type StreamsGroupState = 'Empty' | 'NotReady' | 'Assigning' | 'Reconciling' | 'Stable'

/**
 * One group of the streams protocol: what a coordinator writes to `__consumer_offsets`, and, marked so, what it keeps in memory only and
 * loses when the group moves to another coordinator.
 */
export class StreamsGroup implements TaskHolders {
  readonly groupId: string
  groupEpoch = 0
  /** Epoch of the target assignment. */
  assignmentEpoch: number
  topology: StreamsGroupTopology | null = null
  /** Identity of all topics of the topology; another one makes the group rebalance. */
  metadataHash = ''
  /** Epoch of the topology if it can be assigned, else -1. */
  validatedTopologyEpoch = -1
  /** The group settings on which the target assignment depends. */
  assignmentConfigs = ''
  readonly members: Map<string, StreamsMember> = new Map()
  /** Instance id -> member id. */
  readonly staticMembers: Map<string, string> = new Map()
  target: ReadonlyMap<string, RoleTasks> = new Map()

  // Memory only.
  configured: ConfiguredTopology | null = null
  /** Whether topics have changed since the topology was configured. */
  isMetadataStale = false
  endpointEpoch = 0
  shutdownRequestedBy: string | null = null
  assignedAtMs: number = -Infinity
  /** The initial rebalance delay, or what is left of the assignment interval. */
  initialDelay: Timer | null = null
  assignmentDelay: Timer | null = null
  readonly sessions: Map<string, Timer> = new Map()
  readonly rebalances: Map<string, Timer> = new Map()

  constructor(groupId: string, assignmentEpoch: number) {
    this.groupId = groupId
    this.assignmentEpoch = assignmentEpoch
  }

  get isEmpty(): boolean {
    return this.members.size === 0
  }

  get state(): StreamsGroupState {
    if (this.isEmpty) return 'Empty'
    if (this.topology === null || this.validatedTopologyEpoch !== this.topology.epoch) return 'NotReady'
    if (this.groupEpoch > this.assignmentEpoch) return 'Assigning'
    const isReconciled = ({ assignment }: StreamsMember): boolean =>
      assignment.state === 'STABLE' && assignment.memberEpoch === this.assignmentEpoch
    return [...this.members.values()].every(isReconciled) ? 'Stable' : 'Reconciling'
  }

  hasActive(task: TaskKey): boolean {
    for (const { assignment } of this.members.values()) if (holds(assignment, 'active', task)) return true
    return false
  }

  inProcess(role: keyof RoleTasks, task: TaskKey, holder: { readonly processId: string; readonly exceptMember: string | null }): boolean {
    for (const { memberId, metadata, assignment } of this.members.values()) {
      if (metadata.processId === holder.processId && memberId !== holder.exceptMember && holds(assignment, role, task)) return true
    }
    return false
  }

  putMember(member: StreamsMember): void {
    this.members.set(member.memberId, member)
    const { instanceId } = member.metadata
    if (instanceId !== null) this.staticMembers.set(instanceId, member.memberId)
  }

  /** Takes a member out, with its target and its timers. Bumps no epoch. */
  removeMember(member: StreamsMember): void {
    const { memberId, metadata } = member
    this.members.delete(memberId)
    if (metadata.instanceId !== null && this.staticMembers.get(metadata.instanceId) === memberId)
      this.staticMembers.delete(metadata.instanceId)
    const target = new Map(this.target)
    target.delete(memberId)
    this.target = target
    this.cancelTimers(memberId)
    if (this.isEmpty) this.shutdownRequestedBy = null
  }

  cancelTimers(memberId: string): void {
    for (const timers of [this.sessions, this.rebalances]) {
      timers.get(memberId)?.cancel()
      timers.delete(memberId)
    }
  }

  /** Forgets what another coordinator would not know. The caller starts the timers of the members anew. */
  forgetMemory(): void {
    this.configured = null
    this.isMetadataStale = false
    this.endpointEpoch = 0
    this.shutdownRequestedBy = null
    this.assignedAtMs = -Infinity
    this.cancelAllTimers()
    for (const member of this.members.values())
      this.members.set(member.memberId, { ...member, taskOffsets: new Map(), taskEndOffsets: new Map() })
  }

  cancelAllTimers(): void {
    this.initialDelay?.cancel()
    this.initialDelay = null
    this.assignmentDelay?.cancel()
    this.assignmentDelay = null
    for (const memberId of this.members.keys()) this.cancelTimers(memberId)
  }
}

function holds(assignment: MemberAssignment, role: keyof RoleTasks, task: TaskKey): boolean {
  return assignment.assigned[role].has(task) || assignment.pendingRevocation[role].has(task)
}
