import type { GroupMetadata } from '../../client/group-metadata.ts'
import type { Assignment, LeaveKind } from '../../client/membership/membership.ts'
import type { TaskOffsetSum } from '../../protocol/classic/subscription-info.ts'
import type { MetricValue } from '../../metrics/registry.ts'
import type { TaskId } from '../../protocol/task-id.ts'
import type { StoreMeta } from '../../state/store-meta.ts'
import type { PlacedTask } from '../thread/thread-parts.ts'
import type { ThreadState } from '../thread/thread-state.ts'
import type { ErrorData } from './error-data.ts'

// Everything that is said between the main thread and a stream thread that is a worker. Plain data; arrives in order.

/** What a stream thread may keep in memory: its part of what the instance may. In bytes. */
export interface MemoryShare {
  readonly cacheBytes: number
  /** `Infinity`: no limit. */
  readonly uncommittedBytes: number
  readonly engineBytes: number
}

/** What a stream thread is started with. */
export interface ThreadOrder {
  readonly threadId: string
  /** From 1. */
  readonly threadIndex: number
  readonly processId: string
  readonly clientId: string
  /** Where persistent stores are, locked by the main thread; empty: there are none. */
  readonly stateDirectory: string
  readonly share: MemoryShare
  readonly isPaused: boolean
  /** `PulseCells`. */
  readonly cells: SharedArrayBuffer
}

/** A `MembershipEvent` as it is posted. */
export type PostedEvent =
  | { readonly kind: 'revoke'; readonly tasks: readonly TaskId[] }
  | { readonly kind: 'assign'; readonly assignment: Assignment }
  | { readonly kind: 'lost' }
  | { readonly kind: 'problem' | 'failed'; readonly error: ErrorData }
  | { readonly kind: 'shutdown' }

/** What the main thread says. */
export type ToThread =
  /** The membership has something to give: poll. */
  | { readonly kind: 'signal' }
  | { readonly kind: 'polled'; readonly event: PostedEvent | null; readonly mayCommit: boolean; readonly group: GroupMetadata }
  | { readonly kind: 'left' }
  /** The task is this thread's, until it says `release`. */
  | { readonly kind: 'granted'; readonly taskId: string }
  /** What becomes of the thread that has said `failed`: whether it is to ask the whole application to shut down. */
  | { readonly kind: 'verdict'; readonly asksShutdown: boolean }
  | { readonly kind: 'askForShutdown' }
  | { readonly kind: 'shutDown'; readonly leaveGroup: boolean | undefined }
  | { readonly kind: 'pause'; readonly isPaused: boolean }
  | { readonly kind: 'share'; readonly share: MemoryShare }
  | { readonly kind: 'ask'; readonly id: number; readonly question: unknown }

/** What a stream thread says. */
export type FromThread =
  | { readonly kind: 'membership'; readonly call: 'join' | 'revoked' | 'assigned' | 'lostHandled' | 'rejoin' | 'requestShutdown' }
  /** `offsets`: how far its tasks are. Answered by `polled`. */
  | { readonly kind: 'poll'; readonly offsets: readonly TaskOffsetSum[] }
  | { readonly kind: 'leave'; readonly how: LeaveKind }
  /** Wants to open the stores of a task. */
  | { readonly kind: 'take'; readonly taskId: string }
  /** Has closed them, or has not opened them; `metas`: of its stores, as they are kept; `null`: not known. */
  | { readonly kind: 'release'; readonly taskId: string; readonly metas: readonly KeptMeta[] | null }
  | { readonly kind: 'state'; readonly state: ThreadState }
  | { readonly kind: 'tasks'; readonly tasks: readonly PlacedTask[] }
  /** An error ends the thread. Answered by `verdict`. */
  | { readonly kind: 'failed'; readonly error: ErrorData }
  /** A member of the group asked the whole application to shut down. */
  | { readonly kind: 'shutdownRequest' }
  /** The global stores of the thread cannot be kept any more: the instance cannot go on. */
  | { readonly kind: 'globalFailure'; readonly error: ErrorData }
  | { readonly kind: 'event'; readonly name: string; readonly argument: object }
  | { readonly kind: 'log'; readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly fields: object; readonly message: string }
  | { readonly kind: 'metrics'; readonly values: readonly MetricValue[] }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown; readonly error: ErrorData | null }
  /** The last message. */
  | { readonly kind: 'ended'; readonly error: ErrorData | null }

/** The meta row of a store that is kept. */
export interface KeptMeta {
  readonly store: string
  readonly meta: StoreMeta
}

/** The integers of `ThreadOrder.cells`: what the main thread sees of a thread that does not let its event loop run. */
export const PulseCells = {
  /** Grows every second while the event loop of the thread runs. */
  beats: 0,
  /** The node whose code runs, as `ProcessingMark` numbers them; 0: none. */
  node: 1,
  count: 2,
} as const
