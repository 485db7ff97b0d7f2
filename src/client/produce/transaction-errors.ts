import { kafkaErrors as kafka } from '../../protocol/kafka-errors.ts'

/**
 * What an error means to a transactional producer (N§3.3).
 * - `retry`: passes; ask again after the back-off.
 * - `rediscover`: the same, at another coordinator.
 * - `abortable`: this transaction can only be aborted; afterwards the producer goes on.
 * - `migrated`: the same, and the member that commits has lost its tasks.
 * - `fenced`: another producer has taken over; only a new session (`initTransactions`) helps.
 * - `fatal`: only a new session may help.
 */
export type TransactionErrorClass = 'retry' | 'rediscover' | 'abortable' | 'migrated' | 'fenced' | 'fatal'

/** The requests that a transaction is made of. */
export type TransactionStep = 'init' | 'addPartitions' | 'addOffsets' | 'commitOffsets' | 'commit' | 'abort'

type Row = readonly [codes: readonly number[], meaning: TransactionErrorClass]

/** To the transaction coordinator, whatever is asked. A code that is in no row is fatal. */
const everywhere: readonly Row[] = [
  [[kafka.COORDINATOR_NOT_AVAILABLE, kafka.NOT_COORDINATOR], 'rediscover'],
  [[kafka.COORDINATOR_LOAD_IN_PROGRESS, kafka.CONCURRENT_TRANSACTIONS, kafka.REQUEST_TIMED_OUT, kafka.NETWORK_EXCEPTION], 'retry'],
  [[kafka.PRODUCER_FENCED, kafka.INVALID_PRODUCER_EPOCH, kafka.INVALID_PRODUCER_ID_MAPPING], 'fenced'],
  [[kafka.TRANSACTION_ABORTABLE, kafka.GROUP_AUTHORIZATION_FAILED, kafka.UNKNOWN_PRODUCER_ID], 'abortable'],
]

/** What is different for one step; looked at first. */
const particular: Readonly<Record<TransactionStep, readonly Row[]>> = {
  init: [],
  addPartitions: [
    [[kafka.UNKNOWN_TOPIC_OR_PARTITION], 'retry'],
    [[kafka.TOPIC_AUTHORIZATION_FAILED, kafka.OPERATION_NOT_ATTEMPTED], 'abortable'],
  ],
  addOffsets: [],
  commitOffsets: [
    [[kafka.REQUEST_TIMED_OUT], 'rediscover'],
    [[kafka.UNKNOWN_TOPIC_OR_PARTITION, kafka.UNSTABLE_OFFSET_COMMIT], 'retry'],
    [
      [
        kafka.UNKNOWN_MEMBER_ID,
        kafka.ILLEGAL_GENERATION,
        kafka.FENCED_INSTANCE_ID,
        kafka.STALE_MEMBER_EPOCH,
        kafka.FENCED_MEMBER_EPOCH,
        kafka.GROUP_ID_NOT_FOUND,
      ],
      'migrated',
    ],
  ],
  // The coordinator has ended the transaction otherwise: as for one who is fenced, whose epoch looks like that of a retry in version 2.
  commit: [[[kafka.INVALID_TXN_STATE], 'fenced']],
  abort: [
    [[kafka.INVALID_TXN_STATE], 'fenced'],
    [[kafka.TRANSACTION_ABORTABLE], 'fatal'],
  ],
}

/** What the error `code` means in an answer to `step`. */
export function transactionErrorClass(step: TransactionStep, code: number): TransactionErrorClass {
  for (const [codes, meaning] of [...particular[step], ...everywhere]) if (codes.includes(code)) return meaning
  return 'fatal'
}

/**
 * What the error of one batch in a produce answer means. Out of order (45, 59) depends on the batch and is decided by its partition.
 * - `duplicate`: it was written by an earlier try.
 * - `refresh`: retry, leadership has moved.
 * - `split`: too large as it is.
 * - `sequence`: the broker does not know what came before.
 * - `failed`: the batch will never be written; within a transaction that is `abortable`.
 */
export type ProduceErrorClass = 'duplicate' | 'retry' | 'refresh' | 'split' | 'sequence' | 'epoch' | 'failed' | 'fenced' | 'fatal'

const produceClasses = new Map<number, ProduceErrorClass>([
  [kafka.DUPLICATE_SEQUENCE_NUMBER, 'duplicate'],
  [kafka.UNKNOWN_TOPIC_OR_PARTITION, 'refresh'],
  [kafka.LEADER_NOT_AVAILABLE, 'refresh'],
  [kafka.NOT_LEADER_OR_FOLLOWER, 'refresh'],
  [kafka.REPLICA_NOT_AVAILABLE, 'refresh'],
  [kafka.KAFKA_STORAGE_ERROR, 'refresh'],
  [kafka.FENCED_LEADER_EPOCH, 'refresh'],
  [kafka.UNKNOWN_TOPIC_ID, 'refresh'],
  [kafka.INCONSISTENT_TOPIC_ID, 'refresh'],
  [kafka.CORRUPT_MESSAGE, 'retry'],
  [kafka.REQUEST_TIMED_OUT, 'retry'],
  [kafka.NETWORK_EXCEPTION, 'retry'],
  [kafka.COORDINATOR_LOAD_IN_PROGRESS, 'retry'],
  [kafka.COORDINATOR_NOT_AVAILABLE, 'retry'],
  [kafka.NOT_COORDINATOR, 'retry'],
  [kafka.NOT_ENOUGH_REPLICAS, 'retry'],
  [kafka.NOT_ENOUGH_REPLICAS_AFTER_APPEND, 'retry'],
  [kafka.CONCURRENT_TRANSACTIONS, 'retry'],
  [kafka.THROTTLING_QUOTA_EXCEEDED, 'retry'],
  [kafka.MESSAGE_TOO_LARGE, 'split'],
  [kafka.OUT_OF_ORDER_SEQUENCE_NUMBER, 'sequence'],
  [kafka.UNKNOWN_PRODUCER_ID, 'sequence'],
  [kafka.INVALID_PRODUCER_EPOCH, 'epoch'],
  [kafka.PRODUCER_FENCED, 'fenced'],
  [kafka.CLUSTER_AUTHORIZATION_FAILED, 'fatal'],
  [kafka.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 'fatal'],
  [kafka.INVALID_PRODUCER_ID_MAPPING, 'fatal'],
  [kafka.UNSUPPORTED_VERSION, 'fatal'],
])

/** What the error `code` of one batch means. */
export function produceErrorClass(code: number): ProduceErrorClass {
  return produceClasses.get(code) ?? 'failed'
}
