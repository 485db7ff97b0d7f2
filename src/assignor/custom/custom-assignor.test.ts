import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../../base/errors.ts'
import type { AssignTasksInput, MemberAssignment, StreamsGroupMember } from '../../client/membership/assign-tasks.ts'
import { LATEST_OFFSET } from '../../protocol/classic/subscription-info.ts'
import type { AssignorOptions } from '../assignor-options.ts'
import type { ApplicationState, ProcessAssignment } from './application-state.ts'
import type { TaskAssignor } from './custom-assignor.ts'
import { createTaskAssigner } from '../task-assigner.ts'

const A = '00000000-0000-4000-8000-00000000000a'
const B = '00000000-0000-4000-8000-00000000000b'

const options: AssignorOptions = {
  acceptableRecoveryLag: 10_000,
  maxWarmupReplicas: 2,
  numStandbyReplicas: 1,
  probingRebalanceIntervalMs: 600_000,
  rackAwareAssignmentTags: [],
  rackAwareStrategy: 'none',
  rackAwareTrafficCost: null,
  rackAwareNonOverlapCost: null,
}

function member(memberId: string, processId: string, rest: Partial<StreamsGroupMember> = {}): StreamsGroupMember {
  const subscription = {
    version: 11,
    latestSupportedVersion: 11,
    processId,
    userEndpoint: processId === A ? 'host-a:1' : '',
    taskOffsetSums: [],
    uniqueField: 1,
    errorCode: 0,
    clientTags: new Map([['zone', 'z']]),
  }
  return { memberId, instanceId: null, rackId: 'r1', ownedPartitions: [], subscription, ...rest }
}

/** Two tasks with a store, one without. */
function input(members: readonly StreamsGroupMember[]): AssignTasksInput {
  const stateful = [0, 1].map((partition) => ({
    id: { subtopology: 0, partition },
    sources: [{ topic: 'in', partition }],
    changelogs: [{ topic: 'app-s-changelog', partition }],
    storeNames: ['s'],
  }))
  const stateless = { id: { subtopology: 1, partition: 0 }, sources: [{ topic: 'other', partition: 0 }], changelogs: [], storeNames: [] }
  return {
    members,
    leaderId: members[0]!.memberId,
    tasks: [...stateful, stateless],
    endOffsetSums: new Map([
      ['0_0', 100],
      ['0_1', 200],
    ]),
    racks: [
      { topic: 'in', partition: 0, racks: ['r1', 'r2'] },
      { topic: 'app-s-changelog', partition: 0, racks: [null] },
    ],
    usedVersion: 11,
    commonlySupportedVersion: 11,
    nowMs: 1_000,
  }
}

function assign(assignor: TaskAssignor, members: readonly StreamsGroupMember[]): ReadonlyMap<string, MemberAssignment> {
  return createTaskAssigner(assignor, options).assign(input(members))
}

test('a custom assignor is told what the tasks are and what the instances have', () => {
  const owner = member('a-0', A, { ownedPartitions: [{ topic: 'in', partition: 0 }] })
  const withState = {
    ...owner,
    subscription: {
      ...owner.subscription,
      taskOffsetSums: [
        { task: { subtopology: 0, partition: 0 }, offsetSum: LATEST_OFFSET },
        { task: { subtopology: 0, partition: 1 }, offsetSum: 50 },
      ],
    },
  }
  let seen: ApplicationState | undefined
  assign(
    (state) => {
      seen = state
      return state.processes.map(({ processId }) => ({ processId, active: [], standby: [] }))
    },
    [withState, member('a-1', A), member('b-0', B, { rackId: null })],
  )
  assert.deepEqual(seen, {
    tasks: [
      {
        taskId: '0_0',
        isStateful: true,
        storeNames: ['s'],
        partitions: [
          { topic: 'in', partition: 0, isSource: true, isChangelog: false, racks: ['r1', 'r2'] },
          { topic: 'app-s-changelog', partition: 0, isSource: false, isChangelog: true, racks: null },
        ],
      },
      {
        taskId: '0_1',
        isStateful: true,
        storeNames: ['s'],
        partitions: [
          { topic: 'in', partition: 1, isSource: true, isChangelog: false, racks: null },
          { topic: 'app-s-changelog', partition: 1, isSource: false, isChangelog: true, racks: null },
        ],
      },
      {
        taskId: '1_0',
        isStateful: false,
        storeNames: [],
        partitions: [{ topic: 'other', partition: 0, isSource: true, isChangelog: false, racks: null }],
      },
    ],
    processes: [
      {
        processId: A,
        threads: 2,
        memberIds: ['a-0', 'a-1'],
        previousActive: ['0_0'],
        previousStandby: ['0_1'],
        lags: new Map([
          ['0_0', LATEST_OFFSET],
          ['0_1', 150],
        ]),
        clientTags: new Map([['zone', 'z']]),
        rackId: 'r1',
        endpoint: 'host-a:1',
      },
      {
        processId: B,
        threads: 1,
        memberIds: ['b-0'],
        previousActive: [],
        previousStandby: [],
        lags: new Map([
          ['0_0', 100],
          ['0_1', 200],
        ]),
        clientTags: new Map([['zone', 'z']]),
        rackId: null,
        endpoint: '',
      },
    ],
    options,
  })
})

test('what a custom assignor gives reaches the members, with the rebalance that it asks for', () => {
  const assigned = assign(
    () => [
      { processId: A, active: ['0_0', '1_0'], standby: ['0_1'], followupRebalanceMs: 5_000 },
      { processId: B, active: ['0_1'], standby: [] },
    ],
    [member('a-0', A), member('b-0', B)],
  )
  const a = assigned.get('a-0')!
  assert.deepEqual(a.partitions, [
    { topic: 'in', partition: 0 },
    { topic: 'other', partition: 0 },
  ])
  assert.deepEqual(a.info.standbyTasks, [{ task: { subtopology: 0, partition: 1 }, partitions: [{ topic: 'in', partition: 1 }] }])
  assert.equal(a.info.nextRebalanceMs, 5_000)
  assert.equal(assigned.get('b-0')!.info.nextRebalanceMs, Infinity)
  assert.deepEqual(assigned.get('b-0')!.info.activeTasks, [{ subtopology: 0, partition: 1 }])
})

test('an assignment of a custom assignor that cannot be is refused with ASSIGNMENT_INVALID', () => {
  const nothing = (processId: string): ProcessAssignment => ({ processId, active: [], standby: [] })
  const wrong: readonly [RegExp, readonly ProcessAssignment[]][] = [
    [
      /task 0_0 is active on .*a" and on .*b"/,
      [
        { ...nothing(A), active: ['0_0'] },
        { ...nothing(B), active: ['0_0'] },
      ],
    ],
    [/task 1_0 is a standby, but has no stores/, [{ ...nothing(A), standby: ['1_0'] }, nothing(B)]],
    [/instance ".*b" has no assignment/, [nothing(A)]],
    [/instance "nobody" is not of the group/, [nothing(A), nothing(B), nothing('nobody')]],
    [/task "7_0" is not of the topology/, [{ ...nothing(A), active: ['7_0'] }, nothing(B)]],
    [/task "x" is not of the topology/, [{ ...nothing(A), standby: ['x'] }, nothing(B)]],
    [/task 0_0 is given to ".*a" twice/, [{ ...nothing(A), active: ['0_0'], standby: ['0_0'] }, nothing(B)]],
    [/instance ".*a" has two assignments/, [nothing(A), nothing(A), nothing(B)]],
  ]
  for (const [message, assignments] of wrong) {
    assert.throws(
      () => assign(() => assignments, [member('a-0', A), member('b-0', B)]),
      (error) => isMillraceError(error) && error.code === 'ASSIGNMENT_INVALID' && message.test(error.message),
      String(message),
    )
  }
})

test('an assignor is told what became of its assignment', () => {
  const seen: unknown[] = []
  const observer = (assignments: readonly ProcessAssignment[]): TaskAssignor => ({
    assign: () => assignments,
    onAssignmentComputed(assignment, subscription, error) {
      seen.push([error, Object.fromEntries(assignment), Object.fromEntries(subscription)])
    },
  })
  const owner = { ...member('b-0', B), instanceId: 'i-1', ownedPartitions: [{ topic: 'in', partition: 0 }] }
  const members = [member('a-0', A), owner]
  const nothing = { active: [], standby: [] }
  assign(
    observer([
      { processId: A, active: ['0_0', '1_0'], standby: ['0_1'] },
      { processId: B, active: ['0_1'], standby: [] },
    ]),
    members,
  )
  const subscribed = {
    'a-0': { processId: A, groupInstanceId: null, rackId: 'r1', ownedPartitions: [] },
    'b-0': { processId: B, groupInstanceId: 'i-1', rackId: 'r1', ownedPartitions: [{ topic: 'in', partition: 0 }] },
  }
  const sent = {
    // 0_0 waits until the other instance has given it up.
    'a-0': { partitions: [{ topic: 'other', partition: 0 }], active: ['1_0'], standby: ['0_1'], nextRebalanceMs: 0 },
    'b-0': { partitions: [{ topic: 'in', partition: 1 }], active: ['0_1'], standby: [], nextRebalanceMs: Infinity },
  }
  assert.deepEqual(seen.pop(), ['NONE', sent, subscribed])

  assert.throws(() => assign(observer([{ processId: A, ...nothing }]), members), /has no assignment/)
  const none = { partitions: [], active: [], standby: [], nextRebalanceMs: Infinity }
  assert.deepEqual(seen.pop(), ['MISSING_PROCESS_ID', { 'a-0': none, 'b-0': none }, subscribed])

  assert.throws(() => assign(observer([{ processId: A, active: ['9_0'], standby: [] }]), members), /is not of the topology/)
  assert.deepEqual(seen.pop(), ['UNKNOWN_TASK_ID', {}, subscribed])
})

test('members of a version that is not known yet get tasks and keep what they own', () => {
  const future = member('f-0', '', { ownedPartitions: [{ topic: 'in', partition: 0 }] })
  const unknown = { ...future, subscription: { ...future.subscription, version: 12, latestSupportedVersion: 12 } }
  const assigned = createTaskAssigner('sticky', options).assign(input([member('a-0', A), unknown]))
  assert.deepEqual(assigned.get('f-0')!.partitions[0], { topic: 'in', partition: 0 })
  assert.equal(assigned.get('f-0')!.info.version, 11)
})
