import { TopicPartitionMap } from '../../protocol/topic-partition.ts'
import type { OffsetCommitRequest, OffsetCommitResponse } from '../../protocol/messages/offset-commit.ts'
import type { OffsetDeleteRequest, OffsetDeleteResponse } from '../../protocol/messages/offset-delete.ts'
import type {
  OffsetFetchRequest,
  OffsetFetchRequestGroup,
  OffsetFetchResponse,
  OffsetFetchResponseGroup,
  OffsetFetchResponsePartitions,
} from '../../protocol/messages/offset-fetch.ts'
import type { TxnOffsetCommitRequest, TxnOffsetCommitResponse } from '../../protocol/messages/txn-offset-commit.ts'
import type { GroupHost } from '../group-host.ts'
import type { RequestContext } from '../handler.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { ClassicGroup } from './classic/classic-group.ts'
import { type Committer, type PartitionCheck, classicCommitError, validateCommit } from './commit-validation.ts'
import { GroupOffsets, type StoredOffset } from './group-offsets.ts'
import { Refusal } from './refusal.ts'
import type { StreamsGroup } from './streams-group.ts'

interface PartitionToCommit {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly committedMetadata: string | null
}

const ZERO_ID = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Handles the requests about offsets, and keeps the offsets of all groups (N§1.15, 6.4). */
export class OffsetHandlers {
  readonly #host: GroupHost
  readonly #groups: ReadonlyMap<string, StreamsGroup>
  readonly #classicGroups: ReadonlyMap<string, ClassicGroup>
  readonly #offsets = new Map<string, GroupOffsets>()
  /** Groups that a commit from outside has made: they are there although a transaction that was aborted left nothing of it. */
  readonly #made = new Set<string>()

  constructor(
    host: GroupHost,
    groups: { readonly streams: ReadonlyMap<string, StreamsGroup>; readonly classic: ReadonlyMap<string, ClassicGroup> },
  ) {
    this.#host = host
    this.#groups = groups.streams
    this.#classicGroups = groups.classic
  }

  commit(request: OffsetCommitRequest, version: number, context: RequestContext): OffsetCommitResponse {
    const { groupId, memberId, groupInstanceId: instanceId, generationIdOrMemberEpoch: epoch } = request
    const check = once(() => this.#check({ groupId, memberId, instanceId, epoch, isTransactional: false, version }, context))
    const topics = request.topics.map(({ name: givenName, topicId, partitions }) => {
      const name = version >= 10 ? this.#host.topics.nameOf(topicId) : givenName
      const commitOne = (partition: PartitionToCommit): number => {
        if (name === null) return kafkaErrors.UNKNOWN_TOPIC_ID
        return this.#commitOne(name, partition, check, (offset) => {
          this.offsetsOf(groupId).put({ topic: name, partition: partition.partitionIndex }, offset)
        })
      }
      const answered = partitions.map((partition) => ({ partitionIndex: partition.partitionIndex, errorCode: commitOne(partition) }))
      return { name: givenName, topicId, partitions: answered }
    })
    return { throttleTimeMs: 0, topics }
  }

  commitInTransaction(request: TxnOffsetCommitRequest, version: number, context: RequestContext): TxnOffsetCommitResponse {
    const { groupId, memberId, groupInstanceId: instanceId, generationId: epoch, transactionalId, producerId, producerEpoch } = request
    const committer: Committer = { groupId, memberId, instanceId, epoch, isTransactional: true, version }
    // Who commits is only looked at when there is a partition to commit for.
    const check = once(() => {
      const joined =
        this.#host.coordinatorError(groupId, context.node) ||
        this.#host.joinTransaction({ transactionalId, producerId, producerEpoch, groupId, version })
      return joined === kafkaErrors.NONE ? this.#check(committer, context) : () => joined
    })
    const topics = request.topics.map(({ name, partitions }) => {
      const commitOne = (partition: PartitionToCommit): number =>
        this.#commitOne(name, partition, check, (offset) => {
          this.offsetsOf(groupId).putPending(producerId, { topic: name, partition: partition.partitionIndex }, offset)
        })
      return {
        name,
        partitions: partitions.map((partition) => ({ partitionIndex: partition.partitionIndex, errorCode: commitOne(partition) })),
      }
    })
    return { throttleTimeMs: 0, topics }
  }

  /** Versions before 8 ask for one group in the request itself. */
  fetch(request: OffsetFetchRequest, version: number, context: RequestContext): OffsetFetchResponse {
    if (version >= 8) {
      const groups = request.groups.map((group) => this.#fetchGroup(group, request.requireStable, { version, context }))
      return { throttleTimeMs: 0, topics: [], errorCode: kafkaErrors.NONE, groups }
    }
    const topics = request.topics?.map(({ name, partitionIndexes }) => ({ name, topicId: ZERO_ID, partitionIndexes })) ?? null
    const group: OffsetFetchRequestGroup = { groupId: request.groupId, memberId: null, memberEpoch: -1, topics }
    const answer = this.#fetchGroup(group, request.requireStable, { version, context })
    return { throttleTimeMs: 0, topics: answer.topics, errorCode: answer.errorCode, groups: [] }
  }

  delete(request: OffsetDeleteRequest, context: RequestContext): OffsetDeleteResponse {
    const { groupId } = request
    const refused = (errorCode: number): OffsetDeleteResponse => ({ errorCode, throttleTimeMs: 0, topics: [] })
    const errorCode = this.#host.coordinatorError(groupId, context.node)
    if (errorCode !== kafkaErrors.NONE) return refused(errorCode)
    const classic = this.#classicGroups.get(groupId)
    if (!this.#groups.has(groupId) && classic === undefined && !this.has(groupId)) return refused(kafkaErrors.GROUP_ID_NOT_FOUND)
    if (classic !== undefined && !classic.isEmpty && classic.protocolType !== 'consumer') return refused(kafkaErrors.NON_EMPTY_GROUP)
    const topics = request.topics.map(({ name, partitions }) => {
      const isSubscribed = this.#isSubscribed(groupId, name)
      const deleteOne = (partition: number): number => {
        if (isSubscribed) return kafkaErrors.GROUP_SUBSCRIBED_TO_TOPIC
        this.offsetsOf(groupId).committed.delete(name, partition)
        return kafkaErrors.NONE
      }
      return { name, partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: deleteOne(partitionIndex) })) }
    })
    return { errorCode: kafkaErrors.NONE, throttleTimeMs: 0, topics }
  }

  /** Ids of the groups that have offsets. */
  groupIds(): string[] {
    return [...this.#offsets.keys()].filter((groupId) => this.has(groupId))
  }

  /** What the group has committed. */
  committedBy(groupId: string): GroupOffsets['committed'] {
    return this.#offsets.get(groupId)?.committed ?? new TopicPartitionMap()
  }

  /** Whether the group has offsets, after those that are too old have been dropped. */
  has(groupId: string): boolean {
    const offsets = this.#offsets.get(groupId)
    if (offsets === undefined) return false
    const isEmpty = (this.#groups.get(groupId)?.isEmpty ?? true) && (this.#classicGroups.get(groupId)?.isEmpty ?? true)
    if (isEmpty) offsets.expire(this.#host.environment.clock.now() - this.#host.settings.offsetsRetentionMs)
    if (offsets.isEmpty) this.#offsets.delete(groupId)
    return !offsets.isEmpty
  }

  offsetsOf(groupId: string): GroupOffsets {
    let offsets = this.#offsets.get(groupId)
    if (offsets === undefined) this.#offsets.set(groupId, (offsets = new GroupOffsets()))
    return offsets
  }

  drop(groupId: string): void {
    this.#offsets.delete(groupId)
    this.#made.delete(groupId)
  }

  /** A transaction has ended, for the groups of one partition of `__consumer_offsets`. */
  complete(offsetsPartition: number, producerId: number, isCommit: boolean): void {
    for (const [groupId, offsets] of this.#offsets) {
      if (this.#host.offsetsPartition(groupId) === offsetsPartition) offsets.complete(producerId, isCommit)
    }
  }

  #check(committer: Committer, context: RequestContext): PartitionCheck {
    const errorCode = this.#host.coordinatorError(committer.groupId, context.node)
    if (errorCode !== kafkaErrors.NONE) return () => errorCode
    if (committer.groupId === '') return () => kafkaErrors.INVALID_GROUP_ID
    const classic = this.#classicGroups.get(committer.groupId)
    if (classic !== undefined) {
      const refusal = classicCommitError(classic, committer)
      return () => refusal
    }
    if (committer.epoch < 0) this.#made.add(committer.groupId)
    try {
      const isThere = this.has(committer.groupId) || this.#made.has(committer.groupId)
      return validateCommit(this.#groups.get(committer.groupId) ?? null, isThere, committer)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { kafkaCode } = error
      return () => kafkaCode
    }
  }

  #commitOne(topic: string, partition: PartitionToCommit, check: PartitionCheck, put: (offset: StoredOffset) => void): number {
    // A broker looks for the partition before it asks the coordinator.
    if (!this.#exists(topic, partition.partitionIndex)) return kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION
    const errorCode = check(topic, partition.partitionIndex)
    if (errorCode !== kafkaErrors.NONE) return errorCode
    const metadata = partition.committedMetadata ?? ''
    if (metadata.length > this.#host.settings.offsetMetadataBytesMax) return kafkaErrors.OFFSET_METADATA_TOO_LARGE
    const { committedOffset: offset, committedLeaderEpoch: leaderEpoch } = partition
    put({ offset, leaderEpoch, metadata, committedAtMs: this.#host.environment.clock.now() })
    return kafkaErrors.NONE
  }

  #exists(topic: string, partition: number): boolean {
    return partition >= 0 && partition < this.#host.topics.partitions(topic)
  }

  #fetchGroup(
    request: OffsetFetchRequestGroup,
    requireStable: boolean,
    { version, context }: { version: number; context: RequestContext },
  ): OffsetFetchResponseGroup {
    const { groupId } = request
    const errorCode = this.#host.coordinatorError(groupId, context.node) || this.#fetchError(request)
    if (errorCode !== kafkaErrors.NONE) return { groupId, topics: [], errorCode }
    const asked = request.topics ?? this.#allPartitions(groupId)
    const topics = asked.map(({ name: givenName, topicId, partitionIndexes }) => {
      const name = version >= 10 ? this.#host.topics.nameOf(topicId) : givenName
      const partitions = partitionIndexes.map((partition) => this.#fetchOne(groupId, { topic: name, partition }, requireStable))
      return { name: givenName, topicId, partitions }
    })
    return { groupId, topics, errorCode: kafkaErrors.NONE }
  }

  #isSubscribed(groupId: string, topic: string): boolean {
    const group = this.#groups.get(groupId)
    if (group !== undefined && !group.isEmpty) {
      return group.topology?.subtopologies.some(({ sourceTopics }) => sourceTopics.includes(topic)) === true
    }
    return this.#classicGroups.get(groupId)?.subscribedTopics().has(topic) === true
  }

  #fetchError({ groupId, memberId, memberEpoch }: OffsetFetchRequestGroup): number {
    const group = this.#groups.get(groupId)
    if (group === undefined || (memberId === null && memberEpoch < 0)) return kafkaErrors.NONE
    const member = group.members.get(memberId ?? '')
    if (member === undefined) return kafkaErrors.UNKNOWN_MEMBER_ID
    return member.assignment.memberEpoch === memberEpoch ? kafkaErrors.NONE : kafkaErrors.STALE_MEMBER_EPOCH
  }

  #fetchOne(groupId: string, at: { topic: string | null; partition: number }, requireStable: boolean): OffsetFetchResponsePartitions {
    const none = { partitionIndex: at.partition, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode: kafkaErrors.NONE }
    if (at.topic === null) return { ...none, errorCode: kafkaErrors.UNKNOWN_TOPIC_ID }
    if (!this.has(groupId)) return none
    const offsets = this.offsetsOf(groupId)
    if (requireStable && offsets.isPending(at.topic, at.partition)) return { ...none, errorCode: kafkaErrors.UNSTABLE_OFFSET_COMMIT }
    const found = offsets.committed.get(at.topic, at.partition)
    return found === undefined
      ? none
      : { ...none, committedOffset: found.offset, committedLeaderEpoch: found.leaderEpoch, metadata: found.metadata }
  }

  #allPartitions(groupId: string): { name: string; topicId: string; partitionIndexes: number[] }[] {
    const { committed } = this.offsetsOf(groupId)
    return [...committed.topics()].map((name) => ({
      name,
      topicId: this.#host.topics.idOf(name) ?? ZERO_ID,
      partitionIndexes: [...committed.partitions(name)].map(([partition]) => partition),
    }))
  }
}

/** A check that is made when it is first needed. */
function once(make: () => PartitionCheck): PartitionCheck {
  let made: PartitionCheck | null = null
  return (topic, partition) => (made ??= make())(topic, partition)
}
