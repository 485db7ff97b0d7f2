import type { ApiSchema } from '../schema.ts'

/** The request of `OffsetFetch`. */
export interface OffsetFetchRequest {
  readonly groupId: string
  readonly topics: readonly OffsetFetchRequestTopic[] | null
  readonly groups: readonly OffsetFetchRequestGroup[]
  readonly requireStable: boolean
}

/** Part of `OffsetFetchRequest.topics`. */
export interface OffsetFetchRequestTopic {
  readonly name: string
  readonly partitionIndexes: readonly number[]
}

/** Part of `OffsetFetchRequest.groups`. */
export interface OffsetFetchRequestGroup {
  readonly groupId: string
  readonly memberId: string | null
  readonly memberEpoch: number
  readonly topics: readonly OffsetFetchRequestTopics[] | null
}

/** Part of `OffsetFetchRequestGroup.topics`. */
export interface OffsetFetchRequestTopics {
  readonly name: string
  readonly topicId: string
  readonly partitionIndexes: readonly number[]
}

/** The response of `OffsetFetch`. */
export interface OffsetFetchResponse {
  readonly throttleTimeMs: number
  readonly topics: readonly OffsetFetchResponseTopic[]
  readonly errorCode: number
  readonly groups: readonly OffsetFetchResponseGroup[]
}

/** Part of `OffsetFetchResponse.topics`. */
export interface OffsetFetchResponseTopic {
  readonly name: string
  readonly partitions: readonly OffsetFetchResponsePartition[]
}

/** Part of `OffsetFetchResponseTopic.partitions`. */
export interface OffsetFetchResponsePartition {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly metadata: string | null
  readonly errorCode: number
}

/** Part of `OffsetFetchResponse.groups`. */
export interface OffsetFetchResponseGroup {
  readonly groupId: string
  readonly topics: readonly OffsetFetchResponseTopics[]
  readonly errorCode: number
}

/** Part of `OffsetFetchResponseGroup.topics`. */
export interface OffsetFetchResponseTopics {
  readonly name: string
  readonly topicId: string
  readonly partitions: readonly OffsetFetchResponsePartitions[]
}

/** Part of `OffsetFetchResponseTopics.partitions`. */
export interface OffsetFetchResponsePartitions {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly metadata: string | null
  readonly errorCode: number
}

/** Reads committed offsets: of one group (flat fields) up to version 7, of several (`groups`) from 8. `topics: null` asks for all topics. */
export const offsetFetchApi: ApiSchema = {
  name: 'OffsetFetch',
  key: 9,
  versions: [1, 10],
  flexibleSince: 6,
  request: [
    { name: 'groupId', type: 'string', until: 7 },
    {
      name: 'topics',
      type: '[]struct',
      until: 7,
      nullable: 2,
      fields: [
        { name: 'name', type: 'string' },
        { name: 'partitionIndexes', type: '[]int32' },
      ],
    },
    {
      name: 'groups',
      type: '[]struct',
      since: 8,
      fields: [
        { name: 'groupId', type: 'string' },
        { name: 'memberId', type: 'string', since: 9, nullable: true, default: null, ignorable: true },
        { name: 'memberEpoch', type: 'int32', since: 9, default: -1, ignorable: true },
        {
          name: 'topics',
          type: '[]struct',
          nullable: true,
          fields: [
            { name: 'name', type: 'string', until: 9, ignorable: true },
            { name: 'topicId', type: 'uuid', since: 10, ignorable: true },
            { name: 'partitionIndexes', type: '[]int32' },
          ],
        },
      ],
    },
    { name: 'requireStable', type: 'bool', since: 7 },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', since: 3, ignorable: true },
    {
      name: 'topics',
      type: '[]struct',
      until: 7,
      fields: [
        { name: 'name', type: 'string' },
        {
          name: 'partitions',
          type: '[]struct',
          fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'committedOffset', type: 'int64' },
            { name: 'committedLeaderEpoch', type: 'int32', since: 5, default: -1, ignorable: true },
            { name: 'metadata', type: 'string', nullable: true },
            { name: 'errorCode', type: 'int16' },
          ],
        },
      ],
    },
    { name: 'errorCode', type: 'int16', since: 2, until: 7, ignorable: true },
    {
      name: 'groups',
      type: '[]struct',
      since: 8,
      fields: [
        { name: 'groupId', type: 'string' },
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
                { name: 'committedLeaderEpoch', type: 'int32', default: -1, ignorable: true },
                { name: 'metadata', type: 'string', nullable: true },
                { name: 'errorCode', type: 'int16' },
              ],
            },
          ],
        },
        { name: 'errorCode', type: 'int16' },
      ],
    },
  ],
}
