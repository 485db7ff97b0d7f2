// What the cluster and its group coordinator know of each other. `EmbeddedCluster` implements `GroupHost`, `groups/` `GroupCoordinator`.
import type { Environment } from '../base/environment.ts'
import type { TopicPartitionMap } from '../protocol/topic-partition.ts'
import type { Handlers } from './handler.ts'

/** The broker release that the cluster behaves like. */
export type Release = '4.2' | '4.3' | '4.4'

/** Broker settings of group coordination, by what Kafka calls them. All times in milliseconds. */
export interface GroupSettings {
  readonly release: Release
  /** `group.streams.session.timeout.ms`, 45000. */
  readonly sessionTimeoutMs: number
  /** `group.streams.heartbeat.interval.ms`, 5000. */
  readonly heartbeatIntervalMs: number
  /** `group.streams.initial.rebalance.delay.ms` and, for classic groups, `group.initial.rebalance.delay.ms`, both 3000. */
  readonly initialRebalanceDelayMs: number
  /** `group.min.session.timeout.ms`, 6000, and `group.max.session.timeout.ms`, 1800000: what members of classic groups may ask for. */
  readonly sessionTimeoutMinMs: number
  readonly sessionTimeoutMaxMs: number
  /** `group.streams.assignment.interval.ms`, 1000 from 4.3 on, 0 before. */
  readonly assignmentIntervalMs: number
  /**
   * `faithful`: tasks are sent only in the answer to the heartbeat in which they changed, so that a lost answer loses them (N§1.20).
   * `corrected`: they are also sent whenever the owned tasks that a member reports differ.
   */
  readonly lostResponses: 'faithful' | 'corrected'
  /** `group.streams.num.standby.replicas`, 0. */
  readonly standbyReplicas: number
  /** `group.streams.max.size` and, for classic groups, `group.max.size`, unbounded in Kafka, here 1000. */
  readonly membersMax: number
  /** `offsets.retention.minutes`, 7 days; of a group without members. */
  readonly offsetsRetentionMs: number
  /** `offset.metadata.max.bytes`, 4096. */
  readonly offsetMetadataBytesMax: number
}

/** Synchronous view of the topics. */
export interface TopicView {
  /** Partition count, 0 if there is no such topic. */
  partitions(topic: string): number
  /** UUID of the topic, `null` if there is no such topic. */
  idOf(topic: string): string | null
  /** Name of the topic with this UUID, `null` if there is none. */
  nameOf(topicId: string): string | null
  /** All names, sorted. */
  names(): readonly string[]
}

/** A topic to be made. */
export interface NewTopic {
  readonly name: string
  /** -1: the broker's default. */
  readonly partitions: number
  /** -1: the broker's default. */
  readonly replicationFactor: number
  readonly configs: ReadonlyMap<string, string>
}

/** How making one topic ended. */
export interface NewTopicResult {
  readonly name: string
  /** 0, or Kafka's error code (N§0.4). */
  readonly errorCode: number
  readonly errorMessage: string | null
}

/** What TxnOffsetCommit knows of its transaction. */
export interface OffsetTransaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly groupId: string
  /** Version of the TxnOffsetCommit request: from 5 on the group is added to the transaction, below it must have been. */
  readonly version: number
}

/** What the cluster offers to its group coordinator. */
export interface GroupHost {
  readonly environment: Environment
  readonly settings: GroupSettings
  readonly topics: TopicView
  /** Makes topics at once (internal topics of streams groups). In the order given. */
  createTopics(topics: readonly NewTopic[]): readonly NewTopicResult[]
  /** Calls `listener` after a topic was made, deleted or got more partitions. Returns a function that removes it. */
  onTopicsChanged(listener: (topic: string) => void): () => void
  /** 0 if `node` coordinates `groupId` now and has loaded it, else 14 (loading), 15 or 16 (another node does). Every handler asks first. */
  coordinatorError(groupId: string, node: number): number
  /** Index of the (virtual) `__consumer_offsets` partition of a group; what `completeTransaction` and `reload` name. */
  offsetsPartition(groupId: string): number
  /**
   * Checks, and from version 5 on adds, the offsets of a group in a producer's transaction (N§3.2). 0 or the code that each partition of the
   * TxnOffsetCommit response carries: 47 fenced epoch, 49 wrong producer id, 48 or 120 not part of a transaction, 51 or 15 try again.
   */
  joinTransaction(transaction: OffsetTransaction): number
}

/** A configuration entry of a group. */
export interface GroupConfigEntry {
  readonly name: string
  readonly value: string
  /** Whether the value was set on the group and is not the broker's. */
  readonly isSet: boolean
}

/** One change of IncrementalAlterConfigs. `operation`: 0 set, 1 delete, 2 append, 3 subtract. */
export interface GroupConfigChange {
  readonly name: string
  readonly operation: number
  readonly value: string | null
}

/** What a group reads and how far it is. */
export interface GroupProgress {
  /** Source topics of its topology, repartition topics included; of a classic group what its consumers subscribe to. */
  readonly topics: readonly string[]
  readonly committed: TopicPartitionMap<{ readonly offset: number }>
}

/** What the group coordinator offers to the cluster. One object coordinates all groups, whichever node they are on. */
export interface GroupCoordinator {
  /** StreamsGroupHeartbeat, StreamsGroupDescribe, JoinGroup, SyncGroup, Heartbeat, LeaveGroup, OffsetCommit, OffsetFetch, TxnOffsetCommit, DeleteGroups, ListGroups, ... */
  readonly handlers: Handlers
  /** The entries of the GROUP resource, for DescribeConfigs, sorted by name. */
  describeConfigs(groupId: string): readonly GroupConfigEntry[]
  /** For IncrementalAlterConfigs of a GROUP resource. Error code 0, 40 (INVALID_CONFIG) or 42. */
  alterConfigs(
    groupId: string,
    changes: readonly GroupConfigChange[],
    validateOnly: boolean,
  ): { readonly errorCode: number; readonly errorMessage: string | null }
  /** The marker of a transaction reached this offsets partition: pending offsets of the producer become committed or are dropped. */
  completeTransaction(offsetsPartition: number, producerId: number, isCommit: boolean): void
  /** What a group reads and has committed; `null` if there is no such group. */
  progressOf(groupId: string): GroupProgress | null
  /** The coordinator of this offsets partition moved: what lived in memory only (session and rebalance timers) starts anew. */
  reload(offsetsPartition: number): void
  /** Stops all timers. */
  close(): void
}
