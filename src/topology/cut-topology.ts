import { assert } from '../base/assert.ts'
import type { StoreDefinition } from '../state/store-definition.ts'
import { copartitionGroups } from './copartition.ts'
import { changelogTopic, repartitionTopic } from './internal-topics.ts'
import type {
  GlobalStore,
  InternalTopic,
  PhysicalTopology,
  ProcessorNode,
  SinkNode,
  SourceNode,
  SubTopology,
  TopicRef,
  TopologyGraphNode,
} from './physical-topology.ts'
import { type GlobalStoreDraft, type NodeDraft, sourceTopicsOf, type TopologyDraft } from './topology-draft.ts'

/**
 * Cuts what was collected into sub-topologies and global stores. The id of a group is the place of its first node among those of all
 * groups (P§7.1).
 */
export function cutTopology(draft: TopologyDraft): PhysicalTopology {
  const children = childrenOf(draft)
  const groups = new Map<string, NodeDraft[]>()
  for (const node of draft.nodes.values()) {
    const group = draft.groupOf(node.name)
    const members = groups.get(group)
    if (members === undefined) groups.set(group, [node])
    else members.push(node)
  }
  const globals = new Map(Array.from(draft.globalStores.values(), (global) => [draft.groupOf(global.source), global] as const))
  const subtopologies: SubTopology[] = []
  const globalStores: GlobalStore[] = []
  let id = 0
  for (const [group, members] of groups) {
    const nodes = members.map((node) => finish(node, children))
    const global = globals.get(group)
    if (global === undefined) subtopologies.push(cutSubtopology(draft, id, nodes))
    else globalStores.push(cutGlobalStore(global, id, nodes))
    id++
  }
  return Object.freeze({ subtopologies: Object.freeze(subtopologies), globalStores: Object.freeze(globalStores) })
}

/** The group of a global store is its source and its processor. */
function cutGlobalStore({ store, reprocesses }: GlobalStoreDraft, id: number, nodes: readonly TopologyGraphNode[]): GlobalStore {
  const [source, processor] = nodes
  assert(source?.kind === 'source' && processor?.kind === 'processor', 'a global store has a source and a processor')
  return Object.freeze({ id, source, processor, store, reprocesses })
}

function childrenOf(draft: TopologyDraft): ReadonlyMap<string, readonly string[]> {
  const children = new Map<string, string[]>()
  for (const node of draft.nodes.values()) {
    children.set(node.name, [])
    if (node.kind !== 'source') for (const parent of node.parents) children.get(parent)?.push(node.name)
  }
  return children
}

function finish(draft: NodeDraft, children: ReadonlyMap<string, readonly string[]>): TopologyGraphNode {
  if (draft.kind === 'sink') return Object.freeze({ ...draft })
  const names = Object.freeze(children.get(draft.name) ?? [])
  return draft.kind === 'source'
    ? Object.freeze({ ...draft, children: names })
    : Object.freeze({ ...draft, stores: Object.freeze([...draft.stores]), children: names })
}

function cutSubtopology(draft: TopologyDraft, id: number, nodes: readonly TopologyGraphNode[]): SubTopology {
  const sources = nodes.filter((node): node is SourceNode => node.kind === 'source')
  const processors = nodes.filter((node): node is ProcessorNode => node.kind === 'processor')
  const sinks = nodes.filter((node): node is SinkNode => node.kind === 'sink')
  const stores = storesOf(draft, processors)
  const read = new Map(sources.flatMap((source) => source.topics.map((topic) => [topic.name, topic] as const)))
  return Object.freeze({
    id,
    nodes,
    sources,
    processors,
    sinks,
    stores,
    copartitionGroups: topicGroups(copartitionGroups(draft), read),
    copartitionedPatterns: draft.copartitioned.map((names) => [...names]).filter((names) => arePatterns(names, sources)),
    sharedStoreTopics: topicGroups(sharedStoreTopics(draft, processors, stores), read),
    repartitionTopics: [...read.values()]
      .filter((topic) => topic.internal)
      .map((topic) => repartitionTopic(topic, draft.internalTopics.get(topic.name) ?? null)),
    sinkTopics: distinctTopics(sinks),
    changelogs: stores.map(changelogTopic).filter((topic): topic is InternalTopic => topic !== null),
  })
}

/** Whether the sources are of the sub-topology, and one of them has a pattern. */
function arePatterns(names: readonly string[], sources: readonly SourceNode[]): boolean {
  const found = sources.filter(({ name }) => names.includes(name))
  return found.length > 0 && found.length === names.length && found.some(({ pattern }) => pattern !== null)
}

/** By the node that comes first, then by the order of connecting: a store is flushed before those of nodes further down. */
function storesOf(draft: TopologyDraft, processors: readonly ProcessorNode[]): StoreDefinition[] {
  const names = new Set(processors.flatMap((processor) => processor.stores))
  return [...names].map((name) => draft.stores.get(name)).filter((store) => store !== undefined)
}

function distinctTopics(sinks: readonly SinkNode[]): TopicRef[] {
  const topics = new Map<string, TopicRef>()
  for (const { topic } of sinks) if (typeof topic !== 'function' && !topics.has(topic.name)) topics.set(topic.name, topic)
  return [...topics.values()]
}

/** The groups whose topics are all read by the sub-topology. */
function topicGroups(groups: readonly ReadonlySet<string>[], read: ReadonlyMap<string, TopicRef>): TopicRef[][] {
  const whole = groups.filter((group) => group.size > 0 && [...group].every((name) => read.has(name)))
  return whole.map((group) => [...group].map((name) => read.get(name)).filter((topic) => topic !== undefined))
}

/** For each store of several processors, the topics from which they get records, where these differ. */
function sharedStoreTopics(draft: TopologyDraft, processors: readonly ProcessorNode[], stores: readonly StoreDefinition[]): Set<string>[] {
  const groups: Set<string>[] = []
  for (const store of stores) {
    const inputs = processors
      .filter((processor) => processor.stores.includes(store.name))
      .map((processor) => inputTopics(draft, processor.parents))
    const topics = new Set(inputs.flatMap((topicsOfOne) => [...topicsOfOne]))
    if (inputs.some((topicsOfOne) => topicsOfOne.size < topics.size)) groups.push(topics)
  }
  return groups
}

function inputTopics(draft: TopologyDraft, nodes: readonly string[], found = new Set<string>()): Set<string> {
  for (const name of nodes) {
    const node = draft.nodes.get(name)
    if (node?.kind === 'source') for (const topic of sourceTopicsOf(node)) found.add(topic)
    else if (node !== undefined) inputTopics(draft, node.parents, found)
  }
  return found
}
