import { kafkaErrors } from '../../../protocol/kafka-errors.ts'
import type { DescribedGroup } from '../../../protocol/messages/describe-groups.ts'
import type { ClassicGroup } from './classic-group.ts'

const NO_AUTHORIZED_OPERATIONS = -0x8000_0000

/** The version from which on a group that does not exist is an error; before, it is one that is `Dead`. */
const NOT_FOUND_VERSION = 6

/** The answer of DescribeGroups for a classic group. What members are assigned is told only while it holds. */
export function describeClassicGroup(group: ClassicGroup): DescribedGroup {
  const { groupId, state, protocolType, protocolName } = group
  const protocol = state === 'Stable' ? protocolName : null
  return {
    errorCode: kafkaErrors.NONE,
    errorMessage: null,
    groupId,
    groupState: state,
    protocolType,
    protocolData: protocol ?? '',
    members: [...group.members.values()].map((member) => member.describe(protocol)),
    authorizedOperations: NO_AUTHORIZED_OPERATIONS,
  }
}

/** The answer for a group that has no members or is not there. `errorCode`: what keeps this node from knowing; `isSimple`: it has offsets. */
export function describeMissingGroup(
  groupId: string,
  found: { readonly errorCode: number; readonly isSimple: boolean; readonly version: number },
): DescribedGroup {
  const { isSimple, version } = found
  const isMissing = found.errorCode === kafkaErrors.NONE && !isSimple && version >= NOT_FOUND_VERSION
  return {
    errorCode: isMissing ? kafkaErrors.GROUP_ID_NOT_FOUND : found.errorCode,
    errorMessage: isMissing ? `Group ${groupId} is not a classic group.` : null,
    groupId,
    groupState: isSimple && found.errorCode === kafkaErrors.NONE ? 'Empty' : 'Dead',
    protocolType: '',
    protocolData: '',
    members: [],
    authorizedOperations: NO_AUTHORIZED_OPERATIONS,
  }
}
