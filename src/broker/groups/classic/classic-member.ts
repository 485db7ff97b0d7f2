import type { DescribedGroupMember } from '../../../protocol/messages/describe-groups.ts'
import type { JoinGroupRequest, JoinGroupRequestProtocol, JoinGroupResponse } from '../../../protocol/messages/join-group.ts'
import type { SyncGroupResponse } from '../../../protocol/messages/sync-group.ts'
import type { RequestContext } from '../../handler.ts'

/** An assignment that nobody made. */
export const noAssignment: Buffer = Buffer.alloc(0)

/** What the log of a broker keeps of a member. */
export interface StoredMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly protocols: readonly JoinGroupRequestProtocol[]
  readonly assignment: Buffer
}

/** A member of a classic group, and the answers that it waits for. */
export class ClassicMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  rebalanceTimeoutMs: number
  sessionTimeoutMs: number
  protocols: readonly JoinGroupRequestProtocol[]
  assignment: Buffer
  /** It has not been in a generation yet. */
  isNew = false
  #join: ((response: JoinGroupResponse) => void) | null = null
  #sync: ((response: SyncGroupResponse) => void) | null = null

  constructor(stored: StoredMember) {
    this.memberId = stored.memberId
    this.instanceId = stored.instanceId
    this.clientId = stored.clientId
    this.clientHost = stored.clientHost
    this.rebalanceTimeoutMs = stored.rebalanceTimeoutMs
    this.sessionTimeoutMs = stored.sessionTimeoutMs
    this.protocols = stored.protocols
    this.assignment = stored.assignment
  }

  get isAwaitingJoin(): boolean {
    return this.#join !== null
  }

  get isAwaitingSync(): boolean {
    return this.#sync !== null
  }

  /** Whether it may be silent: it waits for an answer. A member that is new is not trusted to. */
  get isHeldBack(): boolean {
    return !this.isNew && (this.isAwaitingJoin || this.isAwaitingSync)
  }

  /** The answer comes with `completeJoin`. That of a join before this one is given up. */
  awaitJoin(): Promise<JoinGroupResponse> {
    return new Promise((resolve) => (this.#join = resolve))
  }

  awaitSync(): Promise<SyncGroupResponse> {
    return new Promise((resolve) => (this.#sync = resolve))
  }

  /** Answers the join that waits, if there is one. */
  completeJoin(response: JoinGroupResponse): void {
    this.#join?.(response)
    this.#join = null
  }

  /** Answers the sync that waits; gives whether there was one. */
  completeSync(response: SyncGroupResponse): boolean {
    const isWaiting = this.#sync !== null
    this.#sync?.(response)
    this.#sync = null
    return isWaiting
  }

  update({ protocols, rebalanceTimeoutMs, sessionTimeoutMs }: JoinGroupRequest): void {
    this.protocols = protocols
    this.rebalanceTimeoutMs = rebalanceTimeoutMs
    this.sessionTimeoutMs = sessionTimeoutMs
  }

  /** Whether a join says what the member has said before. */
  matches(protocols: readonly JoinGroupRequestProtocol[]): boolean {
    return (
      protocols.length === this.protocols.length &&
      protocols.every(({ name, metadata }, index) => {
        const own = this.protocols[index]!
        return own.name === name && own.metadata.equals(metadata)
      })
    )
  }

  metadata(protocol: string | null): Buffer {
    return this.protocols.find(({ name }) => name === protocol)?.metadata ?? noAssignment
  }

  /** The first of its protocols that is among the candidates. */
  vote(candidates: ReadonlySet<string>): string {
    return this.protocols.find(({ name }) => candidates.has(name))!.name
  }

  stored(): StoredMember {
    const { memberId, instanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs, protocols, assignment } = this
    return { memberId, instanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs, protocols, assignment }
  }

  /** `protocol` null: metadata and assignment are not told, because they are about to change. */
  describe(protocol: string | null): DescribedGroupMember {
    const { memberId, instanceId: groupInstanceId, clientId, clientHost } = this
    return {
      memberId,
      groupInstanceId,
      clientId,
      clientHost,
      memberMetadata: protocol === null ? noAssignment : this.metadata(protocol),
      memberAssignment: protocol === null ? noAssignment : this.assignment,
    }
  }
}

/** A member that joins. */
export function joiningMember(memberId: string, request: JoinGroupRequest, { clientId, clientHost }: RequestContext): ClassicMember {
  const { groupInstanceId: instanceId, protocols, rebalanceTimeoutMs, sessionTimeoutMs } = request
  const stored = { memberId, instanceId, clientId, clientHost, rebalanceTimeoutMs, sessionTimeoutMs, protocols, assignment: noAssignment }
  return new ClassicMember(stored)
}
