import type { ApiSchema } from '../schema.ts'

/** The request of `ListOffsets`. */
export interface ListOffsetsRequest {
  readonly replicaId: number
  readonly isolationLevel: number
  readonly topics: readonly ListOffsetsTopic[]
  readonly timeoutMs: number
}

/** Part of `ListOffsetsRequest.topics`. */
export interface ListOffsetsTopic {
  readonly name: string
  readonly partitions: readonly ListOffsetsPartition[]
}

/** Part of `ListOffsetsTopic.partitions`. */
export interface ListOffsetsPartition {
  readonly partitionIndex: number
  readonly currentLeaderEpoch: number
  readonly timestamp: number
}

/** The response of `ListOffsets`. */
export interface ListOffsetsResponse {
  readonly throttleTimeMs: number
  readonly topics: readonly ListOffsetsTopicResponse[]
}

/** Part of `ListOffsetsResponse.topics`. */
export interface ListOffsetsTopicResponse {
  readonly name: string
  readonly partitions: readonly ListOffsetsPartitionResponse[]
}

/** Part of `ListOffsetsTopicResponse.partitions`. */
export interface ListOffsetsPartitionResponse {
  readonly partitionIndex: number
  readonly errorCode: number
  readonly timestamp: number
  readonly offset: number
  readonly leaderEpoch: number
}

/** Finds the offset for a timestamp, or the earliest (-2), latest (-1) or highest-timestamp (-3) offset of partitions. */
export const listOffsetsApi: ApiSchema = {
  name: 'ListOffsets',
  key: 2,
  versions: [1, 11],
  flexibleSince: 6,
  request: [
    { name: 'replicaId', type: 'int32' },
    { name: 'isolationLevel', type: 'int8', since: 2 },
    {
      name: 'topics',
      type: '[]struct',
      fields: [
        { name: 'name', type: 'string' },
        {
          name: 'partitions',
          type: '[]struct',
          fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'currentLeaderEpoch', type: 'int32', since: 4, default: -1, ignorable: true },
            { name: 'timestamp', type: 'int64' },
          ],
        },
      ],
    },
    { name: 'timeoutMs', type: 'int32', since: 10, ignorable: true },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', since: 2, ignorable: true },
    {
      name: 'topics',
      type: '[]struct',
      fields: [
        { name: 'name', type: 'string' },
        {
          name: 'partitions',
          type: '[]struct',
          fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'errorCode', type: 'int16' },
            { name: 'timestamp', type: 'int64', default: -1 },
            { name: 'offset', type: 'int64', default: -1 },
            { name: 'leaderEpoch', type: 'int32', since: 4, default: -1 },
          ],
        },
      ],
    },
  ],
}
