import type { Environment } from '../../base/environment.ts'
import { ClusterError, type MillraceError, isMillraceError } from '../../base/errors.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { DescribedStreamsGroup } from '../../protocol/messages/streams-group-describe.ts'
import type { StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse } from '../../protocol/messages/streams-group-heartbeat.ts'
import type { ApiVersionRange } from '../../protocol/transport.ts'
import { Backoff } from '../backoff.ts'
import type { Coordinator } from '../coordinator.ts'
import type { GroupMetadata } from '../group-metadata.ts'
import { kafkaError } from '../kafka-error.ts'
import { unionByEndpoint } from './endpoint-partitions.ts'
import { heartbeatRefusal, reactionTo } from './heartbeat-error.ts'
import { HeartbeatRequests } from './heartbeat-request.ts'
import { readAssignment } from './local-assignment.ts'
import { type MemberMove, type MemberState, isJoined, transition } from './member-state.ts'
import type { EndpointPartitions, LeaveKind, Membership, MembershipEvent } from './membership.ts'
import { PollWatch } from './poll-watch.ts'
import { Reconciliation } from './reconciliation.ts'
import { SendLoop } from './send-loop.ts'
import { StatusWatch } from './status-watch.ts'
import type { StreamsMembershipOptions } from './streams-membership-options.ts'

const heartbeatVersions: ApiVersionRange = { min: 0, max: 1 }
const describeVersions: ApiVersionRange = { min: 0, max: 1 }
/** The version from which on a member can be static. */
const STATIC_VERSION = 1
const LEAVE_EPOCH = -1
const STATIC_LEAVE_EPOCH = -2
/** How long UNKNOWN_SERVER_ERROR may go on: as long as a source topic may be missing under default settings. */
const TOLERANCE_MS = 10_000

/**
 * How sure the member is of what the broker has assigned to it. After a heartbeat without an answer the broker never repeats the tasks
 * that the lost answer carried (N§1.20), so the member asks StreamsGroupDescribe. It asks twice: the first answer may be from before the
 * lost heartbeat took effect; once the heartbeat after it was answered, the lost one is settled, and the second is final.
 */
type Doubt = 'none' | 'unanswered' | 'confirm' | 'settled'

type Action = 'heartbeat' | 'describe'

/** The streams rebalance protocol (KIP-1071, N§1) from the side of a member. */
export class StreamsMembership implements Membership {
  onEvent: (() => void) | null = null
  /** A commit of the epoch before is good as long as the task is the member's (N§1.15). */
  readonly mayCommit: boolean = true
  readonly #coordinator: Coordinator
  readonly #environment: Environment
  readonly #options: StreamsMembershipOptions
  readonly #subtopologies: ReadonlySet<number>
  readonly #requests: HeartbeatRequests
  readonly #reconciliation = new Reconciliation()
  readonly #statuses: StatusWatch
  readonly #backoff: Backoff
  /** Between heartbeats while the coordinator gets the group ready: what it does takes moments, and is told with the next one at the earliest. */
  readonly #impatience: Backoff
  readonly #polls: PollWatch
  readonly #sends: SendLoop
  readonly #pending: MembershipEvent[] = []
  #state: MemberState = 'UNSUBSCRIBED'
  /** Counts what makes the answer to an earlier request meaningless: fenced, stale, joined again, left. */
  #life = 0
  /** 0 while not a member. */
  #epoch = 0
  /** The last epoch as a member, so that the commit of a fenced thread is refused: an epoch of -1 would pass in an empty group. */
  #lastEpoch = -1
  #endpointEpoch = -1
  #endpoints: readonly EndpointPartitions[] = []
  #doubt: Doubt = 'none'
  #isLostDue = false
  /** Whether the broker may have the member, whatever it answered. */
  #isKnown = false
  #isStatic = false
  #isShutdownRequested = false
  #isSignalled = false
  #hasFailed = false
  #leaveEpoch = LEAVE_EPOCH
  #leaving: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null

  /** The next heartbeat does not wait for its interval. */
  #isUrgent = false
  #intervalMs = 0
  #sentAtMs = -Infinity
  #notBeforeMs = -Infinity
  /** Since when the coordinator answers UNKNOWN_SERVER_ERROR. */
  #unknownSinceMs: number | null = null

  /** The coordinator is that of `options.groupId`; it stays the caller's and is shared with the commits of the thread. */
  constructor(coordinator: Coordinator, environment: Environment, options: StreamsMembershipOptions) {
    this.#coordinator = coordinator
    this.#environment = environment
    this.#options = options
    this.#subtopologies = new Set(options.topology.subtopologies.map(({ id }) => id))
    this.#requests = new HeartbeatRequests(options)
    this.#backoff = new Backoff(options.retryBackoffMs, options.retryBackoffMaxMs, environment.random)
    // The first wait is seldom waited: the answer to a join is acknowledged at once.
    this.#impatience = new Backoff(options.retryBackoffMs / 2, Infinity, environment.random)
    this.#sends = new SendLoop(environment, {
      dueMs: () => this.#dueMs(),
      send: () => this.#send(),
      onMistake: (error) => this.#fail(this.#unexpected(error)),
    })
    this.#polls = new PollWatch(environment, options.rebalanceTimeoutMs, () => this.#expire())
    this.#statuses = new StatusWatch(environment, options.groupId, {
      onShutdown: () => this.#give({ kind: 'shutdown' }),
      onTopologyError: (error) => this.#giveFailure(error),
    })
  }

  /** Where the membership is; for logs and tests. */
  get state(): MemberState {
    return this.#state
  }

  join(): void {
    if (this.#state !== 'UNSUBSCRIBED' || this.#leaving !== null) return
    this.#move('subscribe')
    this.#polls.start()
    this.#sends.wake()
  }

  poll(): MembershipEvent | null {
    this.#polls.polled()
    this.#isSignalled = false
    const event = this.#pending.shift()
    if (event !== undefined) return event
    if (this.#isLostDue) {
      this.#isLostDue = false
      return { kind: 'lost' }
    }
    return this.#state === 'RECONCILING' ? this.#reconciliation.next() : null
  }

  revoked(): void {
    if (this.#reconciliation.revoked()) this.#signal()
  }

  assigned(): void {
    if (!this.#reconciliation.assigned()) return
    if (!this.#reconciliation.isDone) return this.#signal()
    this.#move('reconciled')
    this.#sends.wake()
  }

  lostHandled(): void {
    if ((this.#state !== 'FENCED' && this.#state !== 'STALE') || this.#isLostDue) return
    this.#move('lostHandled')
    this.#startLife()
    this.#sends.wake()
  }

  groupMetadata(): GroupMetadata {
    const { groupId, memberId, instanceId } = this.#options
    return { groupId, memberId, generation: this.#lastEpoch, instanceId: this.#isStatic ? instanceId : null }
  }

  rejoin(): void {
    if (this.#state !== 'FENCED' && this.#state !== 'STALE' && this.#state !== 'JOINING' && !isJoined(this.#state)) return
    this.#move('rejoin')
    this.#startLife()
    this.#sends.wake()
  }

  leave(kind: LeaveKind = 'default'): Promise<void> {
    if (this.#leaving !== null) return this.#leaving.promise
    let resolve: () => void = () => {}
    this.#leaving = { promise: new Promise<void>((done) => (resolve = done)), resolve: () => resolve() }
    if (this.#state === 'FATAL' || this.#state === 'UNSUBSCRIBED') {
      this.#end()
    } else {
      this.#move('leave')
      this.#startLife()
      const isForGood = kind === 'leave' || !this.#isStatic
      this.#leaveEpoch = isForGood ? LEAVE_EPOCH : STATIC_LEAVE_EPOCH
      if (!this.#isKnown || (kind === 'remain' && !this.#isStatic)) this.#left()
      else this.#sends.wake()
    }
    return this.#leaving.promise
  }

  requestShutdown(): void {
    this.#isShutdownRequested = true
    this.#isUrgent = true
    this.#sends.wake()
  }

  endpoints(): readonly EndpointPartitions[] {
    return this.#endpoints
  }

  #move(move: MemberMove): void {
    const from = this.#state
    this.#state = transition(from, move)
    if (from === this.#state) return
    const { groupId, memberId } = this.#options
    this.#environment.logger.debug({ groupId, memberId, from, to: this.#state, memberEpoch: this.#epoch }, 'Group member changed its state')
  }

  /** Forgets everything of the membership so far; answers to earlier requests are dropped. */
  #startLife(): void {
    this.#life++
    this.#epoch = 0
    this.#doubt = 'none'
    this.#isLostDue = false
    this.#reconciliation.reset()
    this.#requests.forgetSent()
    this.#statuses.close()
  }

  #now(): number {
    return this.#environment.clock.monotonic()
  }

  #give(event: MembershipEvent): void {
    if (event.kind === 'failed') this.#pending.unshift(event)
    else this.#pending.push(event)
    this.#signal()
  }

  #giveFailure(error: MillraceError): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#give({ kind: 'failed', error })
  }

  #signal(): void {
    if (this.#isSignalled) return
    this.#isSignalled = true
    this.onEvent?.()
  }

  /** The thread has not polled for too long: leaves, so that others get its tasks before the session ends. */
  #expire(): void {
    if (this.#state !== 'JOINING' && !isJoined(this.#state)) return
    const { groupId, memberId, rebalanceTimeoutMs } = this.#options
    this.#environment.logger.warn(
      { groupId, memberId, rebalanceTimeoutMs },
      'Leaving the group: the thread has not polled within max.poll.interval.ms',
    )
    this.#move('expired')
    this.#loseTasks()
    this.#leaveEpoch = this.#isStatic ? STATIC_LEAVE_EPOCH : LEAVE_EPOCH
    this.#sends.wake()
  }

  #fence(reason: string): void {
    const { groupId, memberId } = this.#options
    this.#environment.logger.warn(
      { groupId, memberId, memberEpoch: this.#epoch, reason },
      'Lost the membership of the group; joining again',
    )
    this.#move('fenced')
    this.#isKnown = false
    this.#loseTasks()
  }

  #loseTasks(): void {
    this.#startLife()
    this.#isLostDue = true
    this.#signal()
  }

  #fail(error: MillraceError): void {
    this.#move('failed')
    this.#startLife()
    this.#stopTimers()
    this.#giveFailure(error)
  }

  #left(): void {
    this.#move('left')
    this.#end()
  }

  #end(): void {
    this.#stopTimers()
    this.#pending.length = 0
    this.#leaving?.resolve()
  }

  #stopTimers(): void {
    this.#sends.stop()
    this.#polls.stop()
    this.#statuses.close()
  }

  #dueMs(): number {
    switch (this.#state) {
      case 'PREPARE_LEAVING':
        return this.#now()
      case 'STALE':
        return this.#isKnown ? this.#now() : Infinity
      case 'JOINING':
      case 'ACKNOWLEDGING':
        return this.#notBeforeMs
      case 'RECONCILING':
      case 'STABLE': {
        const isNow = this.#isUrgent || this.#doubt !== 'none'
        return isNow ? this.#notBeforeMs : Math.max(this.#notBeforeMs, this.#sentAtMs + this.#intervalMs)
      }
      case 'UNSUBSCRIBED':
      case 'FENCED':
      case 'LEAVING':
      case 'FATAL':
        return Infinity
    }
  }

  async #send(): Promise<void> {
    const attempt = this.#state
    const isInDoubt = isJoined(attempt) && (this.#doubt === 'unanswered' || this.#doubt === 'settled')
    const action: Action = isInDoubt ? 'describe' : 'heartbeat'
    let life = this.#life
    const isHeard = (): boolean => life === this.#life && (this.#state === 'JOINING' || isJoined(this.#state))
    try {
      if (action === 'describe') {
        const { groupId } = this.#options
        const request = { groupIds: [groupId], includeAuthorizedOperations: false, includeTopologyDescription: false }
        const { response } = await this.#coordinator.send('StreamsGroupDescribe', describeVersions, () => request, this.#timeout())
        if (isHeard()) this.#acceptDescription(response.groups.find((group) => group.groupId === groupId))
      } else {
        const generate = (version: number): StreamsGroupHeartbeatRequest => {
          life = this.#life
          return this.#generate(version)
        }
        const { response } = await this.#coordinator.send('StreamsGroupHeartbeat', heartbeatVersions, generate, this.#timeout())
        if (isHeard()) this.#acceptHeartbeat(response)
      }
    } catch (error) {
      if (isHeard()) this.#acceptFailure(error, action)
    }
    // A leave request is sent once, whatever becomes of it.
    if (this.#state === 'LEAVING' || (attempt === 'PREPARE_LEAVING' && this.#state === attempt)) return this.#left()
    if (attempt === 'STALE' && this.#state === attempt) this.#isKnown = false
  }

  #timeout(): { readonly timeoutMs: number } {
    return { timeoutMs: this.#options.requestTimeoutMs }
  }

  /** The heartbeat as of now: the state may have changed while the coordinator was looked up. */
  #generate(version: number): StreamsGroupHeartbeatRequest {
    const isLeave = this.#state === 'PREPARE_LEAVING' || this.#state === 'STALE'
    this.#isStatic = this.#options.instanceId !== null && version >= STATIC_VERSION
    if (this.#state === 'PREPARE_LEAVING') this.#move('leaveSent')
    if (this.#state === 'ACKNOWLEDGING') this.#move('acknowledged')
    this.#isKnown = !isLeave
    this.#isUrgent = false
    this.#sentAtMs = this.#now()
    return this.#requests.build({
      version,
      memberEpoch: isLeave ? this.#leaveEpoch : this.#epoch,
      endpointEpoch: this.#endpointEpoch,
      owned: this.#reconciliation.owned,
      isShutdownRequested: this.#isShutdownRequested,
      nowMs: this.#sentAtMs,
    })
  }

  #acceptHeartbeat(response: StreamsGroupHeartbeatResponse): void {
    if (response.errorCode !== kafkaErrors.NONE) return this.#acceptError(response.errorCode, response.errorMessage)
    if (response.memberEpoch < 0) return
    this.#backoff.reset()
    this.#unknownSinceMs = null
    this.#requests.taskOffsetIntervalMs = response.taskOffsetIntervalMs
    this.#requests.acceptableRecoveryLag = response.acceptableRecoveryLag
    this.#endpointEpoch = response.endpointInformationEpoch
    if (response.partitionsByUserEndpoint !== null) this.#endpoints = unionByEndpoint(response.partitionsByUserEndpoint)
    const isReady = this.#statuses.update(response.status ?? [], response.heartbeatIntervalMs)
    this.#intervalMs = this.#intervalAfter(response.heartbeatIntervalMs)
    const { activeTasks, standbyTasks, warmupTasks } = response
    const hasTasks = activeTasks !== null && standbyTasks !== null && warmupTasks !== null
    this.#hear(
      response.memberEpoch,
      hasTasks
        ? readAssignment({ activeTasks, standbyTasks, warmupTasks }, isReady, this.#subtopologies)
        : { ...this.#reconciliation.target, isReady },
    )
    if (this.#doubt === 'confirm') this.#doubt = hasTasks ? 'none' : 'settled'
  }

  /** How long to wait until the next heartbeat: never longer than the coordinator says. */
  #intervalAfter(givenMs: number): number {
    if (this.#statuses.isPassing) return Math.min(givenMs, this.#impatience.nextMs())
    this.#impatience.reset()
    return givenMs
  }

  #hear(memberEpoch: number, assignment: Parameters<Reconciliation['hear']>[0]): void {
    this.#epoch = memberEpoch
    this.#lastEpoch = memberEpoch
    this.#reconciliation.hear(assignment)
    if (this.#reconciliation.isDone) return
    this.#move('differs')
    this.#signal()
  }

  #acceptDescription(group: DescribedStreamsGroup | undefined): void {
    const errorCode = group?.errorCode ?? kafkaErrors.UNKNOWN_SERVER_ERROR
    const reaction = errorCode === kafkaErrors.NONE ? null : reactionTo(errorCode)
    if (reaction === 'rediscover' || reaction === 'wait') return this.#acceptError(errorCode, null)
    if (group === undefined || reaction !== null) return this.#fence('it cannot be found out what an unanswered heartbeat has changed')
    const member = group.members.find(({ memberId }) => memberId === this.#options.memberId)
    if (member === undefined || member.memberEpoch <= 0) return this.#fence('the group does not have the member')
    const { isReady } = this.#reconciliation.target
    // An answer that is older than what was heard says nothing new.
    if (member.memberEpoch >= this.#epoch) this.#hear(member.memberEpoch, readAssignment(member.assignment, isReady, this.#subtopologies))
    this.#doubt = this.#doubt === 'settled' ? 'none' : 'confirm'
  }

  #acceptError(errorCode: number, errorMessage: string | null): void {
    this.#requests.forgetSent()
    this.#isUrgent = true
    const { groupId } = this.#options
    const reaction = reactionTo(errorCode)
    switch (reaction) {
      case 'rediscover':
        this.#coordinator.invalidate()
        // The first time at once; a coordinator that keeps refusing is not to be flooded.
        if (this.#backoff.tries === 0) this.#backoff.nextMs()
        else this.#wait()
        return
      case 'wait':
        return this.#wait()
      case 'fenced':
        if (isJoined(this.#state)) this.#fence(errorMessage ?? `the coordinator answered error ${errorCode}`)
        else this.#wait()
        return
      case 'tolerate':
        this.#unknownSinceMs ??= this.#now()
        if (this.#now() - this.#unknownSinceMs < TOLERANCE_MS) return this.#wait()
        return this.#fail(this.#refusal(errorCode, errorMessage))
      case 'report':
        this.#give({ kind: 'problem', error: kafkaError(errorCode, `keep up the membership of group "${groupId}"`) })
        return this.#wait()
      case 'fail':
        this.#fail(this.#refusal(errorCode, errorMessage))
    }
  }

  #refusal(errorCode: number, errorMessage: string | null): ClusterError {
    const { groupId, endpoint } = this.#options
    return heartbeatRefusal({ groupId, errorCode, errorMessage, isJoining: this.#epoch === 0, hasEndpoint: endpoint !== null })
  }

  #acceptFailure(error: unknown, action: Action): void {
    this.#requests.forgetSent()
    this.#isUrgent = true
    if (isMillraceError(error) && error.retriable) {
      // A join is simply sent again: the answer to it is always complete.
      if (action === 'heartbeat' && error.code === 'OUTCOME_UNKNOWN' && isJoined(this.#state)) this.#doubt = 'unanswered'
      return this.#wait()
    }
    if (action === 'describe') return this.#fence('the broker refuses to describe the group after an unanswered heartbeat')
    this.#fail(isMillraceError(error) ? error : this.#unexpected(error))
  }

  #unexpected(error: unknown): ClusterError {
    const message = `Cannot keep up the membership of group "${this.#options.groupId}": ${String(error)}`
    return new ClusterError('REQUEST_REFUSED', message, { cause: error })
  }

  #wait(): void {
    this.#notBeforeMs = this.#now() + this.#backoff.nextMs()
  }
}
