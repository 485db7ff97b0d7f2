import type { ClientState, TaskIndex } from './client-state.ts'
import type { StandbyPlacement } from './default-standbys.ts'
import type { RackAwareness, RackCosts } from './rack-awareness.ts'
import { solveForSubtopologies, solveForTraffic, type SwapSolver } from './task-graph.ts'
import type { TaskGroup } from './task-group.ts'

/** Java's bound: by its tests standbys usually stay where they are after three rounds. */
const STANDBY_ROUNDS_MAX = 4

/**
 * Swaps these active tasks between processes so that less is read from other racks; each process keeps as many as it has (KIP-925). Does
 * nothing without `racks`.
 */
export function moveActive(group: TaskGroup, tasks: readonly TaskIndex[], costs: RackCosts): void {
  const { racks, clients } = group
  if (racks === null || tasks.length === 0) return
  const isOn = (client: ClientState, task: TaskIndex): boolean => client.hasActive(task)
  const cost = (task: TaskIndex, client: ClientState): number => racks.activeCost(task, client, client.hasActive(task), costs)
  const targets = solverOf(group)({ tasks, clients, isOn, cost })
  const sources = tasks.map((task) => clients.find((client) => client.hasActive(task))!)
  for (const [place, task] of tasks.entries()) {
    if (sources[place] === targets[place]) continue
    sources[place]!.unassignActive(task)
    // A standby that is there already becomes the active task.
    if (targets[place]!.hasStandby(task)) targets[place]!.unassignStandby(task)
    targets[place]!.assignActive(task)
  }
}

/** Which standbys may be swapped, and what finds the swap. */
export interface StandbySwapRules extends Pick<StandbyPlacement, 'mayMove'> {
  readonly solver: SwapSolver
}

/** The same for standbys, between two processes of different racks at a time. */
export function moveStandbys(group: TaskGroup, costs: RackCosts, rules: StandbySwapRules): void {
  const { racks, clients } = group
  if (racks === null) return
  for (let round = 0, hasMoved = true; hasMoved && round < STANDBY_ROUNDS_MAX; round++) {
    hasMoved = false
    for (const [index, first] of clients.entries()) {
      for (const second of clients.slice(index + 1)) {
        if (racks.rackOf(first) !== racks.rackOf(second) && swapStandbys({ group, racks, costs, rules }, first, second)) hasMoved = true
      }
    }
  }
}

interface StandbySwap {
  readonly group: TaskGroup
  readonly racks: RackAwareness
  readonly costs: RackCosts
  readonly rules: StandbySwapRules
}

function swapStandbys({ group, racks, costs, rules }: StandbySwap, first: ClientState, second: ClientState): boolean {
  const movable = (source: ClientState, destination: ClientState): TaskIndex[] =>
    source.standby().filter((task) => !destination.has(task) && rules.mayMove(source, destination, task, group.clients))
  const ofFirst = movable(first, second)
  const ofSecond = movable(second, first)
  // Only swaps keep the loads.
  if (ofFirst.length === 0 || ofSecond.length === 0) return false
  const tasks = [...ofFirst, ...ofSecond].sort((a, b) => a - b)
  const isOn = (client: ClientState, task: TaskIndex): boolean => client.hasStandby(task)
  const cost = (task: TaskIndex, client: ClientState): number => racks.standbyCost(task, client, client.hasStandby(task), costs)
  const clients = [first, second].sort((a, b) => a.order - b.order)
  const targets = rules.solver({ tasks, clients, isOn, cost })
  let hasMoved = false
  for (const [place, task] of tasks.entries()) {
    const source = ofFirst.includes(task) ? first : second
    const target = targets[place]!
    if (target === source) continue
    source.unassignStandby(task)
    target.assignStandby(task)
    hasMoved = true
  }
  return hasMoved
}

/** What `rack.aware.assignment.strategy` stands for. */
export function solverOf({ options, ids }: TaskGroup): SwapSolver {
  return options.rackAwareStrategy === 'balance_subtopology' ? solveForSubtopologies((task) => ids[task]!.subtopology) : solveForTraffic
}
