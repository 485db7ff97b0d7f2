import type { ApiSchema } from '../schema.ts'

/** The request of `OffsetCommit`. */
export interface OffsetCommitRequest {
  readonly groupId: string
  readonly generationIdOrMemberEpoch: number
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly retentionTimeMs: number
  readonly topics: readonly OffsetCommitRequestTopic[]
}

/** Part of `OffsetCommitRequest.topics`. */
export interface OffsetCommitRequestTopic {
  readonly name: string
  readonly topicId: string
  readonly partitions: readonly OffsetCommitRequestPartition[]
}

/** Part of `OffsetCommitRequestTopic.partitions`. */
export interface OffsetCommitRequestPartition {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly committedMetadata: string | null
}

/** The response of `OffsetCommit`. */
export interface OffsetCommitResponse {
  readonly throttleTimeMs: number
  readonly topics: readonly OffsetCommitResponseTopic[]
}

/** Part of `OffsetCommitResponse.topics`. */
export interface OffsetCommitResponseTopic {
  readonly name: string
  readonly topicId: string
  readonly partitions: readonly OffsetCommitResponsePartition[]
}

/** Part of `OffsetCommitResponseTopic.partitions`. */
export interface OffsetCommitResponsePartition {
  readonly partitionIndex: number
  readonly errorCode: number
}

/** Stores the committed offsets of a group. Errors are per partition only. Topics by name up to version 9, by id from 10. */
export const offsetCommitApi: ApiSchema = {
  name: 'OffsetCommit',
  key: 8,
  versions: [2, 10],
  flexibleSince: 8,
  request: [
    { name: 'groupId', type: 'string' },
    { name: 'generationIdOrMemberEpoch', type: 'int32', default: -1 },
    { name: 'memberId', type: 'string' },
    { name: 'groupInstanceId', type: 'string', since: 7, nullable: true, default: null },
    { name: 'retentionTimeMs', type: 'int64', until: 4, default: -1, ignorable: true },
    {
      name: 'topics',
      type: '[]struct',
      fields: [
        { name: 'name', type: 'string', until: 9, ignorable: true },
        { name: 'topicId', type: 'uuid', since: 10, ignorable: true },
        {
          name: 'partitions',
          type: '[]struct',
          fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'committedOffset', type: 'int64' },
            { name: 'committedLeaderEpoch', type: 'int32', since: 6, default: -1, ignorable: true },
            { name: 'committedMetadata', type: 'string', nullable: true },
          ],
        },
      ],
    },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', since: 3, ignorable: true },
    {
      name: 'topics',
      type: '[]struct',
      fields: [
        { name: 'name', type: 'string', until: 9, ignorable: true },
        { name: 'topicId', type: 'uuid', since: 10, ignorable: true },
        {
          name: 'partitions',
          type: '[]struct',
          fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'errorCode', type: 'int16' },
          ],
        },
      ],
    },
  ],
}
