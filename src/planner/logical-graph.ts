import { assert } from '../base/assert.ts'
import type { LogicalNode } from './logical-node.ts'

/** The parents and children of a node, and its place in the order of writing. Sets keep the order of adding. */
interface Links {
  readonly parents: Set<LogicalNode>
  readonly children: Set<LogicalNode>
  priority: number
}

/**
 * The logical graph: what the DSL calls made, before optimization. Nodes are frozen, the edges are here, so that a build can copy the
 * graph, rewrite the copy, and leave the builder as it is.
 */
export class LogicalGraph {
  readonly #links: Map<LogicalNode, Links>
  #nextPriority: number

  constructor(links: Map<LogicalNode, Links> = new Map(), nextPriority: number = 0) {
    this.#links = links
    this.#nextPriority = nextPriority
  }

  /** All nodes, in the order of adding. */
  get nodes(): LogicalNode[] {
    return [...this.#links.keys()]
  }

  /**
   * Adds `node` below `parents`; none: it reads from outside. A node that is there already gets another parent and the place of a new one,
   * as in Java.
   */
  add(parents: readonly LogicalNode[], node: LogicalNode): void {
    const links = this.#links.get(node) ?? { parents: new Set(), children: new Set(), priority: 0 }
    this.#links.set(node, links)
    for (const parent of parents) this.connect(parent, node)
    // Java adds the node once per parent, and each time gives it the next place.
    this.#nextPriority += Math.max(1, parents.length)
    links.priority = this.#nextPriority - 1
  }

  /** Makes `child` a child of `parent`. */
  connect(parent: LogicalNode, child: LogicalNode): void {
    this.#linksOf(parent).children.add(child)
    this.#linksOf(child).parents.add(parent)
  }

  /** Removes the edge from `parent` to `child`. */
  disconnect(parent: LogicalNode, child: LogicalNode): void {
    this.#linksOf(parent).children.delete(child)
    this.#linksOf(child).parents.delete(parent)
  }

  /** Removes a node with all its edges. */
  remove(node: LogicalNode): void {
    for (const parent of this.parentsOf(node)) this.disconnect(parent, node)
    for (const child of this.childrenOf(node)) this.disconnect(node, child)
    this.#links.delete(node)
  }

  parentsOf(node: LogicalNode): LogicalNode[] {
    return [...this.#linksOf(node).parents]
  }

  childrenOf(node: LogicalNode): LogicalNode[] {
    return [...this.#linksOf(node).children]
  }

  priorityOf(node: LogicalNode): number {
    return this.#linksOf(node).priority
  }

  /** Puts `node` at the place of `other` in the order of writing. */
  setPriorityOf(node: LogicalNode, other: LogicalNode): void {
    this.#linksOf(node).priority = this.priorityOf(other)
  }

  /** A graph of the same nodes with edges of its own. */
  copy(): LogicalGraph {
    const links = Array.from(
      this.#links,
      ([node, { parents, children, priority }]) =>
        [node, { parents: new Set(parents), children: new Set(children), priority }] satisfies [LogicalNode, Links],
    )
    return new LogicalGraph(new Map(links), this.#nextPriority)
  }

  /** The nodes in the order in which they are written: always the one that was added first among those whose parents are all written. */
  inWriteOrder(): LogicalNode[] {
    const written = new Set<LogicalNode>()
    const ready = this.nodes.filter((node) => this.#linksOf(node).parents.size === 0)
    while (ready.length > 0) {
      ready.sort((left, right) => this.priorityOf(right) - this.priorityOf(left))
      const node = ready.pop() as LogicalNode
      written.add(node)
      for (const child of this.childrenOf(node)) {
        const isReady = this.parentsOf(child).every((parent) => written.has(parent))
        if (isReady && !written.has(child) && !ready.includes(child)) ready.push(child)
      }
    }
    assert(written.size === this.#links.size, 'every node of the logical graph is reachable')
    return [...written]
  }

  #linksOf(node: LogicalNode): Links {
    const links = this.#links.get(node)
    assert(links !== undefined, `the node "${node.name}" is in the logical graph`)
    return links
  }
}
