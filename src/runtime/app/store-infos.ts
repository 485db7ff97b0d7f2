import { fullTopicName, type PhysicalTopology, type SubTopology } from '../../topology/physical-topology.ts'
import type { StoreInfo } from './view.ts'

/** All stores of a topology by name, global ones included. */
export function storeInfos({ subtopologies, globalStores }: PhysicalTopology): ReadonlyMap<string, StoreInfo> {
  const infos = new Map<string, StoreInfo>()
  for (const { stores } of subtopologies) for (const definition of stores) infos.set(definition.name, { definition, isGlobal: false })
  for (const { store: definition } of globalStores) infos.set(definition.name, { definition, isGlobal: true })
  return infos
}

/**
 * Full names of the topics from which a store is filled, sorted: those of the sources that lead to the first processor with the store, as
 * in Java. Empty for a store that nobody fills.
 */
export function storeSourceTopics(topology: PhysicalTopology, applicationId: string, store: string): readonly string[] {
  const global = topology.globalStores.find((candidate) => candidate.store.name === store)
  if (global !== undefined) return global.source.topics.map((topic) => fullTopicName(topic, applicationId))
  const subtopology = topology.subtopologies.find(({ stores }) => stores.some(({ name }) => name === store))
  if (subtopology === undefined) return []
  const owner = subtopology.processors.find(({ stores }) => stores.includes(store))
  if (owner === undefined) return []
  const above = nodesAbove(subtopology, owner.parents)
  const topics = subtopology.sources.filter(({ name }) => above.has(name)).flatMap((source) => source.topics)
  return [...new Set(topics.map((topic) => fullTopicName(topic, applicationId)))].sort()
}

/** The names of `parents` and of all nodes above them. */
function nodesAbove({ processors }: SubTopology, parents: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (name: string): void => {
    if (found.has(name)) return
    found.add(name)
    for (const parent of processors.find((processor) => processor.name === name)?.parents ?? []) visit(parent)
  }
  for (const parent of parents) visit(parent)
  return found
}
