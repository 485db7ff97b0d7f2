import { TaskError } from '../../base/errors.ts'
import type { AssignTasksInput, MemberAssignment } from '../../client/membership/assign-tasks.ts'
import { formatTaskId } from '../../protocol/task-id.ts'
import type { TopicPartition } from '../../protocol/topic-partition.ts'
import { type ApplicationState, describeApplication, type ProcessAssignment } from './application-state.ts'
import { processOf } from '../group-clients.ts'
import { assignMembers } from '../member-assignments.ts'
import type { TaskGroup } from '../task-group.ts'
import { type AssignmentError, type AssignmentProblem, findAssignmentProblem } from './validate-assignment.ts'

/** What the leader sends to one member of the group, which is a thread of an instance. */
export interface AssignedMember {
  /** Sorted by topic and partition. */
  readonly partitions: readonly TopicPartition[]
  /** Sorted. A task whose partitions another member must give up first is not among them yet. */
  readonly active: readonly string[]
  readonly standby: readonly string[]
  /** When it asks for another rebalance, epoch milliseconds; 0: at once; `Infinity`: not. */
  readonly nextRebalanceMs: number
}

/** What one member of the group has told the leader. */
export interface SubscribedMember {
  /** The instance that it is a thread of, UUID text. */
  readonly processId: string
  /** `group.instance.id` with the number of the thread; null for none. */
  readonly groupInstanceId: string | null
  readonly rackId: string | null
  /** What it owns now. */
  readonly ownedPartitions: readonly TopicPartition[]
}

/**
 * Assigns the tasks of an application to its instances, in the leader of a classic group, each time the group rebalances. Must give one
 * assignment for every instance. A task that it leaves out is not processed. Runs synchronously; the same state should give the same
 * assignment, or tasks move without need.
 */
export type AssignTasks = (state: ApplicationState) => readonly ProcessAssignment[]

/** An assignor that is told what became of its assignment (KIP-924's `TaskAssignor`). */
export interface ObservingAssignor {
  readonly assign: AssignTasks
  /**
   * Called after `assign` with what each member is about to be sent and with what each has told, both by member id. With an `error` other than
   * `NONE` nothing is sent, and the application of the leader fails with `ASSIGNMENT_INVALID` when this returns; where the error names a task
   * or an instance that is unknown, or one that is there twice, `assignment` is empty.
   */
  onAssignmentComputed(
    assignment: ReadonlyMap<string, AssignedMember>,
    subscription: ReadonlyMap<string, SubscribedMember>,
    error: AssignmentError,
  ): void
}

/** An assignor of the user: a function, or an object that is also told what became of its assignment. */
export type TaskAssignor = AssignTasks | ObservingAssignor

/** With these there is nothing that could be sent. */
const unusable: ReadonlySet<AssignmentError> = new Set<AssignmentError>([
  'UNKNOWN_PROCESS_ID',
  'UNKNOWN_TASK_ID',
  'DUPLICATE_PROCESS_ID',
  'DUPLICATE_TASK_ID',
])

/**
 * What each member gets when `assignor` assigns. Throws `TaskError` `ASSIGNMENT_INVALID` as Java reports an `AssignmentError`: a task that is
 * active twice, a standby of a task without stores, an instance that is missing, an instance or a task that is unknown or given twice.
 */
export function assignByUser(assignor: TaskAssignor, group: TaskGroup, input: AssignTasksInput): ReadonlyMap<string, MemberAssignment> {
  const state = describeApplication(group, input)
  const assignments = typeof assignor === 'function' ? assignor(state) : assignor.assign(state)
  const problem = findAssignmentProblem(state, assignments)
  const computed =
    problem !== null && unusable.has(problem.error) ? new Map<string, MemberAssignment>() : compute(assignments, group, input)
  if (typeof assignor === 'object')
    assignor.onAssignmentComputed(assignedMembers(computed), subscribedMembers(input), problem?.error ?? 'NONE')
  if (problem !== null) throw invalid(problem)
  return computed
}

function compute(
  assignments: readonly ProcessAssignment[],
  group: TaskGroup,
  input: AssignTasksInput,
): ReadonlyMap<string, MemberAssignment> {
  const indexOf = new Map(group.ids.map((id, index) => [formatTaskId(id), index]))
  const clientOf = new Map(group.clients.map((client) => [client.facts.processId, client]))
  for (const { processId, active, standby, followupRebalanceMs } of assignments) {
    const client = clientOf.get(processId)
    if (client === undefined) continue
    for (const taskId of active) client.assignActive(indexOf.get(taskId)!)
    for (const taskId of standby) client.assignStandby(indexOf.get(taskId)!)
    client.followupRebalanceMs = followupRebalanceMs ?? null
  }
  return assignMembers(group, input)
}

function assignedMembers(computed: ReadonlyMap<string, MemberAssignment>): ReadonlyMap<string, AssignedMember> {
  const viewOf = ({ partitions, info }: MemberAssignment): AssignedMember => ({
    partitions,
    // As many as partitions: one task may read several.
    active: [...new Set(info.activeTasks.map(formatTaskId))],
    standby: info.standbyTasks.map(({ task }) => formatTaskId(task)),
    nextRebalanceMs: info.nextRebalanceMs,
  })
  return new Map(Array.from(computed, ([memberId, assignment]) => [memberId, viewOf(assignment)]))
}

function subscribedMembers({ members }: AssignTasksInput): ReadonlyMap<string, SubscribedMember> {
  return new Map(
    members.map((member) => {
      const { memberId, instanceId, rackId, ownedPartitions } = member
      return [memberId, { processId: processOf(member), groupInstanceId: instanceId, rackId, ownedPartitions }]
    }),
  )
}

function invalid({ message, taskId }: AssignmentProblem): TaskError {
  return new TaskError('ASSIGNMENT_INVALID', `Cannot use the assignment of the custom task assignor: ${message}`, { taskId })
}
