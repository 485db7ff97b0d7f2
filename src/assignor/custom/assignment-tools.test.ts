import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isMillraceError } from '../../base/errors.ts'
import type { AssignorOptions } from '../assignor-options.ts'
import type { ApplicationState, ProcessAssignment, ProcessFacts } from './application-state.ts'
import {
  defaultStandbyTaskAssignment,
  identityAssignment,
  optimizeRackAwareActiveTasks,
  optimizeRackAwareStandbyTasks,
} from './assignment-tools.ts'
import { validateTaskAssignment } from './validate-assignment.ts'

// That they give what Java's give is test/golden/assignments.test.ts; here is what a caller may rely on.

const RACKS = ['r0', 'r1', 'r2']

interface Shape {
  readonly tasks: readonly number[]
  readonly owners: readonly number[]
  readonly racks: readonly number[]
  readonly standbys: number
  readonly strategy: 'min_traffic' | 'balance_subtopology'
}

/** Some tasks with a changelog, on two to five instances, with the racks of all. */
const shapes = fc.record<Shape>({
  tasks: fc.array(fc.nat(2), { minLength: 1, maxLength: 12 }),
  owners: fc.array(fc.nat(4), { minLength: 12, maxLength: 12 }),
  racks: fc.array(fc.nat(2), { minLength: 2, maxLength: 5 }),
  standbys: fc.nat(3),
  strategy: fc.constantFrom('min_traffic', 'balance_subtopology'),
})

function stateOf({ tasks, racks, standbys, strategy }: Shape, changed: Partial<AssignorOptions> = {}): ApplicationState {
  return {
    tasks: tasks.map((rack, partition) => ({
      taskId: `0_${partition}`,
      isStateful: true,
      storeNames: ['s'],
      partitions: [
        { topic: 'in', partition, isSource: true, isChangelog: false, racks: [RACKS[rack]!] },
        { topic: 'app-s-changelog', partition, isSource: false, isChangelog: true, racks: [RACKS[rack]!] },
      ],
    })),
    processes: racks.map((rack, index): ProcessFacts => {
      const processId = `00000000-0000-4000-8000-00000000000${index}`
      return {
        processId,
        threads: 1,
        memberIds: [`member-${index}`],
        previousActive: [],
        previousStandby: [],
        lags: new Map(),
        clientTags: new Map(),
        rackId: RACKS[rack]!,
        endpoint: '',
      }
    }),
    options: {
      acceptableRecoveryLag: 10_000,
      maxWarmupReplicas: 2,
      numStandbyReplicas: standbys,
      probingRebalanceIntervalMs: 600_000,
      rackAwareAssignmentTags: [],
      rackAwareStrategy: strategy,
      rackAwareTrafficCost: 10,
      rackAwareNonOverlapCost: 1,
      ...changed,
    },
  }
}

function activeOnly({ processes, tasks }: ApplicationState, owners: readonly number[]): ProcessAssignment[] {
  return processes.map(({ processId }, index) => ({
    processId,
    active: tasks.flatMap(({ taskId }, task) => (owners[task]! % processes.length === index ? [taskId] : [])),
    standby: [],
    followupRebalanceMs: index,
  }))
}

/** How many partitions are read from another rack. */
function trafficOf({ processes, tasks }: ApplicationState, assignments: readonly ProcessAssignment[], role: 'active' | 'standby'): number {
  const rackOf = new Map(processes.map(({ processId, rackId }) => [processId, rackId!]))
  const racksOf = new Map(tasks.map(({ taskId, partitions }) => [taskId, partitions[0]!.racks!]))
  return assignments.flatMap(({ processId, [role]: ids }) => ids.filter((id) => !racksOf.get(id)!.includes(rackOf.get(processId)!))).length
}

test('identityAssignment() leaves everything where it was', () => {
  const state = stateOf({ tasks: [0, 1], owners: [], racks: [0, 1], standbys: 0, strategy: 'min_traffic' })
  const processes = state.processes.map((process, index) => ({
    ...process,
    previousActive: [`0_${index}`],
    previousStandby: [`0_${1 - index}`],
  }))
  assert.deepEqual(
    identityAssignment({ ...state, processes }).map(({ active, standby }) => [active, standby]),
    [
      [['0_0'], ['0_1']],
      [['0_1'], ['0_0']],
    ],
  )
})

test('defaultStandbyTaskAssignment() gives each task its standbys, as far as there are instances, and changes nothing else', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const state = stateOf(shape)
      const given = activeOnly(state, shape.owners)
      const assigned = defaultStandbyTaskAssignment(state, given)
      assert.equal(validateTaskAssignment(state, assigned), 'NONE')
      for (const [index, { active, followupRebalanceMs }] of assigned.entries()) {
        assert.deepEqual({ active, followupRebalanceMs }, { active: given[index]!.active, followupRebalanceMs: index })
      }
      for (const { taskId } of state.tasks) {
        const copies = assigned.filter(({ standby }) => standby.includes(taskId)).length
        assert.equal(copies, Math.min(shape.standbys, state.processes.length - 1))
      }
    }),
  )
})

test('optimizeRackAwareActiveTasks() and optimizeRackAwareStandbyTasks() save traffic between racks and keep the loads', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const state = stateOf(shape)
      const given = defaultStandbyTaskAssignment(state, activeOnly(state, shape.owners))
      const optimized = optimizeRackAwareStandbyTasks(state, optimizeRackAwareActiveTasks(state, activeOnly(state, shape.owners)))
      const standbys = optimizeRackAwareStandbyTasks(state, given)
      for (const assignments of [optimized, standbys]) assert.equal(validateTaskAssignment(state, assignments), 'NONE')
      const active = optimizeRackAwareActiveTasks(state, activeOnly(state, shape.owners))
      for (const [index, { active: before, standby }] of given.entries()) {
        if (shape.strategy === 'min_traffic') assert.equal(active[index]!.active.length, before.length)
        assert.equal(standbys[index]!.standby.length, standby.length)
      }
      assert.ok(trafficOf(state, standbys, 'standby') <= trafficOf(state, given, 'standby'))
      if (shape.strategy === 'min_traffic') assert.ok(trafficOf(state, active, 'active') <= trafficOf(state, given, 'active'))
    }),
  )
})

test('optimizeRackAwareActiveTasks() swaps the tasks that it may', () => {
  const shape: Shape = { tasks: [0, 1, 0, 1], owners: [1, 0, 1, 0], racks: [0, 1], standbys: 0, strategy: 'min_traffic' }
  const state = stateOf(shape)
  const given = activeOnly(state, shape.owners)
  const activeAfter = (params?: Parameters<typeof optimizeRackAwareActiveTasks>[2]): string[] =>
    optimizeRackAwareActiveTasks(state, given, params).map(({ active }) => active.join(' '))
  assert.deepEqual(activeAfter(), ['0_0 0_2', '0_1 0_3'])
  assert.deepEqual(activeAfter({ tasks: ['0_0', '0_1'] }), ['0_0 0_3', '0_1 0_2'])
  assert.deepEqual(activeAfter({ tasks: 'stateful' }), ['0_0 0_2', '0_1 0_3'])
  assert.deepEqual(activeAfter({ tasks: 'stateless' }), ['0_1 0_3', '0_0 0_2'])
  assert.deepEqual(activeAfter({ trafficCost: 0 }), ['0_1 0_3', '0_0 0_2'])
})

test('optimizeRackAwareActiveTasks() gives what it was given where racks cannot be looked at', () => {
  const shape: Shape = { tasks: [0, 1], owners: [1, 0], racks: [0, 1], standbys: 0, strategy: 'min_traffic' }
  const state = stateOf(shape)
  const given = activeOnly(state, shape.owners)
  const [first, ...rest] = state.processes
  const [task, ...tasks] = state.tasks
  const blind: readonly ApplicationState[] = [
    stateOf(shape, { rackAwareStrategy: 'none' }),
    stateOf(shape, { rackAwareTrafficCost: null }),
    stateOf(shape, { rackAwareNonOverlapCost: null }),
    { ...state, processes: [{ ...first!, rackId: null }, ...rest] },
    { ...state, tasks: [{ ...task!, partitions: [{ ...task!.partitions[0]!, racks: null }] }, ...tasks] },
  ]
  for (const each of blind) assert.equal(optimizeRackAwareActiveTasks(each, given), given)
})

test('the tools refuse an assignment of tasks or instances that are not there', () => {
  const state = stateOf({ tasks: [0, 1], owners: [], racks: [0, 1], standbys: 1, strategy: 'min_traffic' })
  const nobody = state.processes.map(({ processId }) => ({ processId, active: [], standby: [] }))
  const refuses = (work: () => unknown, message: RegExp): void =>
    assert.throws(work, (error) => isMillraceError(error) && error.code === 'ASSIGNMENT_INVALID' && message.test(error.message))
  refuses(() => defaultStandbyTaskAssignment(state, [{ ...nobody[0]!, processId: 'x' }]), /instance "x" is not of the group/)
  refuses(() => defaultStandbyTaskAssignment(state, [{ ...nobody[0]!, active: ['9_9'] }]), /task "9_9" is not of the topology/)
  refuses(() => optimizeRackAwareActiveTasks(state, nobody, { tasks: ['0_1'] }), /task 0_1 is to be moved, but is active on no instance/)
})
