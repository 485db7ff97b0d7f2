import type { ApiSchema } from '../schema.ts'

/** The request of `Metadata`. */
export interface MetadataRequest {
  readonly topics: readonly MetadataRequestTopic[] | null
  readonly allowAutoTopicCreation: boolean
  readonly includeClusterAuthorizedOperations: boolean
  readonly includeTopicAuthorizedOperations: boolean
}

/** Part of `MetadataRequest.topics`. */
export interface MetadataRequestTopic {
  readonly topicId: string
  readonly name: string | null
}

/** The response of `Metadata`. */
export interface MetadataResponse {
  readonly throttleTimeMs: number
  readonly brokers: readonly MetadataResponseBroker[]
  readonly clusterId: string | null
  readonly controllerId: number
  readonly topics: readonly MetadataResponseTopic[]
  readonly clusterAuthorizedOperations: number
  readonly errorCode: number
}

/** Part of `MetadataResponse.brokers`. */
export interface MetadataResponseBroker {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** Part of `MetadataResponse.topics`. */
export interface MetadataResponseTopic {
  readonly errorCode: number
  readonly name: string | null
  readonly topicId: string
  readonly isInternal: boolean
  readonly partitions: readonly MetadataResponsePartition[]
  readonly topicAuthorizedOperations: number
}

/** Part of `MetadataResponseTopic.partitions`. */
export interface MetadataResponsePartition {
  readonly errorCode: number
  readonly partitionIndex: number
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly replicaNodes: readonly number[]
  readonly isrNodes: readonly number[]
  readonly offlineReplicas: readonly number[]
}

/** Tells brokers, topics, partitions and their leaders. `topics: null` asks for all topics. */
export const metadataApi: ApiSchema = {
  name: 'Metadata',
  key: 3,
  versions: [0, 13],
  flexibleSince: 9,
  request: [
    {
      name: 'topics',
      type: '[]struct',
      nullable: 1,
      fields: [
        { name: 'topicId', type: 'uuid', since: 10, ignorable: true },
        { name: 'name', type: 'string', nullable: 10 },
      ],
    },
    { name: 'allowAutoTopicCreation', type: 'bool', since: 4, default: true },
    { name: 'includeClusterAuthorizedOperations', type: 'bool', since: 8, until: 10 },
    { name: 'includeTopicAuthorizedOperations', type: 'bool', since: 8 },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32', since: 3, ignorable: true },
    {
      name: 'brokers',
      type: '[]struct',
      fields: [
        { name: 'nodeId', type: 'int32' },
        { name: 'host', type: 'string' },
        { name: 'port', type: 'int32' },
        { name: 'rack', type: 'string', since: 1, nullable: true, default: null, ignorable: true },
      ],
    },
    { name: 'clusterId', type: 'string', since: 2, nullable: true, default: null, ignorable: true },
    { name: 'controllerId', type: 'int32', since: 1, default: -1, ignorable: true },
    {
      name: 'topics',
      type: '[]struct',
      fields: [
        { name: 'errorCode', type: 'int16' },
        { name: 'name', type: 'string', nullable: 12 },
        { name: 'topicId', type: 'uuid', since: 10, ignorable: true },
        { name: 'isInternal', type: 'bool', since: 1, ignorable: true },
        {
          name: 'partitions',
          type: '[]struct',
          fields: [
            { name: 'errorCode', type: 'int16' },
            { name: 'partitionIndex', type: 'int32' },
            { name: 'leaderId', type: 'int32' },
            { name: 'leaderEpoch', type: 'int32', since: 7, default: -1, ignorable: true },
            { name: 'replicaNodes', type: '[]int32' },
            { name: 'isrNodes', type: '[]int32' },
            { name: 'offlineReplicas', type: '[]int32', since: 5, ignorable: true },
          ],
        },
        { name: 'topicAuthorizedOperations', type: 'int32', since: 8, default: -2147483648 },
      ],
    },
    { name: 'clusterAuthorizedOperations', type: 'int32', since: 8, until: 10, default: -2147483648 },
    { name: 'errorCode', type: 'int16', since: 13, ignorable: true },
  ],
}
