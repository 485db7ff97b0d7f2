import { assert } from '../base/assert.ts'
import { type FlowEdge, ResidualNetwork } from './residual-network.ts'

/**
 * A network through which as much as possible flows at the lowest cost. Which of several such flows is found depends on the order in which
 * nodes and edges are looked at, ascending by node, as in Java's `Graph`. Nodes are numbers; no two edges join the same nodes.
 */
export class FlowGraph {
  readonly source: number
  readonly sink: number
  readonly #edges: FlowEdge[] = []

  constructor(source: number, sink: number) {
    this.source = source
    this.sink = sink
  }

  /** Adds an edge on which `flow` of `capacity` is used. */
  addEdge(from: number, to: number, { capacity, cost, flow }: { capacity: number; cost: number; flow: number }): void {
    assert(flow >= 0 && flow <= capacity, `the flow ${flow} fits into the capacity ${capacity}`)
    this.#edges.push({ from, to, capacity, cost, flow })
  }

  /** For each node from which something flows on, where it goes; ascending. */
  flows(): ReadonlyMap<number, readonly number[]> {
    const flowing = this.#edges.filter(({ flow }) => flow > 0).sort((a, b) => a.to - b.to)
    return new Map([...Map.groupBy(flowing, ({ from }) => from)].map(([from, edges]) => [from, edges.map(({ to }) => to)]))
  }

  /** Lets as much flow as can from source to sink, whatever it costs. Gives how much. */
  maximizeFlow(): number {
    const network = new ResidualNetwork(this.#edges)
    network.augment(this.source, this.sink)
    network.writeFlows()
    return this.#edges.reduce((sum, { from, flow }) => sum + (from === this.source ? flow : 0), 0)
  }

  /** Changes the flow, without its amount, to one of the lowest cost. */
  minimizeCost(): void {
    const network = new ResidualNetwork(this.#edges)
    network.cancelNegativeCycles()
    network.writeFlows()
  }
}
