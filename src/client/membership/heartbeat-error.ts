import { kafkaErrors } from '../../protocol/kafka-errors.ts'

/**
 * What a member does about an error code of its heartbeat (N§1.4):
 * - `rediscover`: find the coordinator again, then send at once;
 * - `wait`: send again after the back-off;
 * - `fenced`: all tasks are lost, join again;
 * - `tolerate`: send again after the back-off, but not for ever. Java fails at once, but Kafka 4.3 has this answer for a member with an
 *   endpoint while a source topic is missing or not yet known everywhere, which passes;
 * - `report`: tell the application, go on;
 * - `fail`: the membership is over.
 */
export type ErrorReaction = 'rediscover' | 'wait' | 'fenced' | 'tolerate' | 'report' | 'fail'

/** The reaction to `errorCode`, which is not 0. */
export function reactionTo(errorCode: number): ErrorReaction {
  switch (errorCode) {
    case kafkaErrors.NOT_COORDINATOR:
    case kafkaErrors.COORDINATOR_NOT_AVAILABLE:
      return 'rediscover'
    case kafkaErrors.COORDINATOR_LOAD_IN_PROGRESS:
      return 'wait'
    case kafkaErrors.UNKNOWN_MEMBER_ID:
    case kafkaErrors.FENCED_MEMBER_EPOCH:
      return 'fenced'
    case kafkaErrors.UNKNOWN_SERVER_ERROR:
      return 'tolerate'
    case kafkaErrors.TOPIC_AUTHORIZATION_FAILED:
      return 'report'
    default:
      return 'fail'
  }
}
