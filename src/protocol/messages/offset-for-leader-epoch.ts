import type { ApiSchema } from '../schema.ts'

/** The request of `OffsetForLeaderEpoch`. */
export interface OffsetForLeaderEpochRequest {
  readonly replicaId: number
  readonly topics: readonly OffsetForLeaderTopic[]
}

/** Part of `OffsetForLeaderEpochRequest.topics`. */
export interface OffsetForLeaderTopic {
  readonly topic: string
  readonly partitions: readonly OffsetForLeaderPartition[]
}

/** Part of `OffsetForLeaderTopic.partitions`. */
export interface OffsetForLeaderPartition {
  readonly partition: number
  readonly currentLeaderEpoch: number
  readonly leaderEpoch: number
}

/** The response of `OffsetForLeaderEpoch`. */
export interface OffsetForLeaderEpochResponse {
  readonly throttleTimeMs: number
  readonly topics: readonly OffsetForLeaderTopicResult[]
}

/** Part of `OffsetForLeaderEpochResponse.topics`. */
export interface OffsetForLeaderTopicResult {
  readonly topic: string
  readonly partitions: readonly OffsetForLeaderPartitionResult[]
}

/** Part of `OffsetForLeaderTopicResult.partitions`. */
export interface OffsetForLeaderPartitionResult {
  readonly errorCode: number
  readonly partition: number
  readonly leaderEpoch: number
  readonly endOffset: number
}

/** Finds where a leader epoch ended in a partition, to notice a truncated log. */
export const offsetForLeaderEpochApi: ApiSchema = {
  name: 'OffsetForLeaderEpoch',
  key: 23,
  versions: [2, 4],
  flexibleSince: 4,
  request: [
    { name: 'replicaId', type: 'int32', since: 3, default: -2, ignorable: true },
    {
      name: 'topics',
      type: '[]struct',
      fields: [
        { name: 'topic', type: 'string' },
        {
          name: 'partitions',
          type: '[]struct',
          fields: [
            { name: 'partition', type: 'int32' },
            { name: 'currentLeaderEpoch', type: 'int32', default: -1 },
            { name: 'leaderEpoch', type: 'int32' },
          ],
        },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'topics',
      type: '[]struct',
      fields: [
        { name: 'topic', type: 'string' },
        {
          name: 'partitions',
          type: '[]struct',
          fields: [
            { name: 'errorCode', type: 'int16' },
            { name: 'partition', type: 'int32' },
            { name: 'leaderEpoch', type: 'int32', default: -1 },
            { name: 'endOffset', type: 'int64', default: -1 },
          ],
        },
      ],
    },
  ],
}
