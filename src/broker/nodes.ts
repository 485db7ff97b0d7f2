import { assert } from '../base/assert.ts'
import type { Endpoint } from '../protocol/transport.ts'

/** A virtual node of the cluster. Ids begin at 0. */
export interface Node {
  readonly id: number
  readonly rack: string | null
  endpoint: Endpoint
}

/** The port of node 0 as long as nobody listens for it; the others follow. */
const FIRST_PORT = 9092

/** The nodes. Inside the process their end points are names; a listener replaces them by what it listens on. */
export class Nodes {
  readonly all: readonly Node[]

  constructor(count: number, racks: readonly string[] = []) {
    assert(Number.isSafeInteger(count) && count > 0, 'A cluster has at least one node')
    this.all = Array.from({ length: count }, (_, id) => ({
      id,
      rack: racks[id] ?? null,
      endpoint: { host: `node-${id}.embedded`, port: FIRST_PORT + id },
    }))
  }

  get count(): number {
    return this.all.length
  }

  get(id: number): Node {
    const node = this.all[id]
    assert(node !== undefined, `There is a node ${id}`)
    return node
  }

  /** The node that is reached at `endpoint`. */
  find(endpoint: Endpoint): Node | undefined {
    return this.all.find((node) => node.endpoint.host === endpoint.host && node.endpoint.port === endpoint.port)
  }

  /** `count` nodes in a ring, beginning with `first`. */
  ring(first: number, count: number): readonly number[] {
    return Array.from({ length: Math.min(count, this.count) }, (_, index) => (first + index) % this.count)
  }
}
