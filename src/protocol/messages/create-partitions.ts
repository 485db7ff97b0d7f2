import type { ApiSchema } from '../schema.ts'

/** The request of `CreatePartitions`. */
export interface CreatePartitionsRequest {
  readonly topics: readonly CreatePartitionsTopic[]
  readonly timeoutMs: number
  readonly validateOnly: boolean
}

/** Part of `CreatePartitionsRequest.topics`. */
export interface CreatePartitionsTopic {
  readonly name: string
  readonly count: number
  readonly assignments: readonly CreatePartitionsAssignment[] | null
}

/** Part of `CreatePartitionsTopic.assignments`. */
export interface CreatePartitionsAssignment {
  readonly brokerIds: readonly number[]
}

/** The response of `CreatePartitions`. */
export interface CreatePartitionsResponse {
  readonly throttleTimeMs: number
  readonly results: readonly CreatePartitionsTopicResult[]
}

/** Part of `CreatePartitionsResponse.results`. */
export interface CreatePartitionsTopicResult {
  readonly name: string
  readonly errorCode: number
  readonly errorMessage: string | null
}

/** Grows topics. `count` is the new total. */
export const createPartitionsApi: ApiSchema = {
  name: 'CreatePartitions',
  key: 37,
  versions: [0, 3],
  flexibleSince: 2,
  request: [
    {
      name: 'topics',
      type: '[]struct',
      fields: [
        { name: 'name', type: 'string' },
        { name: 'count', type: 'int32' },
        {
          name: 'assignments',
          type: '[]struct',
          nullable: true,
          fields: [{ name: 'brokerIds', type: '[]int32' }],
        },
      ],
    },
    { name: 'timeoutMs', type: 'int32' },
    { name: 'validateOnly', type: 'bool' },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'results',
      type: '[]struct',
      fields: [
        { name: 'name', type: 'string' },
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', nullable: true, default: null },
      ],
    },
  ],
}
