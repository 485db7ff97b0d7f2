import type { ClientState, TaskIndex } from './client-state.ts'
import { ClientQueue } from './client-queue.ts'
import { defaultStandbys, type StandbyPlacement } from './default-standbys.ts'
import { moveActive, moveStandbys } from './rack-optimizer.ts'
import { tagAwareStandbys } from './tag-aware-standbys.ts'
import { solveForTraffic } from './task-graph.ts'
import type { TaskGroup } from './task-group.ts'
import { CatchUp, moveActiveTasks, moveStandbyTasks } from './task-movements.ts'

/** Costs of Java's high-availability assignor where none are configured. */
const defaultCosts = { traffic: 10, nonOverlap: 1 } as const

/**
 * The default assignor of Kafka Streams (KIP-441): a balanced placement that does not look at state, from which tasks then stay with processes
 * that have their state, while the process where they belong warms up. Assigns all tasks. Whether another rebalance must look later if the
 * warm-ups are done.
 */
export function assignHighlyAvailable(group: TaskGroup): boolean {
  placeActiveTasks(group)
  if (group.options.numStandbyReplicas > 0) placeStandbys(group)
  const catchUp = new CatchUp(group)
  const moved = moveActiveTasks(catchUp) + moveStandbyTasks(catchUp)
  placeStatelessTasks(group)
  return moved > 0
}

function placeActiveTasks(group: TaskGroup): void {
  const { clients, stateful } = group
  for (const [place, task] of stateful.entries()) clients[place % clients.length]!.assignActive(task)
  balance(clients, {
    tasksOf: (client) => client.active(),
    move(task, source, destination) {
      source.unassignActive(task)
      destination.assignActive(task)
    },
    mayMove: () => true,
  })
  moveActive(group, stateful, costsOf(group))
}

function placeStandbys(group: TaskGroup): void {
  const placement: StandbyPlacement = group.options.rackAwareAssignmentTags.length > 0 ? tagAwareStandbys : defaultStandbys
  placement.place(group)
  balance(group.clients, {
    tasksOf: (client) => client.standby(),
    move(task, source, destination) {
      source.unassignStandby(task)
      destination.assignStandby(task)
    },
    mayMove: (source, destination) => placement.mayBalance(source, destination),
  })
  moveStandbys(group, costsOf(group), { mayMove: placement.mayMove, solver: solveForTraffic })
}

function placeStatelessTasks(group: TaskGroup): void {
  const queue = new ClientQueue(
    () => true,
    (client) => client.activeLoad,
  )
  queue.offerAll(group.clients)
  for (const task of group.stateless) {
    const client = queue.poll(task)!
    client.assignActive(task)
    queue.offer(client)
  }
  moveActive(group, group.stateless, { traffic: 1, nonOverlap: 0 })
}

function costsOf({ options }: TaskGroup): { traffic: number; nonOverlap: number } {
  return {
    traffic: options.rackAwareTrafficCost ?? defaultCosts.traffic,
    nonOverlap: options.rackAwareNonOverlapCost ?? defaultCosts.nonOverlap,
  }
}

interface Balancing {
  readonly tasksOf: (client: ClientState) => readonly TaskIndex[]
  readonly move: (task: TaskIndex, source: ClientState, destination: ClientState) => void
  readonly mayMove: (source: ClientState, destination: ClientState) => boolean
}

/** Moves tasks between pairs of processes until no move evens out their loads any more. */
function balance(clients: readonly ClientState[], balancing: Balancing): void {
  for (let isMoving = true; isMoving;) {
    isMoving = false
    for (const source of clients) {
      for (const destination of clients) {
        if (source !== destination && balancePair(source, destination, balancing)) isMoving = true
      }
    }
  }
}

function balancePair(source: ClientState, destination: ClientState, { tasksOf, move, mayMove }: Balancing): boolean {
  let hasMoved = false
  for (const task of tasksOf(source)) {
    if (!wouldEvenOut(source, destination)) break
    if (destination.has(task) || !mayMove(source, destination)) continue
    move(task, source, destination)
    hasMoved = true
  }
  return hasMoved
}

function wouldEvenOut(source: ClientState, destination: ClientState): boolean {
  const skew = source.load - destination.load
  if (skew <= 0) return false
  const proposed = (source.taskCount - 1) / source.capacity - (destination.taskCount + 1) / destination.capacity
  return proposed >= 0 && proposed < skew
}
