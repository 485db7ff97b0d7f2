import type { StreamsGroupHeartbeatRequest } from '../../protocol/messages/streams-group-heartbeat.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { LEAVE_EPOCH, STATIC_LEAVE_EPOCH } from './heartbeat-validation.ts'
import { Refusal } from './refusal.ts'
import { type RoleTasks, containsTasks, readTasks } from './role-tasks.ts'
import type { StreamsGroup } from './streams-group.ts'
import type { StreamsMember } from './streams-member.ts'

/** Who a heartbeat is from. */
export interface FoundMember {
  /** Null: a member that joins. */
  readonly member: StreamsMember | null
  /** The static member that was away and whose place `member` (with its assignment, under the new id) takes. */
  readonly replaced: StreamsMember | null
}

/** The tasks that a heartbeat reports; null if it reports none because nothing has changed. */
export function ownedTasks({ activeTasks, standbyTasks, warmupTasks }: StreamsGroupHeartbeatRequest): RoleTasks | null {
  if (activeTasks === null || standbyTasks === null || warmupTasks === null) return null
  return { active: readTasks(activeTasks), standby: readTasks(standbyTasks), warmup: readTasks(warmupTasks) }
}

/** Finds who sent the heartbeat and checks its epoch (N§1.6). Throws `Refusal` 25, 82, 110 or 111. */
export function findMember(group: StreamsGroup, request: StreamsGroupHeartbeatRequest): FoundMember {
  return request.instanceId === null ? findDynamicMember(group, request) : findStaticMember(group, request, request.instanceId)
}

function findDynamicMember(group: StreamsGroup, request: StreamsGroupHeartbeatRequest): FoundMember {
  const member = group.members.get(request.memberId)
  if (member === undefined) {
    if (request.memberEpoch !== 0) throw unknownMember(group, request.memberId)
    return { member: null, replaced: null }
  }
  checkEpoch(member, request)
  return { member, replaced: null }
}

function findStaticMember(group: StreamsGroup, request: StreamsGroupHeartbeatRequest, instanceId: string): FoundMember {
  const { memberId, memberEpoch } = request
  const knownId = group.staticMembers.get(instanceId)
  const known = knownId === undefined ? undefined : group.members.get(knownId)
  if (known === undefined) {
    if (memberEpoch !== 0) throw new Refusal(kafkaErrors.UNKNOWN_MEMBER_ID, `Instance id ${instanceId} is unknown.`)
    return { member: null, replaced: null }
  }
  if (known.memberId === memberId) {
    if (memberEpoch === 0 && known.assignment.memberEpoch === STATIC_LEAVE_EPOCH) {
      return { member: { ...known, assignment: { ...known.assignment, memberEpoch: 0, previousMemberEpoch: 0 } }, replaced: null }
    }
    checkEpoch(known, request)
    return { member: known, replaced: null }
  }
  if (memberEpoch !== 0) {
    throw new Refusal(
      kafkaErrors.FENCED_INSTANCE_ID,
      `Static member ${memberId} with instance id ${instanceId} was fenced by member ${known.memberId}.`,
    )
  }
  if (known.assignment.memberEpoch !== STATIC_LEAVE_EPOCH) {
    throw new Refusal(
      kafkaErrors.UNRELEASED_INSTANCE_ID,
      `Static member ${memberId} with instance id ${instanceId} cannot join the group because the instance id is owned by member ${known.memberId}.`,
    )
  }
  return { member: { ...known, memberId, assignment: { ...known.assignment, memberEpoch: 0, previousMemberEpoch: 0 } }, replaced: known }
}

function checkEpoch({ assignment }: StreamsMember, request: StreamsGroupHeartbeatRequest): void {
  const { memberEpoch } = request
  const known = assignment.memberEpoch
  if (memberEpoch === 0 || memberEpoch === known || memberEpoch === LEAVE_EPOCH || memberEpoch === STATIC_LEAVE_EPOCH) return
  if (memberEpoch < known && memberEpoch === assignment.previousMemberEpoch) {
    // The answer with the new epoch may have been lost.
    const owned = ownedTasks(request)
    if (owned !== null && containsTasks(assignment.assigned, owned)) return
  }
  const relation = memberEpoch > known ? 'greater' : 'smaller'
  throw new Refusal(
    kafkaErrors.FENCED_MEMBER_EPOCH,
    `The streams group member has a ${relation} member epoch (${memberEpoch}) than the one known by the group coordinator (${known}). The member must abandon all its partitions and rejoin.`,
  )
}

function unknownMember(group: StreamsGroup, memberId: string): Refusal {
  return new Refusal(kafkaErrors.UNKNOWN_MEMBER_ID, `Member ${memberId} is not a member of group ${group.groupId}.`)
}
