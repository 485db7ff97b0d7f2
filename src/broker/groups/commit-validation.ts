import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { ClassicGroup } from './classic/classic-group.ts'
import { Refusal } from './refusal.ts'
import { taskKey } from './role-tasks.ts'
import type { StreamsGroup } from './streams-group.ts'
import type { StreamsMember } from './streams-member.ts'

/** Who commits, as the request says. */
export interface Committer {
  readonly groupId: string
  readonly memberId: string
  readonly instanceId: string | null
  /** Generation or member epoch; negative: from outside of the group. */
  readonly epoch: number
  readonly isTransactional: boolean
  /** Version of OffsetCommit or TxnOffsetCommit. */
  readonly version: number
}

/** The error code for one partition: 0, or 113 if the epoch of the request is too old for the task of the partition. */
export type PartitionCheck = (topic: string, partition: number) => number

const allowed: PartitionCheck = () => kafkaErrors.NONE

/**
 * Whether the committer may commit in this group (N§1.15). Throws `Refusal` 22, 25, 35, 69 or 113; gives what is left to check per
 * partition. `group` null: there is no group with members; `isThere`: there is one without.
 */
export function validateCommit(group: StreamsGroup | null, isThere: boolean, committer: Committer): PartitionCheck {
  const { epoch, isTransactional, version } = committer
  if (group === null) {
    // A commit from outside makes the group, or adds to the offsets of one without members.
    if (epoch < 0) return allowed
    if (isThere)
      throw new Refusal(kafkaErrors.UNKNOWN_MEMBER_ID, `Member ${committer.memberId} is not a member of group ${committer.groupId}.`)
    const code = isTransactional || version < 9 ? kafkaErrors.ILLEGAL_GENERATION : kafkaErrors.GROUP_ID_NOT_FOUND
    throw new Refusal(code, `Group ${committer.groupId} not found.`)
  }
  if (epoch < 0 && group.isEmpty) return allowed
  // Transactional producers that know nothing of groups may always commit: a broker does not check them.
  if (isTransactional && epoch === -1 && committer.memberId === '' && committer.instanceId === null) return allowed
  const member = group.members.get(committer.memberId)
  if (member === undefined)
    throw new Refusal(kafkaErrors.UNKNOWN_MEMBER_ID, `Member ${committer.memberId} is not a member of group ${committer.groupId}.`)
  if (!isTransactional && version < 9)
    throw new Refusal(
      kafkaErrors.UNSUPPORTED_VERSION,
      'OffsetCommit version 9 or above must be used by members using the streams group protocol',
    )
  return checkEpoch(group, member, committer)
}

/**
 * Whether the committer may commit in this classic group: 0, or 22, 25, 27 or 82. While a generation waits for its assignment only a
 * transaction may, whose generation is that of the producer's thread as ever.
 */
export function classicCommitError(group: ClassicGroup, { memberId, instanceId, epoch, isTransactional }: Committer): number {
  if (epoch < 0 && group.isEmpty) return kafkaErrors.NONE
  if (epoch >= 0 || memberId !== '' || instanceId !== null) {
    const errorCode = group.errorOf(memberId, instanceId)
    if (errorCode !== kafkaErrors.NONE) return errorCode
    if (epoch !== group.generation) return kafkaErrors.ILLEGAL_GENERATION
  } else if (!isTransactional) return kafkaErrors.UNKNOWN_MEMBER_ID
  return !isTransactional && group.state === 'CompletingRebalance' ? kafkaErrors.REBALANCE_IN_PROGRESS : kafkaErrors.NONE
}

function checkEpoch(group: StreamsGroup, member: StreamsMember, { epoch, isTransactional, version }: Committer): PartitionCheck {
  const known = member.assignment.memberEpoch
  if (epoch === known) return allowed
  const stale = isTransactional && version <= 5 ? kafkaErrors.ILLEGAL_GENERATION : kafkaErrors.STALE_MEMBER_EPOCH
  if (epoch > known) throw new Refusal(stale, `The received member epoch ${epoch} is newer than the current member epoch ${known}.`)
  return (topic, partition) => {
    const subtopology = group.topology?.subtopologies.find(
      ({ sourceTopics, repartitionSourceTopics }) =>
        sourceTopics.includes(topic) || repartitionSourceTopics.some(({ name }) => name === topic),
    )
    const assignedAt =
      subtopology === undefined ? undefined : member.assignment.activeEpochs.get(taskKey(subtopology.subtopologyId, partition))
    return assignedAt !== undefined && epoch >= assignedAt ? kafkaErrors.NONE : stale
  }
}
