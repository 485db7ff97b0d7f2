import type { Environment } from '../../base/environment.ts'
import type { PartitionProduceData, PartitionProduceResponse, TopicProduceData } from '../../protocol/messages/produce.ts'
import type { BatchView } from '../../record/batch-view.ts'
import type { Handler } from '../handler.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { type BatchProblem, checkBatch, isProblem } from '../log/batch-check.ts'
import type { Nodes } from '../nodes.ts'
import type { Partition, TopicCatalog } from '../topics/topic-catalog.ts'
import type { TransactionGate } from '../transactions/transaction-gate.ts'
import { accessPartition, hintedEndpoints, leaderHint } from './partition-access.ts'

/** What producing needs of the cluster. */
export interface ProduceHost {
  readonly environment: Environment
  readonly nodes: Nodes
  readonly topics: TopicCatalog
  readonly transactions: TransactionGate
}

interface ProduceCall {
  readonly transactionalId: string | null
  readonly version: number
  readonly node: number
  readonly isAcksValid: boolean
}

/** The first version that names topics by id. */
const FIRST_WITH_TOPIC_IDS = 13

/** Answers Produce. */
export function produceHandler(host: ProduceHost): Handler<'Produce'> {
  return (request, version, context) => {
    const call: ProduceCall = {
      transactionalId: request.transactionalId,
      version,
      node: context.node,
      isAcksValid: request.acks >= -1 && request.acks <= 1,
    }
    const responses = request.topicData.map((data) => {
      const name = version >= FIRST_WITH_TOPIC_IDS ? host.topics.nameOf(data.topicId) : data.name
      return {
        name: data.name,
        topicId: data.topicId,
        partitionResponses: data.partitionData.map((partition) => produce(host, call, name, partition)),
      }
    })
    const hints = responses.flatMap((topic) => topic.partitionResponses.map((partition) => partition.currentLeader))
    return { responses, throttleTimeMs: 0, nodeEndpoints: hintedEndpoints(host.nodes, hints) }
  }
}

function produce(
  host: ProduceHost,
  call: ProduceCall,
  topic: TopicProduceData['name'] | null,
  data: PartitionProduceData,
): PartitionProduceResponse {
  if (!call.isAcksValid) return failed(data.index, kafkaErrors.INVALID_REQUIRED_ACKS)
  if (topic === null) return failed(data.index, kafkaErrors.UNKNOWN_TOPIC_ID)
  const { errorCode, partition } = accessPartition(host.topics, { topic, partition: data.index, node: call.node, leaderEpoch: -1 })
  if (partition === null || errorCode !== kafkaErrors.NONE) return failed(data.index, errorCode, partition)
  const batch = checkBatch(data.records, partition.log.config, host.environment.clock.now())
  if (isProblem(batch)) return refused(data.index, batch)
  const transactionError = batch.isTransactional ? joinTransaction(host, call, partition, batch) : kafkaErrors.NONE
  if (transactionError !== kafkaErrors.NONE) return failed(data.index, transactionError)
  return append(host, call, partition, batch)
}

function joinTransaction(host: ProduceHost, call: ProduceCall, partition: Partition, batch: BatchView): number {
  if (partition.log.hasOpenTransaction(batch.producerId, batch.producerEpoch)) return kafkaErrors.NONE
  if (call.transactionalId === null) return kafkaErrors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
  if (!partition.log.joins(batch)) return kafkaErrors.INVALID_PRODUCER_EPOCH
  return host.transactions.joinPartition(
    { transactionalId: call.transactionalId, producerId: batch.producerId, producerEpoch: batch.producerEpoch },
    { kind: 'partition', topic: partition.topic.name, partition: partition.index },
    call.version,
  )
}

function append(host: ProduceHost, call: ProduceCall, partition: Partition, batch: BatchView): PartitionProduceResponse {
  const nowMs = host.environment.clock.now()
  const result = partition.log.append(batch, { nowMs, mustStartAtZero: host.transactions.bumpsEpochs(call.version) })
  if (result.errorCode !== kafkaErrors.NONE) return failed(partition.index, result.errorCode)
  return {
    index: partition.index,
    errorCode: kafkaErrors.NONE,
    baseOffset: result.baseOffset,
    logAppendTimeMs: result.logAppendTimeMs,
    logStartOffset: partition.log.logStart,
    recordErrors: [],
    errorMessage: null,
    currentLeader: leaderHint(kafkaErrors.NONE, partition),
  }
}

function failed(index: number, errorCode: number, partition: Partition | null = null): PartitionProduceResponse {
  return {
    index,
    errorCode,
    baseOffset: -1,
    logAppendTimeMs: -1,
    logStartOffset: -1,
    recordErrors: [],
    errorMessage: null,
    currentLeader: leaderHint(errorCode, partition),
  }
}

function refused(index: number, problem: BatchProblem): PartitionProduceResponse {
  const recordErrors = problem.records.map((record) => ({ batchIndex: record.index, batchIndexErrorMessage: record.message }))
  return { ...failed(index, problem.errorCode), recordErrors, errorMessage: problem.message }
}
