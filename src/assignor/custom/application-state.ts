import type { AssignTasksInput } from '../../client/membership/assign-tasks.ts'
import { formatTaskId } from '../../protocol/task-id.ts'
import { TopicPartitionMap } from '../../protocol/topic-partition.ts'
import type { AssignorOptions } from '../assignor-options.ts'
import type { ClientState, TaskIndex } from '../client-state.ts'
import { processOf } from '../group-clients.ts'
import type { TaskGroup } from '../task-group.ts'

/** An input or changelog partition of a task. */
export interface TaskPartition {
  readonly topic: string
  readonly partition: number
  readonly isSource: boolean
  readonly isChangelog: boolean
  /** Of its replicas; null if not known of all. */
  readonly racks: readonly string[] | null
}

/** A task that is to be assigned. */
export interface TaskFacts {
  /** Sub-topology and partition: `0_1`. */
  readonly taskId: string
  /** Whether it has stores. */
  readonly isStateful: boolean
  readonly storeNames: readonly string[]
  readonly partitions: readonly TaskPartition[]
}

/** An instance of the application that gets tasks. Task ids are sorted by sub-topology and partition. */
export interface ProcessFacts {
  /** UUID text. */
  readonly processId: string
  /** Stream threads. */
  readonly threads: number
  /** The members of the group that are its threads, sorted. */
  readonly memberIds: readonly string[]
  readonly previousActive: readonly string[]
  readonly previousStandby: readonly string[]
  /**
   * For each task with changelogs the number of records that the instance would have to restore; -2: it runs the task, -3: not known. All
   * that the changelogs have where the instance has nothing.
   */
  readonly lags: ReadonlyMap<string, number>
  readonly clientTags: ReadonlyMap<string, string>
  /** `client.rack` of its first member. */
  readonly rackId: string | null
  /** `application.server`, empty for none. */
  readonly endpoint: string
}

/** The application as an assignor sees it (KIP-924). */
export interface ApplicationState {
  /** Sorted by sub-topology and partition. */
  readonly tasks: readonly TaskFacts[]
  /** Sorted by process id. */
  readonly processes: readonly ProcessFacts[]
  readonly options: AssignorOptions
}

/** What one instance gets, by task id. */
export interface ProcessAssignment {
  readonly processId: string
  readonly active: readonly string[]
  readonly standby: readonly string[]
  /** When the instance must ask for another rebalance, epoch milliseconds; 0: at once. Left out: not. */
  readonly followupRebalanceMs?: number
}

/** What an assignor of the user is told of a group. */
export function describeApplication(group: TaskGroup, input: AssignTasksInput): ApplicationState {
  const racksOf = new TopicPartitionMap<readonly string[] | null>()
  for (const { topic, partition, racks } of input.racks ?? []) {
    const named = racks.filter((rack) => rack !== null)
    racksOf.set(topic, partition, named.length === racks.length && named.length > 0 ? named : null)
  }
  return {
    tasks: input.tasks.map(({ id, storeNames, sources, changelogs }) => ({
      taskId: formatTaskId(id),
      isStateful: storeNames.length > 0,
      storeNames,
      partitions: partitionsOf(sources, changelogs, racksOf),
    })),
    processes: group.clients.map((client) => describeProcess(client, group, input)),
    options: group.options,
  }
}

function partitionsOf(
  sources: AssignTasksInput['tasks'][number]['sources'],
  changelogs: AssignTasksInput['tasks'][number]['changelogs'],
  racksOf: TopicPartitionMap<readonly string[] | null>,
): TaskPartition[] {
  const roles = new TopicPartitionMap<{ isSource: boolean; isChangelog: boolean }>()
  for (const { topic, partition } of sources) roles.set(topic, partition, { isSource: true, isChangelog: false })
  for (const { topic, partition } of changelogs) {
    roles.set(topic, partition, { isSource: roles.has(topic, partition), isChangelog: true })
  }
  return Array.from(roles.entries(), ([{ topic, partition }, role]) => ({
    topic,
    partition,
    ...role,
    racks: racksOf.get(topic, partition) ?? null,
  }))
}

function describeProcess({ facts, capacity }: ClientState, { ids }: TaskGroup, { members }: AssignTasksInput): ProcessFacts {
  const idsOf = (tasks: Iterable<TaskIndex>): string[] => [...tasks].sort((a, b) => a - b).map((task) => formatTaskId(ids[task]!))
  const first = members.find((member) => processOf(member) === facts.processId)!
  return {
    processId: facts.processId,
    threads: capacity,
    memberIds: facts.memberIds,
    previousActive: idsOf(facts.previousActive),
    previousStandby: idsOf(facts.previousStandby),
    lags: new Map(Array.from(facts.lags, ([task, lag]) => [formatTaskId(ids[task]!), lag])),
    clientTags: facts.tags,
    rackId: first.rackId,
    endpoint: first.subscription.userEndpoint,
  }
}
