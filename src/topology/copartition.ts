import { TopologyError } from '../base/errors.ts'
import { sourceTopicsOf, type TopologyDraft } from './topology-draft.ts'

/** The names of the topics of each group of sources, as it was declared. */
function declaredGroups(draft: TopologyDraft): string[][] {
  return draft.copartitioned.map((sources) => {
    const topics = new Set<string>()
    for (const name of sources) {
      const source = draft.nodes.get(name)
      if (source?.kind === 'source') for (const topic of sourceTopicsOf(source)) topics.add(topic)
    }
    return [...topics]
  })
}

/**
 * The groups of topics that must have equally many partitions: declared groups that share a topic are one (P§4.6). Names without the
 * application id.
 */
export function copartitionGroups(draft: TopologyDraft): ReadonlySet<string>[] {
  const groups: Set<string>[] = []
  for (const topics of declaredGroups(draft)) {
    const merged = new Set(topics)
    for (let index = groups.length - 1; index >= 0; index--) {
      const group = groups[index] as Set<string>
      if (!topics.some((topic) => group.has(topic))) continue
      for (const topic of group) merged.add(topic)
      groups.splice(index, 1)
    }
    groups.push(merged)
  }
  return groups
}

/** Throws `COPARTITION_MISMATCH` when all topics of a group have a given number of partitions, and these differ. */
export function checkCopartition(draft: TopologyDraft): void {
  for (const topics of declaredGroups(draft)) {
    const counts = topics.map((topic) => draft.internalTopics.get(topic) ?? null)
    if (counts.includes(null) || new Set(counts).size < 2) continue
    const listed = topics.map((topic, index) => `"${topic}" has ${counts[index]}`).sort()
    throw new TopologyError(
      'COPARTITION_MISMATCH',
      `Cannot build the topology: topics that are processed together must have equally many partitions, but ${listed.join(', ')}; give repartition() the same number, or none`,
    )
  }
}
