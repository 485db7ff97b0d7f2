import { TaskError } from '../../base/errors.ts'
import { inHashOrder } from '../../base/java-order.ts'
import { formatTaskId, parseTaskId } from '../../protocol/task-id.ts'
import { ClientState, type TaskIndex } from '../client-state.ts'
import { defaultStandbys } from '../default-standbys.ts'
import { inClientOrder, inTaskOrder } from '../java-collections.ts'
import { type RackCosts, RackAwareness, type TaskRacks } from '../rack-awareness.ts'
import { moveActive, moveStandbys, solverOf } from '../rack-optimizer.ts'
import { tagAwareStandbys } from '../tag-aware-standbys.ts'
import type { TaskGroup } from '../task-group.ts'
import type { ApplicationState, ProcessAssignment, TaskFacts, TaskPartition } from './application-state.ts'

/** What `optimizeRackAwareActiveTasks()` and `optimizeRackAwareStandbyTasks()` do otherwise than they would (`RackAwareOptimizationParams`). */
export interface RackAwareParams {
  /**
   * The active tasks that may be swapped: those with stores, those without, or these. Default: all that are assigned. Of standbys any may be
   * swapped, unless this leaves none.
   */
  readonly tasks?: 'stateful' | 'stateless' | readonly string[]
  /** In place of `rackAwareAssignmentTrafficCost`. */
  readonly trafficCost?: number
  /** In place of `rackAwareAssignmentNonOverlapCost`. */
  readonly nonOverlapCost?: number
}

/** The assignment that leaves every task where it was (`TaskAssignmentUtils.identityAssignment`, KIP-924). */
export function identityAssignment({ processes }: ApplicationState): ProcessAssignment[] {
  return processes.map(({ processId, previousActive, previousStandby }) => ({
    processId,
    active: previousActive,
    standby: previousStandby,
  }))
}

/**
 * The assignment with `numStandbyReplicas` standbys of each task with changelogs added: over different values of the client tags that
 * `rackAwareAssignmentTags` names, if it names any, else on the least loaded instances; fewer if there are not enough instances
 * (`TaskAssignmentUtils.defaultStandbyTaskAssignment`). Instances without an assignment get one.
 */
export function defaultStandbyTaskAssignment(state: ApplicationState, assignments: readonly ProcessAssignment[]): ProcessAssignment[] {
  const draft = new Draft(state, assignments)
  const { group } = draft
  const placement = group.options.rackAwareAssignmentTags.length > 0 ? tagAwareStandbys : defaultStandbys
  placement.place({ ...group, stateful: inTaskOrder(group.ids, group.stateful) })
  return draft.assignments()
}

/**
 * The assignment with active tasks swapped between instances so that they read less from other racks; each instance keeps as many as it has
 * (KIP-925, `TaskAssignmentUtils.optimizeRackAwareActiveTasks`). Best before standbys are assigned: their tags are not looked at. Gives the
 * same assignment unless `rackAwareAssignmentStrategy` and both costs are configured and the racks of all instances and partitions are known.
 * Throws `TaskError` `ASSIGNMENT_INVALID` if `params.tasks` names a task that is active nowhere.
 */
export function optimizeRackAwareActiveTasks(
  state: ApplicationState,
  assignments: readonly ProcessAssignment[],
  params: RackAwareParams = {},
): readonly ProcessAssignment[] {
  const draft = new Draft(state, assignments)
  const tasks = draft.tasksFor(params, (client) => client.active())
  const racks = findRacks(state, draft.group, { areStandbys: false })
  if (tasks.length === 0 || racks === null) return assignments
  const homeless = tasks.find((task) => !draft.group.clients.some((client) => client.hasActive(task)))
  if (homeless !== undefined) {
    const taskId = formatTaskId(draft.group.ids[homeless]!)
    throw invalid(`task ${taskId} is to be moved, but is active on no instance`, taskId)
  }
  moveActive({ ...draft.group, clients: inClientOrder(draft.group.clients), racks }, tasks, costsOf(state, params))
  return draft.assignments()
}

/**
 * The assignment with standbys swapped between instances of different racks so that they read less from other racks, under the same conditions
 * as for active tasks (`TaskAssignmentUtils.optimizeRackAwareStandbyTasks`). Client tags are not kept to, as in Java.
 */
export function optimizeRackAwareStandbyTasks(
  state: ApplicationState,
  assignments: readonly ProcessAssignment[],
  params: RackAwareParams = {},
): readonly ProcessAssignment[] {
  const draft = new Draft(state, assignments)
  const tasks = draft.tasksFor(params, (client) => client.standby())
  const racks = findRacks(state, draft.group, { areStandbys: true })
  if (tasks.length === 0 || racks === null) return assignments
  const group = { ...draft.group, clients: inClientOrder(draft.group.clients), racks }
  moveStandbys(group, costsOf(state, params), { mayMove: () => true, solver: solverOf(group) })
  return draft.assignments()
}

/** An assignment that is worked on, in the form in which the assignors of this library work. */
class Draft {
  readonly group: TaskGroup
  readonly #given: readonly ProcessAssignment[]
  readonly #indexOf: ReadonlyMap<string, TaskIndex>

  constructor(state: ApplicationState, assignments: readonly ProcessAssignment[]) {
    const { tasks, options } = state
    const where = (test: (task: TaskFacts) => boolean): TaskIndex[] => [...tasks.keys()].filter((index) => test(tasks[index]!))
    const hasChangelogs = ({ partitions }: TaskFacts): boolean => partitions.some(({ isChangelog }) => isChangelog)
    this.group = {
      ids: tasks.map(({ taskId }) => parseTaskId(taskId)!),
      stateful: where(hasChangelogs),
      stateless: where((task) => !hasChangelogs(task)),
      withStores: where(({ isStateful }) => isStateful),
      withoutStores: where(({ isStateful }) => !isStateful),
      clients: clientsOf(state),
      options,
      racks: null,
    }
    this.#given = assignments
    this.#indexOf = new Map(tasks.map(({ taskId }, index) => [taskId, index]))
    for (const { processId, active, standby } of assignments) {
      const client = this.group.clients.find(({ facts }) => facts.processId === processId)
      if (client === undefined) throw invalid(`instance "${processId}" is not of the group`)
      for (const taskId of active) client.assignActive(this.#taskOf(taskId, client))
      for (const taskId of standby) client.assignStandby(this.#taskOf(taskId, client))
    }
  }

  /** Ascending. */
  tasksFor({ tasks }: RackAwareParams, assigned: (client: ClientState) => readonly TaskIndex[]): readonly TaskIndex[] {
    if (tasks === undefined) return sorted(this.group.clients.flatMap(assigned))
    if (tasks === 'stateful') return this.group.withStores
    if (tasks === 'stateless') return this.group.withoutStores
    return sorted(tasks.map((taskId) => this.#indexOf.get(taskId) ?? unknownTask(taskId)))
  }

  /** As given, with what is assigned now, then those of the instances that had none. */
  assignments(): ProcessAssignment[] {
    const given = new Map(this.#given.map((assignment) => [assignment.processId, assignment]))
    const order = new Map(this.#given.map(({ processId }, index) => [processId, index]))
    const placeOf = ({ facts }: ClientState): number => order.get(facts.processId) ?? order.size
    const idsOf = (tasks: readonly TaskIndex[]): string[] => tasks.map((task) => formatTaskId(this.group.ids[task]!))
    return this.group.clients
      .toSorted((a, b) => placeOf(a) - placeOf(b))
      .map((client) => {
        const { processId } = client.facts
        return { ...given.get(processId), processId, active: idsOf(client.active()), standby: idsOf(client.standby()) }
      })
  }

  #taskOf(taskId: string, client: ClientState): TaskIndex {
    const task = this.#indexOf.get(taskId) ?? unknownTask(taskId)
    if (client.has(task)) throw invalid(`task ${taskId} is given to "${client.facts.processId}" twice`, taskId)
    return task
  }
}

function clientsOf({ processes }: ApplicationState): ClientState[] {
  const processOf = new Map(processes.flatMap(({ processId, memberIds }) => memberIds.map((memberId) => [memberId, processId] as const)))
  const arrivals = [...new Set(inHashOrder([...processOf.keys()]).map((memberId) => processOf.get(memberId)!))]
  return processes.map(({ processId, memberIds, clientTags }, order) => {
    const arrival = arrivals.indexOf(processId)
    const nothing = { previousActive: new Set<TaskIndex>(), previousStandby: new Set<TaskIndex>(), previousOf: new Map(), lags: new Map() }
    return new ClientState({ processId, memberIds, arrival, tags: clientTags, ...nothing }, order)
  })
}

/** Null if racks are not to be looked at, or not all that count are known. */
function findRacks(
  { tasks, processes, options }: ApplicationState,
  group: TaskGroup,
  which: { areStandbys: boolean },
): RackAwareness | null {
  const { rackAwareStrategy, rackAwareTrafficCost, rackAwareNonOverlapCost } = options
  if (rackAwareStrategy === 'none' || rackAwareTrafficCost === null || rackAwareNonOverlapCost === null) return null
  const rackOf = new Map<ClientState, string>()
  for (const [index, { rackId }] of processes.entries()) {
    if (rackId === null) return null
    rackOf.set(group.clients[index]!, rackId)
  }
  const reads = ({ partitions }: TaskFacts): readonly TaskPartition[] =>
    which.areStandbys ? partitions.filter(({ isChangelog }) => isChangelog) : partitions
  const found: TaskRacks = tasks.map((task) => reads(task).map(({ racks }) => new Set(racks)))
  return found.flat().every((racks) => racks.size > 0) ? new RackAwareness(rackOf, found, found) : null
}

function costsOf({ options }: ApplicationState, { trafficCost, nonOverlapCost }: RackAwareParams): RackCosts {
  return { traffic: trafficCost ?? options.rackAwareTrafficCost!, nonOverlap: nonOverlapCost ?? options.rackAwareNonOverlapCost! }
}

function sorted(tasks: readonly TaskIndex[]): TaskIndex[] {
  return [...new Set(tasks)].sort((a, b) => a - b)
}

function unknownTask(taskId: string): never {
  throw invalid(`task "${taskId}" is not of the topology`, taskId)
}

function invalid(what: string, taskId?: string): TaskError {
  return new TaskError('ASSIGNMENT_INVALID', `Cannot work on the assignment: ${what}`, { taskId })
}
