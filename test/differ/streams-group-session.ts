import { kafkaErrors as kafka } from '../../src/protocol/kafka-errors.ts'
import type {
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatResponse,
  TaskIds,
} from '../../src/protocol/messages/streams-group-heartbeat.ts'
import type { RequestOf, ResponseOf } from '../../src/protocol/messages.ts'
import type { Connection } from '../../src/protocol/transport.ts'
import { codeName } from './differ-cluster.ts'
import { type Shift, STREAMS_MEMBERS, type StreamsBeat, type StreamsOperation } from './operation.ts'
import { goneMember, heartbeatOf, newStreamsMember, type StreamsMember, streamsTopology, toldMember } from './streams-member.ts'

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
  readonly #members: StreamsMember[] = Array.from({ length: STREAMS_MEMBERS }, () => newStreamsMember)

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
      if (beat !== 'previous' && beat !== 'ahead') this.#members[index] = goneMember(member)
      return codeName(response.errorCode)
    }
    if (beat === 'leave') this.#members[index] = goneMember(member)
    else if (beat !== 'lost') this.#members[index] = toldMember(member, response)
    return describeHeartbeat(response)
  }

  #request(index: number, beat: StreamsBeat): StreamsGroupHeartbeatRequest {
    const member = this.#members[index]!
    const { groupId, source, changelog } = this.#names
    return heartbeatOf(member, {
      groupId,
      memberId: `m${index}`,
      memberEpoch: epochOf(member, beat),
      isFull: beat === 'acknowledge' || beat === 'previous',
      ownsNothing: beat === 'own nothing',
      topology: streamsTopology(beat === 'other topology' ? OTHER_EPOCH : 0, source, changelog, true),
      shutsDown: beat === 'shut down',
    })
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

function epochOf(member: StreamsMember, beat: StreamsBeat): number {
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
