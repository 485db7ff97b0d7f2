import { ClusterError } from '../../base/errors.ts'
import type { TaskIds } from '../../protocol/messages/streams-group-heartbeat.ts'
import { type TaskId, compareTaskIds, formatTaskId } from '../../protocol/task-id.ts'
import type { Assignment } from './membership.ts'

/** The task lists of a response. */
export interface TaskLists {
  readonly activeTasks: readonly TaskIds[]
  readonly standbyTasks: readonly TaskIds[]
  readonly warmupTasks: readonly TaskIds[]
}

/** An assignment with the count of changes that led to it, so that a change away and back is still seen (N§1.7 rule 3). */
export interface LocalAssignment extends Assignment {
  readonly localEpoch: number
}

/** Before the first answer: differs from everything that can be assigned. */
export const nothingKnown: LocalAssignment = { active: [], standby: [], warmup: [], isReady: false, localEpoch: -1 }

/**
 * What the lists of a response assign. A task that comes in several roles, as 4.4 brokers may show for a moment, gets the first of
 * active, standby, warm-up (N§1.7 rule 13). Throws `ClusterError` for a sub-topology that is not ours.
 */
export function readAssignment(lists: TaskLists, isReady: boolean, subtopologies: ReadonlySet<number>): Assignment {
  const taken = new Set<string>()
  const read = (tasks: readonly TaskIds[]): TaskId[] => {
    const ids: TaskId[] = []
    for (const { subtopologyId, partitions } of tasks) {
      const subtopology = Number(subtopologyId)
      if (!subtopologies.has(subtopology)) {
        const own = [...subtopologies].join(', ')
        throw new ClusterError(
          'REQUEST_REFUSED',
          `Cannot take the assignment: it has the sub-topology "${subtopologyId}", the topology has ${own}`,
        )
      }
      for (const partition of partitions) {
        const id = { subtopology, partition }
        const name = formatTaskId(id)
        if (taken.has(name)) continue
        taken.add(name)
        ids.push(id)
      }
    }
    return ids.sort(compareTaskIds)
  }
  return { active: read(lists.activeTasks), standby: read(lists.standbyTasks), warmup: read(lists.warmupTasks), isReady }
}

/** The tasks as a request lists them: sub-topologies in string order. `tasks` is sorted. */
export function writeTaskIds(tasks: readonly TaskId[]): TaskIds[] {
  const partitions = new Map<string, number[]>()
  for (const { subtopology, partition } of tasks) {
    const id = String(subtopology)
    const list = partitions.get(id)
    if (list === undefined) partitions.set(id, [partition])
    else list.push(partition)
  }
  return [...partitions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([subtopologyId, list]) => ({ subtopologyId, partitions: list }))
}

/** Whether both have the same tasks in the same roles. */
export function sameAssignedTasks(a: Assignment, b: Assignment): boolean {
  return sameTasks(a.active, b.active) && sameTasks(a.standby, b.standby) && sameTasks(a.warmup, b.warmup)
}

function sameTasks(a: readonly TaskId[], b: readonly TaskId[]): boolean {
  return a.length === b.length && a.every((task, index) => compareTaskIds(task, b[index]!) === 0)
}

/** The tasks of `a` that are not in `b`. */
export function withoutTasks(a: readonly TaskId[], b: readonly TaskId[]): TaskId[] {
  const names = new Set(b.map(formatTaskId))
  return a.filter((task) => !names.has(formatTaskId(task)))
}
