/** A broker as metadata knows it. */
export interface BrokerNode {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** A partition as metadata knows it. */
export interface PartitionMetadata {
  readonly partition: number
  /** -1: no leader at present. */
  readonly leaderId: number
  /** -1: unknown. */
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
}

/** A topic as metadata knows it; `partitions[n].partition` is n. */
export interface TopicMetadata {
  readonly name: string
  readonly topicId: string
  readonly isInternal: boolean
  readonly partitions: readonly PartitionMetadata[]
}

export declare class MetadataCache {
  /** `null` until the first answer. */
  get clusterId(): string | null
  brokers(): readonly BrokerNode[]
  /** What is known of `name` now; does not ask. */
  topic(name: string): TopicMetadata | undefined
  /** Asks the cluster. A topic that does not exist is absent. Retries until `timeoutMs` (request time-out), then rejects with the last error. */
  fetchTopics(names: readonly string[], options?: { readonly timeoutMs?: number }): Promise<ReadonlyMap<string, TopicMetadata>>
  /** Something known about `topic` (or anything) is wrong: refresh soon. */
  invalidate(topic?: string): void
}
