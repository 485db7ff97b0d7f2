import { ClusterError } from '../../../base/errors.ts'
import { kafkaErrors } from '../../../protocol/kafka-errors.ts'
import { kafkaError } from '../../kafka-error.ts'

/**
 * What a member does about an error code in a classic group (N§2.1):
 * - `rediscover`: find the coordinator again, then send again;
 * - `wait`: send again after the back-off;
 * - `rejoin`: join again, keeping the tasks;
 * - `reset`: the tasks are lost, join again with the same id;
 * - `forget`: the tasks are lost, join again as somebody new;
 * - `fail`: the membership is over.
 */
export type ClassicReaction = 'rediscover' | 'wait' | 'rejoin' | 'reset' | 'forget' | 'fail'

/** The reaction to `errorCode`, which is neither 0 nor MEMBER_ID_REQUIRED. */
export function classicReactionTo(errorCode: number): ClassicReaction {
  switch (errorCode) {
    case kafkaErrors.NOT_COORDINATOR:
    case kafkaErrors.COORDINATOR_NOT_AVAILABLE:
      return 'rediscover'
    case kafkaErrors.COORDINATOR_LOAD_IN_PROGRESS:
      return 'wait'
    case kafkaErrors.REBALANCE_IN_PROGRESS:
      return 'rejoin'
    case kafkaErrors.ILLEGAL_GENERATION:
      return 'reset'
    case kafkaErrors.UNKNOWN_MEMBER_ID:
      return 'forget'
    default:
      return 'fail'
  }
}

/** The error that ends a membership in a classic group: what the coordinator said, and what it may mean. */
export function classicRefusal(groupId: string, errorCode: number, what: { readonly instanceId: string | null }): ClusterError {
  const known = kafkaError(errorCode, `be a member of group "${groupId}"`)
  return new ClusterError(known.code, `${known.message}${hintFor(errorCode, what.instanceId)}`, { kafkaCode: errorCode })
}

function hintFor(errorCode: number, instanceId: string | null): string {
  switch (errorCode) {
    case kafkaErrors.FENCED_INSTANCE_ID:
      return `; another member has joined with the group.instance.id "${instanceId}", which must be its own for each thread of each instance`
    case kafkaErrors.INCONSISTENT_GROUP_PROTOCOL:
      return '; the group has members of another kind, which are no classic Kafka Streams applications: use another application id, or stop them'
    case kafkaErrors.INVALID_SESSION_TIMEOUT:
      return '; consumer.sessionTimeoutMs must be within group.min.session.timeout.ms and group.max.session.timeout.ms of the brokers'
    case kafkaErrors.GROUP_MAX_SIZE_REACHED:
      return '; group.max.size of the brokers bounds the number of threads'
    default:
      return ''
  }
}
