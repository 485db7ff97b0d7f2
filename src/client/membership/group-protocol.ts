import { ClusterError } from '../../base/errors.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { Coordinator } from '../coordinator.ts'
import { kafkaError } from '../kafka-error.ts'
import { retrying } from '../retry.ts'

/** How a group is coordinated. */
export type GroupProtocol = 'streams' | 'classic'

/** A protocol, and in words why it. */
export interface ProtocolChoice {
  readonly protocol: GroupProtocol
  readonly reason: string
}

const listVersions = { min: 4, max: 5 } as const
const restStates: ReadonlySet<string> = new Set(['', 'Empty', 'Dead'])

/**
 * Which protocol the members of a group use (design 6): that of the members that there are, else `streams` if the brokers have it and
 * nothing speaks against it. `againstStreams`: what does, in words; null: nothing.
 *
 * Rejects with the last error when the cluster does not answer within `timeoutMs`.
 */
export async function chooseGroupProtocol(
  coordinator: Coordinator,
  options: { readonly againstStreams: string | null; readonly timeoutMs: number },
): Promise<ProtocolChoice> {
  const hasStreams = await brokersHaveStreams(coordinator, options.timeoutMs)
  const present = await typeOfMembers(coordinator, options.timeoutMs)
  if (present !== null) return { protocol: present, reason: `the members of the group use it` }
  if (!hasStreams) return { protocol: 'classic', reason: 'the brokers have not finalized streams.version 1, which Kafka has from 4.2 on' }
  if (options.againstStreams !== null) return { protocol: 'classic', reason: options.againstStreams }
  return { protocol: 'streams', reason: 'the brokers have it' }
}

/** Rejects with `ClusterError` UNSUPPORTED_VERSION if the brokers do not have the streams protocol. */
export async function requireStreamsGroups(coordinator: Coordinator, timeoutMs: number): Promise<void> {
  if (await brokersHaveStreams(coordinator, timeoutMs)) return
  throw new ClusterError(
    'UNSUPPORTED_VERSION',
    `Cannot join group "${coordinator.key}" with groupProtocol "streams": the brokers have not finalized streams.version 1, which Kafka has ` +
      'from 4.2 on; use groupProtocol "classic" or "auto", or upgrade the brokers and run kafka-features.sh upgrade --feature streams.version=1',
  )
}

function brokersHaveStreams(coordinator: Coordinator, timeoutMs: number): Promise<boolean> {
  return retrying(coordinator.options, timeoutMs, async () => ((await coordinator.features()).get('streams.version') ?? 0) >= 1)
}

/** Null: the group has no members, or nobody may know of them. */
function typeOfMembers(coordinator: Coordinator, timeoutMs: number): Promise<GroupProtocol | null> {
  return retrying(coordinator.options, timeoutMs, async () => {
    const { response } = await coordinator.send('ListGroups', listVersions, () => ({ statesFilter: [], typesFilter: [] }))
    const { errorCode } = response
    if (errorCode !== kafkaErrors.NONE) {
      coordinator.invalidate()
      throw kafkaError(errorCode, `find out how group "${coordinator.key}" is coordinated`)
    }
    const found = response.groups.find(({ groupId }) => groupId === coordinator.key)
    if (found === undefined || restStates.has(found.groupState)) return null
    return found.protocolType === 'streams' ? 'streams' : 'classic'
  })
}
