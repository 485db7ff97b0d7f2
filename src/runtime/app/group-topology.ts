import type { GroupSubtopology, GroupTopic, GroupTopology } from '../../client/membership/group-topology.ts'
import type { ResolvedConfig } from '../../config/resolved-config.ts'
import {
  fullTopicName,
  type InternalTopic,
  type PhysicalTopology,
  type SubTopology,
  type TopicRef,
} from '../../topology/physical-topology.ts'

/** The topology as it is sent to the group coordinator, which makes the internal topics from it (N§1.2). */
export function groupTopology(topology: PhysicalTopology, config: ResolvedConfig): GroupTopology {
  const repartitionTopics = new Set(
    topology.subtopologies.flatMap(({ repartitionTopics }) =>
      repartitionTopics.map(({ topic }) => fullTopicName(topic, config.applicationId)),
    ),
  )
  return { epoch: 0, subtopologies: topology.subtopologies.map((subtopology) => groupSubtopology(subtopology, repartitionTopics, config)) }
}

function groupSubtopology(subtopology: SubTopology, repartitionTopics: ReadonlySet<string>, config: ResolvedConfig): GroupSubtopology {
  const nameOf = (topic: TopicRef): string => fullTopicName(topic, config.applicationId)
  const sources = subtopology.sources.flatMap(({ topics }) => topics.map(nameOf))
  return {
    id: subtopology.id,
    sourceTopics: sources.filter((name) => !repartitionTopics.has(name)),
    repartitionSourceTopics: subtopology.repartitionTopics.map((topic) => groupTopic(topic, config)),
    repartitionSinkTopics: subtopology.sinkTopics.map(nameOf).filter((name) => repartitionTopics.has(name)),
    stateChangelogTopics: subtopology.changelogs.map((topic) => groupTopic(topic, config)),
    copartitionGroups: subtopology.copartitionGroups.map((group) => group.map(nameOf)),
  }
}

function groupTopic(topic: InternalTopic, config: ResolvedConfig): GroupTopic {
  return {
    name: fullTopicName(topic.topic, config.applicationId),
    partitions: topic.partitions ?? 0,
    replicationFactor: config.replicationFactor,
    configs: { ...defaultConfigs(topic), ...config.topicConfigs, ...topic.configs },
  }
}

const DAY_MS = 86_400_000

/** What Kafka Streams sets for each kind of internal topic (P§6.8, N§1.2). */
function defaultConfigs({ kind, retentionMs }: InternalTopic): Readonly<Record<string, string>> {
  const timestamps = { 'message.timestamp.type': 'CreateTime' }
  switch (kind) {
    case 'repartition':
      return { ...timestamps, 'cleanup.policy': 'delete', 'segment.bytes': '52428800', 'retention.ms': '-1' }
    case 'changelog':
      return { ...timestamps, 'cleanup.policy': 'compact' }
    case 'windowed-changelog':
      return { ...timestamps, 'cleanup.policy': 'compact,delete', 'retention.ms': String((retentionMs ?? 0) + DAY_MS) }
    case 'versioned-changelog':
      return { ...timestamps, 'cleanup.policy': 'compact', 'min.compaction.lag.ms': String((retentionMs ?? 0) + DAY_MS) }
  }
}
