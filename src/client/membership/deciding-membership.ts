import type { Environment, Timer } from '../../base/environment.ts'
import { ClusterError, type MillraceError, isMillraceError } from '../../base/errors.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { Backoff } from '../backoff.ts'
import type { GroupMetadata } from '../group-metadata.ts'
import { EventOutbox } from './event-outbox.ts'
import type { GroupProtocol, ProtocolChoice } from './group-protocol.ts'
import type { EndpointPartitions, LeaveKind, Membership, MembershipEvent } from './membership.ts'

/** How a `DecidingMembership` decides. */
export interface MembershipDecision {
  readonly groupId: string
  readonly environment: Environment
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  /** Asked again, after a while, as long as it rejects with a retriable error; rejects with what the application is told. */
  readonly choose: () => Promise<ProtocolChoice>
  readonly create: (protocol: GroupProtocol) => Membership
}

/** What a coordinator answers to members of the other protocol: the group has become one between the decision and the join. */
const otherProtocol = new Set<number>([
  kafkaErrors.UNSUPPORTED_VERSION,
  kafkaErrors.GROUP_ID_NOT_FOUND,
  kafkaErrors.INCONSISTENT_GROUP_PROTOCOL,
])

/** A membership that finds out first which protocol its group has, and once again if the first join shows that it was wrong. */
export class DecidingMembership implements Membership {
  readonly #decision: MembershipDecision
  readonly #outbox = new EventOutbox()
  readonly #backoff: Backoff
  #retry: Timer | null = null
  #inner: Membership | null = null
  #isStarted = false
  #isOver = false
  #hasJoined = false
  #decisions = 0
  #isShutdownRequested = false

  constructor(decision: MembershipDecision) {
    this.#decision = decision
    this.#backoff = new Backoff(decision.retryBackoffMs, decision.retryBackoffMaxMs, decision.environment.random)
  }

  get onEvent(): (() => void) | null {
    return this.#outbox.onEvent
  }

  set onEvent(listener: (() => void) | null) {
    this.#outbox.onEvent = listener
    if (this.#inner !== null) this.#inner.onEvent = listener
  }

  get mayCommit(): boolean {
    return this.#inner?.mayCommit ?? true
  }

  join(): void {
    if (this.#isStarted || this.#isOver) return
    this.#isStarted = true
    this.#decisions++
    this.#decide()
  }

  poll(): MembershipEvent | null {
    const event = this.#outbox.next() ?? this.#inner?.poll() ?? null
    if (event === null) return null
    if (event.kind === 'failed' && this.#isMistaken(event.error)) {
      void this.#inner?.leave('remain')
      this.#inner = null
      this.#decisions++
      this.#decide()
      return null
    }
    if (event.kind === 'assign') this.#hasJoined = true
    return event
  }

  revoked(): void {
    this.#inner?.revoked()
  }

  assigned(): void {
    this.#inner?.assigned()
  }

  lostHandled(): void {
    this.#inner?.lostHandled()
  }

  groupMetadata(): GroupMetadata {
    return this.#inner?.groupMetadata() ?? { groupId: this.#decision.groupId, memberId: '', generation: -1, instanceId: null }
  }

  rejoin(): void {
    this.#inner?.rejoin()
  }

  async leave(kind?: LeaveKind): Promise<void> {
    this.#isOver = true
    this.#retry?.cancel()
    await this.#inner?.leave(kind)
  }

  requestShutdown(): void {
    this.#isShutdownRequested = true
    this.#inner?.requestShutdown()
  }

  endpoints(): readonly EndpointPartitions[] {
    return this.#inner?.endpoints() ?? []
  }

  #isMistaken({ kafkaCode }: MillraceError): boolean {
    return !this.#hasJoined && this.#decisions === 1 && kafkaCode !== undefined && otherProtocol.has(kafkaCode)
  }

  #decide(): void {
    const { groupId, environment, choose, create } = this.#decision
    const { logger } = environment
    choose().then(
      ({ protocol, reason }) => {
        if (this.#isOver) return
        this.#backoff.reset()
        logger.info({ groupId, groupProtocol: protocol, reason }, 'The group protocol is chosen')
        this.#inner = create(protocol)
        this.#inner.onEvent = this.#outbox.onEvent
        if (this.#isShutdownRequested) this.#inner.requestShutdown()
        this.#inner.join()
      },
      (error: unknown) => {
        if (this.#isOver) return
        if (!isMillraceError(error) || !error.retriable) return this.#outbox.giveFailure(this.#errorOf(error))
        logger.info({ groupId, err: error }, 'The group protocol cannot be chosen yet')
        this.#retry = environment.scheduler.after(this.#backoff.nextMs(), () => this.#decide())
      },
    )
  }

  #errorOf(error: unknown): MillraceError {
    if (isMillraceError(error)) return error
    const message = `Cannot find out how group "${this.#decision.groupId}" is coordinated: ${String(error)}`
    return new ClusterError('REQUEST_REFUSED', message, { cause: error })
  }
}
