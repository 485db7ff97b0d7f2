import { ClusterError } from '../base/errors.ts'
import { kafkaErrors as kafka } from '../protocol/kafka-errors.ts'
import { type TopicPartition, TopicPartitionMap } from '../protocol/topic-partition.ts'
import type { Client } from './client.ts'
import { kafkaError } from './kafka-error.ts'
import { isPassing, retrying } from './retry.ts'

/** A partition with the leader epoch that is believed in. */
export interface LedPartition extends TopicPartition {
  /** -1 unknown. */
  readonly leaderEpoch: number
}

/** What one leader answered for one partition. */
export interface LeaderAnswer<T> extends TopicPartition {
  readonly errorCode: number
  readonly value: T
}

/** What to ask leaders for. */
export interface LeaderQuestion<T> {
  readonly partitions: readonly TopicPartition[]
  readonly timeoutMs: number
  /** What is being done, in words that follow "Cannot". */
  readonly action: string
  /** Asks one leader for some of the partitions. */
  ask(nodeId: number, partitions: readonly LedPartition[]): Promise<readonly LeaderAnswer<T>[]>
}

/**
 * Asks the leader of each partition, leaders at the same time; asks again, with back-off, where leadership has moved or a leader cannot be
 * reached. Rejects with the first error that does not pass, or with the last one when the time is up.
 */
export async function askLeaders<T>(client: Client, question: LeaderQuestion<T>): Promise<TopicPartitionMap<T>> {
  const found = new TopicPartitionMap<T>()
  let rest = question.partitions
  let mustRefresh = false
  await retrying(client.options, question.timeoutMs, async () => {
    if (rest.length === 0) return
    const topics = [...new Set(rest.map(({ topic }) => topic))]
    const unknown = mustRefresh ? topics : topics.filter((topic) => client.metadata.topic(topic) === undefined)
    await client.metadata.fetchTopics(unknown, { timeoutMs: question.timeoutMs })
    mustRefresh = true
    const failures = await askOnce(client, question, rest, found)
    rest = rest.filter(({ topic, partition }) => !found.has(topic, partition))
    const failure = failures.find((error) => !isPassing(error)) ?? failures[0]
    if (failure !== undefined) throw failure
    if (rest.length > 0) throw new ClusterError('BROKER_NOT_READY', `Cannot ${question.action}: the answers lack partitions`)
  })
  return found
}

async function askOnce<T>(
  client: Client,
  question: LeaderQuestion<T>,
  partitions: readonly TopicPartition[],
  found: TopicPartitionMap<T>,
): Promise<unknown[]> {
  const failures: unknown[] = []
  const byLeader = new Map<number, LedPartition[]>()
  for (const { topic, partition } of partitions) {
    const known = client.metadata.partition(topic, partition)
    if (known === undefined) failures.push(kafkaError(kafka.UNKNOWN_TOPIC_OR_PARTITION, question.action, { topic, partition }))
    else if (known.leaderId < 0) failures.push(kafkaError(kafka.LEADER_NOT_AVAILABLE, question.action, { topic, partition }))
    else pushTo(byLeader, known.leaderId, { topic, partition, leaderEpoch: known.leaderEpoch })
  }
  const asked = [...byLeader].map(async ([nodeId, led]) => {
    try {
      for (const { topic, partition, errorCode, value } of await question.ask(nodeId, led)) {
        if (errorCode === kafka.NONE) found.set(topic, partition, value)
        else failures.push(leaderError(errorCode, question.action, { topic, partition }))
      }
    } catch (error) {
      failures.push(error)
    }
  })
  await Promise.all(asked)
  return failures
}

/** A leader that does not know the partition is one that has not heard of it yet, or not any more: only metadata decides. */
function leaderError(code: number, action: string, at: TopicPartition): unknown {
  if (code === kafka.OFFSET_OUT_OF_RANGE) {
    return new ClusterError(
      'OFFSET_OUT_OF_RANGE',
      `Cannot ${action}: the offset is not in the log of '${at.topic}' partition ${at.partition}`,
      {
        ...at,
        kafkaCode: code,
      },
    )
  }
  const isUnknown = code === kafka.UNKNOWN_TOPIC_OR_PARTITION
  return kafkaError(isUnknown ? kafka.NOT_LEADER_OR_FOLLOWER : code, action, at)
}

function pushTo<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}
