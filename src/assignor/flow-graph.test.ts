import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FlowGraph } from './flow-graph.ts'

/** The lowest cost of giving each task to a client such that each client gets as many as it has places; found by trying everything. */
function cheapest(costs: readonly (readonly number[])[], places: readonly number[]): number {
  const [first, ...rest] = costs
  if (first === undefined) return 0
  const tries = places.map((free, client) => (free === 0 ? Infinity : first[client]! + cheapest(rest, places.with(client, free - 1))))
  return Math.min(...tries)
}

const assignment = fc.integer({ min: 1, max: 4 }).chain((clients) =>
  fc.record({
    clients: fc.constant(clients),
    costs: fc.array(fc.array(fc.nat(12), { minLength: clients, maxLength: clients }), { minLength: 1, maxLength: 6 }),
    start: fc.array(fc.nat(clients - 1), { minLength: 6, maxLength: 6 }),
  }),
)

test('FlowGraph finds the cheapest assignment, from a given one or from a greatest flow', () => {
  fc.assert(
    fc.property(assignment, fc.boolean(), ({ clients, costs, start }, isGiven) => {
      const source = -1
      const sink = costs.length + clients
      const graph = new FlowGraph(source, sink)
      const places = Array.from({ length: clients }, (_, client) => costs.filter((_cost, task) => start[task] === client).length)
      for (const [task, row] of costs.entries()) {
        for (const [client, cost] of row.entries()) {
          graph.addEdge(task, costs.length + client, { capacity: 1, cost, flow: isGiven && start[task] === client ? 1 : 0 })
        }
        graph.addEdge(source, task, { capacity: 1, cost: 0, flow: isGiven ? 1 : 0 })
      }
      for (const [client, count] of places.entries()) {
        graph.addEdge(costs.length + client, sink, { capacity: count, cost: 0, flow: isGiven ? count : 0 })
      }
      if (!isGiven) assert.equal(graph.maximizeFlow(), costs.length)
      graph.minimizeCost()
      const flows = graph.flows()
      const chosen = costs.map((row, task) => {
        const [client, ...others] = flows.get(task)!
        assert.deepEqual(others, [])
        return row[client! - costs.length]!
      })
      assert.equal(
        chosen.reduce((sum, cost) => sum + cost, 0),
        cheapest(costs, places),
      )
    }),
  )
})

test('FlowGraph finds the greatest flow where the first way must be given up again', () => {
  const graph = new FlowGraph(0, 5)
  const one = { capacity: 1, cost: 0, flow: 0 }
  for (const [from, to] of [
    [0, 1],
    [0, 2],
    [1, 3],
    [1, 4],
    [2, 3],
    [3, 5],
    [4, 5],
  ] as const)
    graph.addEdge(from, to, one)
  assert.equal(graph.maximizeFlow(), 2)
  assert.deepEqual(graph.flows().get(1), [4])
})
