import type { Environment } from '../../base/environment.ts'
import type { Admin } from '../../client/admin.ts'
import type { Client } from '../../client/client.ts'
import type { Coordinator } from '../../client/coordinator.ts'
import type { Membership } from '../../client/membership/membership.ts'
import type { ResolvedConfig } from '../../config/resolved-config.ts'
import type { TaskOffsetSum } from '../../protocol/classic/subscription-info.ts'
import type { PhysicalTopology } from '../../topology/physical-topology.ts'
import type { SourceTopics } from './source-topics.ts'

/** What of a stream thread is of its membership, too. */
export interface MemberParts {
  readonly environment: Environment
  readonly client: Client
  readonly topology: PhysicalTopology
  readonly config: ResolvedConfig
  readonly processId: string
  /** From 1. */
  readonly threadIndex: number
}

/** What a membership shares with the rest of its thread. */
export interface MembershipParts {
  readonly thread: MemberParts
  /** Of the group; the commits of the thread go over it. */
  readonly coordinator: Coordinator
  readonly admin: Admin
  /** What the thread reads. */
  readonly sources: SourceTopics
  /** How far the thread's tasks are, for members of a classic group. */
  readonly taskOffsets: () => readonly TaskOffsetSum[]
}

/** A membership, and the connection that it has for itself. */
export interface OpenMembership {
  readonly membership: Membership
  /** After the membership has left. */
  readonly close: () => void
}
