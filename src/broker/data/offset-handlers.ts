import type { ListOffsetsPartition, ListOffsetsPartitionResponse } from '../../protocol/messages/list-offsets.ts'
import type { Handler } from '../handler.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import { findByTimestamp, findMaxTimestamp } from '../log/timestamp-search.ts'
import type { TopicCatalog } from '../topics/topic-catalog.ts'
import { accessPartition } from './partition-access.ts'

/** The timestamps that stand for something else, with the first version that knows them. */
const LATEST = -1
const EARLIEST = -2
const MAX_TIMESTAMP = -3
const EARLIEST_LOCAL = -4
const LATEST_TIERED = -5
const EARLIEST_PENDING_UPLOAD = -6
const firstVersions: ReadonlyMap<number, number> = new Map([
  [MAX_TIMESTAMP, 7],
  [EARLIEST_LOCAL, 8],
  [LATEST_TIERED, 9],
  [EARLIEST_PENDING_UPLOAD, 11],
])
const READ_COMMITTED = 1

/** Answers ListOffsets. */
export function listOffsetsHandler(topics: TopicCatalog): Handler<'ListOffsets'> {
  return (request, version, context) => {
    const isCommittedOnly = request.isolationLevel === READ_COMMITTED
    const find = (topic: string, asked: ListOffsetsPartition): ListOffsetsPartitionResponse => {
      const access = accessPartition(topics, {
        topic,
        partition: asked.partitionIndex,
        node: context.node,
        leaderEpoch: asked.currentLeaderEpoch,
      })
      if (access.errorCode !== kafkaErrors.NONE || access.partition === null) return unlisted(asked, access.errorCode)
      const isKnown = asked.timestamp >= EARLIEST_PENDING_UPLOAD && version >= (firstVersions.get(asked.timestamp) ?? 0)
      if (!isKnown) return unlisted(asked, kafkaErrors.UNSUPPORTED_VERSION)
      const found = offsetFor(access.partition.log, asked.timestamp, isCommittedOnly)
      return { partitionIndex: asked.partitionIndex, errorCode: kafkaErrors.NONE, ...found }
    }
    return {
      throttleTimeMs: 0,
      topics: request.topics.map(({ name, partitions }) => ({ name, partitions: partitions.map((asked) => find(name, asked)) })),
    }
  }
}

interface FoundOffset {
  readonly timestamp: number
  readonly offset: number
  readonly leaderEpoch: number
}

function offsetFor(log: PartitionLog, timestamp: number, isCommittedOnly: boolean): FoundOffset {
  const until = isCommittedOnly ? log.lastStableOffset : log.endOffset
  switch (timestamp) {
    case LATEST:
      return { timestamp: -1, offset: until, leaderEpoch: log.epochs.latest }
    case EARLIEST:
    case EARLIEST_LOCAL:
      return { timestamp: -1, offset: log.logStart, leaderEpoch: log.epochs.at(log.logStart) }
    case LATEST_TIERED:
    case EARLIEST_PENDING_UPLOAD:
      return { timestamp: -1, offset: -1, leaderEpoch: -1 }
    default: {
      const found = timestamp === MAX_TIMESTAMP ? findMaxTimestamp(log, until) : findByTimestamp(log, timestamp, until)
      if (found === null) return { timestamp: -1, offset: -1, leaderEpoch: -1 }
      return { ...found, leaderEpoch: log.epochs.at(found.offset) }
    }
  }
}

function unlisted(asked: ListOffsetsPartition, errorCode: number): ListOffsetsPartitionResponse {
  return { partitionIndex: asked.partitionIndex, errorCode, timestamp: -1, offset: -1, leaderEpoch: -1 }
}

/** Answers DeleteRecords. */
export function deleteRecordsHandler(topics: TopicCatalog): Handler<'DeleteRecords'> {
  return (request, _version, context) => {
    const remove = (topic: string, index: number, offset: number) => {
      const fail = (errorCode: number) => ({ partitionIndex: index, lowWatermark: -1, errorCode })
      const { errorCode, partition } = accessPartition(topics, { topic, partition: index, node: context.node, leaderEpoch: -1 })
      if (errorCode !== kafkaErrors.NONE || partition === null) return fail(errorCode)
      const { log } = partition
      if (!log.config.isDeleted) return fail(kafkaErrors.POLICY_VIOLATION)
      const before = offset === -1 ? log.endOffset : offset
      if (before < 0 || before > log.endOffset) return fail(kafkaErrors.OFFSET_OUT_OF_RANGE)
      log.deleteBefore(before)
      return { partitionIndex: index, lowWatermark: log.logStart, errorCode: kafkaErrors.NONE }
    }
    return {
      throttleTimeMs: 0,
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex, offset }) => remove(name, partitionIndex, offset)),
      })),
    }
  }
}

/** Answers OffsetForLeaderEpoch. */
export function offsetForLeaderEpochHandler(topics: TopicCatalog): Handler<'OffsetForLeaderEpoch'> {
  return (request, _version, context) => ({
    throttleTimeMs: 0,
    topics: request.topics.map(({ topic, partitions }) => ({
      topic,
      partitions: partitions.map(({ partition: index, currentLeaderEpoch, leaderEpoch }) => {
        const { errorCode, partition } = accessPartition(topics, {
          topic,
          partition: index,
          node: context.node,
          leaderEpoch: currentLeaderEpoch,
        })
        if (errorCode !== kafkaErrors.NONE || partition === null) return { errorCode, partition: index, leaderEpoch: -1, endOffset: -1 }
        const end = partition.log.epochs.endOf(leaderEpoch, partition.log.endOffset)
        return { errorCode, partition: index, leaderEpoch: end.epoch, endOffset: end.endOffset }
      }),
    })),
  })
}
