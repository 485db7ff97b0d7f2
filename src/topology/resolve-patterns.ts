import { TopologyError } from '../base/errors.ts'
import { fullTopicName, type PhysicalTopology, type SourceNode, type SubTopology, type TopicRef } from './physical-topology.ts'
import { matchesWhole } from './topology-builder.ts'

/** Whether a source of `topology` reads topics by a pattern. */
export function hasPatterns({ subtopologies }: PhysicalTopology): boolean {
  return subtopologies.some(({ sources }) => sources.some(({ pattern }) => pattern !== null))
}

/**
 * The topology with the topics that its patterns match, of those that there are: `topics`, without the internal ones of Kafka. Those that the
 * application makes for itself are left out: it would read what it writes. Throws `TopologyError` `TOPIC_TAKEN` where a topic matches two
 * patterns (P§1.4).
 */
export function resolvePatterns(topology: PhysicalTopology, topics: readonly string[], applicationId: string): PhysicalTopology {
  if (!hasPatterns(topology)) return topology
  const own = new Set(
    topology.subtopologies
      .flatMap(({ changelogs, repartitionTopics }) => [...changelogs, ...repartitionTopics])
      .filter(({ topic }) => topic.internal)
      .map(({ topic }) => fullTopicName(topic, applicationId)),
  )
  const candidates = topics.filter((topic) => !own.has(topic)).sort()
  const taken = new Map<string, SourceNode>()
  const resolve = (source: SourceNode): SourceNode => {
    const { pattern } = source
    if (pattern === null) return source
    const matched = candidates.filter((topic) => matchesWhole(pattern, topic))
    for (const topic of matched) {
      const other = taken.get(topic)
      if (other !== undefined) throw matchedTwice(topic, other, source)
      taken.set(topic, source)
    }
    return { ...source, topics: matched.map((name) => ({ name, internal: false })) }
  }
  return { ...topology, subtopologies: topology.subtopologies.map((subtopology) => resolveSubtopology(subtopology, resolve)) }
}

function resolveSubtopology(subtopology: SubTopology, resolve: (source: SourceNode) => SourceNode): SubTopology {
  const sources = subtopology.sources.map(resolve)
  const groups = subtopology.copartitionGroups.map((group) => [...group])
  for (const names of subtopology.copartitionedPatterns) {
    const topics = sources.filter(({ name }) => names.includes(name)).flatMap((source) => source.topics)
    const group = new Map(topics.map((topic) => [topic.name, topic]))
    // Groups that share a topic are one (P§4.6).
    for (let index = groups.length - 1; index >= 0; index--) {
      if (!groups[index]!.some(({ name }) => group.has(name))) continue
      for (const topic of groups[index]!) group.set(topic.name, topic)
      groups.splice(index, 1)
    }
    if (group.size > 0) groups.push([...group.values()])
  }
  const copartitionGroups: readonly (readonly TopicRef[])[] = groups
  return { ...subtopology, sources, copartitionGroups }
}

function matchedTwice(topic: string, a: SourceNode, b: SourceNode): TopologyError {
  return new TopologyError(
    'TOPIC_TAKEN',
    `Cannot run the topology: topic "${topic}" matches the patterns of two sources, ${String(a.pattern)} of "${a.name}" and ` +
      `${String(b.pattern)} of "${b.name}"; a topic is read by one source, make the patterns exclude each other`,
    { topic },
  )
}
