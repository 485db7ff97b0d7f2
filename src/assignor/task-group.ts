import type { TaskId } from '../protocol/task-id.ts'
import type { ClientState, TaskIndex } from './client-state.ts'
import type { AssignorOptions } from './assignor-options.ts'
import type { RackAwareness } from './rack-awareness.ts'

/** What an assignor works on: tasks and processes, both in Java's order, and how to go about it. It assigns by changing the clients. */
export interface TaskGroup {
  /** All tasks, sorted; a `TaskIndex` is a place here. */
  readonly ids: readonly TaskId[]
  /** The tasks with changelogs, ascending. */
  readonly stateful: readonly TaskIndex[]
  /** The rest, ascending. */
  readonly stateless: readonly TaskIndex[]
  /** The tasks with stores, with changelogs or not, and the rest; ascending. */
  readonly withStores: readonly TaskIndex[]
  readonly withoutStores: readonly TaskIndex[]
  /** Sorted by process id. */
  readonly clients: readonly ClientState[]
  readonly options: AssignorOptions
  /** Where partitions and processes are; null: racks are not to be looked at, or not known of every partition and process. */
  readonly racks: RackAwareness | null
}
