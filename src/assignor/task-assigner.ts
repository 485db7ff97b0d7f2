import type { AssignTasksInput, TaskAssigner, TaskToAssign } from '../client/membership/assign-tasks.ts'
import type { TopicPartition } from '../protocol/topic-partition.ts'
import type { AssignorOptions } from './assignor-options.ts'
import type { ClientState } from './client-state.ts'
import { assignByUser, type TaskAssignor } from './custom/custom-assignor.ts'
import { processOf, readClients } from './group-clients.ts'
import { assignHighlyAvailable } from './high-availability-assignor.ts'
import { assignMembers } from './member-assignments.ts'
import { findRacks } from './rack-lookup.ts'
import type { RackAwareness } from './rack-awareness.ts'
import { assignSticky, assignToPriorOwners } from './sticky-assignor.ts'
import type { TaskGroup } from './task-group.ts'

/** What `task.assignor.class` chooses in Java. */
export type AssignorChoice = 'high-availability' | 'sticky' | TaskAssignor

/** The assignment of tasks as the leader of a classic group makes it, from the chosen assignor to what every member is sent (P§7.4). */
export function createTaskAssigner(choice: AssignorChoice, options: AssignorOptions): TaskAssigner {
  return {
    needsEndOffsets: true,
    needsRacks: typeof choice !== 'string' || options.rackAwareStrategy !== 'none',
    assign(input) {
      const clients = readClients(input)
      const group = groupOf(input, clients, options)
      if (typeof choice !== 'string') return assignByUser(choice, group, input)
      if (choice === 'sticky') assignSticky({ ...group, racks: racksForSticky(input, clients, options) })
      else if (assignByDefault(group, input)) scheduleProbing(input, clients, options)
      return assignMembers(group, input)
    },
  }
}

/** Whether another rebalance must look later. Without end offsets nothing is known of lags, so nothing moves. */
function assignByDefault(group: TaskGroup, input: AssignTasksInput): boolean {
  if (input.endOffsetSums !== null) return assignHighlyAvailable({ ...group, racks: racksForAvailability(input, group) })
  assignToPriorOwners(group)
  return true
}

/** A member of the leader's process asks for the rebalance: somebody must, and one is enough. */
function scheduleProbing(input: AssignTasksInput, clients: readonly ClientState[], options: AssignorOptions): void {
  const leader = input.members.find(({ memberId }) => memberId === input.leaderId)
  const client = clients.find(({ facts }) => leader !== undefined && facts.processId === processOf(leader))
  if (client !== undefined) client.followupRebalanceMs = input.nowMs + options.probingRebalanceIntervalMs
}

function groupOf({ tasks }: AssignTasksInput, clients: readonly ClientState[], options: AssignorOptions): TaskGroup {
  const where = (test: (task: TaskToAssign) => boolean): number[] => [...tasks.keys()].filter((index) => test(tasks[index]!))
  return {
    ids: tasks.map(({ id }) => id),
    stateful: where(({ changelogs }) => changelogs.length > 0),
    stateless: where(({ changelogs }) => changelogs.length === 0),
    withStores: where(({ storeNames }) => storeNames.length > 0),
    withoutStores: where(({ storeNames }) => storeNames.length === 0),
    clients,
    options,
    racks: null,
  }
}

function racksForAvailability(input: AssignTasksInput, { clients, options }: TaskGroup): RackAwareness | null {
  if (options.rackAwareStrategy === 'none') return null
  return findRacks(input, clients, { activeReads: ({ sources }) => sources, forStandbys: options.numStandbyReplicas > 0 })
}

/** Java's sticky assignor looks at racks only if both costs are configured, and counts what an active task writes as read. */
function racksForSticky(input: AssignTasksInput, clients: readonly ClientState[], options: AssignorOptions): RackAwareness | null {
  if (options.rackAwareStrategy === 'none' || options.rackAwareTrafficCost === null || options.rackAwareNonOverlapCost === null) return null
  return findRacks(input, clients, { activeReads: allPartitions, forStandbys: true })
}

function allPartitions({ sources, changelogs }: TaskToAssign): readonly TopicPartition[] {
  const isSource = ({ topic, partition }: TopicPartition): boolean =>
    sources.some((source) => source.topic === topic && source.partition === partition)
  return [...sources, ...changelogs.filter((changelog) => !isSource(changelog))]
}
