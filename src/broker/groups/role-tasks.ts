import type { TaskIds } from '../../protocol/messages/streams-group-heartbeat.ts'

/** A task as a map key: `<sub-topology id>_<partition>`. */
export type TaskKey = string

/** Tasks by role. */
export interface RoleTasks {
  readonly active: ReadonlySet<TaskKey>
  readonly standby: ReadonlySet<TaskKey>
  readonly warmup: ReadonlySet<TaskKey>
}

/** The roles of a task. */
export const roles: readonly (keyof RoleTasks)[] = ['active', 'standby', 'warmup']

/** No task in any role. */
export const noTasks: RoleTasks = { active: new Set(), standby: new Set(), warmup: new Set() }

/** The key of one task. */
export function taskKey(subtopologyId: string, partition: number): TaskKey {
  return `${subtopologyId}_${partition}`
}

/** The sub-topology id and the partition in a key. */
export function splitTaskKey(key: TaskKey): { readonly subtopologyId: string; readonly partition: number } {
  const border = key.lastIndexOf('_')
  return { subtopologyId: key.slice(0, border), partition: Number(key.slice(border + 1)) }
}

/** The tasks that a message lists. */
export function readTasks(lists: readonly TaskIds[]): Set<TaskKey> {
  return new Set(lists.flatMap(({ subtopologyId, partitions }) => partitions.map((partition) => taskKey(subtopologyId, partition))))
}

/** The tasks as a message lists them: sub-topologies in string order, partitions ascending. */
export function writeTasks(tasks: Iterable<TaskKey>): TaskIds[] {
  const bySubtopology = new Map<string, number[]>()
  for (const task of tasks) {
    const { subtopologyId, partition } = splitTaskKey(task)
    const partitions = bySubtopology.get(subtopologyId)
    if (partitions === undefined) bySubtopology.set(subtopologyId, [partition])
    else partitions.push(partition)
  }
  return [...bySubtopology]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([subtopologyId, partitions]) => ({ subtopologyId, partitions: partitions.sort((a, b) => a - b) }))
}

/** Whether the same tasks have the same roles. */
export function sameTasks(a: RoleTasks, b: RoleTasks): boolean {
  return roles.every((role) => a[role].size === b[role].size && a[role].isSubsetOf(b[role]))
}

/** Whether every task of `part` has the same role in `whole`. */
export function containsTasks(whole: RoleTasks, part: RoleTasks): boolean {
  return roles.every((role) => part[role].isSubsetOf(whole[role]))
}

/** Whether some task has the same role in both. */
export function shareTasks(a: RoleTasks, b: RoleTasks): boolean {
  return roles.some((role) => !a[role].isDisjointFrom(b[role]))
}

/** Whether there is no task in any role. */
export function isEmptyTasks(tasks: RoleTasks): boolean {
  return roles.every((role) => tasks[role].size === 0)
}
