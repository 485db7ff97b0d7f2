import { TaskError, TopologyError } from '../../base/errors.ts'
import type { TopicMetadata } from '../../client/metadata-cache.ts'
import type { TaskId } from '../../protocol/task-id.ts'
import type { TopicPartition } from '../../protocol/topic-partition.ts'
import { fullTopicName, type SubTopology } from '../../topology/physical-topology.ts'

/** The full names of the topics that a task must know before it opens: what it reads, and its changelogs. */
export function topicsToOpen(subtopology: SubTopology, applicationId: string): readonly string[] {
  const sources = subtopology.sources.flatMap(({ topics }) => topics)
  const changelogs = subtopology.changelogs.map(({ topic }) => topic)
  return [...new Set([...sources, ...changelogs].map((topic) => fullTopicName(topic, applicationId)))]
}

/**
 * The input partitions of a task: partition `partition` of every source topic that has it (P§7.1). Throws `TaskError`
 * `CHANGELOG_MISSING` while a changelog does not exist, and `TopologyError` `COPARTITION_MISMATCH` when streams that share a store have
 * different numbers of partitions: some of their records would never meet (design 8).
 */
export function taskInputs(
  subtopology: SubTopology,
  partition: number,
  known: ReadonlyMap<string, TopicMetadata>,
  applicationId: string,
): readonly TopicPartition[] {
  const taskId = `${subtopology.id}_${partition}`
  for (const { topic } of subtopology.changelogs) {
    const name = fullTopicName(topic, applicationId)
    if (known.has(name)) continue
    throw new TaskError('CHANGELOG_MISSING', `Cannot open task ${taskId}: changelog "${name}" does not exist yet`, { taskId, topic: name })
  }
  const countOf = (name: string): number => known.get(name)?.partitions.length ?? 0
  for (const group of subtopology.sharedStoreTopics)
    checkShared(
      taskId,
      group.map((topic) => fullTopicName(topic, applicationId)),
      countOf,
    )
  const sources = subtopology.sources.flatMap(({ topics }) => topics.map((topic) => fullTopicName(topic, applicationId)))
  return [...new Set(sources)].flatMap((topic) => (partition < countOf(topic) ? [{ topic, partition }] : []))
}

/**
 * The inputs of a task that is open, as far as the topics are known now: partitions come when a topic grows, or matches a pattern, and go
 * when it does not any more. A topic that is named and is gone is kept: its group fails, or it comes again.
 */
export function inputsNow(
  { id, inputs }: { readonly id: TaskId; readonly inputs: readonly TopicPartition[] },
  subtopology: SubTopology,
  at: { readonly countOf: (topic: string) => number | undefined; readonly applicationId: string },
): readonly TopicPartition[] {
  const { partition } = id
  const isInput = (topic: string, isNamed: boolean): boolean => {
    const count = at.countOf(topic)
    return count === undefined ? isNamed && inputs.some((input) => input.topic === topic) : partition < count
  }
  const topics = subtopology.sources.flatMap(({ topics: read, pattern }) =>
    read.map((topic) => fullTopicName(topic, at.applicationId)).filter((name) => isInput(name, pattern === null)),
  )
  return [...new Set(topics)].map((topic) => ({ topic, partition }))
}

function checkShared(taskId: string, topics: readonly string[], countOf: (topic: string) => number): void {
  if (new Set(topics.map(countOf)).size <= 1) return
  const found = topics.map((topic) => `"${topic}" has ${countOf(topic)}`).join(', ')
  throw new TopologyError(
    'COPARTITION_MISMATCH',
    `Cannot open task ${taskId}: its streams share a store, and their topics have different numbers of partitions: ${found}, equal numbers are required`,
    { taskId },
  )
}
