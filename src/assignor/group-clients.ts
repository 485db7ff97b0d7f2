import { inHashOrder } from '../base/java-order.ts'
import type { AssignTasksInput, StreamsGroupMember } from '../client/membership/assign-tasks.ts'
import { CLASSIC_INFO_VERSIONS, LATEST_OFFSET, UNKNOWN_OFFSET_SUM } from '../protocol/classic/subscription-info.ts'
import { formatTaskId } from '../protocol/task-id.ts'
import { TopicPartitionMap } from '../protocol/topic-partition.ts'
import { ClientState, type TaskIndex } from './client-state.ts'
import { compareProcessIds } from './java-identity.ts'

/**
 * The process of the members whose subscription is of a version that is not known yet: what they own is known, who they are is not. They get
 * tasks like others and an assignment in a lower version, on which they subscribe again in that one (N§2.5). Java draws an id at random.
 */
export const FUTURE_PROCESS = '00000000-0000-0000-0000-000000000000'

/** The process that a member is of. */
export function processOf({ subscription }: StreamsGroupMember): string {
  return subscription.version > CLASSIC_INFO_VERSIONS.latest ? FUTURE_PROCESS : subscription.processId
}

/** The members of a group by process, sorted by process id, with what they have of `tasks` now. */
export function readClients(input: AssignTasksInput): ClientState[] {
  const byId = new Map(input.members.map((member) => [member.memberId, member]))
  const processes = new Map<string, StreamsGroupMember[]>()
  for (const memberId of inHashOrder([...byId.keys()])) {
    const member = byId.get(memberId)!
    const members = processes.get(processOf(member))
    if (members === undefined) processes.set(processOf(member), [member])
    else members.push(member)
  }
  const known = new KnownTasks(input)
  const facts = Array.from(processes, ([processId, members], arrival) => ({
    processId,
    arrival,
    memberIds: members.map(({ memberId }) => memberId).sort(),
    tags: members[0]!.subscription.clientTags,
    ...known.previousOf(members),
  }))
  return facts.sort((a, b) => compareProcessIds(a.processId, b.processId)).map((fact, order) => new ClientState(fact, order))
}

interface PreviousTasks {
  readonly previousActive: ReadonlySet<TaskIndex>
  readonly previousStandby: ReadonlySet<TaskIndex>
  readonly previousOf: ReadonlyMap<string, ReadonlySet<TaskIndex>>
  readonly lags: ReadonlyMap<TaskIndex, number>
}

/** The tasks of the topology as they are now; members may tell of others, which they had under an older topology. */
class KnownTasks {
  readonly #indexOf: ReadonlyMap<string, TaskIndex>
  readonly #taskOf = new TopicPartitionMap<TaskIndex>()
  readonly #endOffsetSums: ReadonlyMap<TaskIndex, number>

  constructor({ tasks, endOffsetSums }: AssignTasksInput) {
    this.#indexOf = new Map(tasks.map(({ id }, index) => [formatTaskId(id), index]))
    for (const [index, { sources }] of tasks.entries()) {
      for (const { topic, partition } of sources) this.#taskOf.set(topic, partition, index)
    }
    const stateful = [...tasks.entries()].filter(([, { changelogs }]) => changelogs.length > 0)
    this.#endOffsetSums = new Map(
      stateful.map(([index, { id }]) => [index, endOffsetSums?.get(formatTaskId(id)) ?? (endOffsetSums === null ? UNKNOWN_OFFSET_SUM : 0)]),
    )
  }

  previousOf(members: readonly StreamsGroupMember[]): PreviousTasks {
    const offsetSums = new Map<TaskIndex, number>()
    const previousOf = new Map<string, ReadonlySet<TaskIndex>>()
    const previousActive = new Set<TaskIndex>()
    for (const { memberId, ownedPartitions, subscription } of members) {
      for (const { topic, partition } of ownedPartitions) {
        const task = this.#taskOf.get(topic, partition)
        if (task !== undefined) previousActive.add(task)
      }
      const told = new Set<TaskIndex>()
      for (const { task, offsetSum } of subscription.taskOffsetSums) {
        const index = this.#indexOf.get(formatTaskId(task))
        if (index === undefined) continue
        offsetSums.set(index, offsetSum)
        if (this.#endOffsetSums.has(index)) told.add(index)
      }
      previousOf.set(memberId, told)
    }
    const previousStandby = new Set<TaskIndex>()
    for (const [task, offsetSum] of offsetSums) {
      if (previousActive.has(task)) continue
      if (offsetSum === LATEST_OFFSET) previousActive.add(task)
      else previousStandby.add(task)
    }
    return { previousActive, previousStandby, previousOf, lags: this.#lagsOf(offsetSums) }
  }

  #lagsOf(offsetSums: ReadonlyMap<TaskIndex, number>): ReadonlyMap<TaskIndex, number> {
    return new Map(Array.from(this.#endOffsetSums, ([task, end]) => [task, lagOf(offsetSums.get(task) ?? 0, end)]))
  }
}

function lagOf(offsetSum: number, endOffsetSum: number): number {
  if (offsetSum === LATEST_OFFSET || offsetSum === UNKNOWN_OFFSET_SUM) return offsetSum
  // An offset beyond the end is of a changelog that was made anew: all is to be restored.
  return endOffsetSum < offsetSum ? endOffsetSum : endOffsetSum - offsetSum
}
