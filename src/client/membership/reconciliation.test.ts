import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../../base/errors.ts'
import { parseTaskId } from '../../protocol/task-id.ts'
import { readAssignment } from './local-assignment.ts'
import type { Assignment } from './membership.ts'
import { Reconciliation } from './reconciliation.ts'

function assignment(active: string, isReady = true): Assignment {
  const tasks = active === '' ? [] : active.split(',').map((text) => parseTaskId(text)!)
  return { active: tasks, standby: [], warmup: [], isReady }
}

/** A thread that has taken `active`. */
function owner(active: string): Reconciliation {
  const reconciliation = new Reconciliation()
  reconciliation.hear(assignment(active))
  reconciliation.next()
  reconciliation.assigned()
  return reconciliation
}

test('Reconciliation takes even an empty first assignment', () => {
  const reconciliation = new Reconciliation()
  assert.equal(reconciliation.next(), null)
  reconciliation.hear(assignment('', false))
  assert.deepEqual(reconciliation.next(), { kind: 'assign', assignment: assignment('', false) })
  assert.equal(reconciliation.next(), null, 'one step is out at a time')
  assert.equal(reconciliation.assigned(), true)
  assert.equal(reconciliation.isDone, true)
  reconciliation.hear(assignment('', false))
  assert.equal(reconciliation.isDone, true)
  reconciliation.hear(assignment('', true))
  assert.equal(reconciliation.isDone, false, 'readiness is part of an assignment')
})

test('Reconciliation revokes before it assigns', () => {
  const reconciliation = owner('0_0,0_1')
  reconciliation.hear(assignment('0_1,0_2'))
  assert.deepEqual(reconciliation.next(), { kind: 'revoke', tasks: assignment('0_0').active })
  assert.equal(reconciliation.assigned(), false)
  assert.equal(reconciliation.revoked(), true)
  assert.equal(reconciliation.revoked(), false)
  assert.deepEqual(reconciliation.next(), { kind: 'assign', assignment: assignment('0_1,0_2') })
})

test('Reconciliation starts over with what is heard while a step is out', () => {
  const reconciliation = owner('0_0,0_1,0_2')
  reconciliation.hear(assignment('0_1,0_2'))
  reconciliation.next()
  reconciliation.hear(assignment('0_2'))
  reconciliation.revoked()
  assert.deepEqual(reconciliation.next(), { kind: 'revoke', tasks: assignment('0_1').active })
  reconciliation.revoked()
  reconciliation.next()
  reconciliation.hear(assignment('0_2,0_3'))
  reconciliation.assigned()
  assert.deepEqual([reconciliation.isDone, reconciliation.owned.active], [false, assignment('0_2').active])
  assert.deepEqual(reconciliation.next(), { kind: 'assign', assignment: assignment('0_2,0_3') })
})

test('Reconciliation sees a change away and back', () => {
  const reconciliation = owner('0_0')
  const before = reconciliation.owned.localEpoch
  reconciliation.hear(assignment(''))
  reconciliation.hear(assignment('0_0'))
  assert.equal(reconciliation.isDone, false)
  assert.deepEqual(reconciliation.next()?.kind, 'assign')
  reconciliation.assigned()
  assert.equal(reconciliation.owned.localEpoch > before, true)
})

test('Reconciliation has nothing after reset(), and ignores the answer to an earlier step', () => {
  const reconciliation = owner('0_0')
  reconciliation.hear(assignment(''))
  reconciliation.next()
  reconciliation.reset()
  assert.equal(reconciliation.revoked(), false)
  assert.equal(reconciliation.isDone, true)
  reconciliation.hear(assignment('0_0'))
  assert.equal(reconciliation.next()?.kind, 'assign')
})

const all = new Set([0, 1])

test('readAssignment() sorts tasks and gives each one role', () => {
  const tasks = (partitions: number[]) => [{ subtopologyId: '0', partitions }]
  const lists = {
    activeTasks: [{ subtopologyId: '1', partitions: [0] }, ...tasks([3, 1])],
    standbyTasks: tasks([1, 2]),
    warmupTasks: tasks([2, 4]),
  }
  const { active, standby, warmup } = readAssignment(lists, true, all)
  assert.deepEqual(active, assignment('0_1,0_3,1_0').active)
  assert.deepEqual([standby, warmup], [assignment('0_2').active, assignment('0_4').active])
})

test('readAssignment() refuses a sub-topology that is not ours', () => {
  const lists = { activeTasks: [{ subtopologyId: '7', partitions: [0] }], standbyTasks: [], warmupTasks: [] }
  assert.throws(
    () => readAssignment(lists, true, all),
    (error) => isMillraceError(error) && error.code === 'REQUEST_REFUSED',
  )
})
