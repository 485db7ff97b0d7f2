import type { AssignTasksInput, MemberAssignment } from '../client/membership/assign-tasks.ts'
import type { HostPartitions } from '../protocol/classic/assignment-info.ts'
import { type TopicPartition, TopicPartitionMap } from '../protocol/topic-partition.ts'
import type { ClientState, TaskIndex } from './client-state.ts'
import { processOf } from './group-clients.ts'
import type { TaskGroup } from './task-group.ts'
import { assignToThreads, type ThreadTasks } from './thread-assignment.ts'

/**
 * What each member gets of what its process was assigned. An active task of which another member owns a partition is left out until that one
 * has given it up; the member that waits for it asks for a rebalance at once (N§2.6).
 */
export function assignMembers(group: TaskGroup, input: AssignTasksInput): ReadonlyMap<string, MemberAssignment> {
  const context = { group, input, owners: new Owners(input), stateful: new Set(group.stateful) }
  const hosts = hostsOf(group, input)
  const result = new Map<string, MemberAssignment>()
  for (const client of group.clients) {
    let followupMs = client.followupRebalanceMs
    for (const [memberId, tasks] of assignToThreads(group, client)) {
      const { partitions, activeTasks, standby, isWaiting } = withoutOwned(context, { client, memberId, tasks })
      let nextRebalanceMs = Infinity
      if (isWaiting) nextRebalanceMs = 0
      else if (followupMs !== null) nextRebalanceMs = followupMs
      // One member of the process is enough, and a rebalance at once makes one later unnecessary.
      if (nextRebalanceMs !== Infinity) followupMs = null
      const info = {
        version: input.usedVersion,
        commonlySupportedVersion: input.commonlySupportedVersion,
        activeTasks: activeTasks.map((task) => group.ids[task]!),
        standbyTasks: standby.map((task) => ({ task: group.ids[task]!, partitions: input.tasks[task]!.sources })),
        ...hosts,
        errorCode: 0,
        nextRebalanceMs,
      }
      result.set(memberId, { partitions, info })
    }
  }
  return result
}

/** Who owns which partition, by process: a partition that two members of a process own is taken as that of the one that comes last. */
class Owners {
  readonly #owned = new TopicPartitionMap<true>()
  readonly #ownerIn = new Map<string, TopicPartitionMap<string>>()

  constructor({ members }: AssignTasksInput) {
    for (const member of members) {
      const owners = this.#ownerIn.get(processOf(member)) ?? new TopicPartitionMap<string>()
      this.#ownerIn.set(processOf(member), owners)
      for (const { topic, partition } of member.ownedPartitions) {
        this.#owned.set(topic, partition, true)
        owners.set(topic, partition, member.memberId)
      }
    }
  }

  /** Whether somebody else must give up the partition before the member can get it. */
  isElsewhere({ topic, partition }: TopicPartition, processId: string, memberId: string): boolean {
    return this.#ownerIn.get(processId)?.get(topic, partition) !== memberId && this.#owned.has(topic, partition)
  }
}

interface Context {
  readonly group: TaskGroup
  readonly input: AssignTasksInput
  readonly owners: Owners
  readonly stateful: ReadonlySet<TaskIndex>
}

interface MemberTasks {
  /** Sorted by topic and partition, and the task of each. */
  readonly partitions: readonly TopicPartition[]
  readonly activeTasks: readonly TaskIndex[]
  /** Sorted. */
  readonly standby: readonly TaskIndex[]
  /** Whether an active task was left out. */
  readonly isWaiting: boolean
}

function withoutOwned(
  { input, owners, stateful }: Context,
  { client, memberId, tasks }: { client: ClientState; memberId: string; tasks: ThreadTasks },
): MemberTasks {
  const { processId, previousStandby } = client.facts
  const isOwned = (task: TaskIndex): boolean =>
    input.tasks[task]!.sources.some((partition) => owners.isElsewhere(partition, processId, memberId))
  const waiting = tasks.active.filter(isOwned)
  const assigned = tasks.active
    .filter((task) => !waiting.includes(task))
    .flatMap((task) => input.tasks[task]!.sources.map((partition) => ({ partition, task })))
    .sort((a, b) => comparePartitions(a.partition, b.partition))
  // Where the task is a standby already it stays one in the meantime, so that its store need not be closed.
  const kept = waiting.filter((task) => stateful.has(task) && previousStandby.has(task))
  return {
    partitions: assigned.map(({ partition }) => partition),
    activeTasks: assigned.map(({ task }) => task),
    standby: [...tasks.standby, ...kept].sort((a, b) => a - b),
    isWaiting: waiting.length > 0,
  }
}

/** Where tasks will be when nobody waits any more. The last process of several with one endpoint counts. */
function hostsOf(
  { clients }: TaskGroup,
  input: AssignTasksInput,
): { partitionsByHost: HostPartitions[]; standbyPartitionsByHost: HostPartitions[] } {
  const endpointOf = new Map(input.members.map((member) => [processOf(member), member.subscription.userEndpoint]))
  const active = new Map<string, HostPartitions>()
  const standby = new Map<string, HostPartitions>()
  for (const client of clients) {
    const endpoint = parseEndpoint(endpointOf.get(client.facts.processId) ?? '')
    if (endpoint === null) continue
    const key = `${endpoint.host} ${endpoint.port}`
    active.set(key, { ...endpoint, partitions: partitionsOf(client.active(), input) })
    standby.set(key, { ...endpoint, partitions: partitionsOf(client.standby(), input) })
  }
  return { partitionsByHost: [...active.values()], standbyPartitionsByHost: [...standby.values()] }
}

function partitionsOf(tasks: readonly TaskIndex[], { tasks: all }: AssignTasksInput): TopicPartition[] {
  return tasks.flatMap((task) => all[task]!.sources).sort(comparePartitions)
}

/** `host:port`, the host in brackets if it is an IPv6 address; null for what is none. */
function parseEndpoint(text: string): { host: string; port: number } | null {
  const match = /^(?:[\w\-%.]*:\/\/)?\[?([\w\-%.:]*)\]?:(\d+)$/.exec(text)
  return match === null ? null : { host: match[1]!, port: Number(match[2]) }
}

function comparePartitions(a: TopicPartition, b: TopicPartition): number {
  return a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.partition - b.partition
}
