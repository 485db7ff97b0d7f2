import { type TopicPartition, TopicPartitionMap } from '../protocol/topic-partition.ts'
import type { AssignTasksInput, TaskToAssign } from '../client/membership/assign-tasks.ts'
import type { ClientState } from './client-state.ts'
import { RackAwareness, type TaskRacks } from './rack-awareness.ts'

/** Which racks an assignor needs to know. */
export interface RackNeeds {
  /** The partitions that an active task reads, as the assignor counts them. */
  readonly activeReads: (task: TaskToAssign) => readonly TopicPartition[]
  /** Whether racks of changelogs are needed: standbys read them. */
  readonly forStandbys: boolean
}

/** Where processes and partitions are; null if that is not known of every process and of every partition that counts. */
export function findRacks(input: AssignTasksInput, clients: readonly ClientState[], needs: RackNeeds): RackAwareness | null {
  const rackOf = racksOfClients(input, clients)
  if (rackOf === null || input.racks === null) return null
  const known = new TopicPartitionMap<ReadonlySet<string>>()
  for (const { topic, partition, racks } of input.racks) {
    const named = racks.filter((rack) => rack !== null)
    if (named.length > 0 && named.length === racks.length) known.set(topic, partition, new Set(named))
  }
  const active = racksOfTasks(input.tasks.map(needs.activeReads), known)
  const standby = needs.forStandbys ? racksOfTasks(input.tasks.map(changelogsOf), known) : []
  return active === null || standby === null ? null : new RackAwareness(rackOf, active, standby)
}

function changelogsOf({ changelogs }: TaskToAssign): readonly TopicPartition[] {
  return changelogs
}

/** All members of a process must be in one rack. */
function racksOfClients({ members }: AssignTasksInput, clients: readonly ClientState[]): ReadonlyMap<ClientState, string> | null {
  const rackOf = new Map(members.map(({ memberId, rackId }) => [memberId, rackId]))
  const found = new Map<ClientState, string>()
  for (const client of clients) {
    const racks = new Set(client.facts.memberIds.map((member) => rackOf.get(member) ?? null))
    const [rack] = racks
    if (racks.size !== 1 || rack === undefined || rack === null) return null
    found.set(client, rack)
  }
  return found
}

function racksOfTasks(
  partitionsOf: readonly (readonly TopicPartition[])[],
  known: TopicPartitionMap<ReadonlySet<string>>,
): TaskRacks | null {
  const found = partitionsOf.map((partitions) => partitions.map(({ topic, partition }) => known.get(topic, partition)))
  return found.every((racks): racks is ReadonlySet<string>[] => !racks.includes(undefined)) ? found : null
}
