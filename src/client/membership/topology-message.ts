import { assert } from '../../base/assert.ts'
import type { CopartitionGroup, StreamsGroupTopology, TopicInfo } from '../../protocol/messages/streams-group-heartbeat.ts'
import type { GroupTopic, GroupTopology } from './group-topology.ts'

/** The topology as a join request carries it: everything sorted as Java sorts it, so that all members send the same (N§1.2). */
export function writeTopology({ epoch, subtopologies }: GroupTopology): StreamsGroupTopology {
  const written = subtopologies.map((subtopology) => {
    const sourceTopics = [...subtopology.sourceTopics].sort()
    const repartitionSourceTopics = writeTopics(subtopology.repartitionSourceTopics)
    const repartitionNames = repartitionSourceTopics.map(({ name }) => name)
    return {
      subtopologyId: String(subtopology.id),
      sourceTopics,
      sourceTopicRegex: [],
      stateChangelogTopics: writeTopics(subtopology.stateChangelogTopics),
      repartitionSinkTopics: [...subtopology.repartitionSinkTopics].sort(),
      repartitionSourceTopics,
      copartitionGroups: subtopology.copartitionGroups.map((topics) => writeCopartitionGroup(topics, sourceTopics, repartitionNames)),
    }
  })
  return { epoch, subtopologies: written.sort((a, b) => (a.subtopologyId < b.subtopologyId ? -1 : 1)) }
}

function writeTopics(topics: readonly GroupTopic[]): TopicInfo[] {
  return [...topics]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, partitions, replicationFactor, configs }) => ({
      name,
      partitions,
      replicationFactor,
      topicConfigs: Object.entries(configs)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => ({ key, value })),
    }))
}

function writeCopartitionGroup(topics: readonly string[], sources: readonly string[], repartitions: readonly string[]): CopartitionGroup {
  const isKnown = topics.every((topic) => sources.includes(topic) || repartitions.includes(topic))
  assert(isKnown, 'The topics of a copartition group are read by its sub-topology')
  const indexesIn = (names: readonly string[]): number[] =>
    topics
      .map((topic) => names.indexOf(topic))
      .filter((index) => index >= 0)
      .sort((a, b) => a - b)
  return { sourceTopics: indexesIn(sources), sourceTopicRegex: [], repartitionSourceTopics: indexesIn(repartitions) }
}
