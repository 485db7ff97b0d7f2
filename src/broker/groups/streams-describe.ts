import type {
  DescribedStreamsGroup,
  DescribedStreamsGroupMember,
  DescribedStreamsGroupTopology,
  StreamsGroupAssignment,
} from '../../protocol/messages/streams-group-describe.ts'
import type { TaskOffset, TopicInfo } from '../../protocol/messages/streams-group-heartbeat.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { type RoleTasks, type TaskKey, noTasks, splitTaskKey, writeTasks } from './role-tasks.ts'
import type { StreamsGroup } from './streams-group.ts'
import type { StreamsMember } from './streams-member.ts'
import type { ConfiguredTopic } from '../../protocol/topology-configuration.ts'

const NO_AUTHORIZED_OPERATIONS = -0x8000_0000

/** The answer of StreamsGroupDescribe for a group that cannot be described. */
export function describeFailure(groupId: string, errorCode: number, errorMessage: string | null): DescribedStreamsGroup {
  return {
    errorCode,
    errorMessage,
    groupId,
    groupState: '',
    groupEpoch: 0,
    assignmentEpoch: 0,
    topology: null,
    members: [],
    authorizedOperations: NO_AUTHORIZED_OPERATIONS,
    topologyDescription: null,
    topologyDescriptionStatus: 0,
    assignorName: null,
  }
}

/** The answer of StreamsGroupDescribe for one group (N§1.16). */
export function describeGroup(group: StreamsGroup): DescribedStreamsGroup {
  return {
    ...describeFailure(group.groupId, kafkaErrors.NONE, null),
    groupState: group.state,
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    topology: describeTopology(group),
    members: [...group.members.values()].map((member) => describeMember(member, group.target.get(member.memberId) ?? noTasks)),
    assignorName: 'sticky',
  }
}

function describeTopology(group: StreamsGroup): DescribedStreamsGroupTopology | null {
  if (group.topology === null) return null
  const configured = group.configured?.problem === null ? group.configured.subtopologies : null
  const withCount = ({ info, partitions }: ConfiguredTopic): TopicInfo => ({ ...info, partitions })
  return {
    epoch: group.topology.epoch,
    subtopologies: group.topology.subtopologies.map((subtopology) => {
      const decided = configured?.get(subtopology.subtopologyId)
      return {
        subtopologyId: subtopology.subtopologyId,
        sourceTopics: subtopology.sourceTopics,
        repartitionSinkTopics: subtopology.repartitionSinkTopics,
        stateChangelogTopics: decided?.stateChangelogTopics.map(withCount) ?? subtopology.stateChangelogTopics,
        repartitionSourceTopics: decided?.repartitionSourceTopics.map(withCount) ?? subtopology.repartitionSourceTopics,
      }
    }),
  }
}

function describeMember(member: StreamsMember, target: RoleTasks): DescribedStreamsGroupMember {
  const { memberId, metadata, assignment } = member
  return {
    memberId,
    memberEpoch: assignment.memberEpoch,
    instanceId: metadata.instanceId,
    rackId: metadata.rackId,
    clientId: metadata.clientId,
    clientHost: metadata.clientHost,
    topologyEpoch: metadata.topologyEpoch,
    processId: metadata.processId,
    userEndpoint: metadata.userEndpoint,
    clientTags: [...metadata.clientTags].map(([key, value]) => ({ key, value })),
    taskOffsets: describeOffsets(member.taskOffsets),
    taskEndOffsets: describeOffsets(member.taskEndOffsets),
    assignment: describeTasks(assignment.assigned),
    targetAssignment: describeTasks(target),
    isClassic: false,
  }
}

function describeTasks(tasks: RoleTasks): StreamsGroupAssignment {
  return { activeTasks: writeTasks(tasks.active), standbyTasks: writeTasks(tasks.standby), warmupTasks: writeTasks(tasks.warmup) }
}

function describeOffsets(offsets: ReadonlyMap<TaskKey, number>): TaskOffset[] {
  return [...offsets].map(([task, offset]) => ({ ...splitTaskKey(task), offset }))
}
