import { assert } from '../base/assert.ts'

/** An edge with what flows on it. */
export interface FlowEdge {
  readonly from: number
  readonly to: number
  readonly capacity: number
  readonly cost: number
  flow: number
}

/**
 * What may still be changed about a flow: for each of its edges one that can take more, and one back that can take some away, at the opposite
 * cost. Nodes are numbered in their order, edges lie by start and end; a search goes over them millions of times.
 */
export class ResidualNetwork {
  readonly #edges: readonly FlowEdge[]
  readonly #nodes: readonly number[]
  /** The first edge of each node, and the end of the last. */
  readonly #first: Int32Array
  readonly #from: Int32Array
  readonly #to: Int32Array
  readonly #cost: Float64Array
  readonly #residual: Int32Array
  /** The same edge the other way. */
  readonly #counter: Int32Array
  /** Of each edge of the flow, the one that can take more. */
  readonly #forward: Int32Array

  constructor(edges: readonly FlowEdge[]) {
    this.#edges = edges
    this.#nodes = [...new Set(edges.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b)
    const indexOf = new Map(this.#nodes.map((node, index) => [node, index]))
    const both = edges.flatMap(({ from, to, capacity, cost, flow }, edge) => {
      const [start, end] = [indexOf.get(from)!, indexOf.get(to)!]
      return [
        { from: start, to: end, cost, residual: capacity - flow, place: 2 * edge },
        { from: end, to: start, cost: -cost, residual: flow, place: 2 * edge + 1 },
      ]
    })
    both.sort((a, b) => a.from - b.from || a.to - b.to)
    this.#from = Int32Array.from(both, ({ from }) => from)
    this.#to = Int32Array.from(both, ({ to }) => to)
    this.#cost = Float64Array.from(both, ({ cost }) => cost)
    this.#residual = Int32Array.from(both, ({ residual }) => residual)
    const placed = new Int32Array(both.length)
    for (const [index, { place }] of both.entries()) placed[place] = index
    this.#counter = Int32Array.from(both, ({ place }) => placed[place ^ 1]!)
    this.#forward = Int32Array.from(edges, (_, edge) => placed[2 * edge]!)
    this.#first = new Int32Array(this.#nodes.length + 1)
    for (const { from } of both) this.#first[from + 1]!++
    for (let node = 0; node < this.#nodes.length; node++) this.#first[node + 1]! += this.#first[node]!
  }

  /** Writes the flow into the edges that the network was made from. */
  writeFlows(): void {
    for (const [index, edge] of this.#edges.entries()) edge.flow = edge.capacity - this.#residual[this.#forward[index]!]!
  }

  /** Sends flow along shortest ways until there is none (Edmonds and Karp). */
  augment(source: number, sink: number): void {
    const [start, end] = [this.#nodes.indexOf(source), this.#nodes.indexOf(sink)]
    for (;;) {
      const reachedBy = this.#findWay(start, end)
      if (reachedBy === undefined) return
      const way: number[] = []
      for (let node = end; node !== start; node = this.#from[way.at(-1)!]!) way.push(reachedBy[node]!)
      this.#push(way)
    }
  }

  #findWay(start: number, end: number): Int32Array | undefined {
    const reachedBy = new Int32Array(this.#nodes.length).fill(-1)
    const seen = new Set([start])
    for (const node of seen) {
      for (let edge = this.#first[node]!; edge < this.#first[node + 1]!; edge++) {
        const to = this.#to[edge]!
        if (seen.has(to) || this.#residual[edge]! <= 0) continue
        reachedBy[to] = edge
        if (to === end) return reachedBy
        seen.add(to)
      }
    }
    return undefined
  }

  /** As long as there is a cycle along which flow gets cheaper, sends flow along it. */
  cancelNegativeCycles(): void {
    const reachedBy = new Int32Array(this.#nodes.length)
    for (;;) {
      let node = this.#findNegativeCycle(reachedBy)
      if (node === undefined) return
      const seen = new Set<number>()
      while (!seen.has(node)) {
        seen.add(node)
        node = this.#startOf(reachedBy[node]!)
      }
      const cycle = [reachedBy[node]!]
      for (let current = this.#startOf(cycle[0]!); current !== node; current = this.#startOf(cycle.at(-1)!)) cycle.push(reachedBy[current]!)
      this.#push(cycle)
    }
  }

  /**
   * Looks for shortest ways from a node before all others that leads to each at no cost (Bellman and Ford): if one still gets shorter in the
   * last round, there is a negative cycle behind it. Gives the node where that is so; `reachedBy` leads back. Edges of a node to which the way
   * has not got shorter cannot shorten others: they are passed over.
   */
  #findNegativeCycle(reachedBy: Int32Array): number | undefined {
    const count = this.#nodes.length
    const [first, ends, costs, residual] = [this.#first, this.#to, this.#cost, this.#residual]
    const distance = new Float64Array(count)
    const isShorter = new Uint8Array(count).fill(1)
    reachedBy.fill(-1)
    for (let round = 0, hasChanged = true; hasChanged && round <= count; round++) {
      hasChanged = false
      for (let node = 0; node < count; node++) {
        if (isShorter[node] === 0) continue
        isShorter[node] = 0
        // No edge leads from a node to itself, so its own distance stays.
        const here = distance[node]!
        const end = first[node + 1]!
        for (let edge = first[node]!; edge < end; edge++) {
          if (residual[edge] === 0) continue
          const to = ends[edge]!
          const length = here + costs[edge]!
          if (distance[to]! <= length) continue
          distance[to] = length
          reachedBy[to] = edge
          isShorter[to] = 1
          hasChanged = true
          if (round === count) return to
        }
      }
    }
    return undefined
  }

  #startOf(edge: number): number {
    assert(edge >= 0, 'a way that still gets shorter leads back into a cycle')
    return this.#from[edge]!
  }

  /** Sends along all of `edges` what the narrowest of them lets through. */
  #push(edges: readonly number[]): void {
    const amount = Math.min(...edges.map((edge) => this.#residual[edge]!))
    for (const edge of edges) {
      this.#residual[edge]! -= amount
      this.#residual[this.#counter[edge]!]! += amount
    }
  }
}
