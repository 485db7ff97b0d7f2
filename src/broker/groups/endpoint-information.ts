import type { EndpointToPartitions, TopicPartitions } from '../../protocol/messages/streams-group-heartbeat.ts'
import type { Release } from '../group-host.ts'
import { type TaskKey, splitTaskKey } from './role-tasks.ts'
import type { StreamsGroup } from './streams-group.ts'

/** Which endpoint serves which input partitions: one entry per member that has an endpoint (N§1.13). */
export function endpointsOf(group: StreamsGroup, partitionsOf: (topic: string) => number, release: Release): EndpointToPartitions[] {
  const entries: EndpointToPartitions[] = []
  for (const { metadata, assignment } of group.members.values()) {
    if (metadata.userEndpoint === null) continue
    const { active, standby, warmup } = assignment.assigned
    entries.push({
      userEndpoint: metadata.userEndpoint,
      activePartitions: inputPartitions(group, active, partitionsOf),
      standbyPartitions: inputPartitions(group, release === '4.4' ? standby.union(warmup) : standby, partitionsOf),
    })
  }
  return entries
}

function inputPartitions(group: StreamsGroup, tasks: ReadonlySet<TaskKey>, partitionsOf: (topic: string) => number): TopicPartitions[] {
  const byTopic = new Map<string, Set<number>>()
  for (const task of tasks) {
    const { subtopologyId, partition } = splitTaskKey(task)
    const subtopology = group.topology?.subtopologies.find((candidate) => candidate.subtopologyId === subtopologyId)
    if (subtopology === undefined) continue
    for (const topic of [...subtopology.sourceTopics, ...subtopology.repartitionSourceTopics.map(({ name }) => name)]) {
      if (partition >= partitionsOf(topic)) continue
      const partitions = byTopic.get(topic)
      if (partitions === undefined) byTopic.set(topic, new Set([partition]))
      else partitions.add(partition)
    }
  }
  return [...byTopic]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([topic, partitions]) => ({ topic, partitions: [...partitions].sort((a, b) => a - b) }))
}
