import { kafkaErrors } from '../../protocol/kafka-errors.ts'

/**
 * What a member does about an error code of its heartbeat (N§1.4):
 * - `rediscover`: find the coordinator again, then send at once;
 * - `wait`: send again after the back-off;
 * - `fenced`: all tasks are lost, join again;
 * - `report`: tell the application, go on;
 * - `fail`: the membership is over.
 */
export type ErrorReaction = 'rediscover' | 'wait' | 'fenced' | 'report' | 'fail'

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
    case kafkaErrors.TOPIC_AUTHORIZATION_FAILED:
      return 'report'
    default:
      return 'fail'
  }
}
