import type { ApplicationState, ProcessAssignment } from './application-state.ts'

/**
 * What is wrong with an assignment. The first six are Java's; the last two, that an instance has two assignments or a task twice, cannot be
 * written down in Java.
 */
export type AssignmentError =
  | 'NONE'
  | 'ACTIVE_TASK_ASSIGNED_MULTIPLE_TIMES'
  | 'INVALID_STANDBY_TASK'
  | 'MISSING_PROCESS_ID'
  | 'UNKNOWN_PROCESS_ID'
  | 'UNKNOWN_TASK_ID'
  | 'DUPLICATE_PROCESS_ID'
  | 'DUPLICATE_TASK_ID'

/** The first mistake of an assignment, in words, too. */
export interface AssignmentProblem {
  readonly error: Exclude<AssignmentError, 'NONE'>
  readonly message: string
  readonly taskId?: string
}

/**
 * What is wrong with `assignments`, looked for in Java's order; `NONE` if nothing is (`TaskAssignmentUtils.validateTaskAssignment`, KIP-924).
 * The leader looks itself: this is for an assignor that wants to mend what it has made.
 */
export function validateTaskAssignment(state: ApplicationState, assignments: readonly ProcessAssignment[]): AssignmentError {
  return findAssignmentProblem(state, assignments)?.error ?? 'NONE'
}

/** The same with the task and the instances that it is about; null if nothing is wrong. */
export function findAssignmentProblem(state: ApplicationState, assignments: readonly ProcessAssignment[]): AssignmentProblem | null {
  return findDuplicate(assignments) ?? findWrongTask(state, assignments) ?? findWrongProcess(state, assignments)
}

function findDuplicate(assignments: readonly ProcessAssignment[]): AssignmentProblem | null {
  const seen = new Set<string>()
  for (const { processId, active, standby } of assignments) {
    if (seen.has(processId)) {
      return { error: 'DUPLICATE_PROCESS_ID', message: `instance "${processId}" has two assignments; give one for each` }
    }
    seen.add(processId)
    const given = new Set<string>()
    for (const taskId of [...active, ...standby]) {
      if (given.has(taskId)) return { error: 'DUPLICATE_TASK_ID', message: `task ${taskId} is given to "${processId}" twice`, taskId }
      given.add(taskId)
    }
  }
  return null
}

function findWrongTask({ tasks }: ApplicationState, assignments: readonly ProcessAssignment[]): AssignmentProblem | null {
  const byId = new Map(tasks.map((task) => [task.taskId, task]))
  const activeOn = new Map<string, string>()
  for (const { processId, active, standby } of assignments) {
    const unknown = [...active, ...standby].find((taskId) => !byId.has(taskId))
    if (unknown !== undefined) {
      return { error: 'UNKNOWN_TASK_ID', message: `task "${unknown}" is not of the topology`, taskId: unknown }
    }
    for (const taskId of active) {
      const other = activeOn.get(taskId)
      if (other !== undefined) {
        const message = `task ${taskId} is active on "${other}" and on "${processId}"; once is the rule`
        return { error: 'ACTIVE_TASK_ASSIGNED_MULTIPLE_TIMES', message, taskId }
      }
      activeOn.set(taskId, processId)
    }
  }
  const stateless = assignments.flatMap(({ standby }) => standby).find((taskId) => !byId.get(taskId)!.isStateful)
  if (stateless === undefined) return null
  return { error: 'INVALID_STANDBY_TASK', message: `task ${stateless} is a standby, but has no stores`, taskId: stateless }
}

function findWrongProcess({ processes }: ApplicationState, assignments: readonly ProcessAssignment[]): AssignmentProblem | null {
  const given = new Set(assignments.map(({ processId }) => processId))
  const missing = processes.find(({ processId }) => !given.has(processId))
  if (missing !== undefined) {
    const message = `instance "${missing.processId}" has no assignment; give an empty one if need be`
    return { error: 'MISSING_PROCESS_ID', message }
  }
  const known = new Set(processes.map(({ processId }) => processId))
  const unknown = assignments.find(({ processId }) => !known.has(processId))
  if (unknown === undefined) return null
  return { error: 'UNKNOWN_PROCESS_ID', message: `instance "${unknown.processId}" is not of the group` }
}
