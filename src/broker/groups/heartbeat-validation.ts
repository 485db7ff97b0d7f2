import type { StreamsGroupHeartbeatRequest, StreamsGroupTopology, TaskOffset } from '../../protocol/messages/streams-group-heartbeat.ts'
import type { Release } from '../group-host.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { Refusal } from './refusal.ts'

/** Epoch of a member that leaves for good. */
export const LEAVE_EPOCH: number = -1
/** Epoch of a static member that leaves and keeps its tasks until its session times out. */
export const STATIC_LEAVE_EPOCH: number = -2

const internalTopics = new Set(['__consumer_offsets', '__transaction_state', '__share_group_state'])

/** Throws `Refusal` 42 or 130 unless the request is well-formed in itself (N§1.6). */
export function validateHeartbeat(request: StreamsGroupHeartbeatRequest, release: Release): void {
  require(request.groupId !== '', "GroupId can't be empty.")
  require(request.memberId.trim() !== '', "MemberId can't be empty.")
  require(request.instanceId !== '', "InstanceId can't be empty.")
  require(request.rackId !== '', "RackId can't be empty.")
  require(request.memberEpoch >= STATIC_LEAVE_EPOCH, `MemberEpoch is ${request.memberEpoch}, but must be greater than or equal to -2.`)
  require(request.memberEpoch !== STATIC_LEAVE_EPOCH || request.instanceId !== null, "InstanceId can't be null.")
  if (release !== '4.4') validateBefore44(request)
  if (request.memberEpoch === 0) validateJoin(request)
  else require(request.topology === null, 'Topology can only be provided when (re-)joining.')
  const given = [request.activeTasks, request.standbyTasks, request.warmupTasks].filter((tasks) => tasks !== null)
  require(given.length === 0 || given.length === 3, 'If one task-type is non-null, all must be non-null.')
  validateOffsets(request.taskOffsets, 'TaskOffsets')
  validateOffsets(request.taskEndOffsets, 'TaskEndOffsets')
}

function validateBefore44(request: StreamsGroupHeartbeatRequest): void {
  require(request.instanceId === null, 'Static membership is not yet supported.')
  require(request.taskOffsets === null, 'TaskOffsets are not supported yet.')
  require(request.taskEndOffsets === null, 'TaskEndOffsets are not supported yet.')
  require(request.warmupTasks === null || request.warmupTasks.length === 0, 'WarmupTasks are not supported yet.')
}

function validateJoin(request: StreamsGroupHeartbeatRequest): void {
  require(request.rebalanceTimeoutMs !== -1, 'RebalanceTimeoutMs must be provided in first request.')
  for (const [name, tasks] of [
    ['ActiveTasks', request.activeTasks],
    ['StandbyTasks', request.standbyTasks],
    ['WarmupTasks', request.warmupTasks],
  ] as const) {
    require(tasks?.length === 0, `${name} must be empty when (re-)joining.`)
  }
  require(request.topology !== null, 'Topology must be non-null when (re-)joining.')
  validateTopology(request.topology!)
}

function validateTopology(topology: StreamsGroupTopology): void {
  for (const subtopology of topology.subtopologies) {
    require(subtopology.sourceTopicRegex.length === 0, 'Regular expressions for source topics are not supported yet.')
    require(subtopology.copartitionGroups.every(
      (group) =>
        group.sourceTopics.every((index) => index >= 0 && index < subtopology.sourceTopics.length) &&
        group.repartitionSourceTopics.every((index) => index >= 0 && index < subtopology.repartitionSourceTopics.length),
    ), 'Copartition groups must name topics of their subtopology.')
    const changelogs = subtopology.stateChangelogTopics
    const fixed = changelogs.filter(({ partitions }) => partitions !== 0)
    requireTopology(
      fixed.length === 0,
      `Changelog topics must have an undefined partition count: ${fixed.map(({ name, partitions }) => `${name}=${partitions}`).join(', ')}`,
    )
    const internal = [...changelogs, ...subtopology.repartitionSourceTopics].map(({ name }) => name)
    for (const name of [...subtopology.sourceTopics, ...internal, ...subtopology.repartitionSinkTopics]) {
      requireTopology(isTopicName(name), `Topic name ${name} is invalid.`)
    }
    for (const name of internal) requireTopology(!internalTopics.has(name), `Use of Kafka internal topics ${name} is prohibited.`)
  }
}

function isTopicName(name: string): boolean {
  return /^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== '.' && name !== '..'
}

function validateOffsets(offsets: readonly TaskOffset[] | null, field: string): void {
  if (offsets === null) return
  const keys = new Set(offsets.map(({ subtopologyId, partition }) => `${subtopologyId}_${partition}`))
  require(keys.size === offsets.length, `${field} must not contain duplicate entries.`)
}

function require(condition: boolean, message: string): void {
  if (!condition) throw new Refusal(kafkaErrors.INVALID_REQUEST, message)
}

function requireTopology(condition: boolean, message: string): void {
  if (!condition) throw new Refusal(kafkaErrors.STREAMS_INVALID_TOPOLOGY, message)
}
