import type { FetchPartitionData } from '../../protocol/messages/fetch.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { PartitionLog } from '../log/partition-log.ts'
import type { Partition, TopicCatalog } from '../topics/topic-catalog.ts'
import { accessPartition, leaderHint } from './partition-access.ts'
import type { WantedPartition } from './fetch-session.ts'

/** How one fetch reads. */
export interface FetchTerms {
  readonly node: number
  readonly version: number
  /** Only what is decided, up to the last stable offset. */
  readonly isCommittedOnly: boolean
}

/** What is left of the bytes that one answer may have. */
export interface FetchBudget {
  bytesLeft: number
  /** Nothing was read so far: the first batch comes whatever its size. */
  isEmpty: boolean
}

/** The first version that names topics by id, and the first whose answer can carry hints. */
export const FIRST_WITH_TOPIC_IDS = 13

const noDivergence = { epoch: -1, endOffset: -1 }
const noSnapshot = { endOffset: -1, epoch: -1 }
const nothing: Buffer = Buffer.alloc(0)

/** The partition that is wanted, or the code why it cannot be had. */
export function findWanted(
  topics: TopicCatalog,
  wanted: WantedPartition,
  terms: FetchTerms,
): { readonly errorCode: number; readonly partition: Partition | null } {
  const name = terms.version >= FIRST_WITH_TOPIC_IDS ? topics.nameOf(wanted.topicId) : wanted.topic
  if (name === null) return { errorCode: kafkaErrors.UNKNOWN_TOPIC_ID, partition: null }
  return accessPartition(topics, { topic: name, partition: wanted.partition, node: terms.node, leaderEpoch: wanted.leaderEpoch })
}

/** Reads one partition within the budget, which shrinks by what was read. */
export function readWanted(topics: TopicCatalog, wanted: WantedPartition, terms: FetchTerms, budget: FetchBudget): FetchPartitionData {
  const { errorCode, partition } = findWanted(topics, wanted, terms)
  if (errorCode !== kafkaErrors.NONE || partition === null) return failed(wanted.partition, errorCode, partition)
  const { log } = partition
  const { fetchOffset } = wanted
  if (fetchOffset < log.logStart || fetchOffset > log.endOffset) {
    return failed(wanted.partition, kafkaErrors.OFFSET_OUT_OF_RANGE, partition)
  }
  const until = terms.isCommittedOnly ? log.lastStableOffset : log.endOffset
  const bytesMax = Math.min(budget.bytesLeft, wanted.bytesMax)
  const slice = log.read(fetchOffset, until, bytesMax, budget.isEmpty && budget.bytesLeft > 0)
  if (slice.records.length > 0) {
    budget.bytesLeft = Math.max(0, budget.bytesLeft - slice.records.length)
    budget.isEmpty = false
  }
  return {
    partitionIndex: wanted.partition,
    errorCode: kafkaErrors.NONE,
    highWatermark: log.endOffset,
    lastStableOffset: log.lastStableOffset,
    logStartOffset: log.logStart,
    divergingEpoch: divergenceOf(log, wanted),
    currentLeader: leaderHint(kafkaErrors.NONE, partition),
    snapshotId: noSnapshot,
    abortedTransactions: terms.isCommittedOnly ? abortedIn(log, fetchOffset, slice.nextOffset) : null,
    preferredReadReplica: -1,
    records: slice.records,
  }
}

function abortedIn(log: PartitionLog, from: number, until: number): FetchPartitionData['abortedTransactions'] {
  return log.abortedBetween(from, until).map(({ producerId, firstOffset }) => ({ producerId, firstOffset }))
}

function divergenceOf(log: PartitionLog, wanted: WantedPartition): FetchPartitionData['divergingEpoch'] {
  if (wanted.lastFetchedEpoch < 0) return noDivergence
  const end = log.epochs.endOf(wanted.lastFetchedEpoch, log.endOffset)
  const isDiverging = end.epoch < wanted.lastFetchedEpoch || end.endOffset < wanted.fetchOffset
  return isDiverging ? end : noDivergence
}

function failed(index: number, errorCode: number, partition: Partition | null): FetchPartitionData {
  return {
    partitionIndex: index,
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    divergingEpoch: noDivergence,
    currentLeader: leaderHint(errorCode, partition),
    snapshotId: noSnapshot,
    abortedTransactions: null,
    preferredReadReplica: -1,
    records: nothing,
  }
}
