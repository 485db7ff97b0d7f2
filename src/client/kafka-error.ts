import { ClusterError, type ErrorDetails } from '../base/errors.ts'
import { isRetriableKafkaError, kafkaErrorName, kafkaErrors as kafka } from '../protocol/kafka-errors.ts'

const unauthorized = new Set<number>([
  kafka.TOPIC_AUTHORIZATION_FAILED,
  kafka.GROUP_AUTHORIZATION_FAILED,
  kafka.CLUSTER_AUTHORIZATION_FAILED,
  kafka.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
])

/** Whether the broker refused for lack of an authorization. */
export function isUnauthorized(code: number): boolean {
  return unauthorized.has(code)
}

/**
 * The error for a code in a broker's answer: NOT_AUTHORIZED, UNKNOWN_TOPIC, UNSUPPORTED_VERSION, BROKER_NOT_READY (retriable) or
 * REQUEST_REFUSED. `action` is what failed, in words that follow "Cannot".
 */
export function kafkaError(code: number, action: string, details: ErrorDetails = {}): ClusterError {
  const message = `Cannot ${action}: the cluster answered ${kafkaErrorName(code)}`
  const known = { ...details, kafkaCode: code }
  if (unauthorized.has(code)) return new ClusterError('NOT_AUTHORIZED', message, known)
  if (code === kafka.UNKNOWN_TOPIC_OR_PARTITION || code === kafka.UNKNOWN_TOPIC_ID) return new ClusterError('UNKNOWN_TOPIC', message, known)
  if (code === kafka.UNSUPPORTED_VERSION) return new ClusterError('UNSUPPORTED_VERSION', message, known)
  return new ClusterError(isRetriableKafkaError(code) ? 'BROKER_NOT_READY' : 'REQUEST_REFUSED', message, known)
}
