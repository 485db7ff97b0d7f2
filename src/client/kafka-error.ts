import { ClusterError, type ErrorDetails } from '../base/errors.ts'

/** Kafka's numeric error codes that the client acts on (N§0.4). */
export const kafka = {
  UNKNOWN_SERVER_ERROR: -1,
  NONE: 0,
  OFFSET_OUT_OF_RANGE: 1,
  CORRUPT_MESSAGE: 2,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  NOT_LEADER_OR_FOLLOWER: 6,
  REQUEST_TIMED_OUT: 7,
  REPLICA_NOT_AVAILABLE: 9,
  MESSAGE_TOO_LARGE: 10,
  NETWORK_EXCEPTION: 13,
  COORDINATOR_LOAD_IN_PROGRESS: 14,
  COORDINATOR_NOT_AVAILABLE: 15,
  NOT_COORDINATOR: 16,
  INVALID_TOPIC_EXCEPTION: 17,
  NOT_ENOUGH_REPLICAS: 19,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: 20,
  ILLEGAL_GENERATION: 22,
  UNKNOWN_MEMBER_ID: 25,
  REBALANCE_IN_PROGRESS: 27,
  TOPIC_AUTHORIZATION_FAILED: 29,
  GROUP_AUTHORIZATION_FAILED: 30,
  CLUSTER_AUTHORIZATION_FAILED: 31,
  UNSUPPORTED_VERSION: 35,
  TOPIC_ALREADY_EXISTS: 36,
  NOT_CONTROLLER: 41,
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 43,
  OUT_OF_ORDER_SEQUENCE_NUMBER: 45,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TXN_STATE: 48,
  INVALID_PRODUCER_ID_MAPPING: 49,
  CONCURRENT_TRANSACTIONS: 51,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 53,
  OPERATION_NOT_ATTEMPTED: 55,
  KAFKA_STORAGE_ERROR: 56,
  UNKNOWN_PRODUCER_ID: 59,
  GROUP_ID_NOT_FOUND: 69,
  FETCH_SESSION_ID_NOT_FOUND: 70,
  INVALID_FETCH_SESSION_EPOCH: 71,
  FENCED_LEADER_EPOCH: 74,
  UNKNOWN_LEADER_EPOCH: 75,
  OFFSET_NOT_AVAILABLE: 78,
  FENCED_INSTANCE_ID: 82,
  INVALID_RECORD: 87,
  UNSTABLE_OFFSET_COMMIT: 88,
  THROTTLING_QUOTA_EXCEEDED: 89,
  PRODUCER_FENCED: 90,
  UNKNOWN_TOPIC_ID: 100,
  INCONSISTENT_TOPIC_ID: 103,
  FETCH_SESSION_TOPIC_ID_ERROR: 106,
  FENCED_MEMBER_EPOCH: 110,
  STALE_MEMBER_EPOCH: 113,
  TRANSACTION_ABORTABLE: 120,
} as const

const names = new Map<number, string>(Object.entries(kafka).map(([name, code]) => [code, name]))

/** The codes that may pass when the same is asked again, for reads and administration. */
const passing = new Set<number>([
  kafka.CORRUPT_MESSAGE,
  kafka.LEADER_NOT_AVAILABLE,
  kafka.NOT_LEADER_OR_FOLLOWER,
  kafka.REQUEST_TIMED_OUT,
  kafka.REPLICA_NOT_AVAILABLE,
  kafka.NETWORK_EXCEPTION,
  kafka.COORDINATOR_LOAD_IN_PROGRESS,
  kafka.COORDINATOR_NOT_AVAILABLE,
  kafka.NOT_COORDINATOR,
  kafka.NOT_ENOUGH_REPLICAS,
  kafka.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  kafka.NOT_CONTROLLER,
  kafka.CONCURRENT_TRANSACTIONS,
  kafka.KAFKA_STORAGE_ERROR,
  kafka.FENCED_LEADER_EPOCH,
  kafka.UNKNOWN_LEADER_EPOCH,
  kafka.OFFSET_NOT_AVAILABLE,
  kafka.UNSTABLE_OFFSET_COMMIT,
  kafka.THROTTLING_QUOTA_EXCEEDED,
])

const unauthorized = new Set<number>([
  kafka.TOPIC_AUTHORIZATION_FAILED,
  kafka.GROUP_AUTHORIZATION_FAILED,
  kafka.CLUSTER_AUTHORIZATION_FAILED,
  kafka.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
])

/** Kafka's name of `code`, or its number. */
export function kafkaName(code: number): string {
  return names.get(code) ?? `error ${code}`
}

/** Whether the broker refused for lack of an authorization. */
export function isUnauthorized(code: number): boolean {
  return unauthorized.has(code)
}

/**
 * The error for a code in a broker's answer: NOT_AUTHORIZED, UNKNOWN_TOPIC, UNSUPPORTED_VERSION, BROKER_NOT_READY (retriable) or
 * REQUEST_REFUSED. `action` is what failed, in words that follow "Cannot".
 */
export function kafkaError(code: number, action: string, details: ErrorDetails = {}): ClusterError {
  const message = `Cannot ${action}: the cluster answered ${kafkaName(code)}`
  const known = { ...details, kafkaCode: code }
  if (unauthorized.has(code)) return new ClusterError('NOT_AUTHORIZED', message, known)
  if (code === kafka.UNKNOWN_TOPIC_OR_PARTITION || code === kafka.UNKNOWN_TOPIC_ID) return new ClusterError('UNKNOWN_TOPIC', message, known)
  if (code === kafka.UNSUPPORTED_VERSION) return new ClusterError('UNSUPPORTED_VERSION', message, known)
  return new ClusterError(passing.has(code) ? 'BROKER_NOT_READY' : 'REQUEST_REFUSED', message, known)
}
