import { ClientQueue } from './client-queue.ts'
import type { ClientState, TaskIndex } from './client-state.ts'
import type { TaskGroup } from './task-group.ts'

/** How standbys are placed, and which of them may then be moved between processes to even out load and traffic. */
export interface StandbyPlacement {
  place(group: TaskGroup): void
  /** Whether standbys of `source` may go to `destination` when loads are evened out. */
  mayBalance(source: ClientState, destination: ClientState): boolean
  /** Whether this standby may go to `destination` when racks are looked at. */
  readonly mayMove: (source: ClientState, destination: ClientState, task: TaskIndex, clients: readonly ClientState[]) => boolean
}

/** Each copy goes to the least loaded process that has none of the task. */
export const defaultStandbys: StandbyPlacement = {
  place({ stateful, clients, options }) {
    const queue = standbyQueue()
    queue.offerAll(clients)
    for (const task of stateful) placeOnLightest(queue, task, options.numStandbyReplicas)
  },
  mayBalance: () => true,
  mayMove: () => true,
}

/** Processes that have no copy of a task, the least loaded first. */
export function standbyQueue(): ClientQueue {
  return new ClientQueue(
    (client, task) => !client.has(task),
    (client) => client.load,
  )
}

/** Places `count` copies of a task, fewer if there are not enough processes. */
export function placeOnLightest(queue: ClientQueue, task: TaskIndex, count: number): void {
  for (let placed = 0; placed < count; placed++) {
    const client = queue.poll(task)
    if (client === undefined) return
    client.assignStandby(task)
    queue.offer(client)
  }
}
