import type { Environment } from '../../../base/environment.ts'
import { ClusterError, type MillraceError, isMillraceError } from '../../../base/errors.ts'
import { kafkaErrors } from '../../../protocol/kafka-errors.ts'
import type { JoinGroupRequest, JoinGroupResponse } from '../../../protocol/messages/join-group.ts'
import type { SyncGroupResponse } from '../../../protocol/messages/sync-group.ts'
import type { ApiVersionRange } from '../../../protocol/transport.ts'
import { Backoff } from '../../backoff.ts'
import type { Coordinator } from '../../coordinator.ts'
import type { GroupMetadata } from '../../group-metadata.ts'
import { EventOutbox } from '../event-outbox.ts'
import type { ClassicAssignment, ClassicProtocol } from '../classic-protocol.ts'
import type { EndpointPartitions, LeaveKind, Membership, MembershipEvent } from '../membership.ts'
import { PollWatch } from '../poll-watch.ts'
import { SendLoop } from '../send-loop.ts'
import { Reconciliation } from '../reconciliation.ts'
import { classicReactionTo, classicRefusal } from './classic-error.ts'
import type { ClassicMembershipOptions } from './classic-membership-options.ts'

const versions = {
  join: { min: 5, max: 9 },
  sync: { min: 3, max: 5 },
  heartbeat: { min: 3, max: 4 },
  leave: { min: 3, max: 5 },
} as const satisfies Record<string, ApiVersionRange>

const PROTOCOL_TYPE = 'consumer'
/**
 * Where a member of a classic group is.
 *
 * ```
 *   OUT --> JOINING --> ASSIGNING (leader) --> SYNCING --> RECONCILING --> STABLE
 *              ^  +------------------------------^              ^            |
 *              |                                                +------------+
 *              +---------------- the group rebalances -----------------------+
 *
 *   LOST: the tasks are lost, the thread has to hear of it;    LEAVING, GONE
 * ```
 */
export type ClassicMemberState = 'OUT' | 'JOINING' | 'ASSIGNING' | 'SYNCING' | 'RECONCILING' | 'STABLE' | 'LOST' | 'LEAVING' | 'GONE'

/**
 * The classic group protocol from the side of a member, with cooperative revocation: what it keeps goes on running through a rebalance,
 * what it must give up it gives up first, and joins again (N§2.1, 2.6).
 *
 * A join is sent from `poll()` only, so never while the thread commits: the generation of a commit is not overtaken by that of its
 * rebalance. From then on until the assignment is there `mayCommit` is false.
 */
export class ClassicMembership implements Membership {
  readonly #coordinator: Coordinator
  readonly #environment: Environment
  readonly #options: ClassicMembershipOptions
  readonly #protocol: ClassicProtocol
  readonly #reconciliation = new Reconciliation()
  readonly #outbox = new EventOutbox()
  readonly #polls: PollWatch
  readonly #sends: SendLoop
  readonly #backoff: Backoff
  #state: ClassicMemberState = 'OUT'
  /** Counts what makes the answer to an earlier request meaningless. */
  #life = 0
  /** Empty until the coordinator has given one out. */
  #memberId = ''
  /** -1 while not in a generation. */
  #generation = -1
  /** As the last member that it was, so that the commit of a thread that was fenced is refused. */
  #lastMemberId = ''
  #lastGeneration = -1
  /** Of the join that is under way. */
  #metadata: Buffer | null = null
  #assignments: ReadonlyMap<string, Buffer> = new Map()
  #endpoints: readonly EndpointPartitions[] = []
  #isLeader = false
  #isRejoinNeeded = false
  #hasRevoked = false
  #isShutdownGiven = false
  /** Epoch milliseconds; `Infinity`: none is planned. */
  #nextRebalanceMs = Infinity
  #reason = 'the thread has started'

  /** A request is out that the coordinator may hold until the others are there. */
  #isHeld = false
  #sentAtMs = -Infinity
  #notBeforeMs = -Infinity
  #leaving: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null
  #isLeaveSilent = false

  /**
   * The coordinator is that of `options.groupId`, and for this membership alone: the broker answers the requests of one connection one
   * after the other, and holds a join until the whole group has joined.
   */
  constructor(coordinator: Coordinator, environment: Environment, protocol: ClassicProtocol, options: ClassicMembershipOptions) {
    this.#coordinator = coordinator
    this.#environment = environment
    this.#protocol = protocol
    this.#options = options
    this.#backoff = new Backoff(options.retryBackoffMs, options.retryBackoffMaxMs, environment.random)
    this.#sends = new SendLoop(environment, {
      dueMs: () => this.#dueMs(),
      send: () => this.#send(),
      onMistake: (error) => this.#acceptFailure(error),
    })
    this.#polls = new PollWatch(environment, options.rebalanceTimeoutMs, () => this.#expire())
  }

  /** Where the membership is; for logs and tests. */
  get state(): ClassicMemberState {
    return this.#state
  }

  get onEvent(): (() => void) | null {
    return this.#outbox.onEvent
  }

  set onEvent(listener: (() => void) | null) {
    this.#outbox.onEvent = listener
  }

  get mayCommit(): boolean {
    return this.#state !== 'JOINING' && this.#state !== 'ASSIGNING' && this.#state !== 'SYNCING'
  }

  join(): void {
    if (this.#state !== 'OUT' || this.#leaving !== null) return
    this.#polls.start()
    this.#startJoin()
  }

  poll(): MembershipEvent | null {
    this.#polls.polled()
    const event = this.#outbox.next() ?? (this.#state === 'RECONCILING' ? this.#reconciliation.next() : null)
    if (event === null) this.#rejoinIfDue()
    return event
  }

  revoked(): void {
    if (!this.#reconciliation.revoked()) return
    this.#hasRevoked = true
    this.#outbox.signal()
  }

  assigned(): void {
    if (!this.#reconciliation.assigned()) return
    if (!this.#reconciliation.isDone) return this.#outbox.signal()
    this.#move('STABLE')
    // What was given up waits for its new owner until the next generation.
    if (this.#hasRevoked) this.#needRejoin('it has given tasks up')
    this.#hasRevoked = false
  }

  lostHandled(): void {
    if (this.#state === 'LOST' && !this.#outbox.isLostDue) this.#startJoin()
  }

  groupMetadata(): GroupMetadata {
    const { groupId, instanceId } = this.#options
    return { groupId, memberId: this.#lastMemberId, generation: this.#lastGeneration, instanceId }
  }

  rejoin(): void {
    if (this.#state === 'OUT' || this.#state === 'LEAVING' || this.#state === 'GONE') return
    this.#startLife()
    this.#reason = 'the thread has lost its tasks'
    this.#startJoin()
  }

  leave(kind: LeaveKind = 'default'): Promise<void> {
    if (this.#leaving !== null) return this.#leaving.promise
    let resolve: () => void = () => {}
    this.#leaving = { promise: new Promise<void>((done) => (resolve = done)), resolve: () => resolve() }
    const isMember = this.#memberId !== '' && this.#state !== 'OUT' && this.#state !== 'GONE'
    if (this.#state !== 'GONE') this.#startLife()
    // As Kafka Streams: unless it is told to leave, the place is kept until the session times out.
    if (!isMember || kind !== 'leave') this.#end()
    else {
      this.#reason = 'the thread was closed'
      this.#isLeaveSilent = false
      this.#move('LEAVING')
      this.#sends.wake()
    }
    return this.#leaving.promise
  }

  requestShutdown(): void {
    this.#protocol.requestShutdown()
    this.#needRejoin('the application shall shut down')
  }

  endpoints(): readonly EndpointPartitions[] {
    return this.#endpoints
  }

  #now(): number {
    return this.#environment.clock.monotonic()
  }

  #move(state: ClassicMemberState): void {
    const from = this.#state
    this.#state = state
    if (from === state) return
    const { groupId } = this.#options
    this.#environment.logger.debug(
      { groupId, memberId: this.#memberId, generation: this.#generation, from, to: state },
      'Group member changed its state',
    )
  }

  /** Answers to earlier requests are dropped; one that the coordinator holds is given up, with its connection. */
  #startLife(): void {
    this.#life++
    this.#generation = -1
    this.#isLeader = false
    this.#isRejoinNeeded = false
    this.#hasRevoked = false
    this.#nextRebalanceMs = Infinity
    this.#outbox.forgetLost()
    this.#reconciliation.reset()
    if (this.#isHeld) this.#coordinator.invalidate()
  }

  #startJoin(): void {
    this.#isRejoinNeeded = false
    this.#isLeaveSilent = false
    this.#nextRebalanceMs = Infinity
    this.#metadata = null
    this.#move('JOINING')
    this.#sends.wake()
  }

  #needRejoin(reason: string): void {
    this.#isRejoinNeeded = true
    this.#reason = reason
    this.#outbox.signal()
  }

  /** Called while the thread has nothing else to do, so that it is not in the middle of a commit. */
  #rejoinIfDue(): void {
    if (this.#state !== 'STABLE') return
    if (!this.#isRejoinNeeded) {
      if (this.#nextRebalanceMs !== Infinity && this.#environment.clock.now() >= this.#nextRebalanceMs) {
        this.#reason = 'a rebalance was planned'
      } else if (this.#isLeader && this.#protocol.isOutdated()) {
        this.#reason = 'source topics have changed'
      } else return
    }
    this.#startJoin()
  }

  /** The thread has not polled for too long: leaves, so that others get its tasks before the session ends. */
  #expire(): void {
    if (this.#state === 'OUT' || this.#state === 'LOST' || this.#state === 'LEAVING' || this.#state === 'GONE') return
    const { groupId, instanceId, rebalanceTimeoutMs } = this.#options
    const { logger } = this.#environment
    logger.warn({ groupId, rebalanceTimeoutMs }, 'Leaving the group: the thread has not polled within max.poll.interval.ms')
    this.#lose()
    if (instanceId !== null || this.#memberId === '') return
    this.#reason = 'the thread has not polled within max.poll.interval.ms'
    this.#isLeaveSilent = true
    this.#sends.wake()
  }

  #lose(): void {
    this.#startLife()
    this.#move('LOST')
    this.#outbox.giveLost()
  }

  #fail(error: MillraceError): void {
    this.#startLife()
    this.#stopTimers()
    this.#move('GONE')
    this.#outbox.giveFailure(error)
  }

  #end(): void {
    this.#stopTimers()
    this.#outbox.clear()
    this.#move('GONE')
    this.#leaving?.resolve()
  }

  #stopTimers(): void {
    this.#sends.stop()
    this.#polls.stop()
    this.#protocol.close()
  }

  #dueMs(): number {
    switch (this.#state) {
      case 'LEAVING':
        return this.#now()
      case 'LOST':
        return this.#isLeaveSilent ? this.#now() : Infinity
      case 'JOINING':
      case 'SYNCING':
        return this.#notBeforeMs
      case 'ASSIGNING':
      case 'RECONCILING':
      case 'STABLE':
        return Math.max(this.#notBeforeMs, this.#sentAtMs + this.#options.heartbeatIntervalMs)
      case 'OUT':
      case 'GONE':
        return Infinity
    }
  }

  async #send(): Promise<void> {
    const life = this.#life
    const state = this.#state
    const isHeard = (): boolean => life === this.#life && this.#state !== 'GONE'
    this.#sentAtMs = this.#now()
    try {
      if (state === 'LEAVING' || state === 'LOST') await this.#sendLeave()
      else if (state === 'JOINING') await this.#sendJoin(isHeard)
      else if (state === 'SYNCING') await this.#sendSync(isHeard)
      else await this.#sendHeartbeat(isHeard)
    } catch (error) {
      if (isHeard()) this.#acceptFailure(error)
    }
    this.#isHeld = false
    // A leave is sent once, whatever becomes of it.
    if (state === 'LEAVING') this.#end()
  }

  async #sendLeave(): Promise<void> {
    const { groupId, instanceId, requestTimeoutMs: timeoutMs } = this.#options
    const members = [{ memberId: this.#memberId, groupInstanceId: instanceId, reason: this.#reason }]
    this.#isLeaveSilent = false
    this.#memberId = ''
    const request = { groupId, memberId: '', members }
    try {
      await this.#coordinator.send('LeaveGroup', versions.leave, () => request, { timeoutMs })
    } catch (error) {
      this.#environment.logger.info({ groupId, err: error }, 'The group may wait until the session of this member has timed out')
    }
  }

  /**
   * How long a request that the coordinator may hold is waited for; then it is sent again, over another connection, before the session
   * ends. Kafka Streams waits as long as a rebalance may take, also when nothing comes through any more. The coordinator knows a join by
   * its metadata, and answers the same again.
   */
  #heldTimeout(): { readonly timeoutMs: number } {
    return { timeoutMs: this.#options.sessionTimeoutMs / 2 }
  }

  async #sendJoin(isHeard: () => boolean): Promise<void> {
    // Looked up first: it must not take as long as a rebalance may.
    await this.#coordinator.features()
    if (!isHeard()) return
    this.#isHeld = true
    const { groupId, instanceId, sessionTimeoutMs, rebalanceTimeoutMs } = this.#options
    const owned = { active: this.#reconciliation.owned.active, generation: this.#generation }
    this.#metadata ??= this.#protocol.metadata(owned)
    const request: JoinGroupRequest = {
      groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      memberId: this.#memberId,
      groupInstanceId: instanceId,
      protocolType: PROTOCOL_TYPE,
      protocols: [{ name: this.#protocol.name, metadata: this.#metadata }],
      reason: this.#reason,
    }
    const { response } = await this.#coordinator.send('JoinGroup', versions.join, () => request, this.#heldTimeout())
    if (isHeard()) this.#acceptJoin(response)
  }

  #acceptJoin(response: JoinGroupResponse): void {
    if (response.errorCode === kafkaErrors.MEMBER_ID_REQUIRED) {
      this.#memberId = response.memberId
      return
    }
    if (response.errorCode !== kafkaErrors.NONE) return this.#acceptError(response.errorCode)
    this.#backoff.reset()
    this.#memberId = response.memberId
    this.#generation = response.generationId
    this.#lastMemberId = response.memberId
    this.#lastGeneration = response.generationId
    this.#isLeader = response.leader === response.memberId
    this.#assignments = new Map()
    if (!this.#isLeader || response.skipAssignment) return this.#move('SYNCING')
    this.#move('ASSIGNING')
    const life = this.#life
    const members = response.members.map(({ memberId, groupInstanceId: instanceId, metadata }) => ({ memberId, instanceId, metadata }))
    const settle = (take: () => void): void => {
      if (life === this.#life && this.#state === 'ASSIGNING') take()
    }
    this.#protocol.assign(members, response.memberId).then(
      (assignments) =>
        settle(() => {
          this.#assignments = assignments
          this.#move('SYNCING')
          this.#sends.wake()
        }),
      (error: unknown) => settle(() => this.#fail(this.#errorOf(error))),
    )
  }

  async #sendSync(isHeard: () => boolean): Promise<void> {
    await this.#coordinator.features()
    if (!isHeard()) return
    this.#isHeld = true
    const { groupId, instanceId } = this.#options
    const request = {
      groupId,
      generationId: this.#generation,
      memberId: this.#memberId,
      groupInstanceId: instanceId,
      protocolType: PROTOCOL_TYPE,
      protocolName: this.#protocol.name,
      assignments: [...this.#assignments].map(([memberId, assignment]) => ({ memberId, assignment })),
    }
    const { response } = await this.#coordinator.send('SyncGroup', versions.sync, () => request, this.#heldTimeout())
    if (isHeard()) this.#acceptSync(response)
  }

  #acceptSync({ errorCode, assignment }: SyncGroupResponse): void {
    if (errorCode !== kafkaErrors.NONE) return this.#acceptError(errorCode)
    this.#backoff.reset()
    this.#assignments = new Map()
    this.#take(this.#protocol.onAssignment(assignment, this.#generation))
  }

  #take({ assignment, endpoints, nextRebalanceMs, isShutdown, failure }: ClassicAssignment): void {
    if (endpoints !== null) this.#endpoints = endpoints
    this.#nextRebalanceMs = nextRebalanceMs
    this.#reconciliation.hear(assignment)
    this.#move(this.#reconciliation.isDone ? 'STABLE' : 'RECONCILING')
    if (isShutdown && !this.#isShutdownGiven) {
      this.#isShutdownGiven = true
      this.#outbox.give({ kind: 'shutdown' })
    }
    if (failure !== null) this.#outbox.giveFailure(failure)
    this.#outbox.signal()
  }

  async #sendHeartbeat(isHeard: () => boolean): Promise<void> {
    const { groupId, instanceId: groupInstanceId, requestTimeoutMs: timeoutMs } = this.#options
    const request = { groupId, generationId: this.#generation, memberId: this.#memberId, groupInstanceId }
    const { response } = await this.#coordinator.send('Heartbeat', versions.heartbeat, () => request, { timeoutMs })
    // The member may have gone on to the next generation meanwhile.
    if (!isHeard() || request.generationId !== this.#generation) return
    if (response.errorCode !== kafkaErrors.NONE) return this.#acceptError(response.errorCode)
    this.#backoff.reset()
  }

  #acceptError(errorCode: number): void {
    switch (classicReactionTo(errorCode)) {
      case 'rediscover':
        this.#coordinator.invalidate()
        // The first time at once; a coordinator that keeps refusing is not to be flooded.
        if (this.#backoff.tries === 0) this.#backoff.nextMs()
        else this.#wait()
        return
      case 'wait':
        return this.#wait()
      case 'rejoin':
        if (this.#state === 'SYNCING') return this.#startJoin()
        // The leader learns by its sync that its work was in vain.
        if (this.#state !== 'ASSIGNING' && this.#state !== 'JOINING') this.#needRejoin('the group rebalances')
        return
      case 'reset':
        return this.#loseMembership(errorCode, this.#memberId)
      case 'forget':
        return this.#loseMembership(errorCode, '')
      case 'fail':
        this.#fail(classicRefusal(this.#options.groupId, errorCode, this.#options))
    }
  }

  #loseMembership(errorCode: number, memberId: string): void {
    const { groupId } = this.#options
    const hadTasks = this.#generation >= 0
    this.#environment.logger.warn({ groupId, memberId: this.#memberId, errorCode }, 'The group does not have the member any more')
    this.#memberId = memberId
    this.#reason = 'the group did not know the member'
    if (hadTasks) return this.#lose()
    // There is nothing to lose yet, but an id that does not work.
    this.#wait()
  }

  #acceptFailure(error: unknown): void {
    if (isMillraceError(error) && error.retriable) return this.#wait()
    this.#fail(this.#errorOf(error))
  }

  #errorOf(error: unknown): MillraceError {
    if (isMillraceError(error)) return error
    const message = `Cannot keep up the membership of group "${this.#options.groupId}": ${String(error)}`
    return new ClusterError('REQUEST_REFUSED', message, { cause: error })
  }

  #wait(): void {
    this.#notBeforeMs = this.#now() + this.#backoff.nextMs()
  }
}
