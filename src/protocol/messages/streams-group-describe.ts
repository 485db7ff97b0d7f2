import {
  type KeyValue,
  type TaskIds,
  type TaskOffset,
  type TopicInfo,
  type UserEndpoint,
  keyValueFields,
  taskIdsFields,
  taskOffsetFields,
  topicInfoFields,
  userEndpointFields,
} from './streams-group-heartbeat.ts'
import { type TopologyDescription, topologyDescriptionFields } from './streams-group-topology-description-update.ts'
import type { ApiSchema, FieldSchema } from '../schema.ts'

/** The request of `StreamsGroupDescribe`. */
export interface StreamsGroupDescribeRequest {
  readonly groupIds: readonly string[]
  readonly includeAuthorizedOperations: boolean
  readonly includeTopologyDescription: boolean
}

/** The response of `StreamsGroupDescribe`. */
export interface StreamsGroupDescribeResponse {
  readonly throttleTimeMs: number
  readonly groups: readonly DescribedStreamsGroup[]
}

/** Part of `StreamsGroupDescribeResponse.groups`. */
export interface DescribedStreamsGroup {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly groupId: string
  readonly groupState: string
  readonly groupEpoch: number
  readonly assignmentEpoch: number
  readonly topology: DescribedStreamsGroupTopology | null
  readonly members: readonly DescribedStreamsGroupMember[]
  readonly authorizedOperations: number
  readonly topologyDescription: TopologyDescription | null
  readonly topologyDescriptionStatus: number
  readonly assignorName: string | null
}

/** Part of `DescribedStreamsGroup.topology`. */
export interface DescribedStreamsGroupTopology {
  readonly epoch: number
  readonly subtopologies: readonly DescribedStreamsGroupSubtopology[] | null
}

/** Part of `DescribedStreamsGroupTopology.subtopologies`. */
export interface DescribedStreamsGroupSubtopology {
  readonly subtopologyId: string
  readonly sourceTopics: readonly string[]
  readonly repartitionSinkTopics: readonly string[]
  readonly stateChangelogTopics: readonly TopicInfo[]
  readonly repartitionSourceTopics: readonly TopicInfo[]
}

/** Part of `DescribedStreamsGroup.members`. */
export interface DescribedStreamsGroupMember {
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly topologyEpoch: number
  readonly processId: string
  readonly userEndpoint: UserEndpoint | null
  readonly clientTags: readonly KeyValue[]
  readonly taskOffsets: readonly TaskOffset[]
  readonly taskEndOffsets: readonly TaskOffset[]
  readonly assignment: StreamsGroupAssignment
  readonly targetAssignment: StreamsGroupAssignment
  readonly isClassic: boolean
}

/** Part of `DescribedStreamsGroupMember.assignment`. */
export interface StreamsGroupAssignment {
  readonly activeTasks: readonly TaskIds[]
  readonly standbyTasks: readonly TaskIds[]
  readonly warmupTasks: readonly TaskIds[]
}

const streamsGroupAssignmentFields: readonly FieldSchema[] = [
  { name: 'activeTasks', type: '[]struct', fields: taskIdsFields },
  { name: 'standbyTasks', type: '[]struct', fields: taskIdsFields },
  { name: 'warmupTasks', type: '[]struct', fields: taskIdsFields },
]

/** Describes groups of the streams protocol (protocol.md 1.16). Version 1 is of Kafka 4.4. */
export const streamsGroupDescribeApi: ApiSchema = {
  name: 'StreamsGroupDescribe',
  key: 89,
  versions: [0, 1],
  flexibleSince: 0,
  request: [
    { name: 'groupIds', type: '[]string' },
    { name: 'includeAuthorizedOperations', type: 'bool' },
    { name: 'includeTopologyDescription', type: 'bool', since: 1 },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32' },
    {
      name: 'groups',
      type: '[]struct',
      fields: [
        { name: 'errorCode', type: 'int16' },
        { name: 'errorMessage', type: 'string', nullable: true, default: null },
        { name: 'groupId', type: 'string' },
        { name: 'groupState', type: 'string' },
        { name: 'groupEpoch', type: 'int32' },
        { name: 'assignmentEpoch', type: 'int32' },
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
              nullable: true,
              default: null,
              fields: [
                { name: 'subtopologyId', type: 'string' },
                { name: 'sourceTopics', type: '[]string' },
                { name: 'repartitionSinkTopics', type: '[]string' },
                { name: 'stateChangelogTopics', type: '[]struct', fields: topicInfoFields },
                { name: 'repartitionSourceTopics', type: '[]struct', fields: topicInfoFields },
              ],
            },
          ],
        },
        {
          name: 'members',
          type: '[]struct',
          fields: [
            { name: 'memberId', type: 'string' },
            { name: 'memberEpoch', type: 'int32' },
            { name: 'instanceId', type: 'string', nullable: true, default: null },
            { name: 'rackId', type: 'string', nullable: true, default: null },
            { name: 'clientId', type: 'string' },
            { name: 'clientHost', type: 'string' },
            { name: 'topologyEpoch', type: 'int32' },
            { name: 'processId', type: 'string' },
            { name: 'userEndpoint', type: 'struct', nullable: true, default: null, fields: userEndpointFields },
            { name: 'clientTags', type: '[]struct', fields: keyValueFields },
            { name: 'taskOffsets', type: '[]struct', fields: taskOffsetFields },
            { name: 'taskEndOffsets', type: '[]struct', fields: taskOffsetFields },
            { name: 'assignment', type: 'struct', fields: streamsGroupAssignmentFields },
            { name: 'targetAssignment', type: 'struct', fields: streamsGroupAssignmentFields },
            { name: 'isClassic', type: 'bool' },
          ],
        },
        { name: 'authorizedOperations', type: 'int32', default: -2147483648 },
        {
          name: 'topologyDescription',
          type: 'struct',
          since: 1,
          nullable: true,
          default: null,
          ignorable: true,
          fields: topologyDescriptionFields,
        },
        { name: 'topologyDescriptionStatus', type: 'int8', since: 1, ignorable: true },
        { name: 'assignorName', type: 'string', since: 1, nullable: true, default: null, ignorable: true },
      ],
    },
  ],
}
