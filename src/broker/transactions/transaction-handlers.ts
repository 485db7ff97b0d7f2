import type { CoordinatorPlacement } from '../coordinator-placement.ts'
import type { Handler, RequestContext } from '../handler.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { TopicCatalog } from '../topics/topic-catalog.ts'
import { NO_ID } from './transaction.ts'
import type { TransactionCoordinator, TransactionTarget } from './transaction-coordinator.ts'

/** What transactions need of the cluster. */
export interface TransactionHost {
  readonly coordinator: TransactionCoordinator
  readonly placement: CoordinatorPlacement
  readonly groups: CoordinatorPlacement
  readonly topics: TopicCatalog
  /** A producer id that was never given before. */
  readonly nextProducerId: () => number
}

/** EndTxn from this version on is of the second transaction version. */
const END_BUMPS_EPOCH = 5
/** The last version of AddPartitionsToTxn that clients send. */
const LAST_FOR_CLIENTS = 3
/** Before these versions a fenced producer is told 47 and not 90. */
const KNOWS_FENCED = 2
const INIT_KNOWS_FENCED = 4

/** Answers InitProducerId. Without a transactional id any node gives a new producer id. */
export function initProducerIdHandler(host: TransactionHost): Handler<'InitProducerId'> {
  return (request, version, context) => {
    const { transactionalId } = request
    if (transactionalId === null) {
      return { throttleTimeMs: 0, errorCode: kafkaErrors.NONE, producerId: host.nextProducerId(), producerEpoch: 0 }
    }
    const misplaced = host.placement.errorFor(transactionalId, context.node)
    if (misplaced !== kafkaErrors.NONE) return { throttleTimeMs: 0, errorCode: misplaced, producerId: NO_ID, producerEpoch: NO_ID }
    const answer = host.coordinator.initProducerId(transactionalId, request.transactionTimeoutMs, request)
    return { throttleTimeMs: 0, ...answer, errorCode: fencedFor(answer.errorCode, version, INIT_KNOWS_FENCED) }
  }
}

/** Answers AddPartitionsToTxn of clients. All partitions are added or none. Versions above 3 are for brokers among themselves. */
export function addPartitionsToTxnHandler(host: TransactionHost): Handler<'AddPartitionsToTxn'> {
  return (request, version, context) => {
    if (version > LAST_FOR_CLIENTS) {
      const errorCode = kafkaErrors.CLUSTER_AUTHORIZATION_FAILED
      return { throttleTimeMs: 0, errorCode, resultsByTransaction: [], resultsByTopicV3AndBelow: [] }
    }
    const transactionalId = request.v3AndBelowTransactionalId
    const topics = request.v3AndBelowTopics
    const targets = topics.flatMap(({ name, partitions }) =>
      partitions.map((partition): TransactionTarget => ({ kind: 'partition', topic: name, partition })),
    )
    const exists = (topic: string, partition: number) => host.topics.findPartition(topic, partition) !== undefined
    const isOneMissing = topics.some(({ name, partitions }) => partitions.some((partition) => !exists(name, partition)))
    const code = (): number => {
      const misplaced = host.placement.errorFor(transactionalId, context.node)
      if (misplaced !== kafkaErrors.NONE) return misplaced
      const producer = { transactionalId, producerId: request.v3AndBelowProducerId, producerEpoch: request.v3AndBelowProducerEpoch }
      return fencedFor(host.coordinator.add(producer, targets), version, KNOWS_FENCED)
    }
    const common = isOneMissing ? kafkaErrors.OPERATION_NOT_ATTEMPTED : code()
    return {
      throttleTimeMs: 0,
      errorCode: kafkaErrors.NONE,
      resultsByTransaction: [],
      resultsByTopicV3AndBelow: topics.map(({ name, partitions }) => ({
        name,
        resultsByPartition: partitions.map((partition) => ({
          partitionIndex: partition,
          partitionErrorCode: exists(name, partition) ? common : kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION,
        })),
      })),
    }
  }
}

/** Answers AddOffsetsToTxn. */
export function addOffsetsToTxnHandler(host: TransactionHost): Handler<'AddOffsetsToTxn'> {
  return (request, version, context) => {
    const misplaced = host.placement.errorFor(request.transactionalId, context.node)
    if (misplaced !== kafkaErrors.NONE) return { throttleTimeMs: 0, errorCode: misplaced }
    const offsetsPartition = host.groups.partitionOf(request.groupId)
    const code = host.coordinator.add(request, [{ kind: 'offsets', offsetsPartition }])
    return { throttleTimeMs: 0, errorCode: fencedFor(code, version, KNOWS_FENCED) }
  }
}

/** Answers EndTxn of both transaction versions. */
export function endTxnHandler(host: TransactionHost): Handler<'EndTxn'> {
  return (request, version, context: RequestContext) => {
    const { transactionalId, producerId, producerEpoch, committed } = request
    const misplaced = host.placement.errorFor(transactionalId, context.node)
    if (misplaced !== kafkaErrors.NONE) return { throttleTimeMs: 0, errorCode: misplaced, producerId: NO_ID, producerEpoch: NO_ID }
    const bumpsEpoch = version >= END_BUMPS_EPOCH
    const answer = host.coordinator.end({ transactionalId, producerId, producerEpoch, isCommit: committed, bumpsEpoch })
    return { throttleTimeMs: 0, ...answer, errorCode: fencedFor(answer.errorCode, version, KNOWS_FENCED) }
  }
}

function fencedFor(errorCode: number, version: number, knowsFenced: number): number {
  return errorCode === kafkaErrors.PRODUCER_FENCED && version < knowsFenced ? kafkaErrors.INVALID_PRODUCER_EPOCH : errorCode
}
