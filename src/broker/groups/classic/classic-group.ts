import { assert } from '../../../base/assert.ts'
import type { Timer } from '../../../base/environment.ts'
import { decodeSubscription } from '../../../protocol/classic/consumer-protocol.ts'
import { kafkaErrors } from '../../../protocol/kafka-errors.ts'
import type { JoinGroupRequest, JoinGroupResponse, JoinGroupResponseMember } from '../../../protocol/messages/join-group.ts'
import type { SyncGroupResponse } from '../../../protocol/messages/sync-group.ts'
import { refusedJoin, refusedSync } from './classic-answers.ts'
import { ClassicMember, type StoredMember } from './classic-member.ts'

/**
 * Where a classic group is (N§2.1). A group that is deleted is `Dead`; it is not kept, so no group here ever is.
 *
 * ```
 *   Empty ----> PreparingRebalance ----> CompletingRebalance ----> Stable
 *     ^           |    ^      ^                  |                   |
 *     +-----------+    |      +------------------+                   |
 *                      +---------------------------------------------+
 * ```
 */
export type ClassicGroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

const previousStates: Readonly<Record<ClassicGroupState, readonly ClassicGroupState[]>> = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['Stable', 'CompletingRebalance', 'Empty'],
  CompletingRebalance: ['PreparingRebalance'],
  Stable: ['CompletingRebalance'],
}

interface StoredGroup {
  readonly generation: number
  readonly protocolType: string
  readonly protocolName: string | null
  readonly leaderId: string | null
  readonly members: readonly StoredMember[]
}

/** A group of the classic protocol: members, generation, state. Timers are set by its coordinator. */
export class ClassicGroup {
  readonly groupId: string
  generation = 0
  protocolType = ''
  protocolName: string | null = null
  leaderId: string | null = null
  readonly members: Map<string, ClassicMember> = new Map()
  /** Instance id -> member id. */
  readonly staticMembers: Map<string, string> = new Map()
  /** Ids that were given out and not yet come back with (KIP-394). */
  readonly pendingJoin: Set<string> = new Set()
  /** Members of the generation that have not synced yet. */
  readonly pendingSync: Set<string> = new Set()
  /** Whether somebody came since the initial delay was last begun. */
  isMemberAdded = false
  readonly sessions: Map<string, Timer> = new Map()
  joinTimer: Timer | null = null
  syncTimer: Timer | null = null
  #state: ClassicGroupState = 'Empty'
  #previousState: ClassicGroupState = 'Empty'
  #stored: StoredGroup | null = null

  constructor(groupId: string) {
    this.groupId = groupId
  }

  get state(): ClassicGroupState {
    return this.#state
  }

  get previousState(): ClassicGroupState {
    return this.#previousState
  }

  get isEmpty(): boolean {
    return this.#state === 'Empty'
  }

  /** How long the slowest member may take to join. */
  get rebalanceTimeoutMs(): number {
    return Math.max(0, ...[...this.members.values()].map(({ rebalanceTimeoutMs }) => rebalanceTimeoutMs))
  }

  get awaitingJoinCount(): number {
    return [...this.members.values()].filter(({ isAwaitingJoin }) => isAwaitingJoin).length
  }

  get haveAllJoined(): boolean {
    return this.members.size === this.awaitingJoinCount && this.pendingJoin.size === 0
  }

  get canRebalance(): boolean {
    return previousStates.PreparingRebalance.includes(this.#state)
  }

  moveTo(state: ClassicGroupState): void {
    assert(previousStates[state].includes(this.#state), `A classic group never goes from ${this.#state} to ${state}`)
    this.#previousState = this.#state
    this.#state = state
  }

  /** Whether a member with these protocols can be in the group with those that are. */
  supports({ protocolType, protocols }: Pick<JoinGroupRequest, 'protocolType' | 'protocols'>): boolean {
    if (this.isEmpty) return protocolType !== '' && protocols.length > 0
    if (protocolType !== this.protocolType) return false
    // Whoever began the rebalance may have left meanwhile.
    if (this.members.size === 0) return protocols.length > 0
    const candidates = this.#candidates()
    return protocols.some(({ name }) => candidates.has(name))
  }

  /** 0, or why the member may not speak: 25 it is not in the group, 82 another has its instance id. */
  errorOf(memberId: string, instanceId: string | null): number {
    if (instanceId !== null) {
      const known = this.staticMembers.get(instanceId)
      if (known === undefined) return kafkaErrors.UNKNOWN_MEMBER_ID
      if (known !== memberId) return kafkaErrors.FENCED_INSTANCE_ID
    }
    return this.members.has(memberId) ? kafkaErrors.NONE : kafkaErrors.UNKNOWN_MEMBER_ID
  }

  add(member: ClassicMember, protocolType: string): void {
    const { memberId, instanceId } = member
    if (instanceId !== null) this.staticMembers.set(instanceId, memberId)
    if (this.members.size === 0) this.protocolType = protocolType
    this.leaderId ??= memberId
    this.members.set(memberId, member)
    this.pendingJoin.delete(memberId)
  }

  /** Takes a member, or an id that was only given out, out of the group. Its answers are the caller's business. */
  remove(memberId: string): void {
    const member = this.members.get(memberId)
    this.members.delete(memberId)
    if (member !== undefined && member.instanceId !== null) this.staticMembers.delete(member.instanceId)
    if (this.leaderId === memberId) this.leaderId = this.members.keys().next().value ?? null
    this.pendingJoin.delete(memberId)
    this.pendingSync.delete(memberId)
    this.endSession(memberId)
  }

  /** A static member came back without its id: gets `memberId` in the place of the old one, which is fenced. */
  replaceStatic(old: ClassicMember, memberId: string): ClassicMember {
    old.completeJoin(refusedJoin(kafkaErrors.FENCED_INSTANCE_ID, old.memberId))
    old.completeSync(refusedSync(kafkaErrors.FENCED_INSTANCE_ID))
    const member = new ClassicMember({ ...old.stored(), memberId })
    this.members.delete(old.memberId)
    this.members.set(memberId, member)
    this.endSession(old.memberId)
    if (this.leaderId === old.memberId) this.leaderId = memberId
    if (member.instanceId !== null) this.staticMembers.set(member.instanceId, memberId)
    return member
  }

  /** Gives whether the group has a leader that has joined; where the old one has not another is chosen. */
  electLeader(): boolean {
    if (this.leaderId === null) return false
    if (this.members.get(this.leaderId)?.isAwaitingJoin === true) return true
    const joined = [...this.members.values()].find(({ isAwaitingJoin }) => isAwaitingJoin)
    if (joined === undefined) return false
    this.leaderId = joined.memberId
    return true
  }

  /** The protocol that most members prefer among those that all have; of equals the first that was voted for. */
  selectProtocol(): string {
    const candidates = this.#candidates()
    const votes = new Map<string, number>()
    for (const member of this.members.values()) {
      const vote = member.vote(candidates)
      votes.set(vote, (votes.get(vote) ?? 0) + 1)
    }
    let best = ''
    for (const [name, count] of votes) if (count > (votes.get(best) ?? 0)) best = name
    return best
  }

  startGeneration(): void {
    this.generation++
    this.protocolName = this.members.size > 0 ? this.selectProtocol() : null
    this.moveTo(this.members.size > 0 ? 'CompletingRebalance' : 'Empty')
    this.pendingSync.clear()
  }

  /** Who there is, as the leader hears it. */
  listMembers(): JoinGroupResponseMember[] {
    return [...this.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      metadata: member.metadata(this.protocolName),
    }))
  }

  /** The answer to a join of `memberId` in this generation; the leader hears of all members. */
  joinAnswer(memberId: string, options: { readonly isSkipped?: boolean } = {}): JoinGroupResponse {
    const { generation: generationId, protocolType, protocolName, leaderId } = this
    const members = memberId === leaderId ? this.listMembers() : []
    const skipAssignment = options.isSkipped === true && memberId === leaderId
    return {
      throttleTimeMs: 0,
      errorCode: kafkaErrors.NONE,
      generationId,
      protocolType,
      protocolName,
      leader: leaderId ?? '',
      skipAssignment,
      memberId,
      members,
    }
  }

  syncAnswer({ assignment }: ClassicMember): SyncGroupResponse {
    const { protocolType, protocolName } = this
    return { throttleTimeMs: 0, errorCode: kafkaErrors.NONE, protocolType, protocolName, assignment }
  }

  /** The topics that its consumers read, as far as the protocol is the consumers' and can be read. */
  subscribedTopics(): ReadonlySet<string> {
    const topics = new Set<string>()
    if (this.protocolType !== 'consumer' || this.protocolName === null) return topics
    for (const member of this.members.values()) {
      try {
        for (const topic of decodeSubscription(member.metadata(this.protocolName)).topics) topics.add(topic)
      } catch {
        // A member may send what it likes; a broker tells nothing of such a group either.
        return new Set()
      }
    }
    return topics
  }

  endSession(memberId: string): void {
    this.sessions.get(memberId)?.cancel()
    this.sessions.delete(memberId)
  }

  cancelAllTimers(): void {
    for (const memberId of this.sessions.keys()) this.endSession(memberId)
    this.joinTimer?.cancel()
    this.joinTimer = null
    this.syncTimer?.cancel()
    this.syncTimer = null
  }

  /** Writes down what the next coordinator of the group will know of it. */
  store(): void {
    const { generation, protocolType, protocolName, leaderId } = this
    this.#stored = {
      generation,
      protocolType,
      protocolName,
      leaderId,
      members: [...this.members.values()].map((member) => member.stored()),
    }
  }

  /** Becomes what was last stored: refuses all that wait with `errorCode`, forgets ids that were only given out. Timers are ended. */
  restore(errorCode: number): void {
    this.cancelAllTimers()
    for (const member of this.members.values()) {
      member.completeJoin(refusedJoin(errorCode, member.memberId))
      member.completeSync(refusedSync(errorCode))
    }
    for (const set of [this.members, this.staticMembers, this.pendingJoin, this.pendingSync]) set.clear()
    const stored = this.#stored
    this.generation = stored?.generation ?? 0
    this.protocolType = stored?.protocolType ?? ''
    this.protocolName = stored?.protocolName ?? null
    this.leaderId = stored?.leaderId ?? null
    this.isMemberAdded = false
    for (const member of stored?.members ?? []) this.add(new ClassicMember(member), this.protocolType)
    this.#previousState = 'Empty'
    this.#state = this.members.size > 0 ? 'Stable' : 'Empty'
  }

  /** The protocols that all members have. */
  #candidates(): Set<string> {
    const [first, ...others] = [...this.members.values()]
    const names = (first?.protocols ?? []).map(({ name }) => name)
    return new Set(names.filter((name) => others.every(({ protocols }) => protocols.some((own) => own.name === name))))
  }
}
