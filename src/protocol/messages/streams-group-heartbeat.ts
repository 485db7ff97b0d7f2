import type { ApiSchema, FieldSchema } from '../schema.ts'

/** The request of `StreamsGroupHeartbeat`. */
export interface StreamsGroupHeartbeatRequest {
  readonly groupId: string
  readonly memberId: string
  readonly memberEpoch: number
  readonly endpointInformationEpoch: number
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly rebalanceTimeoutMs: number
  readonly topology: StreamsGroupTopology | null
  readonly activeTasks: readonly TaskIds[] | null
  readonly standbyTasks: readonly TaskIds[] | null
  readonly warmupTasks: readonly TaskIds[] | null
  readonly processId: string | null
  readonly userEndpoint: UserEndpoint | null
  readonly clientTags: readonly KeyValue[] | null
  readonly taskOffsets: readonly TaskOffset[] | null
  readonly taskEndOffsets: readonly TaskOffset[] | null
  readonly shutdownApplication: boolean
}

/** Part of `StreamsGroupHeartbeatRequest.topology`. */
export interface StreamsGroupTopology {
  readonly epoch: number
  readonly subtopologies: readonly StreamsGroupSubtopology[]
}

/** Part of `StreamsGroupTopology.subtopologies`. */
export interface StreamsGroupSubtopology {
  readonly subtopologyId: string
  readonly sourceTopics: readonly string[]
  readonly sourceTopicRegex: readonly string[]
  readonly stateChangelogTopics: readonly TopicInfo[]
  readonly repartitionSinkTopics: readonly string[]
  readonly repartitionSourceTopics: readonly TopicInfo[]
  readonly copartitionGroups: readonly CopartitionGroup[]
}

/** Part of `StreamsGroupSubtopology.stateChangelogTopics`. */
export interface TopicInfo {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  readonly topicConfigs: readonly KeyValue[]
}

/** Part of `TopicInfo.topicConfigs`. */
export interface KeyValue {
  readonly key: string
  readonly value: string
}

/** Part of `StreamsGroupSubtopology.copartitionGroups`. */
export interface CopartitionGroup {
  readonly sourceTopics: readonly number[]
  readonly sourceTopicRegex: readonly number[]
  readonly repartitionSourceTopics: readonly number[]
}

/** Part of `StreamsGroupHeartbeatRequest.activeTasks`. */
export interface TaskIds {
  readonly subtopologyId: string
  readonly partitions: readonly number[]
}

/** Part of `StreamsGroupHeartbeatRequest.userEndpoint`. */
export interface UserEndpoint {
  readonly host: string
  readonly port: number
}

/** Part of `StreamsGroupHeartbeatRequest.taskOffsets`. */
export interface TaskOffset {
  readonly subtopologyId: string
  readonly partition: number
  readonly offset: number
}

/** The response of `StreamsGroupHeartbeat`. */
export interface StreamsGroupHeartbeatResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly memberId: string
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  readonly acceptableRecoveryLagLegacy: number
  readonly taskOffsetIntervalMs: number
  readonly acceptableRecoveryLag: number
  readonly status: readonly StreamsGroupStatus[] | null
  readonly activeTasks: readonly TaskIds[] | null
  readonly standbyTasks: readonly TaskIds[] | null
  readonly warmupTasks: readonly TaskIds[] | null
  readonly topologyDescriptionRequired: boolean
  readonly endpointInformationEpoch: number
  readonly partitionsByUserEndpoint: readonly EndpointToPartitions[] | null
}

/** Part of `StreamsGroupHeartbeatResponse.status`. */
export interface StreamsGroupStatus {
  readonly statusCode: number
  readonly statusDetail: string
}

/** Part of `StreamsGroupHeartbeatResponse.partitionsByUserEndpoint`. */
export interface EndpointToPartitions {
  readonly userEndpoint: UserEndpoint
  readonly activePartitions: readonly TopicPartitions[]
  readonly standbyPartitions: readonly TopicPartitions[]
}

/** Part of `EndpointToPartitions.activePartitions`. */
export interface TopicPartitions {
  readonly topic: string
  readonly partitions: readonly number[]
}

/** The fields of `KeyValue`. */
export const keyValueFields: readonly FieldSchema[] = [
  { name: 'key', type: 'string' },
  { name: 'value', type: 'string' },
]

/** The fields of `TopicInfo`. */
export const topicInfoFields: readonly FieldSchema[] = [
  { name: 'name', type: 'string' },
  { name: 'partitions', type: 'int32' },
  { name: 'replicationFactor', type: 'int16' },
  { name: 'topicConfigs', type: '[]struct', fields: keyValueFields },
]

/** The fields of `TaskIds`. */
export const taskIdsFields: readonly FieldSchema[] = [
  { name: 'subtopologyId', type: 'string' },
  { name: 'partitions', type: '[]int32' },
]

/** The fields of `UserEndpoint`. */
export const userEndpointFields: readonly FieldSchema[] = [
  { name: 'host', type: 'string' },
  { name: 'port', type: 'uint16' },
]

/** The fields of `TaskOffset`. */
export const taskOffsetFields: readonly FieldSchema[] = [
  { name: 'subtopologyId', type: 'string' },
  { name: 'partition', type: 'int32' },
  { name: 'offset', type: 'int64' },
]

const streamsGroupStatusFields: readonly FieldSchema[] = [
  { name: 'statusCode', type: 'int8' },
  { name: 'statusDetail', type: 'string' },
]

const topicPartitionsFields: readonly FieldSchema[] = [
  { name: 'topic', type: 'string' },
  { name: 'partitions', type: '[]int32' },
]

/** Joins, keeps alive and leaves a group of the streams protocol, and carries its tasks (protocol.md 1.2, 1.3). Version 1 is of Kafka 4.4. */
export const streamsGroupHeartbeatApi: ApiSchema = {
  name: 'StreamsGroupHeartbeat',
  key: 88,
  versions: [0, 1],
  flexibleSince: 0,
  request: [
    { name: 'groupId', type: 'string' },
    { name: 'memberId', type: 'string' },
    { name: 'memberEpoch', type: 'int32' },
    { name: 'endpointInformationEpoch', type: 'int32' },
    { name: 'instanceId', type: 'string', nullable: true, default: null },
    { name: 'rackId', type: 'string', nullable: true, default: null },
    { name: 'rebalanceTimeoutMs', type: 'int32', default: -1 },
    {
      name: 'topology',
      type: 'struct',
      nullable: true,
      default: null,
      fields: [
        { name: 'epoch', type: 'int32' },
        {
          name: 'subtopologies',
          type: '[]struct',
          fields: [
            { name: 'subtopologyId', type: 'string' },
            { name: 'sourceTopics', type: '[]string' },
            { name: 'sourceTopicRegex', type: '[]string' },
            { name: 'stateChangelogTopics', type: '[]struct', fields: topicInfoFields },
            { name: 'repartitionSinkTopics', type: '[]string' },
            { name: 'repartitionSourceTopics', type: '[]struct', fields: topicInfoFields },
            {
              name: 'copartitionGroups',
              type: '[]struct',
              fields: [
                { name: 'sourceTopics', type: '[]int16' },
                { name: 'sourceTopicRegex', type: '[]int16' },
                { name: 'repartitionSourceTopics', type: '[]int16' },
              ],
            },
          ],
        },
      ],
    },
    { name: 'activeTasks', type: '[]struct', nullable: true, default: null, fields: taskIdsFields },
    { name: 'standbyTasks', type: '[]struct', nullable: true, default: null, fields: taskIdsFields },
    { name: 'warmupTasks', type: '[]struct', nullable: true, default: null, fields: taskIdsFields },
    { name: 'processId', type: 'string', nullable: true, default: null },
    { name: 'userEndpoint', type: 'struct', nullable: true, default: null, fields: userEndpointFields },
    { name: 'clientTags', type: '[]struct', nullable: true, default: null, fields: keyValueFields },
    { name: 'taskOffsets', type: '[]struct', nullable: true, default: null, fields: taskOffsetFields },
    { name: 'taskEndOffsets', type: '[]struct', nullable: true, default: null, fields: taskOffsetFields },
    { name: 'shutdownApplication', type: 'bool' },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
    { name: 'errorMessage', type: 'string', nullable: true, default: null },
    { name: 'memberId', type: 'string' },
    { name: 'memberEpoch', type: 'int32' },
    { name: 'heartbeatIntervalMs', type: 'int32' },
    { name: 'acceptableRecoveryLagLegacy', type: 'int32', until: 0, ignorable: true },
    { name: 'taskOffsetIntervalMs', type: 'int32' },
    { name: 'acceptableRecoveryLag', type: 'int64', since: 1, default: -1, ignorable: true },
    { name: 'status', type: '[]struct', nullable: true, fields: streamsGroupStatusFields },
    { name: 'activeTasks', type: '[]struct', nullable: true, default: null, fields: taskIdsFields },
    { name: 'standbyTasks', type: '[]struct', nullable: true, default: null, fields: taskIdsFields },
    { name: 'warmupTasks', type: '[]struct', nullable: true, default: null, fields: taskIdsFields },
    { name: 'topologyDescriptionRequired', type: 'bool', since: 1, ignorable: true },
    { name: 'endpointInformationEpoch', type: 'int32' },
    {
      name: 'partitionsByUserEndpoint',
      type: '[]struct',
      nullable: true,
      default: null,
      fields: [
        { name: 'userEndpoint', type: 'struct', fields: userEndpointFields },
        { name: 'activePartitions', type: '[]struct', fields: topicPartitionsFields },
        { name: 'standbyPartitions', type: '[]struct', fields: topicPartitionsFields },
      ],
    },
  ],
}
