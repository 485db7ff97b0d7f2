import { ConfigError } from '../../base/errors.ts'
import { createTaskAssigner } from '../../assignor/task-assigner.ts'
import { Coordinator } from '../../client/coordinator.ts'
import { ClassicMembership } from '../../client/membership/classic/classic-membership.ts'
import { StreamsProtocol } from '../../client/membership/classic/streams-protocol.ts'
import { DecidingMembership } from '../../client/membership/deciding-membership.ts'
import { chooseGroupProtocol, type ProtocolChoice, requireStreamsGroups } from '../../client/membership/group-protocol.ts'
import type { GroupTopology } from '../../client/membership/group-topology.ts'
import { LeaderDuties } from '../../client/membership/leader-duties.ts'
import type { Membership } from '../../client/membership/membership.ts'
import { StreamsMembership } from '../../client/membership/streams-membership.ts'
import { groupTopology } from '../app/group-topology.ts'
import type { MembershipParts, OpenMembership } from './membership-parts.ts'

/** Makes the membership of a thread, by the protocol that is configured or, with `auto`, found out when it joins. */
export function createMembership(parts: MembershipParts): OpenMembership {
  const { coordinator, thread } = parts
  const { config, environment } = thread
  const { protocol } = config.group
  const timeoutMs = config.client.requestTimeoutMs
  let own: Coordinator | null = null
  const createClassic = (): Membership => {
    own = new Coordinator(thread.client, 'group', config.applicationId)
    return createClassicMembership(parts, own)
  }
  const close = (): void => own?.close()
  const { sources } = parts
  if (protocol === 'classic' && !sources.hasPatterns) return { membership: createClassic(), close }
  const membership = new DecidingMembership({
    groupId: config.applicationId,
    environment,
    ...config.client,
    choose: async () => {
      // What patterns match is a part of the first join.
      await sources.refresh()
      if (protocol === 'classic') return { protocol, reason: 'it is configured' }
      if (protocol === 'auto') return await chooseAutomatically(parts, timeoutMs)
      await requireStreamsGroups(coordinator, timeoutMs)
      return { protocol, reason: 'it is configured' }
    },
    create: (chosen) => (chosen === 'classic' ? createClassic() : createStreamsMembership(parts)),
  })
  return { membership, close }
}

async function chooseAutomatically({ coordinator, sources, thread }: MembershipParts, timeoutMs: number): Promise<ProtocolChoice> {
  const { applicationId, group } = thread.config
  const againstStreams = sources.hasPatterns
    ? 'a source reads topics by a pattern, which the streams protocol does not have'
    : reasonAgainstStreams(group.classicKeys)
  const choice = await chooseGroupProtocol(coordinator, { againstStreams, timeoutMs })
  if (choice.protocol === 'streams' && sources.hasPatterns) {
    throw new ConfigError(
      'CONFIG_UNSUPPORTED',
      `Cannot join group "${applicationId}": its members use the streams protocol, and a source of this topology reads topics by a pattern, ` +
        'which only the classic protocol has; stop all members, then start them with groupProtocol "classic", or name the topics',
    )
  }
  return choice
}

function createStreamsMembership({ thread, coordinator }: MembershipParts): StreamsMembership {
  const { config, environment, processId, topology } = thread
  return new StreamsMembership(coordinator, environment, {
    groupId: config.applicationId,
    memberId: environment.random.uuid(),
    processId,
    instanceId: instanceIdOf(thread),
    rebalanceTimeoutMs: config.group.maxPollIntervalMs,
    topology: groupTopology(topology, config),
    endpoint: config.group.endpoint,
    clientTags: config.group.clientTags,
    rackId: config.group.rackId,
    ...config.client,
  })
}

function createClassicMembership(parts: MembershipParts, own: Coordinator): ClassicMembership {
  const { thread, coordinator, admin, taskOffsets, sources } = parts
  const { client, config, environment, processId, topology } = thread
  const { endpoint, clientTags, rackId, sessionTimeoutMs, heartbeatIntervalMs, maxPollIntervalMs } = config.group
  const groupId = config.applicationId
  let written = { of: sources.topology, as: groupTopology(sources.topology, config) }
  const asGroup = (): GroupTopology => {
    if (written.of !== sources.topology) written = { of: sources.topology, as: groupTopology(sources.topology, config) }
    return written.as
  }
  const duties = new LeaderDuties({
    client,
    admin,
    coordinator,
    topology: asGroup,
    refreshTopology: () => sources.refresh(),
    storeNames: new Map(topology.subtopologies.map(({ id, stores }) => [id, stores.map(({ name }) => name).sort()])),
    missingSourcesMs: 2 * heartbeatIntervalMs,
    setupMs: maxPollIntervalMs / 2,
  })
  const protocol = new StreamsProtocol({
    groupId,
    processId,
    endpoint,
    clientTags,
    rackId,
    topology: asGroup,
    taskOffsets,
    duties,
    assigner: createTaskAssigner(config.group.assignor.choice, config.group.assignor),
    logger: environment.logger,
    now: () => environment.clock.now(),
  })
  return new ClassicMembership(own, environment, protocol, {
    groupId,
    instanceId: instanceIdOf(thread),
    sessionTimeoutMs,
    heartbeatIntervalMs,
    rebalanceTimeoutMs: maxPollIntervalMs,
    ...config.client,
  })
}

/** Of the thread: each is a member of its own (P§7.12). */
function instanceIdOf({ config, threadIndex }: MembershipParts['thread']): string | null {
  return config.group.instanceId === null ? null : `${config.group.instanceId}-${threadIndex}`
}

function reasonAgainstStreams([key]: readonly string[]): string | null {
  return key === undefined ? null : `"${key}" is set, which only a classic group has`
}
