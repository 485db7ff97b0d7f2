import type { TaskId } from '../../protocol/task-id.ts'
import type { CommittedOffset } from '../../client/offset-to-commit.ts'
import type { TopicPartitionMap } from '../../protocol/topic-partition.ts'
import type { ThreadTask } from './thread-task.ts'

/**
 * Where a task of a thread stands.
 * ```
 *   opening ──> restoring ──> starting ──> running ──revoke──> suspended
 *      │            ^             ^           │                     │
 *      │            ├── replay ───┴─ roll back┘                     │
 *      └──> following, as long as it is a standby <─────────────────┘
 * ```
 * - `opening`: its inputs are being looked up.
 * - `restoring`: its changelogs are being read.
 * - `following`: it is a standby; its changelogs are read as they grow.
 * - `suspended`: it was revoked; the next assignment says whether it is closed, a standby or active again.
 * - `starting`: its committed offsets are being fetched, after the restore, because only then every transaction of the last owner is decided.
 */
export type SlotState = 'opening' | 'restoring' | 'starting' | 'running' | 'following' | 'suspended'

/** What is wrong with the stores of a task: they are made anew from their changelogs when it is opened. */
export interface Damage {
  /** `null`: all of them. */
  readonly store: string | null
  /** For the log. */
  readonly reason: string
}

/** Whether a task is to be run, or only to be kept ready to run. */
export type TaskRole = 'active' | 'standby'

/** What a task that starts needs; fetched in the background, used by the loop. */
export interface StartOffsets {
  readonly committed: TopicPartitionMap<CommittedOffset>
  readonly positions: TopicPartitionMap<number>
}

/** One assigned task of a thread with what goes on about it in the background. */
export class TaskSlot {
  readonly id: TaskId
  role: TaskRole
  state: SlotState = 'opening'
  task: ThreadTask | null = null
  /** What is to be mended when the task is opened again. */
  damage: Damage | null = null
  /** What the step in the background found; the loop takes it. */
  start: StartOffsets | null = null
  /** Why the step in the background failed; the loop takes it. */
  failure: unknown = null
  /** Whether a step runs in the background. */
  isBusy = false
  /** Goes up when the task is closed or set back: a step that was begun before has no say any more. */
  epoch = 0
  /** Since when steps have been failing, `null` when the last one did not (KIP-572). Milliseconds, monotonic. */
  failingSinceMs: number | null = null
  /** Not before this time is a failed step tried again. Milliseconds, monotonic. */
  retryAtMs = 0

  constructor(id: TaskId, role: TaskRole) {
    this.id = id
    this.role = role
  }

  /** Sets the slot to `state`; steps that run in the background lose their say. */
  moveTo(state: SlotState): void {
    this.state = state
    this.epoch++
    this.isBusy = false
    this.start = null
    this.failure = null
  }
}
