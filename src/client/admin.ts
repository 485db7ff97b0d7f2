import type { TopicPartition, TopicPartitionMap } from '../protocol/topic-partition.ts'
import type { Client } from './client.ts'
import type { TopicMetadata } from './metadata-cache.ts'

/** A topic to create. */
export interface NewTopic {
  readonly name: string
  /** -1: broker default. */
  readonly partitions: number
  /** -1: broker default. */
  readonly replicationFactor: number
  readonly configs?: Readonly<Record<string, string>>
}

/** Which offset to list: a number is the first offset whose timestamp is at least that. */
export type OffsetSpec = 'earliest' | 'latest' | number

/** What a group is. `type` is 'classic', 'consumer', 'streams', ... */
export interface GroupListing {
  readonly groupId: string
  readonly protocolType: string
  readonly state: string
  readonly type: string
}

export declare class Admin {
  constructor(client: Client)
  /** Resolves with the error by topic (kafkaCode) of those that failed; 36 = exists. */
  createTopics(topics: readonly NewTopic[], options?: AdminOptions): Promise<ReadonlyMap<string, number>>
  deleteTopics(names: readonly string[], options?: AdminOptions): Promise<ReadonlyMap<string, number>>
  createPartitions(counts: ReadonlyMap<string, number>, options?: AdminOptions): Promise<ReadonlyMap<string, number>>
  describeTopics(names: readonly string[], options?: AdminOptions): Promise<ReadonlyMap<string, TopicMetadata>>
  listTopics(options?: AdminOptions): Promise<ReadonlyMap<string, TopicMetadata>>
  /** Goes to the leaders; retries what moves. A timestamp beyond the end gives -1. */
  listOffsets(
    partitions: readonly TopicPartition[],
    spec: OffsetSpec,
    isolation: 'read_committed' | 'read_uncommitted',
    options?: AdminOptions,
  ): Promise<TopicPartitionMap<number>>
  /** Deletes records before the offset (-1: high watermark). */
  deleteRecords(before: TopicPartitionMap<number>, options?: AdminOptions): Promise<void>
  describeTopicConfigs(names: readonly string[], options?: AdminOptions): Promise<ReadonlyMap<string, ReadonlyMap<string, string | null>>>
  alterTopicConfigs(name: string, configs: Readonly<Record<string, string | null>>, options?: AdminOptions): Promise<void>
  /** Group configs, e.g. `streams.session.timeout.ms`. */
  alterGroupConfigs(groupId: string, configs: Readonly<Record<string, string | null>>, options?: AdminOptions): Promise<void>
  /** `null`: no such group. */
  findGroup(groupId: string, options?: AdminOptions): Promise<GroupListing | null>
}

/** `timeoutMs`: the request time-out of the client if absent. */
export interface AdminOptions {
  readonly timeoutMs?: number
}
