import type { ApiSchema } from '../schema.ts'

/** The request of `OffsetDelete`. */
export interface OffsetDeleteRequest {
  readonly groupId: string
  readonly topics: readonly OffsetDeleteRequestTopic[]
}

/** Part of `OffsetDeleteRequest.topics`. */
export interface OffsetDeleteRequestTopic {
  readonly name: string
  readonly partitions: readonly OffsetDeleteRequestPartition[]
}

/** Part of `OffsetDeleteRequestTopic.partitions`. */
export interface OffsetDeleteRequestPartition {
  readonly partitionIndex: number
}

/** The response of `OffsetDelete`. */
export interface OffsetDeleteResponse {
  readonly errorCode: number
  readonly throttleTimeMs: number
  readonly topics: readonly OffsetDeleteResponseTopic[]
}

/** Part of `OffsetDeleteResponse.topics`. */
export interface OffsetDeleteResponseTopic {
  readonly name: string
  readonly partitions: readonly OffsetDeleteResponsePartition[]
}

/** Part of `OffsetDeleteResponseTopic.partitions`. */
export interface OffsetDeleteResponsePartition {
  readonly partitionIndex: number
  readonly errorCode: number
}

/** Deletes committed offsets of a group. */
export const offsetDeleteApi: ApiSchema = {
  name: 'OffsetDelete',
  key: 47,
  versions: [0, 0],
  request: [
    { name: 'groupId', type: 'string' },
    {
      name: 'topics',
      type: '[]struct',
      fields: [
        { name: 'name', type: 'string' },
        {
          name: 'partitions',
          type: '[]struct',
          fields: [{ name: 'partitionIndex', type: 'int32' }],
        },
      ],
    },
  ],
  response: [
    { name: 'errorCode', type: 'int16' },
    { name: 'throttleTimeMs', type: 'int32' },
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
          ],
        },
      ],
    },
  ],
}
