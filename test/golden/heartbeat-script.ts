import { Prng } from '../../src/base/prng.ts'
import type {
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatResponse,
  TaskIds,
} from '../../src/protocol/messages/streams-group-heartbeat.ts'

/** A random script of heartbeats that two members of one group send. */
export interface HeartbeatScript {
  readonly seed: number
  readonly standbyReplicas: number
}

/** The scripts whose answers are recorded. */
export const heartbeatScripts: readonly HeartbeatScript[] = Array.from({ length: 30 }, (_, index) => ({
  seed: index + 1,
  standbyReplicas: index % 2,
}))

const STEPS = 50

/** The name of the group; its topics begin with it. */
export function groupOf({ seed }: HeartbeatScript): string {
  return `script-${seed}`
}

/** The topics of the script, each with four partitions. */
export function topicsOf(script: HeartbeatScript): string[] {
  return [`${groupOf(script)}-in`, `${groupOf(script)}-changelog`]
}

interface Member {
  epoch: number
  previousEpoch: number
  endpointEpoch: number
  active: readonly TaskIds[]
  standby: readonly TaskIds[]
}

const nobody: Member = { epoch: 0, previousEpoch: 0, endpointEpoch: -1, active: [], standby: [] }

/**
 * Plays the script: members join, leave, acknowledge, repeat their previous epoch, join again and lose answers. Gives one line per answer:
 * error, epoch, counts of active, standby and warm-up tasks, statuses, endpoint epoch, count of endpoints; `-` for null.
 */
export async function playHeartbeats(
  script: HeartbeatScript,
  send: (request: StreamsGroupHeartbeatRequest) => Promise<StreamsGroupHeartbeatResponse>,
): Promise<string[]> {
  const random = new Prng(script.seed)
  const pick = (bound: number): number => Math.floor(random.next() * bound)
  const hasStateless = pick(2) === 1
  const members = new Map<string, Member>()
  const lines: string[] = []
  for (let step = 0; step < STEPS; step++) {
    const memberId = `m${pick(2)}`
    const action = actions[pick(actions.length)]!
    const member = members.get(memberId) ?? { ...nobody }
    members.set(memberId, member)
    const response = await send(requestOf(script, { memberId, member, action, hasStateless }))
    lines.push(summaryOf(response))
    members.set(memberId, after(member, action, response))
  }
  return lines
}

type Action = 'leave' | 'beat' | 'acknowledge' | 'previous' | 'rejoin' | 'lost'

const actions: readonly Action[] = [
  'leave',
  ...Array.from({ length: 5 }, () => 'beat' as const),
  ...Array.from({ length: 3 }, () => 'acknowledge' as const),
  'previous',
  'rejoin',
  'lost',
]

function after(member: Member, action: Action, response: StreamsGroupHeartbeatResponse): Member {
  const { errorCode, memberEpoch, activeTasks, standbyTasks, endpointInformationEpoch } = response
  if (action === 'leave') return errorCode === 0 ? { ...nobody, endpointEpoch: member.endpointEpoch } : member
  if (errorCode !== 0) return action === 'previous' ? member : { ...nobody, endpointEpoch: member.endpointEpoch }
  if (action === 'lost') return member
  return {
    epoch: memberEpoch,
    previousEpoch: memberEpoch === member.epoch ? member.previousEpoch : member.epoch,
    endpointEpoch: endpointInformationEpoch,
    active: activeTasks ?? member.active,
    standby: standbyTasks ?? member.standby,
  }
}

interface Step {
  readonly memberId: string
  readonly member: Member
  readonly action: Action
  readonly hasStateless: boolean
}

function requestOf(script: HeartbeatScript, { memberId, member, action, hasStateless }: Step): StreamsGroupHeartbeatRequest {
  const memberEpoch = action === 'leave' ? -1 : action === 'previous' ? member.previousEpoch : action === 'rejoin' ? 0 : member.epoch
  const isJoin = memberEpoch === 0
  const isFull = action === 'acknowledge' || action === 'previous'
  const tasks = (owned: readonly TaskIds[]): readonly TaskIds[] | null => (isJoin ? [] : isFull ? owned : null)
  return {
    groupId: groupOf(script),
    memberId,
    memberEpoch,
    endpointInformationEpoch: member.endpointEpoch,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: isJoin ? 60_000 : -1,
    topology: isJoin ? { epoch: 0, subtopologies: subtopologiesOf(script, hasStateless) } : null,
    activeTasks: tasks(member.active),
    standbyTasks: tasks(member.standby),
    warmupTasks: tasks([]),
    processId: isJoin ? `process-${memberId}` : null,
    userEndpoint: isJoin && memberId === 'm0' ? { host: memberId, port: 1 } : null,
    clientTags: isJoin ? [] : null,
    taskOffsets: null,
    taskEndOffsets: null,
    shutdownApplication: false,
  }
}

function subtopologiesOf(script: HeartbeatScript, hasStateless: boolean) {
  const [source, changelog] = topicsOf(script) as [string, string]
  const stateful = {
    subtopologyId: '0',
    sourceTopics: [source],
    sourceTopicRegex: [],
    stateChangelogTopics: [{ name: changelog, partitions: 0, replicationFactor: -1, topicConfigs: [] }],
    repartitionSinkTopics: [],
    repartitionSourceTopics: [],
    copartitionGroups: [],
  }
  return hasStateless ? [stateful, { ...stateful, subtopologyId: '1', stateChangelogTopics: [] }] : [stateful]
}

function summaryOf(response: StreamsGroupHeartbeatResponse): string {
  const count = (lists: readonly TaskIds[] | null): string =>
    lists === null ? '-' : String(lists.reduce((sum, { partitions }) => sum + partitions.length, 0))
  const statuses = response.status?.map(({ statusCode }) => statusCode).join(',') ?? '-'
  return [
    response.errorCode,
    response.memberEpoch,
    count(response.activeTasks),
    count(response.standbyTasks),
    count(response.warmupTasks),
    `[${statuses}]`,
    response.endpointInformationEpoch,
    response.partitionsByUserEndpoint?.length ?? '-',
  ].join(' ')
}
