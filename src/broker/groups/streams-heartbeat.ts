import type {
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatResponse,
  StreamsGroupStatus,
  StreamsGroupTopology,
} from '../../protocol/messages/streams-group-heartbeat.ts'
import type { GroupHost } from '../group-host.ts'
import type { RequestContext } from '../handler.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { endpointsOf } from './endpoint-information.ts'
import type { ClassicGroup } from './classic/classic-group.ts'
import type { GroupConfigs } from './group-configs.ts'
import { LEAVE_EPOCH, STATIC_LEAVE_EPOCH, validateHeartbeat } from './heartbeat-validation.ts'
import { InternalTopicCreator } from './internal-topic-creator.ts'
import { findMember, ownedTasks } from './member-lookup.ts'
import { type MemberAssignment, reconcile } from './reconciliation.ts'
import { Refusal } from './refusal.ts'
import { type RoleTasks, sameTasks, splitTaskKey, writeTasks } from './role-tasks.ts'
import { statusCodes } from '../../protocol/streams-status-codes.ts'
import { StreamsGroup } from './streams-group.ts'
import { type StreamsMember, needsRebalance, newMember, updateMember } from './streams-member.ts'
import { TargetAssignments } from './target-assignments.ts'
import { CircularTopology } from '../../protocol/repartition-counts.ts'
import { type ConfiguredTopology, configureTopology, topicsOf } from '../../protocol/topology-configuration.ts'

/** What a heartbeat makes of its group, worked out before anything is changed: a refused heartbeat leaves no trace. */
interface Plan {
  readonly request: StreamsGroupHeartbeatRequest
  readonly group: StreamsGroup
  readonly member: StreamsMember
  /** A static member that is away and whose place `member` takes. */
  readonly replaced: StreamsMember | null
  readonly updated: StreamsMember
  readonly topology: StreamsGroupTopology
  readonly configured: ConfiguredTopology
  readonly metadataHash: string
}

const refusedResponse: StreamsGroupHeartbeatResponse = {
  throttleTimeMs: 0,
  errorCode: 0,
  errorMessage: null,
  memberId: '',
  memberEpoch: 0,
  heartbeatIntervalMs: 0,
  acceptableRecoveryLagLegacy: 0,
  taskOffsetIntervalMs: 0,
  acceptableRecoveryLag: -1,
  status: [],
  activeTasks: null,
  standbyTasks: null,
  warmupTasks: null,
  topologyDescriptionRequired: false,
  endpointInformationEpoch: 0,
  partitionsByUserEndpoint: null,
}

/** Handles StreamsGroupHeartbeat: join, heartbeat and leave (N§1.2-1.9, 1.13), and runs the timers of the members. */
export class StreamsHeartbeats {
  readonly #host: GroupHost
  readonly #configs: GroupConfigs
  readonly #groups: Map<string, StreamsGroup>
  readonly #classicGroups: Map<string, ClassicGroup>
  readonly #hasOffsets: (groupId: string) => boolean
  readonly #targets: TargetAssignments
  readonly #internalTopics: InternalTopicCreator

  constructor(
    host: GroupHost,
    configs: GroupConfigs,
    groups: {
      readonly streams: Map<string, StreamsGroup>
      readonly classic: Map<string, ClassicGroup>
      /** Whether there is a group that has only offsets, if none of the others. */
      readonly hasOffsets: (groupId: string) => boolean
    },
  ) {
    this.#host = host
    this.#configs = configs
    this.#groups = groups.streams
    this.#classicGroups = groups.classic
    this.#hasOffsets = groups.hasOffsets
    this.#targets = new TargetAssignments(host, configs)
    this.#internalTopics = new InternalTopicCreator(host)
  }

  handle(request: StreamsGroupHeartbeatRequest, context: RequestContext): StreamsGroupHeartbeatResponse {
    try {
      validateHeartbeat(request, this.#host.settings.release)
      const errorCode = this.#host.coordinatorError(request.groupId, context.node)
      if (errorCode !== kafkaErrors.NONE) return { ...refusedResponse, errorCode }
      return request.memberEpoch < 0 ? this.#leave(request) : this.#beat(this.#plan(request, context))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { ...refusedResponse, errorCode: error.kafkaCode, errorMessage: error.message }
    }
  }

  /** Starts the timers of all members of a group whose coordinator has just loaded it. */
  reload(group: StreamsGroup): void {
    group.forgetMemory()
    for (const member of group.members.values()) {
      this.#startSession(group, member)
      this.#startRebalance(group, member)
    }
  }

  #plan(request: StreamsGroupHeartbeatRequest, context: RequestContext): Plan {
    const { groupId, memberId } = request
    const isJoin = request.memberEpoch === 0
    refuseClassic(this.#classicGroups.get(groupId))
    const { release, membersMax } = this.#host.settings
    const group = this.#groups.get(groupId) ?? (isJoin ? new StreamsGroup(groupId, release === '4.2' ? 0 : 1) : null)
    if (group === null) throw new Refusal(kafkaErrors.GROUP_ID_NOT_FOUND, `Streams group ${groupId} not found.`)
    // Up to 4.3 a full group also refuses a member that it knows and that joins again.
    if (isJoin && group.members.size >= membersMax && !(release === '4.4' && group.members.has(memberId))) {
      throw new Refusal(kafkaErrors.GROUP_MAX_SIZE_REACHED, `The streams group has reached its maximum capacity of ${membersMax} members.`)
    }
    const found = findMember(group, request)
    const member = found.member ?? newMember(memberId)
    const updated = updateMember(member, request, context)
    const topology = topologyFor(group, request)
    const metadataHash = group.configured === null || group.isMetadataStale ? this.#metadataHash(topology) : group.metadataHash
    const configured = group.configured === null || metadataHash !== group.metadataHash ? this.#configure(topology) : group.configured
    refuseUnknownTasks(configured, ownedTasks(request))
    if (release !== '4.4') refuseUndecidedEndpoints(group, updated, configured)
    return { request, group, member, replaced: found.replaced, updated, topology, configured, metadataHash }
  }

  #configure(topology: StreamsGroupTopology): ConfiguredTopology {
    try {
      return configureTopology(topology, (topic) => this.#host.topics.partitions(topic))
    } catch (error) {
      if (!(error instanceof CircularTopology)) throw error
      throw new Refusal(kafkaErrors.STREAMS_INVALID_TOPOLOGY, error.message)
    }
  }

  #beat(plan: Plan): StreamsGroupHeartbeatResponse {
    const { request, group, member, updated } = plan
    const wasEmpty = group.isEmpty
    const isNew = !this.#groups.has(group.groupId)
    this.#bumpEpoch(plan)
    // A classic group without members makes place; its offsets stay.
    const wasClassic = this.#classicGroups.delete(group.groupId)
    this.#groups.set(group.groupId, group)
    if (plan.replaced !== null) replaceStaticMember(group, plan.replaced, updated.memberId)
    group.putMember(updated)
    const config = this.#configs.of(group.groupId)
    if (wasEmpty) this.#targets.startInitialDelay(group, config.initialRebalanceDelayMs)
    const target = this.#targets.targetOf(group, updated.memberId)
    const assignment = reconcile({
      memberId: updated.memberId,
      processId: updated.metadata.processId,
      current: updated.assignment,
      targetEpoch: target.epoch,
      target: target.tasks,
      owned: ownedTasks(request),
      holders: group,
      release: this.#host.settings.release,
    })
    const reconciled = { ...updated, assignment }
    group.putMember(reconciled)
    this.#startSession(group, reconciled)
    if (assignment !== updated.assignment) this.#startRebalance(group, reconciled)
    if (request.shutdownApplication) group.shutdownRequestedBy = updated.memberId
    if (plan.configured.missingTopics.length > 0) {
      this.#internalTopics.create(group.groupId, plan.configured.missingTopics, 2 * config.heartbeatIntervalMs)
    }
    const isListed = this.#isListed(request, plan.replaced === null ? member.assignment : null, assignment)
    const response = this.#respond(plan, reconciled, { isListed, delay: target.delay })
    if (!isNew) return response
    // What a coordinator makes of a new group comes into being when it is replayed: what this heartbeat did in memory only is lost. Its answer
    // says so if there was no group of the name before.
    group.endpointEpoch = 0
    group.shutdownRequestedBy = null
    return wasClassic || this.#hasOffsets(group.groupId) ? response : { ...response, endpointInformationEpoch: 0 }
  }

  #bumpEpoch({ group, member, updated, topology, configured, metadataHash }: Plan): void {
    const validatedTopologyEpoch = configured.problem === null ? topology.epoch : -1
    const { standbyReplicas } = this.#configs.of(group.groupId)
    const assignmentConfigs = `standbyReplicas=${standbyReplicas}`
    const isBumped =
      needsRebalance(member.metadata, updated.metadata) ||
      metadataHash !== group.metadataHash ||
      validatedTopologyEpoch !== group.validatedTopologyEpoch ||
      assignmentConfigs !== group.assignmentConfigs
    // A new group starts with epoch 1 as an empty one.
    if (isBumped) group.groupEpoch = group.groupEpoch === 0 ? 2 : group.groupEpoch + 1
    group.topology = topology
    group.configured = configured
    group.metadataHash = metadataHash
    group.isMetadataStale = false
    group.validatedTopologyEpoch = validatedTopologyEpoch
    group.assignmentConfigs = assignmentConfigs
  }

  /** Whether the answer carries the tasks: when joining, and in the heartbeat in which they changed. `old` null: another member's. */
  #isListed(request: StreamsGroupHeartbeatRequest, old: MemberAssignment | null, now: MemberAssignment): boolean {
    if (request.memberEpoch === 0 || old === null || !sameTasks(old.assigned, now.assigned)) return true
    const owned = ownedTasks(request)
    return this.#host.settings.lostResponses === 'corrected' && owned !== null && !sameTasks(owned, now.assigned)
  }

  #respond(plan: Plan, member: StreamsMember, options: { isListed: boolean; delay: string | null }): StreamsGroupHeartbeatResponse {
    const { group, request } = plan
    const { assigned, memberEpoch } = member.assignment
    const config = this.#configs.of(group.groupId)
    const { release } = this.#host.settings
    if (options.isListed && member.metadata.userEndpoint !== null) group.endpointEpoch++
    return {
      ...refusedResponse,
      memberId: member.memberId,
      memberEpoch,
      heartbeatIntervalMs: config.heartbeatIntervalMs,
      taskOffsetIntervalMs: release === '4.4' ? config.taskOffsetIntervalMs : 0,
      acceptableRecoveryLag: release === '4.4' ? config.acceptableRecoveryLag : -1,
      status: this.#statusesOf(plan, member, options.delay),
      activeTasks: options.isListed ? writeTasks(assigned.active) : null,
      standbyTasks: options.isListed ? writeTasks(assigned.standby) : null,
      warmupTasks: options.isListed ? writeTasks(assigned.warmup) : null,
      endpointInformationEpoch: group.endpointEpoch,
      partitionsByUserEndpoint:
        group.endpointEpoch === request.endpointInformationEpoch
          ? null
          : endpointsOf(group, (topic) => this.#host.topics.partitions(topic), release),
    }
  }

  #statusesOf({ group, topology, configured }: Plan, member: StreamsMember, delay: string | null): StreamsGroupStatus[] {
    const statuses: StreamsGroupStatus[] = []
    const add = (statusCode: number, statusDetail: string): void => void statuses.push({ statusCode, statusDetail })
    const { topologyEpoch } = member.metadata
    if (topologyEpoch < topology.epoch) {
      add(
        statusCodes.STALE_TOPOLOGY,
        `The member's topology epoch ${topologyEpoch} is behind the group's topology epoch ${topology.epoch}.`,
      )
    }
    if (delay !== null) add(statusCodes.ASSIGNMENT_DELAYED, delay)
    if (configured.problem !== null) {
      const failures = this.#internalTopics.failuresOf(group.groupId, configured.missingTopics)
      const detail = configured.problem.statusDetail
      add(configured.problem.statusCode, failures === '' ? detail : `${detail}; Creation failed: ${failures}.`)
    }
    if (group.shutdownRequestedBy !== null) {
      const by = group.shutdownRequestedBy
      add(
        statusCodes.SHUTDOWN_APPLICATION,
        `Streams group member ${by} encountered a fatal error and requested a shutdown for the entire application.`,
      )
    }
    return statuses
  }

  #leave(request: StreamsGroupHeartbeatRequest): StreamsGroupHeartbeatResponse {
    const { groupId, memberId, memberEpoch } = request
    refuseClassic(this.#classicGroups.get(groupId))
    const group = this.#groups.get(groupId)
    if (group === undefined) throw new Refusal(kafkaErrors.GROUP_ID_NOT_FOUND, `Group ${groupId} not found.`)
    const member = findMember(group, request).member
    if (member === null) throw new Refusal(kafkaErrors.UNKNOWN_MEMBER_ID, `Member ${memberId} is not a member of group ${groupId}.`)
    if (request.shutdownApplication) group.shutdownRequestedBy = memberId
    if (memberEpoch === STATIC_LEAVE_EPOCH) {
      const assignment = { ...member.assignment, memberEpoch: STATIC_LEAVE_EPOCH, previousMemberEpoch: STATIC_LEAVE_EPOCH }
      group.putMember({ ...member, assignment })
      group.rebalances.get(memberId)?.cancel()
      group.rebalances.delete(memberId)
    } else {
      this.#remove(group, member)
    }
    return { ...refusedResponse, memberId, memberEpoch: memberEpoch === STATIC_LEAVE_EPOCH ? STATIC_LEAVE_EPOCH : LEAVE_EPOCH }
  }

  #remove(group: StreamsGroup, member: StreamsMember): void {
    group.removeMember(member)
    group.groupEpoch++
    // Up to 4.3 others hear of it only when tasks have found a new owner.
    if (this.#host.settings.release === '4.4' && member.metadata.userEndpoint !== null) group.endpointEpoch++
  }

  #startSession(group: StreamsGroup, { memberId }: StreamsMember): void {
    group.sessions.get(memberId)?.cancel()
    const expire = (): void => this.#expire(group, memberId, 'its session timed out')
    group.sessions.set(memberId, this.#host.environment.scheduler.after(this.#configs.of(group.groupId).sessionTimeoutMs, expire))
  }

  /** Gives a member that was told to revoke tasks its rebalance time-out to do so; ends the timer of any other. */
  #startRebalance(group: StreamsGroup, { memberId, assignment, metadata }: StreamsMember): void {
    group.rebalances.get(memberId)?.cancel()
    group.rebalances.delete(memberId)
    if (assignment.state !== 'UNREVOKED_TASKS') return
    const expire = (): void => {
      if (group.members.get(memberId)?.assignment.memberEpoch !== assignment.memberEpoch) return
      this.#expire(group, memberId, 'it did not revoke its tasks within its rebalance timeout')
    }
    group.rebalances.set(memberId, this.#host.environment.scheduler.after(metadata.rebalanceTimeoutMs, expire))
  }

  #expire(group: StreamsGroup, memberId: string, reason: string): void {
    const member = group.members.get(memberId)
    if (member === undefined) return
    this.#host.environment.logger.info({ groupId: group.groupId, memberId }, `Member fenced from the group: ${reason}`)
    this.#remove(group, member)
  }

  #metadataHash(topology: StreamsGroupTopology): string {
    const { topics } = this.#host
    return [...topicsOf(topology)]
      .sort()
      .map((topic) => `${topic}:${topics.idOf(topic)}:${topics.partitions(topic)}`)
      .join(' ')
  }
}

/** The new member goes on with the assignment and the target of the one that is away; epoch 0 makes it reconcile. */
function replaceStaticMember(group: StreamsGroup, replaced: StreamsMember, memberId: string): void {
  const target = group.target.get(replaced.memberId)
  const { shutdownRequestedBy } = group
  group.removeMember(replaced)
  group.shutdownRequestedBy = shutdownRequestedBy
  if (target !== undefined) group.target = new Map(group.target).set(memberId, target)
}

function topologyFor(group: StreamsGroup, { topology }: StreamsGroupHeartbeatRequest): StreamsGroupTopology {
  if (topology === null || (group.topology !== null && group.topology.epoch > topology.epoch)) return group.topology!
  if (group.topology !== null && canonical(group.topology) !== canonical(topology)) {
    throw new Refusal(kafkaErrors.INVALID_REQUEST, 'Topology updates are not supported yet.')
  }
  return group.topology ?? topology
}

/** The topology as text that is equal for equal topologies: lists that the coordinator takes as sets are sorted. */
function canonical({ epoch, subtopologies }: StreamsGroupTopology): string {
  return JSON.stringify([epoch, [...subtopologies].sort((a, b) => (a.subtopologyId < b.subtopologyId ? -1 : 1))])
}

/**
 * A defect of these releases (seen with 4.3.1): while the task counts cannot be decided, because a source topic is missing or has the
 * wrong partition count, the coordinator fails on working out what the endpoints serve.
 */
function refuseUndecidedEndpoints(group: StreamsGroup, updated: StreamsMember, { subtopologies }: ConfiguredTopology): void {
  if (subtopologies !== null) return
  const hasEndpoint = [updated, ...group.members.values()].some(({ metadata }) => metadata.userEndpoint !== null)
  if (hasEndpoint) throw new Refusal(kafkaErrors.UNKNOWN_SERVER_ERROR, 'No value present')
}

function refuseUnknownTasks({ problem, subtopologies }: ConfiguredTopology, owned: RoleTasks | null): void {
  if (problem !== null || subtopologies === null || owned === null) return
  for (const task of [...owned.active, ...owned.standby, ...owned.warmup]) {
    const { subtopologyId, partition } = splitTaskKey(task)
    const subtopology = subtopologies.get(subtopologyId)
    if (subtopology === undefined)
      throw new Refusal(kafkaErrors.INVALID_REQUEST, `Subtopology ${subtopologyId} does not exist in the topology.`)
    if (partition >= subtopology.taskCount || partition < 0) {
      const found = `Number of tasks for this subtopology: ${subtopology.taskCount}`
      throw new Refusal(kafkaErrors.INVALID_REQUEST, `Task ${partition} for subtopology ${subtopologyId} is invalid. ${found}`)
    }
  }
}

function refuseClassic(group: ClassicGroup | undefined): void {
  if (group === undefined || group.isEmpty) return
  throw new Refusal(kafkaErrors.GROUP_ID_NOT_FOUND, `Group ${group.groupId} is not a streams group.`)
}
