import { inHashOrder, JavaTreeSet } from '../base/java-order.ts'
import type { GlobalStore, PhysicalTopology, SubTopology, TopologyGraphNode } from './physical-topology.ts'

/** Options of `describe()`. */
export interface DescribeOptions {
  /** Adds to each node the file and line of the call that made it. Default false: the text is Java's, byte for byte. */
  readonly sites?: boolean | undefined
}

/** A node while its neighbours are counted: `size` grows, and with it the order in the sets. */
interface DescribedNode {
  readonly node: TopologyGraphNode
  size: number
  readonly predecessors: JavaTreeSet<DescribedNode>
  readonly successors: JavaTreeSet<DescribedNode>
}

/** Names are distinct within a topology, and ordered as Java orders strings: by UTF-16 code unit. */
function compareNodes(left: DescribedNode, right: DescribedNode): number {
  if (left === right) return 0
  if (left.size !== right.size) return right.size - left.size
  return left.node.name < right.node.name ? -1 : 1
}

/** The text of Java's `TopologyDescription` for `topology` (P§10.4), with its orders. */
export function describeTopology(topology: PhysicalTopology, options: DescribeOptions = {}): string {
  const withSites = options.sites === true
  const parts = [
    ...topology.subtopologies.map((subtopology) => ({ id: subtopology.id, text: describeSubtopology(subtopology, withSites) })),
    ...topology.globalStores.map((global) => ({ id: global.id, text: describeGlobalStore(global, withSites) })),
  ].toSorted((left, right) => left.id - right.id)
  return `Topologies:\n ${parts.map(({ text }) => `  ${text}`).join('')}`
}

/** Without the empty line that ends a sub-topology, in Java as here. */
function describeGlobalStore({ id, source, processor }: GlobalStore, withSites: boolean): string {
  const described = connect([source, processor])
  const ordered = [source, processor].map((node) => described.find((candidate) => candidate.node === node) as DescribedNode)
  const lines = ordered.map((node) => `    ${describeNode(node, withSites)}\n`)
  return `Sub-topology: ${id} for global store (will not generate tasks)\n${lines.join('')}`
}

function describeSubtopology(subtopology: SubTopology, withSites: boolean): string {
  const described = connect(subtopology.nodes)
  const ordered = new JavaTreeSet<DescribedNode>(compareNodes)
  for (const node of described) ordered.add(node)
  const lines = [...ordered].map((node) => `    ${describeNode(node, withSites)}\n`)
  return `Sub-topology: ${subtopology.id}\n${lines.join('')}\n`
}

/** Connects the nodes in the order of Java's hash map, adding sizes as it goes. */
function connect(nodes: readonly TopologyGraphNode[]): DescribedNode[] {
  const byName = new Map<string, DescribedNode>()
  const names = inHashOrder(nodes.map((node) => node.name))
  const nodeOf = new Map(nodes.map((node) => [node.name, node]))
  for (const name of names) {
    const node = nodeOf.get(name) as TopologyGraphNode
    byName.set(name, { node, size: 1, predecessors: new JavaTreeSet(compareNodes), successors: new JavaTreeSet(compareNodes) })
  }
  for (const described of byName.values()) {
    if (described.node.kind === 'source') continue
    for (const parent of described.node.parents) {
      const predecessor = byName.get(parent) as DescribedNode
      described.predecessors.add(predecessor)
      predecessor.successors.add(described)
      addSize(predecessor, described.size)
    }
  }
  return [...byName.values()]
}

function addSize(described: DescribedNode, size: number): void {
  described.size += size
  for (const predecessor of described.predecessors) addSize(predecessor, size)
}

function describeNode(described: DescribedNode, withSites: boolean): string {
  const { node } = described
  const site = withSites && node.site !== null ? ` at ${node.site}` : ''
  const successors = `\n      --> ${namesOf(described.successors)}`
  const predecessors = `\n      <-- ${namesOf(described.predecessors)}`
  switch (node.kind) {
    case 'source': {
      const topics = node.pattern === null ? `[${inHashOrder(node.topics.map(({ name }) => name)).join(', ')}]` : node.pattern.source
      return `Source: ${node.name} (topics: ${topics})${site}${successors}`
    }
    case 'processor':
      return `Processor: ${node.name} (stores: [${inHashOrder(node.stores).join(', ')}])${site}${successors}${predecessors}`
    case 'sink': {
      const topic = typeof node.topic === 'function' ? `extractor class: ${node.topic.name || 'anonymous'}` : `topic: ${node.topic.name}`
      return `Sink: ${node.name} (${topic})${site}${predecessors}`
    }
  }
}

function namesOf(nodes: Iterable<DescribedNode>): string {
  const names = Array.from(nodes, ({ node }) => node.name)
  return names.length === 0 ? 'none' : names.join(', ')
}
