import type { ApiSchema } from '../schema.ts'

/** The request of `CreateTopics`. */
export interface CreateTopicsRequest {
  readonly topics: readonly CreatableTopic[]
  readonly timeoutMs: number
  readonly validateOnly: boolean
}

/** Part of `CreateTopicsRequest.topics`. */
export interface CreatableTopic {
  readonly name: string
  readonly numPartitions: number
  readonly replicationFactor: number
  readonly assignments: readonly CreatableReplicaAssignment[]
  readonly configs: readonly CreatableTopicConfig[]
}

/** Part of `CreatableTopic.assignments`. */
export interface CreatableReplicaAssignment {
  readonly partitionIndex: number
  readonly brokerIds: readonly number[]
}

/** Part of `CreatableTopic.configs`. */
export interface CreatableTopicConfig {
  readonly name: string
  readonly value: string | null
}

/** The response of `CreateTopics`. */
export interface CreateTopicsResponse {
  readonly throttleTimeMs: number
  readonly topics: readonly CreatableTopicResult[]
}

/** Part of `CreateTopicsResponse.topics`. */
export interface CreatableTopicResult {
  readonly name: string
  readonly topicId: string
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly topicConfigErrorCode: number
  readonly numPartitions: number
  readonly replicationFactor: number
  readonly configs: readonly CreatableTopicConfigs[] | null
}

/** Part of `CreatableTopicResult.configs`. */
export interface CreatableTopicConfigs {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: number
  readonly isSensitive: boolean
}

/** Creates topics. */
export const createTopicsApi: ApiSchema = {
  name: 'CreateTopics',
  key: 19,
  versions: [2, 7],
  flexibleSince: 5,
  request: [
    {
      name: 'topics',
      type: '[]struct',
      fields: [
        { name: 'name', type: 'string' },
        { name: 'numPartitions', type: 'int32' },
        { name: 'replicationFactor', type: 'int16' },
        {
          name: 'assignments',
          type: '[]struct',
          fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'brokerIds', type: '[]int32' },
          ],
        },
        {
          name: 'configs',
          type: '[]struct',
          fields: [
            { name: 'name', type: 'string' },
            { name: 'value', type: 'string', nullable: true },
          ],
        },
      ],
    },
    { name: 'timeoutMs', type: 'int32', default: 60000 },
    { name: 'validateOnly', type: 'bool' },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'topics',
      type: '[]struct',
      fields: [
        { name: 'name', type: 'string' },
        { name: 'topicId', type: 'uuid', since: 7, ignorable: true },
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', nullable: true },
        { name: 'topicConfigErrorCode', type: 'int16', since: 5, tag: 0, ignorable: true },
        { name: 'numPartitions', type: 'int32', since: 5, default: -1, ignorable: true },
        { name: 'replicationFactor', type: 'int16', since: 5, default: -1, ignorable: true },
        {
          name: 'configs',
          type: '[]struct',
          since: 5,
          nullable: true,
          ignorable: true,
          fields: [
            { name: 'name', type: 'string' },
            { name: 'value', type: 'string', nullable: true },
            { name: 'readOnly', type: 'bool' },
            { name: 'configSource', type: 'int8', default: -1, ignorable: true },
            { name: 'isSensitive', type: 'bool' },
          ],
        },
      ],
    },
  ],
}
