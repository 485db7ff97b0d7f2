import { assert } from '../base/assert.ts'
import { byHash } from '../base/java-order.ts'
import type { ClientState, TaskIndex } from './client-state.ts'
import { hashTaskId } from './java-identity.ts'
import { JavaPriorityQueue } from './java-priority-queue.ts'
import type { TaskGroup } from './task-group.ts'

/** What one member gets of the tasks of its process. */
export interface ThreadTasks {
  readonly active: TaskIndex[]
  readonly standby: TaskIndex[]
}

/**
 * Spreads the tasks of a process over its members: stateful active tasks, standbys, then stateless active tasks, evenly altogether. A stateful
 * task stays with the member that had it as far as that is even (N§2.7 step 7).
 */
export function assignToThreads(group: TaskGroup, client: ClientState): ReadonlyMap<string, ThreadTasks> {
  const loads = new Map<string, number>()
  const stateful = new Set(group.stateful)
  const active = client.active()
  const spread = (tasks: readonly TaskIndex[], isSticky: boolean): ReadonlyMap<string, TaskIndex[]> => {
    const assigned = spreadTasks({ client, tasks, isSticky, loads })
    for (const [member, given] of assigned) loads.set(member, (loads.get(member) ?? 0) + given.length)
    return assigned
  }
  // The order in which Java's sets have them decides who gets the last tasks.
  const hashed = (tasks: readonly TaskIndex[]): TaskIndex[] => byHash(tasks, (task) => hashTaskId(group.ids[task]!))
  const statefulOf = spread(hashed(active.filter((task) => stateful.has(task))), true)
  const standbyOf = spread(client.standby(), true)
  const statelessOf = spread(hashed(active.filter((task) => !stateful.has(task))), false)
  return new Map(
    client.facts.memberIds.map((member) => [
      member,
      { active: [...statefulOf.get(member)!, ...statelessOf.get(member)!], standby: standbyOf.get(member)! },
    ]),
  )
}

interface Spreading {
  readonly client: ClientState
  readonly tasks: readonly TaskIndex[]
  readonly isSticky: boolean
  /** What the members have got before. */
  readonly loads: ReadonlyMap<string, number>
}

function spreadTasks({ client, tasks, isSticky, loads }: Spreading): ReadonlyMap<string, TaskIndex[]> {
  const { memberIds } = client.facts
  const assigned = new Map<string, TaskIndex[]>(memberIds.map((member) => [member, []]))
  if (tasks.length === 0) return assigned
  const loadOf = (member: string): number => (loads.get(member) ?? 0) + assigned.get(member)!.length
  const total = tasks.length + loads.values().reduce((sum, load) => sum + load, 0)
  const least = Math.floor(total / memberIds.length)
  const free = new JavaPriorityQueue<TaskIndex>((a, b) => a - b, tasks)
  const skipped = new Map<TaskIndex, string>()
  const take = (member: string, task: TaskIndex): void => {
    assigned.get(member)!.push(task)
    free.remove(task)
  }

  const toFill: string[] = []
  for (const member of memberIds) {
    for (const task of isSticky ? previousByLag(client, member) : []) {
      if (!free.has(task)) continue
      if (loadOf(member) < least) take(member, task)
      else skipped.set(task, member)
    }
    if (loadOf(member) < least) toFill.push(member)
  }
  for (let member = toFill.shift(); member !== undefined; member = toFill.shift()) {
    const task = free.poll()
    assert(task !== undefined, 'as many tasks are left as members are to be filled')
    assigned.get(member)!.push(task)
    if (loadOf(member) < least) toFill.push(member)
  }
  if (free.size === 0) return assigned

  const withRoom = memberIds.filter((member) => loadOf(member) === least)
  for (const [task, member] of [...skipped].sort(([a], [b]) => a - b)) {
    if (!withRoom.includes(member) || !free.has(task)) continue
    take(member, task)
    withRoom.splice(withRoom.indexOf(member), 1)
  }
  for (const task of free) {
    const member = withRoom.shift()
    assert(member !== undefined, 'fewer tasks are left than there are members with room')
    assigned.get(member)!.push(task)
  }
  return assigned
}

function previousByLag(client: ClientState, member: string): TaskIndex[] {
  const tasks = client.facts.previousOf.get(member) ?? new Set<TaskIndex>()
  return [...tasks].sort((a, b) => client.lagOf(a) - client.lagOf(b) || a - b)
}
