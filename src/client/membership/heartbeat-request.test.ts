import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type HeartbeatContent, HeartbeatRequests } from './heartbeat-request.ts'
import { type LocalAssignment, nothingKnown } from './local-assignment.ts'
import type { StreamsMembershipOptions, TaskOffsetSum } from './streams-membership-options.ts'
import { writeTopology } from './topology-message.ts'

const options: StreamsMembershipOptions = {
  groupId: 'app',
  memberId: 'm',
  processId: 'p',
  instanceId: 'i',
  rebalanceTimeoutMs: 300_000,
  topology: { epoch: 0, subtopologies: [] },
  endpoint: { host: 'h', port: 80 },
  clientTags: { zone: 'z' },
  rackId: 'r',
  requestTimeoutMs: 30_000,
  retryBackoffMs: 100,
  retryBackoffMaxMs: 1_000,
}

const owned: LocalAssignment = {
  active: [
    { subtopology: 0, partition: 1 },
    { subtopology: 2, partition: 0 },
    { subtopology: 10, partition: 3 },
  ],
  standby: [{ subtopology: 0, partition: 2 }],
  warmup: [{ subtopology: 0, partition: 3 }],
  isReady: true,
  localEpoch: 1,
}

function content(fields: Partial<HeartbeatContent> = {}): HeartbeatContent {
  return { version: 1, memberEpoch: 5, endpointEpoch: 2, owned, isShutdownRequested: false, nowMs: 0, ...fields }
}

test('HeartbeatRequests.build() tells everything when joining, with three empty task lists', () => {
  const request = new HeartbeatRequests(options).build(content({ memberEpoch: 0, endpointEpoch: -1 }))
  assert.deepEqual(request, {
    groupId: 'app',
    memberId: 'm',
    memberEpoch: 0,
    endpointInformationEpoch: -1,
    instanceId: 'i',
    rackId: 'r',
    rebalanceTimeoutMs: 300_000,
    topology: { epoch: 0, subtopologies: [] },
    activeTasks: [],
    standbyTasks: [],
    warmupTasks: [],
    processId: 'p',
    userEndpoint: { host: 'h', port: 80 },
    clientTags: [{ key: 'zone', value: 'z' }],
    taskOffsets: [],
    taskEndOffsets: [],
    shutdownApplication: false,
  })
})

test('HeartbeatRequests.build() leaves out on version 0 what brokers before 4.4 refuse', () => {
  const requests = new HeartbeatRequests({ ...options, taskOffsets: () => [{ taskId: owned.standby[0]!, offset: 1, endOffset: 2 }] })
  for (const memberEpoch of [0, 5]) {
    const { instanceId, taskOffsets, taskEndOffsets, warmupTasks } = requests.build(content({ version: 0, memberEpoch }))
    assert.deepEqual([instanceId, taskOffsets, taskEndOffsets, warmupTasks], [null, null, null, []])
  }
})

test('HeartbeatRequests.build() tells the tasks when they differ from those sent last, and all again after forgetSent()', () => {
  const requests = new HeartbeatRequests(options)
  const tasksOf = (fields: Partial<HeartbeatContent> = {}) => {
    const { activeTasks, standbyTasks, warmupTasks, topology, processId } = requests.build(content(fields))
    assert.deepEqual([topology, processId], [null, null])
    return { activeTasks, standbyTasks, warmupTasks }
  }
  const full = {
    activeTasks: [
      { subtopologyId: '0', partitions: [1] },
      { subtopologyId: '10', partitions: [3] },
      { subtopologyId: '2', partitions: [0] },
    ],
    standbyTasks: [{ subtopologyId: '0', partitions: [2] }],
    warmupTasks: [{ subtopologyId: '0', partitions: [3] }],
  }
  const none = { activeTasks: null, standbyTasks: null, warmupTasks: null }
  assert.deepEqual(tasksOf(), full)
  assert.deepEqual(tasksOf(), none)
  assert.deepEqual(tasksOf({ owned: { ...owned, localEpoch: 3 } }), full, 'a change away and back is told')
  requests.forgetSent()
  assert.deepEqual(tasksOf({ owned: { ...owned, localEpoch: 3 } }), full)
})

test('HeartbeatRequests.build() tells nothing of itself when leaving, but the tasks if they have changed', () => {
  const requests = new HeartbeatRequests(options)
  const request = requests.build(content({ memberEpoch: -1, owned: nothingKnown }))
  assert.deepEqual([request.memberEpoch, request.topology, request.activeTasks, request.taskOffsets], [-1, null, [], null])
})

test('HeartbeatRequests.build() tells offsets when they are due and have changed', () => {
  let sums: TaskOffsetSum[] = [{ taskId: { subtopology: 0, partition: 3 }, offset: 10, endOffset: 100 }]
  const requests = new HeartbeatRequests({ ...options, taskOffsets: () => sums })
  requests.taskOffsetIntervalMs = 60_000
  requests.acceptableRecoveryLag = 5
  const offsetsAt = (nowMs: number) => {
    const { taskOffsets, taskEndOffsets } = requests.build(content({ nowMs }))
    return [taskOffsets?.map(({ offset }) => offset) ?? null, taskEndOffsets?.map(({ offset }) => offset) ?? null]
  }
  assert.deepEqual(offsetsAt(0), [[10], [100]], 'with a new assignment')
  sums = [{ ...sums[0]!, offset: 20 }]
  assert.deepEqual(offsetsAt(5_000), [null, null])
  assert.deepEqual(offsetsAt(60_000), [[20], null], 'after the interval, the one that has changed')
  sums = [{ ...sums[0]!, offset: 95 }]
  assert.deepEqual(offsetsAt(65_000), [[95], null], 'a warm-up that has caught up is told at once')
  sums = [{ ...sums[0]!, offset: 96, endOffset: Infinity }]
  assert.deepEqual(offsetsAt(66_000), [null, null], 'an unknown end is not caught up')
})

test('writeTopology() sorts everything and turns copartition groups into indexes', () => {
  const topic = (name: string) => ({ name, partitions: 0, replicationFactor: -1, configs: { b: '2', a: '1' } })
  const subtopology = {
    sourceTopics: ['y', 'x'],
    repartitionSourceTopics: [topic('s'), topic('r')],
    repartitionSinkTopics: ['q', 'p'],
    stateChangelogTopics: [topic('d'), topic('c')],
    copartitionGroups: [['y', 'r']],
    javaHash: 0,
  }
  const written = writeTopology({ epoch: 0, subtopologies: [2, 10, 0].map((id) => ({ id, ...subtopology })) })
  assert.deepEqual(
    written.subtopologies.map(({ subtopologyId }) => subtopologyId),
    ['0', '10', '2'],
  )
  const [first] = written.subtopologies
  assert.deepEqual(first!.sourceTopics, ['x', 'y'])
  assert.deepEqual(first!.repartitionSinkTopics, ['p', 'q'])
  assert.deepEqual(
    first!.stateChangelogTopics.map(({ name }) => name),
    ['c', 'd'],
  )
  assert.deepEqual(first!.stateChangelogTopics[0]!.topicConfigs, [
    { key: 'a', value: '1' },
    { key: 'b', value: '2' },
  ])
  assert.deepEqual(first!.copartitionGroups, [{ sourceTopics: [1], sourceTopicRegex: [], repartitionSourceTopics: [0] }])
})
