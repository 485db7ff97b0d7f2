import { ClusterError, TaskError, type MillraceError } from '../base/errors.ts'
import { kafkaErrorName, kafkaErrors as kafka } from '../protocol/kafka-errors.ts'
import type { OffsetCommitRequest } from '../protocol/messages/offset-commit.ts'
import type { OffsetFetchRequestGroup, OffsetFetchResponse } from '../protocol/messages/offset-fetch.ts'
import { type TopicPartition, TopicPartitionMap } from '../protocol/topic-partition.ts'
import type { ApiVersionRange } from '../protocol/transport.ts'
import { zeroUuid } from '../protocol/uuid.ts'
import { byTopic } from './by-topic.ts'
import type { Coordinator } from './coordinator.ts'
import type { GroupMetadata } from './group-metadata.ts'
import { kafkaError } from './kafka-error.ts'
import type { CommittedOffset, OffsetToCommit } from './offset-to-commit.ts'
import { isPassing, retrying } from './retry.ts'

/** 9 is what streams groups need, 8 what brokers before 3.7 have (N§1.15). */
const commitVersions: ApiVersionRange = { min: 8, max: 9 }
const fetchVersions: ApiVersionRange = { min: 8, max: 9 }

/** Whoever asked is not, or not in this role, a member any more (N§1.15). */
const migrated = new Set<number>([
  kafka.UNKNOWN_MEMBER_ID,
  kafka.FENCED_MEMBER_EPOCH,
  kafka.ILLEGAL_GENERATION,
  kafka.FENCED_INSTANCE_ID,
  kafka.GROUP_ID_NOT_FOUND,
])

/**
 * A stale epoch passes when the membership has heard of its new one, a rebalance when the members have their assignments; a topic that is
 * unknown may just be too new for this broker.
 */
const passes = new Set<number>([kafka.STALE_MEMBER_EPOCH, kafka.REBALANCE_IN_PROGRESS, kafka.UNKNOWN_TOPIC_OR_PARTITION])

/**
 * Commits positions outside of transactions (at-least-once). `group` is read again at each try, because the epoch of a member may move
 * while its commit is under way (113).
 *
 * Rejects with TASK_MIGRATED when the member was fenced, with NOT_AUTHORIZED or REQUEST_REFUSED, or, after `timeoutMs`, with the last
 * error that might have passed. Partitions that were confirmed stay committed in any case.
 */
export async function commitOffsets(
  coordinator: Coordinator,
  group: () => GroupMetadata,
  offsets: readonly OffsetToCommit[],
  options: { readonly timeoutMs: number },
): Promise<void> {
  let rest = offsets
  if (rest.length === 0) return
  await retrying(coordinator.options, options.timeoutMs, async () => {
    const { response } = await coordinator.send('OffsetCommit', commitVersions, () => commitRequest(group(), rest))
    const confirmed = new TopicPartitionMap<true>()
    let failure: MillraceError | null = null
    for (const { name, partitions } of response.topics) {
      for (const { partitionIndex, errorCode } of partitions) {
        if (errorCode === kafka.NONE) confirmed.set(name, partitionIndex, true)
        else failure = worse(failure, groupError(coordinator, errorCode, { topic: name, partition: partitionIndex }))
      }
    }
    rest = rest.filter(({ topic, partition }) => !confirmed.has(topic, partition))
    if (failure !== null) throw failure
    if (rest.length > 0)
      throw new ClusterError('BROKER_NOT_READY', `Cannot commit offsets of group '${coordinator.key}': the answer lacks partitions`)
  })
}

function commitRequest(group: GroupMetadata, offsets: readonly OffsetToCommit[]): OffsetCommitRequest {
  const topics = [...byTopic(offsets)].map(([name, partitions]) => ({
    name,
    topicId: zeroUuid,
    partitions: partitions.map(({ partition, offset, leaderEpoch, metadata }) => ({
      partitionIndex: partition,
      committedOffset: offset,
      committedLeaderEpoch: leaderEpoch,
      committedMetadata: metadata,
    })),
  }))
  return {
    groupId: group.groupId,
    generationIdOrMemberEpoch: group.generation,
    memberId: group.memberId,
    groupInstanceId: group.instanceId,
    retentionTimeMs: -1,
    topics,
  }
}

/**
 * Committed positions; a partition without one is absent. With `requireStable` an offset that a pending transaction may replace is not
 * given out: 88 is asked again, with back-off.
 *
 * Rejects as `commitOffsets`.
 */
export async function fetchOffsets(
  coordinator: Coordinator,
  group: () => GroupMetadata,
  partitions: readonly TopicPartition[],
  options: { readonly requireStable: boolean; readonly timeoutMs: number },
): Promise<TopicPartitionMap<CommittedOffset>> {
  if (partitions.length === 0) return new TopicPartitionMap()
  return await retrying(coordinator.options, options.timeoutMs, async () => {
    const { response } = await coordinator.send('OffsetFetch', fetchVersions, (version) => ({
      groupId: '',
      topics: [],
      groups: [fetchGroup(group(), partitions, version)],
      requireStable: options.requireStable,
    }))
    return readOffsets(coordinator, response)
  })
}

function fetchGroup(group: GroupMetadata, partitions: readonly TopicPartition[], version: number): OffsetFetchRequestGroup {
  const topics = [...byTopic(partitions)].map(([name, list]) => ({
    name,
    topicId: zeroUuid,
    partitionIndexes: list.map(({ partition }) => partition),
  }))
  const isMember = group.memberId !== '' && version >= 9
  return { groupId: group.groupId, memberId: isMember ? group.memberId : null, memberEpoch: isMember ? group.generation : -1, topics }
}

function readOffsets(coordinator: Coordinator, response: OffsetFetchResponse): TopicPartitionMap<CommittedOffset> {
  const group = response.groups[0]
  if (group === undefined)
    throw new ClusterError('BROKER_NOT_READY', `Cannot read offsets of group '${coordinator.key}': the answer lacks it`)
  if (group.errorCode !== kafka.NONE) throw groupError(coordinator, group.errorCode)
  const found = new TopicPartitionMap<CommittedOffset>()
  let failure: MillraceError | null = null
  for (const { name, partitions } of group.topics) {
    for (const { partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode } of partitions) {
      if (errorCode !== kafka.NONE) failure = worse(failure, groupError(coordinator, errorCode, { topic: name, partition: partitionIndex }))
      else if (committedOffset >= 0) {
        found.set(name, partitionIndex, { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata: metadata ?? '' })
      }
    }
  }
  if (failure !== null) throw failure
  return found
}

function groupError(coordinator: Coordinator, code: number, at: Partial<TopicPartition> = {}): MillraceError {
  if (code === kafka.COORDINATOR_NOT_AVAILABLE || code === kafka.NOT_COORDINATOR) coordinator.invalidate()
  const where = at.topic === undefined ? '' : ` for '${at.topic}' partition ${at.partition}`
  const action = `commit or read offsets of group '${coordinator.key}'${where}`
  if (migrated.has(code)) {
    return new TaskError('TASK_MIGRATED', `Cannot ${action}: the cluster answered ${kafkaErrorName(code)}`, { ...at, kafkaCode: code })
  }
  if (passes.has(code)) {
    return new ClusterError('BROKER_NOT_READY', `Cannot ${action}: the cluster answered ${kafkaErrorName(code)}`, {
      ...at,
      kafkaCode: code,
    })
  }
  return kafkaError(code, action, at)
}

/** Of two failures the one that does not pass. */
function worse(a: MillraceError | null, b: MillraceError): MillraceError {
  return a === null || (isPassing(a) && !isPassing(b)) ? b : a
}
