import { byHash } from '../base/java-order.ts'
import type { TaskId } from '../protocol/task-id.ts'
import type { ClientState, TaskIndex } from './client-state.ts'
import { hashTaskId } from './java-identity.ts'

/** Processes as a hash map of Java leads to them. */
export function inClientOrder(clients: readonly ClientState[]): ClientState[] {
  const arrived = clients.toSorted((a, b) => a.facts.arrival - b.facts.arrival)
  return byHash(arrived, ({ hash }) => hash)
}

/** The tasks as Java's hash map of sub-topologies leads to them. */
export function bySubtopology(ids: readonly TaskId[], tasks: readonly TaskIndex[]): TaskIndex[] {
  const subtopologies = [...new Set(ids.map(({ subtopology }) => subtopology))]
  const order = byHash(subtopologies, (id) => 961 + 31 * id)
  return order.flatMap((id) => tasks.filter((task) => ids[task]!.subtopology === id))
}

/** Some of the tasks as Java has them that adds them to a hash set in the order of the hash map of all tasks. */
export function inTaskOrder(ids: readonly TaskId[], tasks: readonly TaskIndex[]): TaskIndex[] {
  const hashOf = (task: TaskIndex): number => hashTaskId(ids[task]!)
  const all = byHash(bySubtopology(ids, [...ids.keys()]), hashOf)
  const wanted = new Set(tasks)
  return byHash(
    all.filter((task) => wanted.has(task)),
    hashOf,
  )
}
