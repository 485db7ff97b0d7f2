import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type VirtualEnvironment, VirtualWorld } from '../../base/virtual-environment.ts'
import type { Api, RequestOf, ResponseOf } from '../../protocol/messages.ts'
import type {
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatResponse,
  TaskIds,
  TopicInfo,
} from '../../protocol/messages/streams-group-heartbeat.ts'
import type { GroupCoordinator, GroupHost, GroupSettings, NewTopic, OffsetTransaction } from '../group-host.ts'
import type { RequestContext } from '../handler.ts'
import { createGroupCoordinator } from './group-coordinator.ts'
import { defaultGroupSettings } from './group-settings.ts'
import { readTasks } from './role-tasks.ts'

const context: RequestContext = {
  clientId: 'client',
  clientHost: '/127.0.0.1',
  node: 1,
  purpose: 'coordinator',
  onDisconnect: () => () => {},
}

/** A cluster of topics only, around the coordinator under test. */
class TestHost implements GroupHost {
  readonly world = new VirtualWorld()
  readonly environment: VirtualEnvironment = this.world.environment('broker')
  readonly settings: GroupSettings
  readonly counts = new Map<string, number>()
  readonly transactions: OffsetTransaction[] = []
  joinCode = 0
  coordinatorCode = 0
  readonly #listeners = new Set<(topic: string) => void>()
  readonly topics = {
    partitions: (topic: string): number => this.counts.get(topic) ?? 0,
    idOf: (topic: string): string | null => (this.counts.has(topic) ? `id-${topic}` : null),
    nameOf: (topicId: string): string | null => (this.counts.has(topicId.slice(3)) ? topicId.slice(3) : null),
    names: (): string[] => [...this.counts.keys()].sort(),
  }
  readonly coordinator: GroupCoordinator

  constructor(settings: Partial<GroupSettings> = {}) {
    this.settings = { ...defaultGroupSettings(settings.release ?? '4.3'), initialRebalanceDelayMs: 0, assignmentIntervalMs: 0, ...settings }
    this.counts.set('in', 4)
    this.coordinator = createGroupCoordinator(this)
  }

  setTopic(topic: string, partitions: number): void {
    this.counts.set(topic, partitions)
    for (const listener of this.#listeners) listener(topic)
  }

  createTopics(topics: readonly NewTopic[]): { name: string; errorCode: number; errorMessage: string | null }[] {
    return topics.map(({ name, partitions }) => {
      this.setTopic(name, partitions)
      return { name, errorCode: 0, errorMessage: null }
    })
  }

  onTopicsChanged(listener: (topic: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  coordinatorError(): number {
    return this.coordinatorCode
  }

  offsetsPartition(): number {
    return 7
  }

  joinTransaction(transaction: OffsetTransaction): number {
    this.transactions.push(transaction)
    return this.joinCode
  }

  ask<A extends Api>(api: A, request: RequestOf<A>, version: number): ResponseOf<A> {
    const handler = this.coordinator.handlers[api]
    assert.ok(handler !== undefined, api)
    return handler(request, version, context) as ResponseOf<A>
  }
}

/** A member that does what a client does: keeps its epoch, and acknowledges what it is told. */
class TestMember {
  readonly memberId: string
  epoch = 0
  owned: TaskIds[] = []
  standby: TaskIds[] = []
  readonly #host: TestHost
  readonly #fields: Partial<StreamsGroupHeartbeatRequest>

  constructor(host: TestHost, memberId: string, fields: Partial<StreamsGroupHeartbeatRequest> = {}) {
    this.#host = host
    this.memberId = memberId
    this.#fields = fields
  }

  get tasks(): string[] {
    return [...readTasks(this.owned)].sort()
  }

  request(fields: Partial<StreamsGroupHeartbeatRequest> = {}): StreamsGroupHeartbeatRequest {
    const isJoin = (fields.memberEpoch ?? this.epoch) === 0
    return {
      groupId: 'app',
      memberId: this.memberId,
      memberEpoch: this.epoch,
      endpointInformationEpoch: -1,
      instanceId: null,
      rackId: null,
      rebalanceTimeoutMs: isJoin ? 300_000 : -1,
      topology: isJoin ? { epoch: 0, subtopologies: [statefulSubtopology] } : null,
      activeTasks: isJoin ? [] : null,
      standbyTasks: isJoin ? [] : null,
      warmupTasks: isJoin ? [] : null,
      processId: isJoin ? `process-${this.memberId}` : null,
      userEndpoint: null,
      clientTags: isJoin ? [] : null,
      taskOffsets: null,
      taskEndOffsets: null,
      shutdownApplication: false,
      ...(isJoin ? this.#fields : {}),
      ...fields,
    }
  }

  /** Sends as is; takes nothing of the answer. */
  send(fields: Partial<StreamsGroupHeartbeatRequest> = {}): StreamsGroupHeartbeatResponse {
    return this.#host.ask('StreamsGroupHeartbeat', this.request(fields), 0)
  }

  /** Sends and takes epoch and tasks of the answer; the next heartbeat acknowledges them if `acknowledge` is called. */
  beat(fields: Partial<StreamsGroupHeartbeatRequest> = {}): StreamsGroupHeartbeatResponse {
    const response = this.send(fields)
    if (response.errorCode === 25 || response.errorCode === 110) {
      this.epoch = 0
      this.owned = []
      return response
    }
    assert.equal(response.errorCode, 0, response.errorMessage ?? '')
    this.epoch = response.memberEpoch
    if (response.activeTasks !== null) this.owned = [...response.activeTasks]
    if (response.standbyTasks !== null) this.standby = [...response.standbyTasks]
    return response
  }

  acknowledge(): StreamsGroupHeartbeatResponse {
    return this.beat({ activeTasks: this.owned, standbyTasks: this.standby, warmupTasks: [] })
  }
}

const changelog: TopicInfo = { name: 'app-s-changelog', partitions: 0, replicationFactor: -1, topicConfigs: [] }
const statefulSubtopology = {
  subtopologyId: '0',
  sourceTopics: ['in'],
  sourceTopicRegex: [],
  stateChangelogTopics: [changelog],
  repartitionSinkTopics: [],
  repartitionSourceTopics: [],
  copartitionGroups: [],
}

function statusesOf(response: StreamsGroupHeartbeatResponse): number[] {
  return (response.status ?? []).map(({ statusCode }) => statusCode).sort((a, b) => a - b)
}

/** A host whose changelog exists, with one member that owns all four tasks. */
function runningGroup(settings: Partial<GroupSettings> = {}): { host: TestHost; a: TestMember } {
  const host = new TestHost(settings)
  host.setTopic('app-s-changelog', 4)
  const a = new TestMember(host, 'a')
  a.beat()
  a.acknowledge()
  assert.deepEqual(a.tasks, ['0_0', '0_1', '0_2', '0_3'])
  return { host, a }
}

test('createGroupCoordinator() makes the internal topics of a new group, then assigns its tasks', async () => {
  const host = new TestHost()
  const a = new TestMember(host, 'a')
  const joined = a.beat()
  assert.deepEqual(statusesOf(joined), [3])
  assert.deepEqual([joined.activeTasks, joined.standbyTasks, joined.warmupTasks], [[], [], []])
  await host.world.advance(1)
  assert.equal(host.counts.get('app-s-changelog'), 4)
  const assigned = a.beat()
  assert.deepEqual(statusesOf(assigned), [])
  assert.equal(assigned.memberEpoch > joined.memberEpoch, true)
  assert.deepEqual(assigned.activeTasks, [{ subtopologyId: '0', partitions: [0, 1, 2, 3] }])
  assert.equal(a.beat().activeTasks, null)
})

test('createGroupCoordinator() reports a missing source topic, and assigns once it exists', () => {
  const host = new TestHost()
  host.counts.clear()
  host.setTopic('app-s-changelog', 4)
  const a = new TestMember(host, 'a')
  assert.deepEqual(statusesOf(a.beat()), [1])
  host.setTopic('in', 4)
  a.beat()
  assert.equal(a.tasks.length, 4)
})

test('createGroupCoordinator() gives tasks to a new member only when the old owner has revoked them (example B)', () => {
  const { host, a } = runningGroup()
  const epochAlone = a.epoch
  const b = new TestMember(host, 'b')
  b.beat()
  assert.equal(b.epoch > epochAlone, true)
  assert.deepEqual(b.tasks, [])
  const revoking = a.beat()
  assert.equal(revoking.memberEpoch, epochAlone)
  assert.equal(a.tasks.length, 2)
  assert.equal(a.beat().memberEpoch, epochAlone, 'null lists do not acknowledge')
  b.beat()
  assert.deepEqual(b.tasks, [])
  assert.equal(a.acknowledge().memberEpoch, b.epoch)
  b.beat()
  assert.deepEqual([...a.tasks, ...b.tasks].sort(), ['0_0', '0_1', '0_2', '0_3'])
})

test('createGroupCoordinator() refuses what is malformed before it looks at the group', () => {
  const { a, host } = runningGroup()
  const refusals: [Partial<StreamsGroupHeartbeatRequest>, number][] = [
    [{ memberId: '' }, 42],
    [{ groupId: '' }, 42],
    [{ rackId: '' }, 42],
    [{ instanceId: 'i' }, 42],
    [{ memberEpoch: -3 }, 42],
    [{ memberEpoch: -2 }, 42],
    [{ topology: { epoch: 0, subtopologies: [] } }, 42],
    [{ activeTasks: [] }, 42],
    [{ activeTasks: [], standbyTasks: [], warmupTasks: [{ subtopologyId: '0', partitions: [0] }] }, 42],
    [{ taskOffsets: [] }, 42],
    [{ activeTasks: [{ subtopologyId: '9', partitions: [0] }], standbyTasks: [], warmupTasks: [] }, 42],
    [{ activeTasks: [{ subtopologyId: '0', partitions: [4] }], standbyTasks: [], warmupTasks: [] }, 42],
    [{ memberEpoch: 0, topology: null }, 42],
    [{ memberEpoch: 0, topology: { epoch: 0, subtopologies: [] } }, 42],
    [{ memberEpoch: 0, rebalanceTimeoutMs: -1 }, 42],
    [{ memberEpoch: 0, activeTasks: [{ subtopologyId: '0', partitions: [0] }] }, 42],
    [{ memberEpoch: 0, topology: { epoch: 0, subtopologies: [{ ...statefulSubtopology, sourceTopicRegex: ['x.*'] }] } }, 42],
    [{ memberEpoch: 0, topology: { epoch: 0, subtopologies: [{ ...statefulSubtopology, sourceTopics: ['a b'] }] } }, 130],
    [
      {
        memberEpoch: 0,
        topology: { epoch: 0, subtopologies: [{ ...statefulSubtopology, stateChangelogTopics: [{ ...changelog, partitions: 4 }] }] },
      },
      130,
    ],
    [{ memberEpoch: a.epoch + 1 }, 110],
    [{ memberId: 'stranger' }, 25],
    [{ groupId: 'other' }, 69],
  ]
  for (const [fields, code] of refusals) assert.equal(a.send(fields).errorCode, code, JSON.stringify(fields))
  assert.equal(a.beat().errorCode, 0)
  host.coordinatorCode = 16
  assert.equal(a.send().errorCode, 16)
})

test('createGroupCoordinator() accepts the previous epoch only with owned tasks that are assigned, and sends no tasks then', () => {
  const { host, a } = runningGroup()
  const b = new TestMember(host, 'b')
  b.beat()
  a.beat()
  const before = a.epoch
  a.acknowledge()
  const lost = b.beat()
  assert.equal(lost.activeTasks?.length, 1)
  assert.equal(a.send({ memberEpoch: before }).errorCode, 110)
  const owned = { activeTasks: a.owned, standbyTasks: [], warmupTasks: [] }
  const accepted = a.send({ memberEpoch: before, ...owned })
  assert.deepEqual([accepted.errorCode, accepted.memberEpoch, accepted.activeTasks], [0, a.epoch, null])
  const tooMany = { ...owned, activeTasks: [{ subtopologyId: '0', partitions: [0, 1, 2, 3] }] }
  assert.equal(a.send({ memberEpoch: before, ...tooMany }).errorCode, 110)
  assert.equal(b.beat({ activeTasks: [], standbyTasks: [], warmupTasks: [] }).activeTasks, null, 'the broker does not repeat a lost answer')
  assert.deepEqual(b.beat({ memberEpoch: 0 }).activeTasks, lost.activeTasks, 'but joining again gets everything')
})

test('createGroupCoordinator() repeats the tasks where lost responses are corrected', () => {
  const { a } = runningGroup({ lostResponses: 'corrected' })
  const answer = a.send({ activeTasks: [], standbyTasks: [], warmupTasks: [] })
  assert.deepEqual(answer.activeTasks, [{ subtopologyId: '0', partitions: [0, 1, 2, 3] }])
})

test('createGroupCoordinator() removes a member that is silent for the session time-out, or slow to revoke', async () => {
  const { host, a } = runningGroup({ sessionTimeoutMs: 6_000 })
  const b = new TestMember(host, 'b')
  b.beat()
  await host.world.advance(5_000)
  a.beat()
  await host.world.advance(2_000)
  assert.equal(b.send().errorCode, 25)
  assert.equal(a.acknowledge().errorCode, 0)
  a.beat()
  assert.equal(a.tasks.length, 4)

  const c = new TestMember(host, 'c', { rebalanceTimeoutMs: 10_000 })
  a.beat({ memberEpoch: -1 })
  a.epoch = 0
  c.beat()
  const d = new TestMember(host, 'd')
  d.beat()
  const codes: number[] = []
  for (let second = 0; second < 12 && c.epoch > 0; second++) {
    await host.world.advance(1_000)
    codes.push(c.beat().errorCode)
    d.beat()
  }
  assert.deepEqual(codes, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 25], 'its rebalance timeout runs from the first heartbeat that told it to revoke')
  assert.equal(d.tasks.length, 4)
})

test('createGroupCoordinator() frees the tasks of a member that leaves', () => {
  const { host, a } = runningGroup()
  const b = new TestMember(host, 'b')
  b.beat()
  a.beat()
  a.acknowledge()
  b.beat()
  assert.equal(a.send({ memberEpoch: -1 }).memberEpoch, -1)
  b.beat()
  assert.equal(b.tasks.length, 4)
})

test('createGroupCoordinator() waits for more members after the first', async () => {
  const host = new TestHost({ initialRebalanceDelayMs: 3_000 })
  host.setTopic('app-s-changelog', 4)
  const a = new TestMember(host, 'a')
  const b = new TestMember(host, 'b')
  assert.deepEqual(statusesOf(a.beat()), [5])
  await host.world.advance(1_000)
  assert.deepEqual(statusesOf(b.beat()), [5])
  await host.world.advance(2_000)
  a.beat()
  b.beat()
  assert.deepEqual([a.tasks.length, b.tasks.length], [2, 2])
})

test('createGroupCoordinator() runs the assignor not more often than the assignment interval', async () => {
  const { host, a } = runningGroup({ assignmentIntervalMs: 1_000 })
  const b = new TestMember(host, 'b')
  assert.deepEqual(statusesOf(b.beat()), [5])
  assert.equal(a.beat().activeTasks, null)
  await host.world.advance(1_000)
  a.beat()
  assert.equal(a.tasks.length, 2)
})

test('createGroupCoordinator() gives standbys to another process', () => {
  const { host, a } = runningGroup({ standbyReplicas: 1 })
  const b = new TestMember(host, 'b')
  for (let round = 0; round < 4; round++)
    for (const one of [b, a]) {
      one.beat()
      one.acknowledge()
    }
  assert.deepEqual([...readTasks(a.standby)].sort(), b.tasks)
  assert.deepEqual([...readTasks(b.standby)].sort(), a.tasks)
})

test('createGroupCoordinator() tells where partitions are served when that has changed', () => {
  const host = new TestHost()
  host.setTopic('app-s-changelog', 4)
  const a = new TestMember(host, 'a', { userEndpoint: { host: 'h', port: 80 } })
  const joined = a.beat()
  assert.deepEqual(joined.partitionsByUserEndpoint, [
    { userEndpoint: { host: 'h', port: 80 }, activePartitions: [{ topic: 'in', partitions: [0, 1, 2, 3] }], standbyPartitions: [] },
  ])
  assert.equal(joined.endpointInformationEpoch, 0, 'a new group begins with 0')
  assert.equal(a.beat({ endpointInformationEpoch: 0 }).partitionsByUserEndpoint, null)
  assert.equal(a.beat().partitionsByUserEndpoint?.length, 1)
})

test('createGroupCoordinator() fails on endpoints while a source topic is missing, up to 4.3', () => {
  for (const [release, code] of [
    ['4.3', -1],
    ['4.4', 0],
  ] as const) {
    const host = new TestHost({ release })
    host.counts.clear()
    const a = new TestMember(host, 'a', { userEndpoint: { host: 'h', port: 80 } })
    assert.equal(a.send().errorCode, code)
    host.setTopic('in', 4)
    assert.equal(a.send().errorCode, 0)
  }
})

test('createGroupCoordinator() passes a request to shut down on, until the group is empty or moves', () => {
  const { host, a } = runningGroup()
  const b = new TestMember(host, 'b')
  b.beat({ shutdownApplication: true })
  assert.deepEqual(statusesOf(a.beat()), [4])
  host.coordinator.reload(7)
  assert.deepEqual(statusesOf(a.beat()), [])
})

test('createGroupCoordinator() keeps members, epochs and offsets when the group moves, and starts the sessions anew', async () => {
  const { host, a } = runningGroup({ sessionTimeoutMs: 6_000 })
  await host.world.advance(5_000)
  host.coordinator.reload(7)
  await host.world.advance(5_000)
  assert.deepEqual([a.beat().errorCode, a.beat().activeTasks], [0, null])
  host.coordinator.reload(7)
  await host.world.advance(6_000)
  assert.equal(a.send().errorCode, 25)
})

test('createGroupCoordinator() lets a static member come back to its tasks (4.4)', () => {
  const host = new TestHost({ release: '4.4' })
  host.setTopic('app-s-changelog', 4)
  const fields = { instanceId: 'i', processId: 'p' }
  const before = new TestMember(host, 'a', fields)
  before.beat()
  const epoch = before.epoch
  const after = new TestMember(host, 'a2', fields)
  assert.equal(after.send().errorCode, 111)
  assert.equal(before.send({ memberEpoch: -2, instanceId: 'i' }).memberEpoch, -2)
  after.beat()
  assert.equal(after.tasks.length, 4)
  assert.equal(after.epoch, epoch, 'no rebalance')
  assert.equal(before.send({ instanceId: 'i', memberEpoch: epoch }).errorCode, 82)
})

test('createGroupCoordinator() makes a standby of the former owner at once from 4.4 on, one round later before', () => {
  for (const release of ['4.3', '4.4'] as const) {
    const host = new TestHost({ release, standbyReplicas: 1 })
    host.setTopic('app-s-changelog', 4)
    const a = new TestMember(host, 'a')
    const b = new TestMember(host, 'b')
    a.beat()
    a.acknowledge()
    b.beat()
    a.beat()
    const moved = ['0_0', '0_1', '0_2', '0_3'].filter((task) => !a.tasks.includes(task))
    assert.equal(moved.length, 2)
    assert.deepEqual([...readTasks(a.standby)].sort(), release === '4.4' ? moved : [], release)
    for (let round = 0; round < 3; round++)
      for (const one of [a, b]) {
        one.acknowledge()
        one.beat()
      }
    assert.deepEqual([...readTasks(a.standby)].sort(), moved, release)
    assert.deepEqual(b.tasks, moved, release)
  }
})

test('createGroupCoordinator() rebalances when a group config that the assignment depends on is set', () => {
  const { host, a } = runningGroup()
  const epoch = a.epoch
  assert.equal(
    host.coordinator.alterConfigs('app', [{ name: 'streams.num.standby.replicas', operation: 0, value: 'x' }], false).errorCode,
    40,
  )
  assert.equal(host.coordinator.alterConfigs('app', [{ name: 'streams.no.such', operation: 0, value: '1' }], false).errorCode, 40)
  assert.equal(
    host.coordinator.alterConfigs('app', [{ name: 'streams.num.standby.replicas', operation: 0, value: '1' }], true).errorCode,
    0,
  )
  assert.equal(a.beat().memberEpoch, epoch)
  assert.equal(
    host.coordinator.alterConfigs('app', [{ name: 'streams.num.standby.replicas', operation: 0, value: '1' }], false).errorCode,
    0,
  )
  assert.equal(a.beat().memberEpoch > epoch, true)
  const described = host.coordinator.describeConfigs('app').find(({ name }) => name === 'streams.num.standby.replicas')
  assert.deepEqual(described, { name: 'streams.num.standby.replicas', value: '1', isSet: true })
})

test('createGroupCoordinator() describes, lists and deletes groups', () => {
  const { host, a } = runningGroup()
  const describe = (): ResponseOf<'StreamsGroupDescribe'>['groups'][0] =>
    host.ask('StreamsGroupDescribe', { groupIds: ['app'], includeAuthorizedOperations: false, includeTopologyDescription: false }, 0)
      .groups[0]!
  const described = describe()
  assert.equal(described.groupState, 'Stable')
  assert.equal(described.groupEpoch, described.assignmentEpoch)
  assert.deepEqual(described.topology?.subtopologies?.[0]?.stateChangelogTopics[0]?.partitions, 4)
  assert.deepEqual(described.members[0]!.assignment.activeTasks, [{ subtopologyId: '0', partitions: [0, 1, 2, 3] }])
  const list = (states: string[]): string[] =>
    host.ask('ListGroups', { statesFilter: states, typesFilter: [] }, 5).groups.map(({ groupId, groupType }) => `${groupId} ${groupType}`)
  assert.deepEqual(list(['stable']), ['app streams'])
  assert.deepEqual(list(['Empty']), [])
  const deleted = (): number => host.ask('DeleteGroups', { groupsNames: ['app'] }, 2).results[0]!.errorCode
  assert.equal(deleted(), 68)
  a.send({ memberEpoch: -1 })
  assert.equal(describe().groupState, 'Empty')
  assert.equal(deleted(), 0)
  assert.equal(deleted(), 69)
  assert.equal(describe().errorCode, 69)
})

const seeds = fc.array(fc.record({ who: fc.nat(3), what: fc.nat(9) }), { minLength: 20, maxLength: 120 })

for (const release of ['4.2', '4.3', '4.4'] as const) {
  test(`createGroupCoordinator() of ${release} never has a task active with two members, and settles`, () => {
    fc.assert(
      fc.property(seeds, fc.nat(2), (steps, standbyReplicas) => {
        const host = new TestHost({ release, standbyReplicas })
        host.setTopic('app-s-changelog', 4)
        const members = [0, 1, 2, 3].map((index) => new TestMember(host, `m${index}`, { processId: `p${index % 3}` }))
        const joined = new Set<TestMember>()
        const check = (): void => {
          const all = members.flatMap(({ tasks }) => tasks)
          assert.equal(new Set(all).size, all.length, all.join(' '))
        }
        for (const { who, what } of steps) {
          const member = members[who]!
          if (what === 0 && joined.has(member)) {
            member.send({ memberEpoch: -1 })
            member.epoch = 0
            member.owned = []
            joined.delete(member)
          } else if (what <= 4) {
            member.beat()
            joined.add(member)
          } else if (joined.has(member)) {
            member.acknowledge()
          }
          check()
        }
        for (let round = 0; round < 12; round++) {
          for (const member of joined) {
            member.beat()
            member.acknowledge()
            check()
          }
        }
        const all = [...joined].flatMap(({ tasks }) => tasks)
        assert.equal(all.length, joined.size === 0 ? 0 : 4)
      }),
      { numRuns: 150 },
    )
  })
}

interface CommitOptions {
  readonly memberId?: string
  readonly epoch?: number
  readonly partition?: number
  readonly version?: number
  readonly metadata?: string
  readonly producerId?: number
  readonly topic?: string
}

function partitionOf(offset: number, { partition = 0, metadata = '' }: CommitOptions) {
  return { partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: 3, committedMetadata: metadata }
}

/** OffsetCommit of one partition; gives its error code. */
function commit(host: TestHost, offset: number, options: CommitOptions = {}): number {
  const { memberId = '', epoch = -1, version = 9, topic = 'in' } = options
  const topics = [{ name: topic, topicId: `id-${topic}`, partitions: [partitionOf(offset, options)] }]
  const request = { groupId: 'app', generationIdOrMemberEpoch: epoch, memberId, groupInstanceId: null, retentionTimeMs: -1, topics }
  return host.ask('OffsetCommit', request, version).topics[0]!.partitions[0]!.errorCode
}

/** TxnOffsetCommit of one partition; gives its error code. */
function commitInTransaction(host: TestHost, offset: number, options: CommitOptions = {}): number {
  const { memberId = '', epoch = -1, version = 5, producerId = 1, topic = 'in' } = options
  const topics = [{ name: topic, partitions: [partitionOf(offset, options)] }]
  const producer = { transactionalId: 'app-1', groupId: 'app', producerId, producerEpoch: 0 }
  const request = { ...producer, generationId: epoch, memberId, groupInstanceId: null, topics }
  return host.ask('TxnOffsetCommit', request, version).topics[0]!.partitions[0]!.errorCode
}

/** OffsetFetch of one partition: its offset, or its error code if that is not 0 or the group's. */
function fetchOffset(
  host: TestHost,
  options: { memberId?: string | null; epoch?: number; requireStable?: boolean; partition?: number } = {},
): number | string {
  const { memberId = null, epoch = -1, requireStable = true, partition = 0 } = options
  const topics = [{ name: 'in', topicId: 'id-in', partitionIndexes: [partition] }]
  const request = { groupId: '', topics: null, groups: [{ groupId: 'app', memberId, memberEpoch: epoch, topics }], requireStable }
  const group = host.ask('OffsetFetch', request, 9).groups[0]!
  if (group.errorCode !== 0) return `group error ${group.errorCode}`
  const { committedOffset, errorCode } = group.topics[0]!.partitions[0]!
  return errorCode === 0 ? committedOffset : `error ${errorCode}`
}

test('createGroupCoordinator() keeps the offsets of a group without members', () => {
  const host = new TestHost()
  assert.equal(fetchOffset(host), -1)
  assert.equal(commit(host, 5, { metadata: 'm' }), 0)
  assert.equal(fetchOffset(host), 5)
  assert.equal(commit(host, 6, { topic: 'none' }), 3)
  assert.equal(commit(host, 6, { metadata: 'x'.repeat(4_097) }), 12)
  assert.equal(commit(host, 6, { epoch: 1, memberId: 'a' }), 25)
  const all = host.ask('OffsetFetch', { groupId: 'app', topics: null, groups: [], requireStable: false }, 7)
  assert.deepEqual(
    all.topics.map(({ name, partitions }) => [name, partitions[0]!.committedOffset, partitions[0]!.metadata]),
    [['in', 5, 'm']],
  )
  const list = host.ask('ListGroups', { statesFilter: [], typesFilter: [] }, 5)
  assert.deepEqual(list.groups, [{ groupId: 'app', protocolType: '', groupState: 'Empty', groupType: 'classic' }])
  assert.equal(host.ask('DescribeGroups', { groups: ['app'], includeAuthorizedOperations: false }, 5).groups[0]!.groupState, 'Empty')
})

test('createGroupCoordinator() keeps the offsets when an empty group becomes a streams group', () => {
  const host = new TestHost()
  commit(host, 5)
  const a = new TestMember(host, 'a')
  a.beat()
  assert.equal(fetchOffset(host, { memberId: 'a', epoch: a.epoch }), 5)
  assert.equal(commit(host, 6), 25, 'a commit from outside is refused now')
})

test('createGroupCoordinator() refuses commits to a group that it does not know', () => {
  const host = new TestHost()
  assert.equal(commit(host, 1, { epoch: 3, memberId: 'a' }), 69)
  assert.equal(commit(host, 1, { epoch: 3, memberId: 'a', version: 8 }), 22)
  assert.equal(commitInTransaction(host, 1, { epoch: 3, memberId: 'a' }), 22)
})

test('createGroupCoordinator() looks for the partition before it asks who commits', () => {
  const host = new TestHost()
  assert.equal(commit(host, 1, { epoch: 3, memberId: 'a', partition: 99 }), 3)
  assert.equal(commit(host, 1, { partition: 99 }), 3)
  assert.equal(commitInTransaction(host, 1, { epoch: 3, memberId: 'a', partition: 99 }), 3)
})

test('createGroupCoordinator() makes no group for a commit to a partition that is not there', () => {
  const host = new TestHost()
  assert.equal(commit(host, 1, { partition: 99 }), 3)
  assert.equal(commit(host, 1, { epoch: 3, memberId: 'a' }), 69)
})

test('createGroupCoordinator() keeps what was committed after the offset of a transaction that ends later', () => {
  const host = new TestHost()
  assert.equal(commitInTransaction(host, 1), 0)
  assert.equal(commit(host, 2), 0)
  for (let partition = 0; partition < 50; partition++) host.coordinator.completeTransaction(partition, 1, true)
  assert.equal(fetchOffset(host), 2)
})

test('createGroupCoordinator() knows the group of a transaction that was aborted', () => {
  const host = new TestHost()
  assert.equal(commitInTransaction(host, 1), 0)
  for (let partition = 0; partition < 50; partition++) host.coordinator.completeTransaction(partition, 1, false)
  assert.equal(fetchOffset(host), -1)
  assert.equal(commit(host, 1, { epoch: 3, memberId: 'a' }), 25)
})

test('createGroupCoordinator() fences commits by member and epoch, and by the epoch of the task', () => {
  const { host, a } = runningGroup()
  const old = a.epoch
  assert.equal(commit(host, 1, { memberId: 'a', epoch: old }), 0)
  assert.equal(commit(host, 1, { memberId: 'a', epoch: old, version: 8 }), 35)
  assert.equal(commit(host, 1, { memberId: 'stranger', epoch: old }), 25)
  assert.equal(commit(host, 1, { memberId: 'a', epoch: old + 1 }), 113)
  const b = new TestMember(host, 'b')
  b.beat()
  a.beat()
  const revoked = ['0_0', '0_1', '0_2', '0_3'].find((task) => !a.tasks.includes(task))!
  const partition = Number(revoked.slice(2))
  assert.equal(commit(host, 2, { memberId: 'a', epoch: old, partition }), 0, 'while the revocation is pending')
  a.acknowledge()
  const kept = Number(a.tasks[0]!.slice(2))
  assert.equal(a.epoch > old, true)
  assert.equal(
    commit(host, 3, { memberId: 'a', epoch: old, partition: kept }),
    0,
    'an older epoch, but not older than the assignment of the task',
  )
  assert.equal(commit(host, 3, { memberId: 'a', epoch: old, partition }), 113)
  assert.equal(commitInTransaction(host, 3, { memberId: 'a', epoch: old, partition }), 22)
  b.beat()
  assert.equal(commit(host, 4, { memberId: 'b', epoch: b.epoch, partition }), 0)
  assert.equal(commit(host, 4, { memberId: 'b', epoch: b.epoch - 1, partition }), 113)
  assert.equal(fetchOffset(host, { memberId: 'b', epoch: b.epoch, partition }), 4)
  assert.equal(fetchOffset(host, { memberId: 'b', epoch: b.epoch - 1, partition }), 'group error 113')
  assert.equal(fetchOffset(host, { memberId: 'stranger', epoch: 1, partition }), 'group error 25')
})

test('createGroupCoordinator() refuses the transaction of a member that it has removed', async () => {
  const { host, a } = runningGroup({ sessionTimeoutMs: 6_000 })
  await host.world.advance(6_000)
  assert.equal(commitInTransaction(host, 9, { memberId: 'a', epoch: a.epoch }), 25)
  host.coordinator.completeTransaction(7, 1, true)
  assert.equal(fetchOffset(host), -1)
})

test('createGroupCoordinator() holds transactional offsets back until the transaction ends', () => {
  const { host, a } = runningGroup()
  const member = { memberId: 'a', epoch: a.epoch }
  assert.equal(commit(host, 1, member), 0)
  assert.equal(commitInTransaction(host, 2, { ...member, producerId: 7 }), 0)
  assert.deepEqual(host.transactions, [{ transactionalId: 'app-1', producerId: 7, producerEpoch: 0, groupId: 'app', version: 5 }])
  assert.equal(fetchOffset(host, member), 'error 88')
  assert.equal(fetchOffset(host, { ...member, partition: 1 }), -1)
  assert.equal(fetchOffset(host, { ...member, requireStable: false }), 1)
  host.coordinator.completeTransaction(8, 7, true)
  assert.equal(fetchOffset(host, member), 'error 88', 'the marker was for another partition of the offsets topic')
  host.coordinator.reload(7)
  host.coordinator.completeTransaction(7, 7, false)
  assert.equal(fetchOffset(host, member), 1)
  commitInTransaction(host, 3, { ...member, producerId: 7 })
  commitInTransaction(host, 4, { ...member, producerId: 8 })
  host.coordinator.completeTransaction(7, 7, true)
  assert.equal(fetchOffset(host, member), 'error 88', 'the other producer')
  host.coordinator.completeTransaction(7, 8, true)
  assert.equal(fetchOffset(host, member), 4)
})

test('createGroupCoordinator() answers for every partition what the transaction coordinator says', () => {
  const { host, a } = runningGroup()
  host.joinCode = 51
  assert.equal(commitInTransaction(host, 2, { memberId: 'a', epoch: a.epoch }), 51)
})

test('createGroupCoordinator() accepts a transaction without any group metadata, as brokers do', () => {
  const { host } = runningGroup()
  assert.equal(commitInTransaction(host, 2), 0)
})

test('createGroupCoordinator() forgets the offsets of a group without members after their retention', async () => {
  const host = new TestHost({ offsetsRetentionMs: 10_000 })
  commit(host, 1)
  await host.world.advance(10_000)
  assert.equal(fetchOffset(host), 1)
  await host.world.advance(1)
  assert.equal(fetchOffset(host), -1)
})

test('createGroupCoordinator() deletes offsets, but not those of a topic that a member reads', () => {
  const { host, a } = runningGroup()
  commit(host, 1, { memberId: 'a', epoch: a.epoch })
  const remove = (): number =>
    host.ask('OffsetDelete', { groupId: 'app', topics: [{ name: 'in', partitions: [{ partitionIndex: 0 }] }] }, 0).topics[0]!.partitions[0]!
      .errorCode
  assert.equal(remove(), 86)
  a.send({ memberEpoch: -1 })
  assert.equal(remove(), 0)
  assert.equal(fetchOffset(host), -1)
})
