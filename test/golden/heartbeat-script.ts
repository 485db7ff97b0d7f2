import { Prng } from '../../src/base/prng.ts'
import type {
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatResponse,
  TaskIds,
} from '../../src/protocol/messages/streams-group-heartbeat.ts'
import { goneMember, heartbeatOf, newStreamsMember, type StreamsMember, streamsTopology, toldMember } from '../differ/streams-member.ts'

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
  const members = new Map<string, StreamsMember>()
  const lines: string[] = []
  for (let step = 0; step < STEPS; step++) {
    const memberId = `m${pick(2)}`
    const action = actions[pick(actions.length)]!
    const member = members.get(memberId) ?? newStreamsMember
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

function after(member: StreamsMember, action: Action, response: StreamsGroupHeartbeatResponse): StreamsMember {
  const { errorCode } = response
  if (action === 'leave') return errorCode === 0 ? goneMember(member) : member
  if (errorCode !== 0) return action === 'previous' ? member : goneMember(member)
  return action === 'lost' ? member : toldMember(member, response)
}

interface Step {
  readonly memberId: string
  readonly member: StreamsMember
  readonly action: Action
  readonly hasStateless: boolean
}

function requestOf(script: HeartbeatScript, { memberId, member, action, hasStateless }: Step): StreamsGroupHeartbeatRequest {
  const [source, changelog] = topicsOf(script) as [string, string]
  return heartbeatOf(member, {
    groupId: groupOf(script),
    memberId,
    memberEpoch: action === 'leave' ? -1 : action === 'previous' ? member.previousEpoch : action === 'rejoin' ? 0 : member.epoch,
    isFull: action === 'acknowledge' || action === 'previous',
    topology: streamsTopology(0, source, changelog, hasStateless),
  })
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
