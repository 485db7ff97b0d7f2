import { type HashedChangelog, hashTopics } from '../../assignor/java-identity.ts'
import type { GroupSubtopology, GroupTopic, GroupTopology } from '../../client/membership/group-topology.ts'
import type { ResolvedConfig } from '../../config/resolved-config.ts'
import { internalTopicConfigs } from '../../topology/internal-topics.ts'
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
    javaHash: hashTopics(
      sources,
      subtopology.changelogs.map((topic) => hashedChangelog(topic, nameOf(topic.topic))),
    ),
  }
}

function hashedChangelog({ kind, configs, retentionMs }: InternalTopic, name: string): HashedChangelog {
  return { name, configs, retentionMs: kind === 'changelog' ? null : (retentionMs ?? 0) }
}

function groupTopic(topic: InternalTopic, config: ResolvedConfig): GroupTopic {
  return {
    name: fullTopicName(topic.topic, config.applicationId),
    partitions: topic.partitions ?? 0,
    replicationFactor: config.replicationFactor,
    configs: internalTopicConfigs(topic, config.topicConfigs, config.windowChangelogExtraMs),
  }
}
