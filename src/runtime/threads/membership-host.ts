import type { MillraceError } from '../../base/errors.ts'
import { Admin } from '../../client/admin.ts'
import { Coordinator } from '../../client/coordinator.ts'
import type { EndpointPartitions, LeaveKind, Membership, MembershipEvent } from '../../client/membership/membership.ts'
import type { TaskOffsetSum } from '../../protocol/classic/subscription-info.ts'
import { createMembership } from '../thread/create-membership.ts'
import type { MembershipParts, OpenMembership } from '../thread/membership-parts.ts'
import { SourceTopics } from '../thread/source-topics.ts'
import { errorToData } from './error-data.ts'
import type { FromThread, PostedEvent, ToThread } from './messages.ts'

/** What a `MembershipHost` works with. */
export interface MembershipHostParts {
  readonly thread: MembershipParts['thread']
  /** How far the tasks are that are kept on this machine and that no thread has open. */
  readonly keptTasks: () => readonly TaskOffsetSum[]
  readonly onInstances: (instances: readonly EndpointPartitions[]) => void
  readonly post: (message: ToThread) => void
}

/**
 * The membership of a stream thread that is a worker, kept by the main thread, over a connection of its own. The thread says what it does
 * (`FromThread`), and that it is alive with each poll: one that does not poll for `max.poll.interval.ms` loses its tasks, as any.
 */
export class MembershipHost {
  readonly #parts: MembershipHostParts
  readonly #coordinator: Coordinator
  readonly #sources: SourceTopics
  readonly #open: OpenMembership
  /** As the thread last said. */
  #offsets: readonly TaskOffsetSum[] = []
  #instances: readonly EndpointPartitions[] = []
  #leaving: Promise<void> | null = null

  constructor(parts: MembershipHostParts) {
    const { client, config, topology } = parts.thread
    this.#parts = parts
    this.#coordinator = new Coordinator(client, 'group', config.applicationId)
    this.#sources = new SourceTopics(topology, client, config.applicationId)
    this.#open = createMembership({
      thread: parts.thread,
      coordinator: this.#coordinator,
      admin: new Admin(client),
      sources: this.#sources,
      taskOffsets: () => [...this.#offsets, ...parts.keptTasks()],
    })
    this.#membership.onEvent = () => parts.post({ kind: 'signal' })
  }

  /** The topology with the topics that its patterns were found to match. */
  get sources(): SourceTopics {
    return this.#sources
  }

  get #membership(): Membership {
    return this.#open.membership
  }

  call(call: (FromThread & { readonly kind: 'membership' })['call']): void {
    this.#membership[call]()
  }

  /** The thread polls. */
  poll(offsets: readonly TaskOffsetSum[]): void {
    this.#offsets = offsets
    const event = this.#membership.poll()
    const { mayCommit } = this.#membership
    this.#parts.post({
      kind: 'polled',
      event: event === null ? null : postedEvent(event),
      mayCommit,
      group: this.#membership.groupMetadata(),
    })
    const instances = this.#membership.endpoints()
    if (instances === this.#instances || instances.length + this.#instances.length === 0) return
    this.#instances = instances
    this.#parts.onInstances(instances)
  }

  requestShutdown(): void {
    this.#membership.requestShutdown()
  }

  /** Ends the membership. Resolves, never rejects. */
  leave(how: LeaveKind): Promise<void> {
    this.#leaving ??= this.#membership.leave(how).then(() => {
      this.#open.close()
      this.#sources.close()
      this.#coordinator.close()
    })
    return this.#leaving
  }
}

function postedEvent(event: MembershipEvent): PostedEvent {
  if (event.kind !== 'problem' && event.kind !== 'failed') return event
  return { kind: event.kind, error: errorToData(event.error satisfies MillraceError) }
}
