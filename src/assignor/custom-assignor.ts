import type { AssignTasksInput } from '../client/membership/assign-tasks.ts'
import { TaskError } from '../base/errors.ts'
import { formatTaskId, parseTaskId } from '../protocol/task-id.ts'
import { TopicPartitionMap } from '../protocol/topic-partition.ts'
import type { AssignorOptions } from './assignor-options.ts'
import type { ClientState, TaskIndex } from './client-state.ts'
import { processOf } from './group-clients.ts'
import type { TaskGroup } from './task-group.ts'

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

/**
 * Assigns the tasks of an application to its instances, in the leader of a classic group, each time the group rebalances. Must give one
 * assignment for every instance. A task that it leaves out is not processed. Runs synchronously; the same state should give the same
 * assignment, or tasks move without need.
 */
export type TaskAssignor = (state: ApplicationState) => readonly ProcessAssignment[]

/**
 * Lets `assignor` assign. Throws `TaskError` `ASSIGNMENT_INVALID` as Java reports an `AssignmentError`: a task that is active twice, a
 * standby of a task without stores, an instance that is missing, an instance or a task that is unknown, a task given to an instance twice.
 */
export function assignByFunction(assignor: TaskAssignor, group: TaskGroup, input: AssignTasksInput): void {
  const assignments = assignor(describe(group, input))
  const checker = new AssignmentChecker(group)
  for (const { processId, active, standby, followupRebalanceMs } of assignments) {
    const client = checker.clientOf(processId)
    for (const taskId of active) client.assignActive(checker.activeTask(taskId, client))
    for (const taskId of standby) client.assignStandby(checker.standbyTask(taskId, client))
    client.followupRebalanceMs = followupRebalanceMs ?? null
  }
  checker.checkComplete()
}

class AssignmentChecker {
  readonly #group: TaskGroup
  readonly #indexOf: ReadonlyMap<string, TaskIndex>
  readonly #withStores: ReadonlySet<TaskIndex>
  readonly #activeOn = new Map<TaskIndex, ClientState>()
  readonly #given = new Set<ClientState>()

  constructor(group: TaskGroup) {
    this.#group = group
    this.#indexOf = new Map(group.ids.map((id, index) => [formatTaskId(id), index]))
    this.#withStores = new Set(group.withStores)
  }

  clientOf(processId: string): ClientState {
    const client = this.#group.clients.find(({ facts }) => facts.processId === processId)
    if (client === undefined) throw invalid(`instance "${processId}" is not of the group`)
    if (this.#given.has(client)) throw invalid(`instance "${processId}" has two assignments; give one for each`)
    this.#given.add(client)
    return client
  }

  activeTask(taskId: string, client: ClientState): TaskIndex {
    const task = this.#taskOf(taskId, client)
    const other = this.#activeOn.get(task)
    if (other !== undefined) {
      throw invalid(`task ${taskId} is active on "${other.facts.processId}" and on "${client.facts.processId}"; once is the rule`, taskId)
    }
    this.#activeOn.set(task, client)
    return task
  }

  standbyTask(taskId: string, client: ClientState): TaskIndex {
    const task = this.#taskOf(taskId, client)
    if (!this.#withStores.has(task)) throw invalid(`task ${taskId} is a standby, but has no stores`, taskId)
    return task
  }

  checkComplete(): void {
    const missing = this.#group.clients.find((client) => !this.#given.has(client))
    if (missing !== undefined) throw invalid(`instance "${missing.facts.processId}" has no assignment; give an empty one if need be`)
  }

  #taskOf(taskId: string, client: ClientState): TaskIndex {
    const parsed = parseTaskId(taskId)
    const task = parsed === undefined ? undefined : this.#indexOf.get(formatTaskId(parsed))
    if (task === undefined) throw invalid(`task "${taskId}" is not of the topology`, taskId)
    if (client.hasStandby(task) || (client.hasActive(task) && this.#activeOn.get(task) === client)) {
      throw invalid(`task ${taskId} is given to "${client.facts.processId}" twice`, taskId)
    }
    return task
  }
}

function invalid(what: string, taskId?: string): TaskError {
  return new TaskError('ASSIGNMENT_INVALID', `Cannot use the assignment of the custom task assignor: ${what}`, { taskId })
}

function describe(group: TaskGroup, input: AssignTasksInput): ApplicationState {
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
