import type { ConsumerProtocolPartitions } from '../../../protocol/classic/consumer-protocol.ts'
import type { TopicPartition } from '../../../protocol/topic-partition.ts'

/** The partitions by topic and number, as Java orders them. */
export function sortedPartitions(partitions: readonly TopicPartition[]): TopicPartition[] {
  return [...partitions].sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1))
}

/** The partitions as the consumer protocol lists them (N§2.2). */
export function byTopicSorted(partitions: readonly TopicPartition[]): ConsumerProtocolPartitions[] {
  const topics = new Map<string, number[]>()
  for (const { topic, partition } of sortedPartitions(partitions)) {
    const list = topics.get(topic)
    if (list === undefined) topics.set(topic, [partition])
    else list.push(partition)
  }
  return [...topics].map(([topic, list]) => ({ topic, partitions: list }))
}
