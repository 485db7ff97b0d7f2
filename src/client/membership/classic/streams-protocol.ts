import { ClusterError, type MillraceError, TopologyError, isMillraceError } from '../../../base/errors.ts'
import type { Logger } from '../../../base/environment.ts'
import { type AssignmentInfo, decodeAssignmentInfo, encodeAssignmentInfo } from '../../../protocol/classic/assignment-info.ts'
import {
  type ConsumerProtocolAssignment,
  type ConsumerProtocolSubscription,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../../../protocol/classic/consumer-protocol.ts'
import {
  CLASSIC_INFO_VERSIONS,
  type SubscriptionInfo,
  type TaskOffsetSum,
  decodeSubscriptionInfo,
  encodeSubscriptionInfo,
} from '../../../protocol/classic/subscription-info.ts'
import { type TaskId, compareTaskIds, formatTaskId } from '../../../protocol/task-id.ts'
import type { TopicPartition } from '../../../protocol/topic-partition.ts'
import type { Endpoint } from '../../../protocol/transport.ts'
import type { AssignTasksInput, StreamsGroupMember, TaskAssigner } from '../assign-tasks.ts'
import type { ClassicAssignment, ClassicGroupMember, ClassicProtocol, OwnedTasks } from '../classic-protocol.ts'
import type { GroupTopology } from '../group-topology.ts'
import type { LeaderDuties } from '../leader-duties.ts'
import { byTopicSorted, sortedPartitions } from './owned-partitions.ts'
import { readEndpoints } from './read-endpoints.ts'

/** What goes wrong for a whole group (N§2.4). */
export const assignorErrors = { NONE: 0, INCOMPLETE_SOURCE_TOPICS: 1, ASSIGNMENT_ERROR: 3, SHUTDOWN_REQUESTED: 4 } as const

const { latest: LATEST_VERSION } = CLASSIC_INFO_VERSIONS
const NOW = 0

/** What a Kafka Streams thread tells of itself in a classic group. */
export interface StreamsProtocolOptions {
  readonly groupId: string
  /** A UUID, one per application instance, shared by its threads. */
  readonly processId: string
  readonly endpoint: Endpoint | null
  readonly clientTags: Readonly<Record<string, string>>
  readonly rackId: string | null
  /** Where sources have patterns it changes with the topics that there are. */
  readonly topology: () => GroupTopology
  /** How far the tasks are of which this thread has state (N§2.3): `LATEST_OFFSET` for those that run. */
  readonly taskOffsets: () => readonly TaskOffsetSum[]
  readonly duties: LeaderDuties
  readonly assigner: TaskAssigner
  readonly logger: Logger
  /** Wall clock, epoch milliseconds. */
  readonly now: () => number
}

/**
 * The `stream` protocol of Kafka Streams, so that Java members can be in the same group: subscription and assignment data up to version
 * 11 with version probing, and the duties of a leader (N§2.2-2.8).
 */
export class StreamsProtocol implements ClassicProtocol {
  readonly name = 'stream'
  readonly #options: StreamsProtocolOptions
  /** The version of the next subscription: the latest one, unless somebody in the group does not know it. */
  #usedVersion: number = LATEST_VERSION
  /** int8; each subscription differs from the one before, so that the broker does rebalance. */
  #uniqueField = 0
  #isShutdownRequested = false
  /** The inputs of the tasks of the last assignment, by `formatTaskId`. */
  #partitionsOf: ReadonlyMap<string, readonly TopicPartition[]> = new Map()
  /** As leader: why the last assignment is an error. */
  #leaderFailure: MillraceError | null = null

  constructor(options: StreamsProtocolOptions) {
    this.#options = options
  }

  metadata({ active, generation: generationId }: OwnedTasks): Buffer {
    const { processId, endpoint, clientTags, rackId, taskOffsets } = this.#options
    this.#uniqueField = ((this.#uniqueField + 1) << 24) >> 24
    const info: SubscriptionInfo = {
      version: this.#usedVersion,
      latestSupportedVersion: LATEST_VERSION,
      processId,
      userEndpoint: endpoint === null ? '' : `${endpoint.host}:${endpoint.port}`,
      taskOffsetSums: [...taskOffsets()].sort((a, b) => compareTaskIds(a.task, b.task)),
      uniqueField: this.#uniqueField,
      errorCode: this.#isShutdownRequested ? assignorErrors.SHUTDOWN_REQUESTED : assignorErrors.NONE,
      clientTags: new Map(Object.entries(clientTags)),
    }
    const ownedPartitions = byTopicSorted(active.flatMap((task) => this.#partitionsOf.get(formatTaskId(task)) ?? []))
    const topics = topicsToRead(this.#options.topology())
    return encodeSubscription({ topics, userData: encodeSubscriptionInfo(info), ownedPartitions, generationId, rackId })
  }

  requestShutdown(): void {
    this.#isShutdownRequested = true
  }

  isOutdated(): boolean {
    return this.#options.duties.isOutdated()
  }

  close(): void {
    this.#options.duties.close()
  }

  async assign(members: readonly ClassicGroupMember[], ownMemberId: string): Promise<ReadonlyMap<string, Buffer>> {
    const { groupId, logger } = this.#options
    this.#leaderFailure = null
    const toAll = (errorCode: number): ReadonlyMap<string, Buffer> => {
      const bytes = encodeAssignment(errorAssignment(errorCode))
      return new Map(members.map(({ memberId }) => [memberId, bytes]))
    }
    try {
      const known = readMembers(members)
      if (known.some(({ subscription }) => subscription.errorCode === assignorErrors.SHUTDOWN_REQUESTED)) {
        return toAll(assignorErrors.SHUTDOWN_REQUESTED)
      }
      return await this.#assignTasks(known, ownMemberId)
    } catch (error) {
      if (!isMillraceError(error)) throw error
      logger.error({ groupId, err: error }, 'The tasks of the group cannot be assigned')
      this.#leaderFailure = error
      return toAll(error.code === 'SOURCE_TOPICS_MISSING' ? assignorErrors.INCOMPLETE_SOURCE_TOPICS : assignorErrors.ASSIGNMENT_ERROR)
    }
  }

  onAssignment(bytes: Buffer): ClassicAssignment {
    const { assignedPartitions, userData } = decodeAssignment(bytes)
    if (userData === null) throw malformed(this.#options.groupId, 'it has no data of Kafka Streams')
    const info = decodeAssignmentInfo(userData)
    const isVersionChanged = this.#followVersion(info)
    const { errorCode } = info
    this.#partitionsOf = readPartitions(this.#options.groupId, assignedPartitions, info)
    const failure = errorCode === assignorErrors.NONE ? null : this.#failureOf(errorCode)
    this.#leaderFailure = null
    const isMoved = this.#isUnknownHere(info)
    return {
      assignment: {
        active: uniqueTasks(info.activeTasks),
        standby: uniqueTasks(info.standbyTasks.map(({ task }) => task)),
        // A warm-up is one of the standbys here; only the leader knows which.
        warmup: [],
        isReady: errorCode === assignorErrors.NONE,
      },
      endpoints: errorCode === assignorErrors.NONE ? readEndpoints(info) : null,
      nextRebalanceMs: isVersionChanged || isMoved ? NOW : info.nextRebalanceMs,
      isShutdown: errorCode === assignorErrors.SHUTDOWN_REQUESTED,
      failure,
    }
  }

  async #assignTasks(members: readonly StreamsGroupMember[], leaderId: string): Promise<ReadonlyMap<string, Buffer>> {
    const { assigner, duties, now } = this.#options
    const prepared = await duties.prepare({ endOffsets: assigner.needsEndOffsets, racks: assigner.needsRacks })
    const lowest = (versions: readonly number[]): number => Math.min(LATEST_VERSION, ...versions)
    const input: AssignTasksInput = {
      members,
      leaderId,
      ...prepared,
      usedVersion: lowest(members.map(({ subscription }) => subscription.version)),
      commonlySupportedVersion: lowest(members.map(({ subscription }) => subscription.latestSupportedVersion)),
      nowMs: now(),
    }
    const assigned = [...assigner.assign(input)]
    return new Map(
      assigned.map(([memberId, { partitions, info }]) => [
        memberId,
        encodeAssignment({ assignedPartitions: byTopicSorted(partitions), userData: encodeAssignmentInfo(info) }),
      ]),
    )
  }

  /** Adapts the own version to what all can read (N§2.5). Gives whether it has changed, so that the member must join anew. */
  #followVersion({ version, commonlySupportedVersion: common }: AssignmentInfo): boolean {
    const used = this.#usedVersion
    if (common > used) this.#usedVersion = Math.min(common, LATEST_VERSION)
    else if (version < used) this.#usedVersion = Math.max(common, CLASSIC_INFO_VERSIONS.first)
    return this.#usedVersion !== used
  }

  /** Whether the group still knows another endpoint of this instance: a static member came back elsewhere without a rebalance. */
  #isUnknownHere({ partitionsByHost }: AssignmentInfo): boolean {
    const { endpoint } = this.#options
    if (endpoint === null || partitionsByHost.length === 0) return false
    return !partitionsByHost.some(({ host, port }) => host === endpoint.host && port === endpoint.port)
  }

  #failureOf(errorCode: number): MillraceError | null {
    if (errorCode === assignorErrors.SHUTDOWN_REQUESTED) return null
    if (this.#leaderFailure !== null) return this.#leaderFailure
    const action = `Cannot run group "${this.#options.groupId}"`
    if (errorCode === assignorErrors.INCOMPLETE_SOURCE_TOPICS) {
      const message = `${action}: the leader of the group misses source topics, its log names them; they must exist before the application starts`
      return new TopologyError('SOURCE_TOPICS_MISSING', message)
    }
    return new ClusterError(
      'ASSIGNMENT_FAILED',
      `${action}: the leader of the group could not assign its tasks (assignor error ${errorCode}), its log says why`,
    )
  }
}

function topicsToRead({ subtopologies }: GroupTopology): string[] {
  const names = subtopologies.flatMap(({ sourceTopics, repartitionSourceTopics }) => [
    ...sourceTopics,
    ...repartitionSourceTopics.map(({ name }) => name),
  ])
  return [...new Set(names)].sort()
}

function errorAssignment(errorCode: number): ConsumerProtocolAssignment {
  const info: AssignmentInfo = {
    version: LATEST_VERSION,
    commonlySupportedVersion: LATEST_VERSION,
    activeTasks: [],
    standbyTasks: [],
    partitionsByHost: [],
    standbyPartitionsByHost: [],
    errorCode,
    nextRebalanceMs: Infinity,
  }
  return { assignedPartitions: [], userData: encodeAssignmentInfo(info) }
}

/** What the members say, sorted by member id. What a member owned in an older generation than others belongs to them by now. */
function readMembers(members: readonly ClassicGroupMember[]): StreamsGroupMember[] {
  const read = members.map((member) => ({ member, subscription: decodeSubscription(member.metadata) }))
  const generation = Math.max(...read.map(({ subscription }) => subscription.generationId))
  return read
    .map(({ member, subscription }): StreamsGroupMember => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      rackId: subscription.rackId,
      ownedPartitions: isBehind(subscription, generation) ? [] : flatPartitions(subscription.ownedPartitions),
      subscription: decodeSubscriptionInfo(subscription.userData ?? Buffer.alloc(0)),
    }))
    .sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
}

/** A member that is older than generations in subscriptions tells none. */
function isBehind({ generationId }: ConsumerProtocolSubscription, generation: number): boolean {
  return generationId >= 0 && generationId < generation
}

function flatPartitions(topics: ConsumerProtocolSubscription['ownedPartitions']): TopicPartition[] {
  return sortedPartitions(topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition }))))
}

/** The inputs of each task: tasks and partitions are told apart, in one order (N§2.4). */
function readPartitions(
  groupId: string,
  assigned: ConsumerProtocolAssignment['assignedPartitions'],
  { activeTasks }: AssignmentInfo,
): ReadonlyMap<string, readonly TopicPartition[]> {
  const partitions = flatPartitions(assigned)
  if (partitions.length !== activeTasks.length) {
    throw malformed(groupId, `it has ${partitions.length} partitions, but the tasks of ${activeTasks.length}`)
  }
  const byTask = new Map<string, TopicPartition[]>()
  for (const [index, task] of activeTasks.entries()) {
    const name = formatTaskId(task)
    byTask.set(name, [...(byTask.get(name) ?? []), partitions[index]!])
  }
  return byTask
}

function uniqueTasks(tasks: readonly TaskId[]): TaskId[] {
  return [...new Map(tasks.map((task) => [formatTaskId(task), task])).values()].sort(compareTaskIds)
}

function malformed(groupId: string, reason: string): ClusterError {
  return new ClusterError('MALFORMED_MESSAGE', `Cannot take the assignment of group "${groupId}": ${reason}`)
}
