import { kafkaErrors as kafka } from '../../protocol/kafka-errors.ts'

/**
 * What to do about the error of one partition (N§4.3).
 * - `refresh`: leadership has moved or is not known; learn the leader and ask again.
 * - `retry`: passes by itself.
 * - the others are told to the owner.
 */
export type FetchErrorAction = 'refresh' | 'retry' | 'out-of-range' | 'corrupt' | 'unauthorized' | 'failed'

const actions = new Map<number, FetchErrorAction>([
  [kafka.OFFSET_OUT_OF_RANGE, 'out-of-range'],
  [kafka.CORRUPT_MESSAGE, 'corrupt'],
  [kafka.TOPIC_AUTHORIZATION_FAILED, 'unauthorized'],
  [kafka.NOT_LEADER_OR_FOLLOWER, 'refresh'],
  [kafka.FENCED_LEADER_EPOCH, 'refresh'],
  [kafka.REPLICA_NOT_AVAILABLE, 'refresh'],
  [kafka.LEADER_NOT_AVAILABLE, 'refresh'],
  [kafka.UNKNOWN_TOPIC_OR_PARTITION, 'refresh'],
  [kafka.KAFKA_STORAGE_ERROR, 'refresh'],
  [kafka.UNKNOWN_TOPIC_ID, 'refresh'],
  [kafka.INCONSISTENT_TOPIC_ID, 'refresh'],
  [kafka.UNKNOWN_LEADER_EPOCH, 'retry'],
  [kafka.OFFSET_NOT_AVAILABLE, 'retry'],
  [kafka.UNKNOWN_SERVER_ERROR, 'retry'],
])

/** What to do about the error `code` of one partition. */
export function fetchErrorAction(code: number): FetchErrorAction {
  return actions.get(code) ?? 'failed'
}
