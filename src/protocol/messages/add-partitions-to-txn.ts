import type { ApiSchema, FieldSchema } from '../schema.ts'

/** The request of `AddPartitionsToTxn`. */
export interface AddPartitionsToTxnRequest {
  readonly transactions: readonly AddPartitionsToTxnTransaction[]
  readonly v3AndBelowTransactionalId: string
  readonly v3AndBelowProducerId: number
  readonly v3AndBelowProducerEpoch: number
  readonly v3AndBelowTopics: readonly AddPartitionsToTxnTopic[]
}

/** Part of `AddPartitionsToTxnRequest.transactions`. */
export interface AddPartitionsToTxnTransaction {
  readonly transactionalId: string
  readonly producerId: number
  readonly producerEpoch: number
  readonly verifyOnly: boolean
  readonly topics: readonly AddPartitionsToTxnTopic[]
}

/** Part of `AddPartitionsToTxnTransaction.topics`. */
export interface AddPartitionsToTxnTopic {
  readonly name: string
  readonly partitions: readonly number[]
}

/** The response of `AddPartitionsToTxn`. */
export interface AddPartitionsToTxnResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly resultsByTransaction: readonly AddPartitionsToTxnResult[]
  readonly resultsByTopicV3AndBelow: readonly AddPartitionsToTxnTopicResult[]
}

/** Part of `AddPartitionsToTxnResponse.resultsByTransaction`. */
export interface AddPartitionsToTxnResult {
  readonly transactionalId: string
  readonly topicResults: readonly AddPartitionsToTxnTopicResult[]
}

/** Part of `AddPartitionsToTxnResult.topicResults`. */
export interface AddPartitionsToTxnTopicResult {
  readonly name: string
  readonly resultsByPartition: readonly AddPartitionsToTxnPartitionResult[]
}

/** Part of `AddPartitionsToTxnTopicResult.resultsByPartition`. */
export interface AddPartitionsToTxnPartitionResult {
  readonly partitionIndex: number
  readonly partitionErrorCode: number
}

const addPartitionsToTxnTopicFields: readonly FieldSchema[] = [
  { name: 'name', type: 'string' },
  { name: 'partitions', type: '[]int32' },
]

const addPartitionsToTxnPartitionResultFields: readonly FieldSchema[] = [
  { name: 'partitionIndex', type: 'int32' },
  { name: 'partitionErrorCode', type: 'int16' },
]

const addPartitionsToTxnTopicResultFields: readonly FieldSchema[] = [
  { name: 'name', type: 'string' },
  { name: 'resultsByPartition', type: '[]struct', fields: addPartitionsToTxnPartitionResultFields },
]

/** Adds partitions to a transaction (first protocol version). Clients use versions up to 3, brokers among themselves 4 and up. */
export const addPartitionsToTxnApi: ApiSchema = {
  name: 'AddPartitionsToTxn',
  key: 24,
  versions: [0, 5],
  flexibleSince: 3,
  request: [
    {
      name: 'transactions',
      type: '[]struct',
      since: 4,
      fields: [
        { name: 'transactionalId', type: 'string' },
        { name: 'producerId', type: 'int64' },
        { name: 'producerEpoch', type: 'int16' },
        { name: 'verifyOnly', type: 'bool' },
        { name: 'topics', type: '[]struct', fields: addPartitionsToTxnTopicFields },
      ],
    },
    { name: 'v3AndBelowTransactionalId', type: 'string', until: 3 },
    { name: 'v3AndBelowProducerId', type: 'int64', until: 3 },
    { name: 'v3AndBelowProducerEpoch', type: 'int16', until: 3 },
    { name: 'v3AndBelowTopics', type: '[]struct', until: 3, fields: addPartitionsToTxnTopicFields },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16', since: 4, ignorable: true },
    {
      name: 'resultsByTransaction',
      type: '[]struct',
      since: 4,
      fields: [
        { name: 'transactionalId', type: 'string' },
        { name: 'topicResults', type: '[]struct', fields: addPartitionsToTxnTopicResultFields },
      ],
    },
    { name: 'resultsByTopicV3AndBelow', type: '[]struct', until: 3, fields: addPartitionsToTxnTopicResultFields },
  ],
}
