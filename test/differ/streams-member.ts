import type {
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatResponse,
  StreamsGroupTopology,
  TaskIds,
} from '../../src/protocol/messages/streams-group-heartbeat.ts'

/** What a member of a streams group was told last. */
export interface StreamsMember {
  readonly epoch: number
  readonly previousEpoch: number
  readonly endpointEpoch: number
  readonly active: readonly TaskIds[]
  readonly standby: readonly TaskIds[]
}

/** One that was told nothing yet. */
export const newStreamsMember: StreamsMember = Object.freeze({ epoch: 0, previousEpoch: 0, endpointEpoch: -1, active: [], standby: [] })

/** `member` after an answer without an error. */
export function toldMember(member: StreamsMember, response: StreamsGroupHeartbeatResponse): StreamsMember {
  const { memberEpoch, activeTasks, standbyTasks, endpointInformationEpoch } = response
  return {
    epoch: memberEpoch,
    previousEpoch: memberEpoch === member.epoch ? member.previousEpoch : member.epoch,
    endpointEpoch: endpointInformationEpoch,
    active: activeTasks ?? member.active,
    standby: standbyTasks ?? member.standby,
  }
}

/** `member` when it has left, or is not one any more: of what it was told only the endpoints stay. */
export function goneMember({ endpointEpoch }: StreamsMember): StreamsMember {
  return { ...newStreamsMember, endpointEpoch }
}

/** A heartbeat of a member; with epoch 0 it joins. */
export interface StreamsHeartbeat {
  readonly groupId: string
  readonly memberId: string
  readonly memberEpoch: number
  /** It says what it owns. */
  readonly isFull: boolean
  /** It owns nothing, whatever it was told. */
  readonly ownsNothing?: boolean
  /** That it joins with. */
  readonly topology: StreamsGroupTopology
  readonly shutsDown?: boolean
}

/** The request for a heartbeat. The first member has an endpoint. */
export function heartbeatOf(member: StreamsMember, beat: StreamsHeartbeat): StreamsGroupHeartbeatRequest {
  const { groupId, memberId, memberEpoch, isFull, ownsNothing = false, topology, shutsDown = false } = beat
  const isJoin = memberEpoch === 0
  const tasks = (owned: readonly TaskIds[]): readonly TaskIds[] | null => (isJoin || ownsNothing ? [] : isFull ? owned : null)
  return {
    groupId,
    memberId,
    memberEpoch,
    endpointInformationEpoch: member.endpointEpoch,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: isJoin ? 60_000 : -1,
    topology: isJoin ? topology : null,
    activeTasks: tasks(member.active),
    standbyTasks: tasks(member.standby),
    warmupTasks: tasks([]),
    processId: isJoin ? `process-${memberId}` : null,
    userEndpoint: isJoin && memberId === 'm0' ? { host: memberId, port: 1 } : null,
    clientTags: isJoin ? [] : null,
    taskOffsets: null,
    taskEndOffsets: null,
    shutdownApplication: shutsDown,
  }
}

/** A topology of a sub-topology with a store, and, if wanted, one without. */
export function streamsTopology(epoch: number, source: string, changelog: string, hasStateless: boolean): StreamsGroupTopology {
  const stateful = {
    subtopologyId: '0',
    sourceTopics: [source],
    sourceTopicRegex: [],
    stateChangelogTopics: [{ name: changelog, partitions: 0, replicationFactor: -1, topicConfigs: [] }],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
  }
  const stateless = { ...stateful, subtopologyId: '1', stateChangelogTopics: [] }
  return { epoch, subtopologies: hasStateless ? [stateful, stateless] : [stateful] }
}
