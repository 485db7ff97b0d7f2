import { assert } from '../base/assert.ts'
import type { ClientState, TaskIndex } from './client-state.ts'
import { FlowGraph } from './flow-graph.ts'

/** Tasks that processes may swap, each of which keeps as many as it has. */
export interface TaskSwap {
  /** Ascending. */
  readonly tasks: readonly TaskIndex[]
  /** In order. */
  readonly clients: readonly ClientState[]
  /** Where a task may be put among `clients`, and is now. */
  readonly isOn: (client: ClientState, task: TaskIndex) => boolean
  /** What it costs to have the task there. */
  readonly cost: (task: TaskIndex, client: ClientState) => number
}

/** The cheapest swap: for each task, in the order of `tasks`, the process that it goes to. */
export type SwapSolver = (swap: TaskSwap) => ClientState[]

const SOURCE = -1

/**
 * Only costs count (`min_traffic`): source -> task -> process -> sink, where the way from a process to the sink is as wide as the number of
 * its tasks.
 */
export const solveForTraffic: SwapSolver = ({ tasks, clients, isOn, cost }) => {
  const clientNode = (index: number): number => tasks.length + index
  const sink = tasks.length + clients.length
  const graph = new FlowGraph(SOURCE, sink)
  for (const [node, task] of tasks.entries()) {
    for (const [index, client] of clients.entries()) {
      graph.addEdge(node, clientNode(index), { capacity: 1, cost: cost(task, client), flow: isOn(client, task) ? 1 : 0 })
    }
    graph.addEdge(SOURCE, node, { capacity: 1, cost: 0, flow: 1 })
  }
  for (const [index, client] of clients.entries()) {
    const count = tasks.filter((task) => isOn(client, task)).length
    graph.addEdge(clientNode(index), sink, { capacity: count, cost: 0, flow: count })
  }
  graph.minimizeCost()
  const flows = graph.flows()
  return tasks.map((_, node) => clients[onlyOne(flows.get(node)) - tasks.length]!)
}

/**
 * The tasks of each sub-topology are spread over the processes, too (`balance_subtopology`): between tasks and processes there is a node for
 * each pair of sub-topology and process, and the way on from it is as wide as the process' part of the sub-topology, rounded up.
 */
export function solveForSubtopologies(subtopologyOf: (task: TaskIndex) => number): SwapSolver {
  return ({ tasks, clients, isOn, cost }) => {
    const groups = [...new Set(tasks.map(subtopologyOf))]
    const firstStage = (group: number, index: number): number => tasks.length + clients.length * group + index
    const secondStage = (index: number): number => tasks.length + clients.length * groups.length + index
    const sink = secondStage(clients.length)
    const graph = new FlowGraph(SOURCE, sink)
    const counts = clients.map((client) => tasks.filter((task) => isOn(client, task)).length)
    for (const [group, subtopology] of groups.entries()) {
      const nodes = [...tasks.keys()].filter((node) => subtopologyOf(tasks[node]!) === subtopology)
      for (const [index, client] of clients.entries()) {
        for (const node of nodes) graph.addEdge(node, firstStage(group, index), { capacity: 1, cost: cost(tasks[node]!, client), flow: 0 })
        const capacity = Math.ceil((counts[index]! / tasks.length) * nodes.length)
        graph.addEdge(firstStage(group, index), secondStage(index), { capacity, cost: 0, flow: 0 })
      }
    }
    for (const node of tasks.keys()) graph.addEdge(SOURCE, node, { capacity: 1, cost: 0, flow: 0 })
    for (const [index, count] of counts.entries()) graph.addEdge(secondStage(index), sink, { capacity: count, cost: 0, flow: 0 })
    assert(graph.maximizeFlow() === tasks.length, 'every task has a place')
    graph.minimizeCost()
    const flows = graph.flows()
    return tasks.map((_, node) => clients[(onlyOne(flows.get(node)) - tasks.length) % clients.length]!)
  }
}

function onlyOne(nodes: readonly number[] = []): number {
  assert(nodes.length === 1, `a task flows to one process, not to ${nodes.length}`)
  return nodes[0]!
}
