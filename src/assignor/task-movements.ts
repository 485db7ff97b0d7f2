import { assert } from '../base/assert.ts'
import { ClientQueue } from './client-queue.ts'
import type { ClientState, TaskIndex } from './client-state.ts'
import { JavaPriorityQueue } from './java-priority-queue.ts'
import type { TaskGroup } from './task-group.ts'

/** A task that was placed where its state is not, although another process has more of it. */
interface Movement {
  readonly task: TaskIndex
  readonly destination: ClientState
}

/** How far the processes of the group have the state of the stateful tasks, and what may still be spent on warming up. */
export class CatchUp {
  readonly clients: readonly ClientState[]
  readonly #caughtUp = new Map<TaskIndex, ReadonlySet<ClientState>>()
  readonly #byLag = new Map<TaskIndex, readonly ClientState[]>()
  readonly #warmups = new Map<ClientState, Set<TaskIndex>>()
  #remainingWarmups: number

  constructor({ clients, stateful, options }: TaskGroup) {
    this.clients = clients
    this.#remainingWarmups = options.maxWarmupReplicas
    for (const task of stateful) {
      const lags = clients.map((client) => client.lagOf(task))
      const caughtUp = clients.filter((client) => isCaughtUp(lags[client.order]!, options.acceptableRecoveryLag))
      this.#caughtUp.set(task, new Set(caughtUp))
      this.#byLag.set(
        task,
        clients.toSorted((a, b) => lags[a.order]! - lags[b.order]! || a.order - b.order),
      )
    }
  }

  isCaughtUp(client: ClientState, task: TaskIndex): boolean {
    return this.#caughtUp.get(task)!.has(client)
  }

  /** Whether the task should rather be elsewhere than on `client`. */
  isMisplaced(client: ClientState, task: TaskIndex): boolean {
    if (this.isCaughtUp(client, task)) return false
    return this.#byLag.get(task)![0]!.lagOf(task) < client.lagOf(task)
  }

  /** The process with the least to restore of the task that `isEligible` and has less to restore than `destination`. */
  findMostCaughtUp({ task, destination }: Movement, isEligible: (client: ClientState) => boolean): ClientState | undefined {
    for (const client of this.#byLag.get(task)!) {
      if (client === destination) return undefined
      if (isEligible(client)) return client
    }
    return undefined
  }

  /** Takes one of the warm-ups that are left. */
  takeWarmup(): boolean {
    return this.#remainingWarmups-- > 0
  }

  noteWarmup(client: ClientState, task: TaskIndex): void {
    const tasks = this.#warmups.get(client)
    if (tasks === undefined) this.#warmups.set(client, new Set([task]))
    else tasks.add(task)
  }

  isWarmup(client: ClientState, task: TaskIndex): boolean {
    return this.#warmups.get(client)?.has(task) === true
  }

  /** Tasks that few are caught up with come first: there is the least choice for them. */
  movements(): JavaPriorityQueue<Movement> {
    return new JavaPriorityQueue((a, b) => this.#caughtUp.get(a.task)!.size - this.#caughtUp.get(b.task)!.size || a.task - b.task)
  }

  /** The processes by load; a poll gives one that is caught up with the task. */
  queue(): ClientQueue {
    const queue = new ClientQueue(
      (client, task) => this.isCaughtUp(client, task),
      (client) => client.load,
    )
    queue.offerAll(this.clients)
    return queue
  }
}

function isCaughtUp(lag: number, acceptableRecoveryLag: number): boolean {
  return lag === -2 || acceptableRecoveryLag === Infinity || (lag >= 0 && lag <= acceptableRecoveryLag)
}

/**
 * Gives active tasks to processes that have their state, and puts warm-ups where they were placed, as far as these go (KIP-441). Gives how
 * many tasks were not where they should be at last.
 */
export function moveActiveTasks(catchUp: CatchUp): number {
  const movements = catchUp.movements()
  for (const client of catchUp.clients) {
    for (const task of client.active()) if (catchUp.isMisplaced(client, task)) movements.offer({ task, destination: client })
  }
  const queue = catchUp.queue()
  const count = movements.size
  for (let movement = movements.poll(); movement !== undefined; movement = movements.poll()) {
    const { task, destination } = movement
    const source =
      queue.poll(task, (client) => client.hasStandby(task)) ?? queue.poll(task) ?? catchUp.findMostCaughtUp(movement, () => true)
    assert(source !== undefined, 'a task is moved only if another process has more of its state')
    if (source.hasStandby(task)) swap(task, source, destination)
    else moveActive(catchUp, movement, source)
    queue.offerAll([source, destination])
  }
  return count
}

/** The same for standbys that are no warm-ups. Gives how many were moved. */
export function moveStandbyTasks(catchUp: CatchUp): number {
  const movements = catchUp.movements()
  for (const client of catchUp.clients) {
    for (const task of client.standby()) {
      if (!catchUp.isWarmup(client, task) && catchUp.isMisplaced(client, task)) movements.offer({ task, destination: client })
    }
  }
  const queue = catchUp.queue()
  let count = 0
  for (let movement = movements.poll(); movement !== undefined; movement = movements.poll()) {
    const { task, destination } = movement
    const hasNone = (client: ClientState): boolean => !client.has(task)
    const source = queue.poll(task, hasNone) ?? catchUp.findMostCaughtUp(movement, hasNone)
    if (source === undefined) continue
    source.assignStandby(task)
    if (!catchUp.takeWarmup()) destination.unassignStandby(task)
    queue.offerAll([source, destination])
    count++
  }
  return count
}

function swap(task: TaskIndex, source: ClientState, destination: ClientState): void {
  source.unassignStandby(task)
  source.assignActive(task)
  destination.unassignActive(task)
  destination.assignStandby(task)
}

function moveActive(catchUp: CatchUp, { task, destination }: Movement, source: ClientState): void {
  source.assignActive(task)
  destination.unassignActive(task)
  if (!catchUp.takeWarmup()) return
  destination.assignStandby(task)
  catchUp.noteWarmup(destination, task)
}
