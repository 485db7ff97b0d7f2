import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type RoleTasks, noTasks, taskKey } from './role-tasks.ts'
import { type AssignorInput, type AssignorMember, assignSticky } from './sticky-assignor.ts'

function member(memberId: string, processId: string, previous: Partial<RoleTasks> = {}): AssignorMember {
  return { memberId, processId, previous: { ...noTasks, ...previous }, taskOffsets: new Map() }
}

const fourTasks = [{ subtopologyId: '0', taskCount: 4, isStateful: true }]

function activeOf(assignment: ReadonlyMap<string, RoleTasks>, memberId: string): string[] {
  return [...assignment.get(memberId)!.active].sort()
}

test('assignSticky() gives each member an even share', () => {
  const assignment = assignSticky({ members: [member('a', 'p1'), member('b', 'p2')], subtopologies: fourTasks, standbyReplicas: 0 })
  assert.equal(assignment.get('a')!.active.size, 2)
  assert.equal(assignment.get('b')!.active.size, 2)
})

test('assignSticky() leaves tasks with their owners as far as the share allows', () => {
  const owner = member('a', 'p1', { active: new Set(['0_0', '0_1', '0_2', '0_3']) })
  const assignment = assignSticky({ members: [owner, member('b', 'p2')], subtopologies: fourTasks, standbyReplicas: 0 })
  assert.deepEqual(activeOf(assignment, 'a'), ['0_0', '0_1'])
  assert.deepEqual(activeOf(assignment, 'b'), ['0_2', '0_3'])
})

test('assignSticky() makes the previous standby the owner of a task whose owner has gone', () => {
  const members = [member('a', 'p1', { active: new Set(['0_0']) }), member('b', 'p2'), member('c', 'p3', { standby: new Set(['0_2']) })]
  const subtopologies = [{ subtopologyId: '0', taskCount: 3, isStateful: true }]
  const assignment = assignSticky({ members, subtopologies, standbyReplicas: 0 })
  assert.deepEqual(activeOf(assignment, 'a'), ['0_0'])
  assert.deepEqual(activeOf(assignment, 'c'), ['0_2'])
})

test('assignSticky() prefers the member whose reported offsets are furthest', () => {
  const behind = { ...member('a', 'p1'), taskOffsets: new Map([['0_0', 5]]) }
  const ahead = { ...member('b', 'p2'), taskOffsets: new Map([['0_0', 9]]) }
  const subtopologies = [{ subtopologyId: '0', taskCount: 2, isStateful: true }]
  const assignment = assignSticky({ members: [behind, ahead], subtopologies, standbyReplicas: 0 })
  assert.deepEqual(activeOf(assignment, 'b'), ['0_0'])
})

test('assignSticky() gives standbys to other processes, and only of stateful tasks', () => {
  const subtopologies = [...fourTasks, { subtopologyId: '1', taskCount: 4, isStateful: false }]
  const assignment = assignSticky({ members: [member('a', 'p1'), member('b', 'p2')], subtopologies, standbyReplicas: 1 })
  for (const { active, standby } of assignment.values()) {
    assert.equal(active.isDisjointFrom(standby), true)
    assert.equal(active.size + standby.size, 6)
  }
  const standbys = [...assignment.values()].flatMap(({ standby }) => [...standby])
  assert.deepEqual(standbys.sort(), ['0_0', '0_1', '0_2', '0_3'])
})

test('assignSticky() without members assigns nothing', () => {
  assert.equal(assignSticky({ members: [], subtopologies: fourTasks, standbyReplicas: 1 }).size, 0)
})

const inputs: fc.Arbitrary<AssignorInput> = fc
  .record({
    subtopologies: fc.array(fc.record({ taskCount: fc.integer({ min: 0, max: 6 }), isStateful: fc.boolean() }), { maxLength: 3 }),
    members: fc.array(fc.record({ process: fc.integer({ min: 0, max: 3 }), owned: fc.array(fc.nat(17)), shadow: fc.array(fc.nat(17)) }), {
      minLength: 1,
      maxLength: 5,
    }),
    standbyReplicas: fc.integer({ min: 0, max: 2 }),
  })
  .map(({ subtopologies, members, standbyReplicas }) => {
    const taken = new Set<number>()
    const keyOf = (index: number): string => taskKey(String(Math.floor(index / 6)), index % 6)
    return {
      subtopologies: subtopologies.map((subtopology, index) => ({ ...subtopology, subtopologyId: String(index) })),
      members: members.map(({ process, owned, shadow }, index) => {
        const active = owned.filter((task) => !taken.has(task))
        for (const task of active) taken.add(task)
        return member(`m${index}`, `p${process}`, { active: new Set(active.map(keyOf)), standby: new Set(shadow.map(keyOf)) })
      }),
      standbyReplicas,
    }
  })

test('assignSticky() assigns every task once, and no two roles of a task in a process', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const assignment = assignSticky(input)
      const tasks = input.subtopologies.flatMap(({ subtopologyId, taskCount }) =>
        Array.from({ length: taskCount }, (_, partition) => taskKey(subtopologyId, partition)),
      )
      const active = [...assignment.values()].flatMap(({ active }) => [...active])
      assert.deepEqual(active.sort(), tasks.sort())
      const roleCounts = new Map<string, number>()
      for (const { memberId, processId } of input.members) {
        const { active, standby } = assignment.get(memberId)!
        for (const task of [...active, ...standby]) {
          const key = `${processId} ${task}`
          roleCounts.set(key, (roleCounts.get(key) ?? 0) + 1)
        }
      }
      assert.deepEqual(
        [...roleCounts.values()].filter((count) => count > 1),
        [],
      )
    }),
    { numRuns: 500 },
  )
})

test('assignSticky() gives the same again when nothing has changed and every process has one member', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const members = input.members.map((one) => ({ ...one, processId: one.memberId }))
      const assignment = assignSticky({ ...input, members, standbyReplicas: 0 })
      const counts = [...assignment.values()].map(({ active }) => active.size)
      assert.equal(Math.max(...counts) - Math.min(...counts) <= 1, true)
      const settled = members.map((one) => ({ ...one, previous: assignment.get(one.memberId)! }))
      const again = assignSticky({ ...input, members: settled, standbyReplicas: 0 })
      for (const { memberId } of members) assert.deepEqual(again.get(memberId)!.active, assignment.get(memberId)!.active)
    }),
    { numRuns: 500 },
  )
})
