import type { Clock } from '../../base/environment.ts'
import type { GroupMetadata } from '../../client/group-metadata.ts'
import type { EndpointPartitions, LeaveKind, Membership, MembershipEvent } from '../../client/membership/membership.ts'
import type { MillraceError } from '../../base/errors.ts'
import type { TaskOffsetSum } from '../../protocol/classic/subscription-info.ts'
import { errorFromData } from './error-data.ts'
import type { FromThread, PostedEvent, ToThread } from './messages.ts'

/** What a `RemoteMembership` works with. */
export interface RemoteMembershipParts {
  readonly groupId: string
  readonly clock: Clock
  readonly taskOffsets: () => readonly TaskOffsetSum[]
  readonly post: (message: FromThread) => void
}

/** Without a signal it is polled so often: the poll says that the thread is alive. */
const POLL_MS = 100

/**
 * The membership of a stream thread that is a worker, which the main thread keeps: heartbeats go on whatever the thread does.
 *
 * A poll is a question; its answer has the event, whether the thread may commit, and as whom. A membership of a classic group joins again
 * from its poll alone. So that a commit never meets that, `mayCommit` is false from the question to its answer.
 */
export class RemoteMembership implements Membership {
  onEvent: (() => void) | null = null
  readonly #parts: RemoteMembershipParts
  #events: MembershipEvent[] = []
  #isAsking = false
  #isSignalled = true
  #askedAtMs = -Infinity
  #mayCommit = true
  #group: GroupMetadata
  /** Once the thread has joined anew by itself, the answer to a poll from before says nothing any more. */
  #isStale = false
  readonly #left = Promise.withResolvers<void>()

  constructor(parts: RemoteMembershipParts) {
    this.#parts = parts
    this.#group = { groupId: parts.groupId, memberId: '', generation: -1, instanceId: null }
  }

  get mayCommit(): boolean {
    return this.#mayCommit && !this.#isAsking
  }

  join(): void {
    this.#call('join')
  }

  poll(): MembershipEvent | null {
    const event = this.#events.shift()
    if (event !== undefined) return event
    const nowMs = this.#parts.clock.monotonic()
    if (this.#isAsking || (!this.#isSignalled && nowMs - this.#askedAtMs < POLL_MS)) return null
    this.#isAsking = true
    this.#isSignalled = false
    this.#isStale = false
    this.#askedAtMs = nowMs
    this.#parts.post({ kind: 'poll', offsets: this.#parts.taskOffsets() })
    return null
  }

  revoked(): void {
    this.#call('revoked')
  }

  assigned(): void {
    this.#call('assigned')
  }

  lostHandled(): void {
    this.#call('lostHandled')
  }

  rejoin(): void {
    this.#events = this.#events.filter(isOfNoAssignment)
    this.#isStale = this.#isAsking
    this.#call('rejoin')
  }

  requestShutdown(): void {
    this.#call('requestShutdown')
  }

  groupMetadata(): GroupMetadata {
    return this.#group
  }

  leave(how: LeaveKind = 'default'): Promise<void> {
    this.#parts.post({ kind: 'leave', how })
    return this.#left.promise
  }

  /** The main thread knows them. */
  endpoints(): readonly EndpointPartitions[] {
    return []
  }

  /** Takes what the main thread says of the membership. Whether it was about that. */
  take(message: ToThread): boolean {
    if (message.kind === 'left') {
      this.#left.resolve()
      return true
    }
    if (message.kind === 'signal') {
      this.#isSignalled = true
      this.onEvent?.()
      return true
    }
    if (message.kind !== 'polled') return false
    this.#isAsking = false
    this.#mayCommit = message.mayCommit
    this.#group = message.group
    // One more may be there: the next poll asks for it.
    if (message.event !== null) this.#isSignalled = true
    if (message.event !== null) {
      const event = eventOf(message.event)
      if (!this.#isStale || isOfNoAssignment(event)) this.#events.push(event)
    }
    this.onEvent?.()
    return true
  }

  #call(call: (FromThread & { readonly kind: 'membership' })['call']): void {
    this.#isSignalled = true
    this.#parts.post({ kind: 'membership', call })
    this.onEvent?.()
  }
}

/** Whether an event is still to be told when the thread has joined anew. */
function isOfNoAssignment({ kind }: MembershipEvent): boolean {
  return kind === 'problem' || kind === 'shutdown' || kind === 'failed'
}

function eventOf(event: PostedEvent): MembershipEvent {
  if (!('error' in event)) return event
  // A membership gives errors of Millrace's alone.
  return { kind: event.kind, error: errorFromData(event.error) as MillraceError } as MembershipEvent
}
