import { kafkaErrors } from '../../../protocol/kafka-errors.ts'
import type { HeartbeatRequest, HeartbeatResponse } from '../../../protocol/messages/heartbeat.ts'
import type { JoinGroupRequest, JoinGroupResponse } from '../../../protocol/messages/join-group.ts'
import type {
  LeaveGroupMember,
  LeaveGroupMemberResponse,
  LeaveGroupRequest,
  LeaveGroupResponse,
} from '../../../protocol/messages/leave-group.ts'
import type { SyncGroupRequest, SyncGroupResponse } from '../../../protocol/messages/sync-group.ts'
import type { GroupHost } from '../../group-host.ts'
import type { Handlers, RequestContext } from '../../handler.ts'
import { refusedJoin, refusedSync } from './classic-answers.ts'
import { ClassicGroup } from './classic-group.ts'
import { type ClassicMember, joiningMember } from './classic-member.ts'
import { ClassicRebalances } from './classic-rebalances.ts'

/** From this version of JoinGroup a dynamic member gets its id first and joins with it then (KIP-394). */
const KNOWN_ID_VERSION = 4
/** From this version a leader that takes its old place is told that there is nothing to assign (KIP-814). */
const SKIP_VERSION = 9

/** The groups of the classic protocol among those of the coordinator. */
export interface ClassicGroupTable {
  readonly groups: Map<string, ClassicGroup>
  /** Whether a group of another protocol has the name and members. One without members makes place (`drop`). */
  isTaken(groupId: string): boolean
  drop(groupId: string): void
}

/** Handles JoinGroup, SyncGroup, Heartbeat and LeaveGroup (N§2.1). */
export class ClassicRequests {
  readonly handlers: Handlers
  readonly #host: GroupHost
  readonly #table: ClassicGroupTable
  readonly #rebalances: ClassicRebalances

  constructor(host: GroupHost, table: ClassicGroupTable) {
    this.#host = host
    this.#table = table
    this.#rebalances = new ClassicRebalances(host.environment, host.settings)
    this.handlers = {
      JoinGroup: (request, version, context) => this.#join(request, version, context),
      SyncGroup: (request, _version, context) => this.#sync(request, context),
      Heartbeat: (request, _version, context) => this.#heartbeat(request, context),
      LeaveGroup: (request, version, context) => this.#leave(request, version, context),
    }
  }

  /** The coordinator of the group has moved: what was not written is lost, sessions start anew. */
  reload(group: ClassicGroup): void {
    this.#rebalances.reload(group)
  }

  #join(request: JoinGroupRequest, version: number, context: RequestContext): JoinGroupResponse | Promise<JoinGroupResponse> {
    const tellable = (answer: JoinGroupResponse): JoinGroupResponse =>
      version < 7 && answer.protocolName === null ? { ...answer, protocolName: '' } : answer
    // Version 0 has one time-out for both.
    const rebalanceTimeoutMs = version === 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs
    const answer = this.#decideJoin({ ...request, rebalanceTimeoutMs }, version, context)
    return answer instanceof Promise ? answer.then(tellable) : tellable(answer)
  }

  #decideJoin(request: JoinGroupRequest, version: number, context: RequestContext): JoinGroupResponse | Promise<JoinGroupResponse> {
    const { groupId, memberId, sessionTimeoutMs } = request
    const refuse = (errorCode: number, id: string = memberId): JoinGroupResponse => refusedJoin(errorCode, id)
    const { sessionTimeoutMinMs, sessionTimeoutMaxMs } = this.#host.settings
    const errorCode = this.#errorOf(groupId, context)
    if (errorCode !== kafkaErrors.NONE) return refuse(errorCode)
    if (sessionTimeoutMs < sessionTimeoutMinMs || sessionTimeoutMs > sessionTimeoutMaxMs) return refuse(kafkaErrors.INVALID_SESSION_TIMEOUT)
    if (this.#table.isTaken(groupId)) return refuse(kafkaErrors.INCONSISTENT_GROUP_PROTOCOL, '')
    const isNewcomer = memberId === ''
    let group = this.#table.groups.get(groupId)
    if (group === undefined) {
      if (!isNewcomer) return refuse(kafkaErrors.UNKNOWN_MEMBER_ID)
      this.#table.drop(groupId)
      group = new ClassicGroup(groupId)
      this.#table.groups.set(groupId, group)
    }
    if (!this.#hasRoom(group, memberId)) {
      group.remove(memberId)
      return refuse(kafkaErrors.GROUP_MAX_SIZE_REACHED, '')
    }
    if (!group.supports(request)) return refuse(kafkaErrors.INCONSISTENT_GROUP_PROTOCOL)
    return isNewcomer ? this.#joinNew(group, request, { version, context }) : this.#joinKnown(group, request, context)
  }

  #joinNew(
    group: ClassicGroup,
    request: JoinGroupRequest,
    { version, context }: { readonly version: number; readonly context: RequestContext },
  ): JoinGroupResponse | Promise<JoinGroupResponse> {
    const { groupInstanceId: instanceId, protocolType, sessionTimeoutMs } = request
    const memberId = `${instanceId ?? context.clientId}-${this.#host.environment.random.uuid()}`
    if (instanceId !== null) {
      const known = group.members.get(group.staticMembers.get(instanceId) ?? '')
      if (known !== undefined) return this.#takePlace({ group, known, memberId, request, version })
    } else if (version >= KNOWN_ID_VERSION) {
      group.pendingJoin.add(memberId)
      this.#rebalances.startSession(group, memberId, sessionTimeoutMs)
      return refusedJoin(kafkaErrors.MEMBER_ID_REQUIRED, memberId)
    }
    return this.#rebalances.add(group, joiningMember(memberId, request, context), protocolType)
  }

  /** A static member came back: in a stable group it goes on where it was, without a rebalance. */
  #takePlace(back: {
    readonly group: ClassicGroup
    readonly known: ClassicMember
    readonly memberId: string
    readonly request: JoinGroupRequest
    readonly version: number
  }): JoinGroupResponse | Promise<JoinGroupResponse> {
    const { group, known, memberId, request, version } = back
    const formerLeader = group.leaderId
    const member = group.replaceStatic(known, memberId)
    this.#rebalances.startSession(group, memberId, member.sessionTimeoutMs)
    member.update(request)
    if (group.state === 'Stable' && group.protocolName === group.selectProtocol()) {
      group.store()
      if (version >= SKIP_VERSION) return group.joinAnswer(memberId, { isSkipped: true })
      // With its former id as the leader's it does not take itself for the leader, and so does not assign.
      return { ...group.joinAnswer(memberId), members: [], leader: formerLeader ?? '' }
    }
    const answer = member.awaitJoin()
    if (group.canRebalance) this.#rebalances.prepare(group)
    else this.#rebalances.completeIfJoined(group)
    return answer
  }

  #joinKnown(group: ClassicGroup, request: JoinGroupRequest, context: RequestContext): JoinGroupResponse | Promise<JoinGroupResponse> {
    const { memberId, groupInstanceId, protocols, protocolType } = request
    if (group.pendingJoin.has(memberId)) {
      if (groupInstanceId !== null) return refusedJoin(kafkaErrors.INVALID_REQUEST, memberId)
      return this.#rebalances.add(group, joiningMember(memberId, request, context), protocolType)
    }
    const errorCode = group.errorOf(memberId, groupInstanceId)
    if (errorCode !== kafkaErrors.NONE) return refusedJoin(errorCode, memberId)
    const member = group.members.get(memberId)!
    const isSettled = group.state === 'CompletingRebalance' || (group.state === 'Stable' && group.leaderId !== memberId)
    // It has not heard of the generation that it is in.
    if (isSettled && member.matches(protocols)) return group.joinAnswer(memberId)
    return this.#rebalances.rejoin(group, member, request)
  }

  #hasRoom(group: ClassicGroup, memberId: string): boolean {
    const { membersMax } = this.#host.settings
    const member = group.members.get(memberId)
    if (group.isEmpty) return true
    if (group.state === 'PreparingRebalance') return member?.isAwaitingJoin === true || group.awaitingJoinCount < membersMax
    return member !== undefined || group.members.size < membersMax
  }

  #sync(request: SyncGroupRequest, context: RequestContext): SyncGroupResponse | Promise<SyncGroupResponse> {
    const { groupId, memberId, generationId, protocolType, protocolName } = request
    const errorCode = this.#errorOf(groupId, context)
    if (errorCode !== kafkaErrors.NONE) return refusedSync(errorCode)
    const group = this.#table.groups.get(groupId)
    if (group === undefined) return refusedSync(kafkaErrors.UNKNOWN_MEMBER_ID)
    const memberError = group.errorOf(memberId, request.groupInstanceId)
    if (memberError !== kafkaErrors.NONE) return refusedSync(memberError)
    if (generationId !== group.generation) return refusedSync(kafkaErrors.ILLEGAL_GENERATION)
    const differs = (said: string | null, known: string | null): boolean => said !== null && known !== null && said !== known
    if (differs(protocolType, group.protocolType) || differs(protocolName, group.protocolName)) {
      return refusedSync(kafkaErrors.INCONSISTENT_GROUP_PROTOCOL)
    }
    const member = group.members.get(memberId)!
    if (group.state === 'PreparingRebalance') return refusedSync(kafkaErrors.REBALANCE_IN_PROGRESS)
    this.#rebalances.synced(group, memberId)
    if (group.state === 'Stable') return group.syncAnswer(member)
    const answer = member.awaitSync()
    if (memberId === group.leaderId) {
      this.#rebalances.assign(group, new Map(request.assignments.map(({ memberId: id, assignment }) => [id, assignment])))
    }
    return answer
  }

  #heartbeat({ groupId, memberId, groupInstanceId, generationId }: HeartbeatRequest, context: RequestContext): HeartbeatResponse {
    const errorCode = this.#errorOf(groupId, context) || this.#beat({ groupId, memberId, groupInstanceId, generationId })
    // An old broker says nothing while it loads: the member is to go on.
    return { throttleTimeMs: 0, errorCode: errorCode === kafkaErrors.COORDINATOR_LOAD_IN_PROGRESS ? kafkaErrors.NONE : errorCode }
  }

  #beat({ groupId, memberId, groupInstanceId, generationId }: HeartbeatRequest): number {
    const group = this.#table.groups.get(groupId)
    if (group === undefined) return kafkaErrors.UNKNOWN_MEMBER_ID
    const errorCode = group.errorOf(memberId, groupInstanceId)
    if (errorCode !== kafkaErrors.NONE) return errorCode
    if (generationId !== group.generation) return kafkaErrors.ILLEGAL_GENERATION
    this.#rebalances.startSession(group, memberId, group.members.get(memberId)!.sessionTimeoutMs)
    return group.state === 'PreparingRebalance' ? kafkaErrors.REBALANCE_IN_PROGRESS : kafkaErrors.NONE
  }

  #leave(request: LeaveGroupRequest, version: number, context: RequestContext): LeaveGroupResponse {
    const errorCode = this.#errorOf(request.groupId, context)
    if (errorCode !== kafkaErrors.NONE) return { throttleTimeMs: 0, errorCode, members: [] }
    const group = this.#table.groups.get(request.groupId)
    // Versions before 3 are about one dynamic member, whose error is that of the answer.
    const leaving = version < 3 ? [{ memberId: request.memberId, groupInstanceId: null, reason: null }] : request.members
    const members = leaving.map((member): LeaveGroupMemberResponse => {
      const { memberId, groupInstanceId } = member
      return { memberId, groupInstanceId, errorCode: group === undefined ? kafkaErrors.UNKNOWN_MEMBER_ID : this.#leaveOne(group, member) }
    })
    if (group !== undefined && members.some((member) => member.errorCode === kafkaErrors.NONE)) {
      if (group.state === 'PreparingRebalance') this.#rebalances.completeIfJoined(group)
      else if (group.state !== 'Empty') this.#rebalances.prepare(group)
    }
    return version < 3
      ? { throttleTimeMs: 0, errorCode: members[0]!.errorCode, members: [] }
      : { throttleTimeMs: 0, errorCode: kafkaErrors.NONE, members }
  }

  #leaveOne(group: ClassicGroup, { memberId, groupInstanceId }: LeaveGroupMember): number {
    if (group.pendingJoin.has(memberId)) {
      group.remove(memberId)
      return kafkaErrors.NONE
    }
    // A tool removes a static member by its instance id alone.
    const isByInstance = memberId === '' && groupInstanceId !== null
    const id = isByInstance ? (group.staticMembers.get(groupInstanceId) ?? '') : memberId
    const errorCode = group.errorOf(id, groupInstanceId)
    if (errorCode !== kafkaErrors.NONE) return errorCode
    this.#rebalances.remove(group, group.members.get(id)!)
    return kafkaErrors.NONE
  }

  #errorOf(groupId: string, context: RequestContext): number {
    return groupId === '' ? kafkaErrors.INVALID_GROUP_ID : this.#host.coordinatorError(groupId, context.node)
  }
}
