import { kafkaErrors as kafka } from '../../src/protocol/kafka-errors.ts'
import type {
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatResponse,
  StreamsGroupTopology,
  TaskIds,
} from '../../src/protocol/messages/streams-group-heartbeat.ts'
import type { RequestOf, ResponseOf } from '../../src/protocol/messages.ts'
import type { Connection } from '../../src/protocol/transport.ts'
import { codeName } from './differ-cluster.ts'
import { type Shift, STREAMS_MEMBERS, type StreamsBeat, type StreamsOperation } from './operation.ts'

interface Member {
  epoch: number
  previousEpoch: number
  endpointEpoch: number
  active: readonly TaskIds[]
  standby: readonly TaskIds[]
}

/** What a streams group and its topics are called. */
export interface StreamsNames {
  readonly groupId: string
  readonly source: string
  readonly changelog: string
}

const TIMEOUT_MS = 30_000
const ZERO_UUID = '00000000-0000-0000-0000-000000000000'
const OTHER_EPOCH = 1

/** The members of a streams group: what they have been told, and what they send next. */
export class StreamsGroupSession {
  readonly #connection: Connection
  readonly #names: StreamsNames
  readonly #members: Member[] = Array.from({ length: STREAMS_MEMBERS }, newMember)

  constructor(connection: Connection, names: StreamsNames) {
    this.#connection = connection
    this.#names = names
  }

  async run(operation: StreamsOperation): Promise<string> {
    switch (operation.kind) {
      case 'streams beat':
        return this.#beat(operation.member, operation.beat)
      case 'streams commit':
        return this.#commit(operation)
      case 'streams describe':
        return this.#describe()
    }
  }

  /** Whether a member that joins gets tasks: its topics are known. It leaves again. */
  async isReady(): Promise<boolean> {
    const member = STREAMS_MEMBERS - 1
    const answer = await this.#beat(member, 'join')
    await this.#beat(member, 'leave')
    return /statuses (as before)?;/.test(answer)
  }

  async #beat(index: number, beat: StreamsBeat): Promise<string> {
    const member = this.#members[index]!
    const request = this.#request(index, beat)
    const response = await this.#connection.send('StreamsGroupHeartbeat', 0, request, TIMEOUT_MS)
    if (response.errorCode !== kafka.NONE) {
      if (beat !== 'previous' && beat !== 'ahead') this.#members[index] = { ...newMember(), endpointEpoch: member.endpointEpoch }
      return codeName(response.errorCode)
    }
    if (beat === 'leave') this.#members[index] = { ...newMember(), endpointEpoch: member.endpointEpoch }
    else if (beat !== 'lost') this.#heard(member, response)
    return describeHeartbeat(response)
  }

  #heard(member: Member, response: StreamsGroupHeartbeatResponse): void {
    if (response.memberEpoch !== member.epoch) member.previousEpoch = member.epoch
    member.epoch = response.memberEpoch
    member.endpointEpoch = response.endpointInformationEpoch
    member.active = response.activeTasks ?? member.active
    member.standby = response.standbyTasks ?? member.standby
  }

  #request(index: number, beat: StreamsBeat): StreamsGroupHeartbeatRequest {
    const member = this.#members[index]!
    const memberEpoch = epochOf(member, beat)
    const isJoin = memberEpoch === 0
    const ownsNothing = isJoin || beat === 'own nothing'
    const isFull = isJoin || beat === 'acknowledge' || beat === 'previous' || beat === 'own nothing'
    const tasks = (owned: readonly TaskIds[]): readonly TaskIds[] | null => (isFull ? (ownsNothing ? [] : owned) : null)
    return {
      groupId: this.#names.groupId,
      memberId: `m${index}`,
      memberEpoch,
      endpointInformationEpoch: member.endpointEpoch,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: isJoin ? 60_000 : -1,
      topology: isJoin ? this.#topology(beat === 'other topology' ? OTHER_EPOCH : 0) : null,
      activeTasks: tasks(member.active),
      standbyTasks: tasks(member.standby),
      warmupTasks: tasks([]),
      processId: isJoin ? `process-${index}` : null,
      userEndpoint: isJoin && index === 0 ? { host: 'm0', port: 1 } : null,
      clientTags: isJoin ? [] : null,
      taskOffsets: null,
      taskEndOffsets: null,
      shutdownApplication: beat === 'shut down',
    }
  }

  #topology(epoch: number): StreamsGroupTopology {
    const { source, changelog } = this.#names
    const stateful = {
      subtopologyId: '0',
      sourceTopics: [source],
      sourceTopicRegex: [],
      stateChangelogTopics: [{ name: changelog, partitions: 0, replicationFactor: -1, topicConfigs: [] }],
      repartitionSinkTopics: [],
      repartitionSourceTopics: [],
      copartitionGroups: [],
    }
    return { epoch, subtopologies: [stateful, { ...stateful, subtopologyId: '1', stateChangelogTopics: [] }] }
  }

  async #commit({ member, partition, epoch }: { member: number | null; partition: number; epoch: Shift }): Promise<string> {
    const partitions = [{ partitionIndex: partition, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: '' }]
    const request: RequestOf<'OffsetCommit'> = {
      groupId: this.#names.groupId,
      generationIdOrMemberEpoch: member === null ? -1 : this.#members[member]!.epoch + epoch,
      memberId: member === null ? '' : `m${member}`,
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [{ name: this.#names.source, topicId: ZERO_UUID, partitions }],
    }
    const response = await this.#connection.send('OffsetCommit', 9, request, TIMEOUT_MS)
    return codeName(response.topics[0]!.partitions[0]!.errorCode)
  }

  async #describe(): Promise<string> {
    const { groupId } = this.#names
    const request = { groupIds: [groupId], includeAuthorizedOperations: false, includeTopologyDescription: false }
    const response: ResponseOf<'StreamsGroupDescribe'> = await this.#connection.send('StreamsGroupDescribe', 0, request, TIMEOUT_MS)
    const group = response.groups[0]!
    if (group.errorCode !== kafka.NONE) return codeName(group.errorCode)
    const members = group.members.map(({ memberId, memberEpoch, assignment, targetAssignment }) => {
      return `${memberId} in ${memberEpoch} has ${tasksOf(assignment.activeTasks)}, gets ${tasksOf(targetAssignment.activeTasks)}`
    })
    return [`${group.groupState} ${group.groupEpoch}/${group.assignmentEpoch}`, ...members.toSorted()].join('; ')
  }
}

function newMember(): Member {
  return { epoch: 0, previousEpoch: 0, endpointEpoch: -1, active: [], standby: [] }
}

function epochOf(member: Member, beat: StreamsBeat): number {
  switch (beat) {
    case 'join':
    case 'other topology':
      return 0
    case 'leave':
      return -1
    case 'previous':
      return member.previousEpoch
    case 'ahead':
      return member.epoch + 1
    default:
      return member.epoch
  }
}

function describeHeartbeat(response: StreamsGroupHeartbeatResponse): string {
  const { activeTasks, standbyTasks, warmupTasks, status, partitionsByUserEndpoint } = response
  return [
    `in ${response.memberEpoch}`,
    `active ${tasksOf(activeTasks)}, standby ${tasksOf(standbyTasks)}, warm-up ${tasksOf(warmupTasks)}`,
    `statuses ${status?.map(({ statusCode }) => statusCode).join() ?? 'as before'}`,
    `endpoints of ${response.endpointInformationEpoch}: ${partitionsByUserEndpoint?.length ?? 'as before'}`,
  ].join('; ')
}

/** How many: which of them follows the order of a hash map in Kafka. */
function tasksOf(tasks: readonly TaskIds[] | null): string {
  return tasks === null ? 'as before' : String(tasks.reduce((sum, { partitions }) => sum + partitions.length, 0))
}
