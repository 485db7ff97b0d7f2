import type { Release } from '../group-host.ts'
import { type RoleTasks, type TaskKey, isEmptyTasks, noTasks, roles, shareTasks } from './role-tasks.ts'

/**
 * - `STABLE`: at its target epoch, or at its own with nothing pending.
 * - `UNREVOKED_TASKS`: was told to give tasks up and has not confirmed; still at the old epoch.
 * - `UNRELEASED_TASKS`: at the target epoch, but others still hold some of its tasks.
 */
export type MemberState = 'STABLE' | 'UNREVOKED_TASKS' | 'UNRELEASED_TASKS'

/** What a member has been assigned, and how far its reconciliation is (N§1.9). Immutable. */
export interface MemberAssignment {
  /** 0: new, or a static member that came back; -2: a static member that is away. */
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  readonly state: MemberState
  readonly assigned: RoleTasks
  readonly pendingRevocation: RoleTasks
  /** The epoch at which each active task, assigned or pending revocation, was assigned. */
  readonly activeEpochs: ReadonlyMap<TaskKey, number>
}

/** The assignment of a member that has just come. */
export const newMemberAssignment: MemberAssignment = {
  memberEpoch: 0,
  previousMemberEpoch: 0,
  state: 'STABLE',
  assigned: noTasks,
  pendingRevocation: noTasks,
  activeEpochs: new Map(),
}

/** Who holds tasks (assigned or pending revocation) in the group as it is before this step, the member itself included. */
export interface TaskHolders {
  /** Whether any member has the task active. */
  hasActive(task: TaskKey): boolean
  /** Whether a member of the process, other than `memberId`, has the task in `role`. `memberId` null: any member of the process. */
  inProcess(role: keyof RoleTasks, task: TaskKey, holder: { readonly processId: string; readonly exceptMember: string | null }): boolean
}

/** One step of reconciliation. */
export interface ReconciliationStep {
  readonly memberId: string
  readonly processId: string
  readonly current: MemberAssignment
  readonly targetEpoch: number
  readonly target: RoleTasks
  /** The tasks that the member reported in this heartbeat; null: it reported none, nothing has changed. */
  readonly owned: RoleTasks | null
  readonly holders: TaskHolders
  readonly release: Release
}

/** The assignment of the member after this heartbeat: the same object when nothing moves. */
export function reconcile(step: ReconciliationStep): MemberAssignment {
  const { current, owned } = step
  switch (current.state) {
    case 'STABLE':
      return current.memberEpoch === step.targetEpoch ? current : nextAssignment(step, current.memberEpoch)
    case 'UNREVOKED_TASKS':
      if (owned === null || shareTasks(owned, current.pendingRevocation)) return current
      return nextAssignment(step, current.memberEpoch + 1)
    case 'UNRELEASED_TASKS': {
      const next = nextAssignment(step, current.memberEpoch)
      return isSame(current, next) ? current : next
    }
  }
}

function isSame(a: MemberAssignment, b: MemberAssignment): boolean {
  return (
    a.memberEpoch === b.memberEpoch &&
    a.state === b.state &&
    roles.every((role) => a.assigned[role].size === b.assigned[role].size && a.assigned[role].isSubsetOf(b.assigned[role])) &&
    isEmptyTasks(b.pendingRevocation)
  )
}

interface RoleDifference {
  readonly keep: Set<TaskKey>
  readonly revoke: Set<TaskKey>
  readonly add: Set<TaskKey>
  readonly isBlocked: boolean
}

function nextAssignment(step: ReconciliationStep, memberEpoch: number): MemberAssignment {
  const active = difference(step, 'active')
  const standby = difference(step, 'standby')
  const warmup = difference(step, 'warmup')
  if (step.release === '4.4') changeRolesInPlace(step, active, standby, warmup)
  const pendingRevocation: RoleTasks = { active: active.revoke, standby: standby.revoke, warmup: warmup.revoke }
  const keep: RoleTasks = { active: active.keep, standby: standby.keep, warmup: warmup.keep }
  const epochs = step.current.activeEpochs
  if (!isEmptyTasks(pendingRevocation) && (step.owned === null || shareTasks(step.owned, pendingRevocation))) {
    return {
      memberEpoch,
      previousMemberEpoch: step.current.memberEpoch,
      state: 'UNREVOKED_TASKS',
      assigned: keep,
      pendingRevocation,
      activeEpochs: epochsOf([...keep.active, ...pendingRevocation.active], epochs, memberEpoch),
    }
  }
  const assigned: RoleTasks = {
    active: active.keep.union(active.add),
    standby: standby.keep.union(standby.add),
    warmup: warmup.keep.union(warmup.add),
  }
  return {
    memberEpoch: step.targetEpoch,
    previousMemberEpoch: step.current.memberEpoch,
    state: active.isBlocked || standby.isBlocked || warmup.isBlocked ? 'UNRELEASED_TASKS' : 'STABLE',
    assigned,
    pendingRevocation: noTasks,
    activeEpochs: epochsOf(assigned.active, epochs, step.targetEpoch),
  }
}

function epochsOf(tasks: Iterable<TaskKey>, known: ReadonlyMap<TaskKey, number>, epoch: number): Map<TaskKey, number> {
  return new Map([...tasks].map((task) => [task, known.get(task) ?? epoch]))
}

function difference(step: ReconciliationStep, role: keyof RoleTasks): RoleDifference {
  const current = step.current.assigned[role]
  const target = step.target[role]
  const wanted = target.difference(current)
  const add = new Set([...wanted].filter((task) => !isHeldElsewhere(step, role, task)))
  return { keep: current.intersection(target), revoke: current.difference(target), add, isBlocked: add.size < wanted.size }
}

function isHeldElsewhere(step: ReconciliationStep, role: keyof RoleTasks, task: TaskKey): boolean {
  // Before 4.4 a member's own tasks block too, so that a change of role takes two rounds.
  const holder = { processId: step.processId, exceptMember: step.release === '4.4' ? step.memberId : null }
  if (role === 'active' ? step.holders.hasActive(task) : step.holders.inProcess('active', task, holder)) return true
  return step.holders.inProcess('standby', task, holder) || step.holders.inProcess('warmup', task, holder)
}

/**
 * From 4.4 on a replica stays until the active role of its task is granted, and standby and warm-up change into each other without
 * acknowledgement. Active to standby needs nothing here: the standby is listed while the active role is being revoked.
 */
function changeRolesInPlace(step: ReconciliationStep, active: RoleDifference, standby: RoleDifference, warmup: RoleDifference): void {
  for (const replica of [standby, warmup]) {
    for (const task of replica.revoke) {
      if (step.target.active.has(task)) {
        replica.revoke.delete(task)
        if (!active.add.has(task)) replica.keep.add(task)
      } else if (step.target.standby.has(task) || step.target.warmup.has(task)) {
        replica.revoke.delete(task)
      }
    }
  }
  if (active.revoke.size + standby.revoke.size + warmup.revoke.size === 0) return
  // Nothing is granted while something is being revoked: the replicas stay what they are, and former actives become standbys at once.
  for (const [replica, role] of [
    [standby, 'standby'],
    [warmup, 'warmup'],
  ] as const) {
    for (const task of step.current.assigned[role]) if (!replica.revoke.has(task)) replica.keep.add(task)
    for (const task of replica.add) if (active.revoke.has(task)) replica.keep.add(task)
  }
}
