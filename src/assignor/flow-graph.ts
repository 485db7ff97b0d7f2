import { assert } from '../base/assert.ts'

/** An edge of a flow; in a residual network, `counter` is the same edge the other way. */
interface Edge {
  readonly to: number
  readonly cost: number
  readonly isForward: boolean
  /** How much more may flow. */
  residual: number
  flow: number
  counter: Edge | null
}

/** A node that is before all others and leads to each of them. */
const DUMMY = Number.NEGATIVE_INFINITY

/**
 * A network through which as much as possible flows at the lowest cost. Which of several such flows is found depends on the order in which
 * nodes and edges are looked at, ascending by node, as in Java's `Graph`. Nodes are numbers. Bound: nodes x edges steps for each cycle.
 */
export class FlowGraph {
  readonly source: number
  readonly sink: number
  readonly #edges = new Map<number, Edge[]>()

  constructor(source: number, sink: number) {
    this.source = source
    this.sink = sink
  }

  /** Adds an edge on which `flow` of `capacity` is used. */
  addEdge(from: number, to: number, { capacity, cost, flow }: { capacity: number; cost: number; flow: number }): void {
    assert(flow >= 0 && flow <= capacity, `the flow ${flow} fits into the capacity ${capacity}`)
    append(this.#edges, from, { to, cost, isForward: true, residual: capacity - flow, flow, counter: null })
  }

  /** Where what flows into `node` goes, ascending. */
  flowsFrom(node: number): number[] {
    const edges = this.#edges.get(node) ?? []
    return edges
      .filter(({ flow }) => flow > 0)
      .map(({ to }) => to)
      .sort((a, b) => a - b)
  }

  /** Lets as much flow as can from source to sink, whatever it costs. Gives how much. */
  maximizeFlow(): number {
    const residual = new ResidualNetwork(this.#edges)
    residual.augment(this.source, this.sink)
    this.#take(residual)
    return (this.#edges.get(this.source) ?? []).reduce((sum, { flow }) => sum + flow, 0)
  }

  /** Changes the flow, without its amount, to one of the lowest cost. */
  minimizeCost(): void {
    const residual = new ResidualNetwork(this.#edges)
    residual.cancelNegativeCycles()
    this.#take(residual)
  }

  #take(residual: ResidualNetwork): void {
    for (const [from, edges] of this.#edges) {
      for (const edge of edges) {
        const { residual: left, flow } = residual.forwardEdge(from, edge.to)
        edge.residual = left
        edge.flow = flow
      }
    }
  }
}

class ResidualNetwork {
  /** From node to edges, both ascending. */
  readonly #edges: ReadonlyMap<number, readonly Edge[]>
  readonly #nodeCount: number

  constructor(edges: ReadonlyMap<number, readonly Edge[]>) {
    const network = new Map<number, Edge[]>()
    const nodes = new Set<number>()
    for (const [from, outgoing] of edges) {
      for (const { to, cost, residual, flow } of outgoing) {
        const forward: Edge = { to, cost, isForward: true, residual, flow, counter: null }
        const backward: Edge = { to: from, cost: -cost, isForward: false, residual: flow, flow: 0, counter: forward }
        forward.counter = backward
        append(network, from, forward)
        append(network, to, backward)
        nodes.add(from).add(to)
      }
    }
    for (const outgoing of network.values()) outgoing.sort((a, b) => a.to - b.to)
    this.#edges = new Map([...network].sort(([a], [b]) => a - b))
    this.#nodeCount = nodes.size
  }

  forwardEdge(from: number, to: number): Edge {
    const edge = this.#edges.get(from)!.find((candidate) => candidate.to === to && candidate.isForward)
    assert(edge !== undefined, `there is an edge from ${from} to ${to}`)
    return edge
  }

  /** Sends flow along shortest ways until there is none (Edmonds and Karp). */
  augment(source: number, sink: number): void {
    for (;;) {
      const edgeTo = this.#findWay(source, sink)
      if (edgeTo === undefined) return
      const way: Edge[] = []
      for (let node = sink; node !== source; node = way.at(-1)!.counter!.to) way.push(edgeTo.get(node)!)
      push(way)
    }
  }

  #findWay(source: number, sink: number): ReadonlyMap<number, Edge> | undefined {
    const edgeTo = new Map<number, Edge>()
    const seen = new Set([source])
    for (const node of seen) {
      for (const edge of this.#edges.get(node)!) {
        if (seen.has(edge.to) || edge.residual <= 0) continue
        edgeTo.set(edge.to, edge)
        if (edge.to === sink) return edgeTo
        seen.add(edge.to)
      }
    }
    return undefined
  }

  /** As long as there is a cycle along which flow gets cheaper, sends flow along it. */
  cancelNegativeCycles(): void {
    for (;;) {
      const edgeTo = new Map<number, Edge>()
      const reached = this.#findNegativeCycle(edgeTo)
      if (reached === undefined) return
      const seen = new Set<number>()
      let node = reached
      while (!seen.has(node)) {
        seen.add(node)
        node = startOf(edgeTo.get(node)!)
      }
      const cycle = [edgeTo.get(node)!]
      for (let current = startOf(cycle[0]!); current !== node; current = startOf(cycle.at(-1)!)) cycle.push(edgeTo.get(current)!)
      push(cycle)
    }
  }

  /**
   * Looks for shortest ways from a node that leads to all others at no cost (Bellman and Ford): if one still gets shorter in the last round,
   * there is a negative cycle before it. Gives the node where that is so; `edgeTo` leads back.
   */
  #findNegativeCycle(edgeTo: Map<number, Edge>): number | undefined {
    const distance = new Map<number, number>()
    for (const node of this.#edges.keys()) {
      distance.set(node, 0)
      edgeTo.set(node, { to: node, cost: 0, isForward: true, residual: 1, flow: 0, counter: null })
    }
    const rounds = this.#nodeCount + 1
    for (let round = 0; round < rounds; round++) {
      for (const [start, edges] of this.#edges) {
        for (const edge of edges) {
          if (edge.residual === 0) continue
          const length = distance.get(start)! + edge.cost
          if (distance.get(edge.to)! <= length) continue
          distance.set(edge.to, length)
          edgeTo.set(edge.to, edge)
          if (round === rounds - 1) return edge.to
        }
      }
    }
    return undefined
  }
}

function startOf(edge: Edge): number {
  return edge.counter?.to ?? DUMMY
}

/** Sends along all of `edges` what the narrowest of them lets through. */
function push(edges: readonly Edge[]): void {
  const amount = Math.min(...edges.map(({ residual }) => residual))
  for (const edge of edges) {
    const counter = edge.counter!
    edge.residual -= amount
    if (edge.isForward) edge.flow += amount
    counter.residual += amount
    if (counter.isForward && counter.flow >= amount) counter.flow -= amount
  }
}

function append(edges: Map<number, Edge[]>, from: number, edge: Edge): void {
  const outgoing = edges.get(from)
  if (outgoing === undefined) edges.set(from, [edge])
  else outgoing.push(edge)
}
