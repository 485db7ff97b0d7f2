import { ClusterError } from '../../base/errors.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { kafkaError } from '../kafka-error.ts'

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

/** A heartbeat that was refused for good. */
export interface RefusedHeartbeat {
  readonly groupId: string
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly isJoining: boolean
  readonly hasEndpoint: boolean
}

/** The error that ends a membership: what the coordinator said, and what it may mean. */
export function heartbeatRefusal(refused: RefusedHeartbeat): ClusterError {
  const { groupId, errorCode, errorMessage, isJoining } = refused
  const known = kafkaError(errorCode, `${isJoining ? 'join' : 'stay in'} group "${groupId}"`)
  const detail = errorMessage === null || errorMessage === '' ? '' : `: ${errorMessage}`
  return new ClusterError(known.code, `${known.message}${detail}${hintFor(refused)}`, { kafkaCode: errorCode })
}

function hintFor({ errorCode, isJoining, hasEndpoint }: RefusedHeartbeat): string {
  if (errorCode === kafkaErrors.INVALID_REQUEST && isJoining) {
    return '; if the group runs another topology, stop all its members and delete it, or use another application id'
  }
  if (errorCode === kafkaErrors.UNKNOWN_SERVER_ERROR && hasEndpoint) {
    return '; brokers of Kafka 4.3 answer so to an instance that serves queries while a source topic is missing'
  }
  return ''
}
