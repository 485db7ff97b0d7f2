import type { Environment } from '../../../base/environment.ts'
import { kafkaErrors } from '../../../protocol/kafka-errors.ts'
import type { JoinGroupRequest, JoinGroupResponse } from '../../../protocol/messages/join-group.ts'
import type { GroupSettings } from '../../group-host.ts'
import { refusedJoin, refusedSync } from './classic-answers.ts'
import type { ClassicGroup } from './classic-group.ts'
import { type ClassicMember, noAssignment } from './classic-member.ts'

/** How long a member that has not been in a generation yet may be silent. */
const NEW_MEMBER_TIMEOUT_MS = 300_000

/** Leads classic groups from one generation to the next, and runs their timers (N§2.1). */
export class ClassicRebalances {
  readonly #environment: Environment
  readonly #settings: GroupSettings

  constructor(environment: Environment, settings: GroupSettings) {
    this.#environment = environment
    this.#settings = settings
  }

  /** Takes in a member that waits for its answer from now on. */
  add(group: ClassicGroup, member: ClassicMember, protocolType: string): Promise<JoinGroupResponse> {
    member.isNew = true
    if (group.state === 'PreparingRebalance' && group.previousState === 'Empty') group.isMemberAdded = true
    const answer = member.awaitJoin()
    group.add(member, protocolType)
    this.startSession(group, member.memberId, NEW_MEMBER_TIMEOUT_MS)
    this.rebalanceOrComplete(group)
    return answer
  }

  /** A member joins again, with what it says of itself now. */
  rejoin(group: ClassicGroup, member: ClassicMember, request: JoinGroupRequest): Promise<JoinGroupResponse> {
    member.update(request)
    const answer = member.awaitJoin()
    this.rebalanceOrComplete(group)
    return answer
  }

  /** A rebalance begins, or the one that is under way may have all that it waits for. */
  rebalanceOrComplete(group: ClassicGroup): void {
    if (group.canRebalance) this.prepare(group)
    else this.completeIfJoined(group)
  }

  /** Ends the join phase if all members are there; never that of a group that has just begun, which waits for others. */
  completeIfJoined(group: ClassicGroup): void {
    if (group.state === 'PreparingRebalance' && group.previousState !== 'Empty' && group.haveAllJoined) this.#complete(group)
  }

  /** Somebody who waited for nothing any more has gone. */
  completeIfOthersJoined(group: ClassicGroup): void {
    if (group.state === 'PreparingRebalance' && group.haveAllJoined) this.#complete(group)
  }

  /** A rebalance begins. */
  prepare(group: ClassicGroup): void {
    if (group.state === 'CompletingRebalance') {
      for (const member of group.members.values()) member.assignment = noAssignment
      this.#answerSyncs(group, kafkaErrors.REBALANCE_IN_PROGRESS)
    }
    group.pendingSync.clear()
    group.syncTimer?.cancel()
    group.syncTimer = null
    const isFirst = group.isEmpty
    group.moveTo('PreparingRebalance')
    if (isFirst) {
      const delayMs = this.#settings.initialRebalanceDelayMs
      this.#delayFirst(group, delayMs, Math.max(group.rebalanceTimeoutMs - delayMs, 0))
    } else if (group.haveAllJoined) this.#complete(group)
    else this.#startJoinTimer(group)
  }

  /** The leader has assigned. */
  assign(group: ClassicGroup, assignments: ReadonlyMap<string, Buffer>): void {
    for (const member of group.members.values()) member.assignment = assignments.get(member.memberId) ?? noAssignment
    this.#answerSyncs(group, kafkaErrors.NONE)
    group.moveTo('Stable')
    group.store()
  }

  /** A member of the generation has synced. */
  synced(group: ClassicGroup, memberId: string): void {
    group.pendingSync.delete(memberId)
    if (group.pendingSync.size > 0) return
    group.syncTimer?.cancel()
    group.syncTimer = null
  }

  /** Counts the session of a member, or of an id that was given out, from now on. */
  startSession(group: ClassicGroup, memberId: string, timeoutMs: number): void {
    group.endSession(memberId)
    const expire = (): void => this.#expire(group, memberId)
    group.sessions.set(memberId, this.#environment.scheduler.after(timeoutMs, expire))
  }

  /** Takes a member out that has left or was lost; what that means for the group is the caller's business. */
  remove(group: ClassicGroup, member: ClassicMember): void {
    member.completeJoin(refusedJoin(kafkaErrors.UNKNOWN_MEMBER_ID, ''))
    group.remove(member.memberId)
  }

  /** Starts the sessions of all members of a group that its coordinator has just loaded. */
  reload(group: ClassicGroup): void {
    group.restore(kafkaErrors.NOT_COORDINATOR)
    for (const { memberId, sessionTimeoutMs } of group.members.values()) this.startSession(group, memberId, sessionTimeoutMs)
  }

  #delayFirst(group: ClassicGroup, delayMs: number, remainingMs: number): void {
    group.joinTimer = this.#environment.scheduler.after(delayMs, () => {
      group.joinTimer = null
      if (!group.isMemberAdded || remainingMs === 0) return this.#complete(group)
      // Whoever is started together joins together: as long as members come the first generation waits.
      group.isMemberAdded = false
      const nextDelayMs = Math.min(this.#settings.initialRebalanceDelayMs, remainingMs)
      this.#delayFirst(group, nextDelayMs, Math.max(remainingMs - delayMs, 0))
    })
  }

  #startJoinTimer(group: ClassicGroup): void {
    group.joinTimer?.cancel()
    group.joinTimer = this.#environment.scheduler.after(group.rebalanceTimeoutMs, () => {
      group.joinTimer = null
      this.#complete(group)
    })
  }

  #complete(group: ClassicGroup): void {
    group.joinTimer?.cancel()
    group.joinTimer = null
    // Static members keep their place until their session ends.
    const late = [...group.members.values()].filter(({ isAwaitingJoin, instanceId }) => !isAwaitingJoin && instanceId === null)
    for (const { memberId } of late) group.remove(memberId)
    if (group.members.size > 0 && !group.electLeader()) return this.#startJoinTimer(group)
    group.startGeneration()
    if (group.isEmpty) return group.store()
    for (const member of group.members.values()) {
      member.completeJoin(group.joinAnswer(member.memberId))
      member.isNew = false
      this.startSession(group, member.memberId, member.sessionTimeoutMs)
      group.pendingSync.add(member.memberId)
    }
    group.syncTimer = this.#environment.scheduler.after(group.rebalanceTimeoutMs, () => this.#expireSync(group))
  }

  #answerSyncs(group: ClassicGroup, errorCode: number): void {
    for (const member of group.members.values()) {
      const answer = errorCode === kafkaErrors.NONE ? group.syncAnswer(member) : refusedSync(errorCode)
      if (member.completeSync(answer)) this.startSession(group, member.memberId, member.sessionTimeoutMs)
    }
  }

  #expire(group: ClassicGroup, memberId: string): void {
    group.sessions.delete(memberId)
    const member = group.members.get(memberId)
    if (member?.isHeldBack === true) return
    if (member === undefined) {
      group.remove(memberId)
      return this.completeIfOthersJoined(group)
    }
    this.#environment.logger.info({ groupId: group.groupId, memberId }, 'Member of a classic group failed: its session timed out')
    this.remove(group, member)
    if (group.state === 'PreparingRebalance') this.completeIfOthersJoined(group)
    else this.prepare(group)
  }

  /** Members that never fetch their assignment keep the others from knowing that they are gone. */
  #expireSync(group: ClassicGroup): void {
    group.syncTimer = null
    if (group.pendingSync.size === 0 || (group.state !== 'CompletingRebalance' && group.state !== 'Stable')) return
    for (const memberId of group.pendingSync) group.remove(memberId)
    this.prepare(group)
  }
}
