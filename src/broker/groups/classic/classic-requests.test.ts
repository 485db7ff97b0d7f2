import assert from 'node:assert/strict'
import { test } from 'node:test'
import { VirtualWorld } from '../../../base/virtual-environment.ts'
import { encodeSubscription } from '../../../protocol/classic/consumer-protocol.ts'
import type { Api, RequestOf, ResponseOf } from '../../../protocol/messages.ts'
import type { JoinGroupRequest, JoinGroupResponse } from '../../../protocol/messages/join-group.ts'
import type { SyncGroupResponse } from '../../../protocol/messages/sync-group.ts'
import type { GroupCoordinator, GroupHost, GroupSettings } from '../../group-host.ts'
import { createGroupCoordinator } from '../group-coordinator.ts'
import { defaultGroupSettings } from '../group-settings.ts'

const GROUP = 'app'
const metadata = (text: string): Buffer =>
  encodeSubscription({ topics: ['in'], userData: Buffer.from(text), ownedPartitions: [], generationId: -1, rackId: null })

/** The coordinator under test, on a cluster with one topic. */
class Scene {
  readonly world = new VirtualWorld()
  readonly settings: GroupSettings
  readonly coordinator: GroupCoordinator
  coordinatorCode = 0

  constructor(settings: Partial<GroupSettings> = {}) {
    this.settings = { ...defaultGroupSettings('4.3'), initialRebalanceDelayMs: 0, ...settings }
    const host: GroupHost = {
      environment: this.world.environment('broker'),
      settings: this.settings,
      topics: {
        partitions: (topic) => (topic === 'in' ? 4 : 0),
        idOf: (topic) => `id-${topic}`,
        nameOf: (id) => id.slice(3),
        names: () => ['in'],
      },
      createTopics: () => [],
      onTopicsChanged: () => () => {},
      coordinatorError: () => this.coordinatorCode,
      offsetsPartition: () => 7,
      joinTransaction: () => 0,
    }
    this.coordinator = createGroupCoordinator(host)
  }

  ask<A extends Api>(api: A, request: RequestOf<A>, version: number, clientId = 'client'): ResponseOf<A> | Promise<ResponseOf<A>> {
    const context = { clientId, clientHost: '/127.0.0.1', node: 1, purpose: 'coordinator' as const, onDisconnect: () => () => {} }
    return this.coordinator.handlers[api]!(request, version, context) as ResponseOf<A> | Promise<ResponseOf<A>>
  }

  now<A extends Api>(api: A, request: RequestOf<A>, version: number): ResponseOf<A> {
    const answer = this.ask(api, request, version)
    assert.equal(answer instanceof Promise, false, `${api} is answered at once`)
    return answer as ResponseOf<A>
  }

  describe(): ResponseOf<'DescribeGroups'>['groups'][number] {
    return this.now('DescribeGroups', { groups: [GROUP], includeAuthorizedOperations: false }, 6).groups[0]!
  }

  get state(): string {
    return this.describe().groupState
  }

  commit(memberId: string, generation: number, options: { instanceId?: string; isTransactional?: boolean; version?: number } = {}): number {
    const partition = { partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: -1, committedMetadata: '' }
    const groupInstanceId = options.instanceId ?? null
    if (options.isTransactional === true) {
      const topics = [{ name: 'in', topicId: 'id-in', partitions: [partition] }]
      const producer = { transactionalId: 't', producerId: 1, producerEpoch: 0, groupId: GROUP }
      const request = { ...producer, generationId: generation, memberId, groupInstanceId, topics }
      return this.now('TxnOffsetCommit', request, 5).topics[0]!.partitions[0]!.errorCode
    }
    const topics = [{ name: 'in', topicId: 'id-in', partitions: [partition] }]
    const request = { groupId: GROUP, generationIdOrMemberEpoch: generation, memberId, groupInstanceId, retentionTimeMs: -1, topics }
    return this.now('OffsetCommit', request, options.version ?? 9).topics[0]!.partitions[0]!.errorCode
  }
}

/** A member that keeps its id and generation as a client does. */
class Member {
  readonly scene: Scene
  readonly instanceId: string | null
  id = ''
  generation = -1
  leader = ''
  assignment = ''
  seen: readonly string[] = []
  #text = 0

  constructor(scene: Scene, instanceId: string | null = null) {
    this.scene = scene
    this.instanceId = instanceId
  }

  request(fields: Partial<JoinGroupRequest> = {}): JoinGroupRequest {
    return {
      groupId: GROUP,
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 60_000,
      memberId: this.id,
      groupInstanceId: this.instanceId,
      protocolType: 'consumer',
      protocols: [{ name: 'stream', metadata: metadata(String(++this.#text)) }],
      reason: null,
      ...fields,
    }
  }

  /** Sends one request as it is. */
  async ask(fields: Partial<JoinGroupRequest> = {}, version = 9): Promise<JoinGroupResponse> {
    return await this.scene.ask('JoinGroup', this.request(fields), version)
  }

  /** Joins as a client does: with the id that it is given. */
  async join(version = 9): Promise<JoinGroupResponse> {
    let answer = await this.ask({}, version)
    if (answer.errorCode === 79) {
      this.id = answer.memberId
      answer = await this.ask({}, version)
    }
    if (answer.errorCode !== 0) return answer
    this.id = answer.memberId
    this.generation = answer.generationId
    this.leader = answer.leader
    this.seen = answer.members.map(({ memberId }) => memberId)
    return answer
  }

  async sync(assignments: Readonly<Record<string, string>> = {}, generationId = this.generation): Promise<SyncGroupResponse> {
    const answer = await this.scene.ask(
      'SyncGroup',
      {
        groupId: GROUP,
        generationId,
        memberId: this.id,
        groupInstanceId: this.instanceId,
        protocolType: 'consumer',
        protocolName: 'stream',
        assignments: Object.entries(assignments).map(([memberId, text]) => ({ memberId, assignment: Buffer.from(text) })),
      },
      5,
    )
    if (answer.errorCode === 0) this.assignment = answer.assignment.toString()
    return answer
  }

  beat(generationId = this.generation): number {
    const request = { groupId: GROUP, generationId, memberId: this.id, groupInstanceId: this.instanceId }
    return this.scene.now('Heartbeat', request, 4).errorCode
  }

  leave(): number {
    const members = [{ memberId: this.id, groupInstanceId: this.instanceId, reason: 'test' }]
    const answer = this.scene.now('LeaveGroup', { groupId: GROUP, memberId: '', members }, 5)
    return answer.errorCode || answer.members[0]!.errorCode
  }
}

/** Lets all of them join and sync; the first that is the leader assigns its number to each. */
async function stabilize(scene: Scene, members: readonly Member[]): Promise<void> {
  const joins = members.map((member) => member.join())
  await scene.world.advance(1)
  await Promise.all(joins)
  await syncAll(members)
}

async function syncAll(members: readonly Member[]): Promise<void> {
  const assignments = Object.fromEntries(members.map(({ id }, index) => [id, String(index)]))
  const answers = await Promise.all(members.map((member) => member.sync(member.id === member.leader ? assignments : {})))
  assert.deepEqual(new Set(answers.map(({ errorCode }) => errorCode)), new Set([0]))
}

test('ClassicRequests: two members join, one is told of both and assigns, each gets its own', async () => {
  const scene = new Scene({ initialRebalanceDelayMs: 3_000 })
  const [a, b] = [new Member(scene), new Member(scene)]
  const joins = [a.join(), b.join()]
  await scene.world.advance(2_999)
  assert.equal(scene.state, 'PreparingRebalance')
  await scene.world.advance(3_001)
  await Promise.all(joins)
  assert.equal(scene.state, 'CompletingRebalance')
  assert.deepEqual([a.generation, b.generation], [1, 1])
  assert.deepEqual([a.leader, b.leader], [a.id, a.id])
  assert.deepEqual([a.seen, b.seen], [[a.id, b.id], []])
  assert.match(a.id, /^client-[0-9a-f-]{36}$/)
  await syncAll([a, b])
  assert.deepEqual([scene.state, a.assignment, b.assignment], ['Stable', '0', '1'])
  assert.deepEqual([a.beat(), b.beat()], [0, 0])
  const described = scene.describe()
  assert.deepEqual([described.protocolType, described.protocolData], ['consumer', 'stream'])
  assert.deepEqual(
    described.members.map(({ memberId, memberAssignment }) => [memberId, memberAssignment.toString()]),
    [
      [a.id, '0'],
      [b.id, '1'],
    ],
  )
})

test('ClassicRequests: the first generation waits as long as members come, up to the rebalance time-out', async () => {
  const scene = new Scene({ initialRebalanceDelayMs: 3_000 })
  const members: Member[] = []
  const joins: Promise<unknown>[] = []
  for (let ms = 0; ms < 8_000; ms += 2_000) {
    const member = new Member(scene)
    members.push(member)
    joins.push(member.join())
    await scene.world.advance(2_000)
  }
  assert.equal(scene.state, 'PreparingRebalance')
  await scene.world.advance(4_000)
  await Promise.all(joins)
  assert.deepEqual(new Set(members.map(({ generation }) => generation)), new Set([1]))
})

test('ClassicRequests: who leaves a group that is not there is told so member by member', () => {
  const members = ['a', 'b'].map((memberId) => ({ memberId, groupInstanceId: null, reason: null }))
  const { errorCode, members: answers } = new Scene().now('LeaveGroup', { groupId: GROUP, memberId: '', members }, 5)
  assert.deepEqual([errorCode, ...answers.map((answer) => answer.errorCode)], [0, 25, 25])
  assert.equal(new Scene().now('LeaveGroup', { groupId: GROUP, memberId: 'a', members: [] }, 2).errorCode, 25)
})

test('ClassicRequests: a member that leaves while the first generation waits for others keeps none of them out', async () => {
  const scene = new Scene({ initialRebalanceDelayMs: 3_000 })
  const [a, b] = [new Member(scene), new Member(scene)]
  void a.join()
  await scene.world.advance(1_000)
  assert.equal(a.leave(), 0)
  const joining = b.join()
  await scene.world.advance(6_000)
  assert.deepEqual([(await joining).errorCode, b.leader], [0, b.id])
})

test('ClassicRequests: a member that comes makes the others join again; who does not in time is out', async () => {
  const scene = new Scene()
  const [a, b, c] = [new Member(scene), new Member(scene), new Member(scene)]
  await stabilize(scene, [a, b])
  const joining = c.join()
  await scene.world.advance(1)
  assert.equal(scene.state, 'PreparingRebalance')
  assert.equal(a.beat(), 27)
  assert.equal(scene.commit(a.id, a.generation), 0, 'what was processed may be committed until the generation ends')
  const again = a.join()
  for (let ms = 0; ms < 60_000; ms += 5_000) {
    assert.equal(b.beat(), 27, 'it lives, but does not join')
    await scene.world.advance(5_000)
  }
  await Promise.all([again, joining])
  assert.deepEqual([a.generation, c.generation], [2, 2])
  assert.equal(b.beat(), 25)
  assert.equal(scene.commit(a.id, 2), 27, 'there is no assignment yet')
  assert.equal(scene.commit(a.id, 2, { isTransactional: true }), 0)
  await syncAll([a, c])
  assert.equal(scene.commit(a.id, 1), 22)
  assert.equal(scene.commit(b.id, 1), 25)
  assert.equal(scene.commit('', -1), 25)
  assert.equal(scene.commit('', -1, { isTransactional: true }), 0, 'a producer that knows nothing of groups')
  assert.equal(scene.commit(a.id, 2), 0)
})

test('ClassicRequests: a session that times out starts a rebalance; the last one leaves the group empty', async () => {
  const scene = new Scene()
  const [a, b] = [new Member(scene), new Member(scene)]
  await stabilize(scene, [a, b])
  await scene.world.advance(6_000)
  assert.equal(b.beat(), 0)
  await scene.world.advance(4_000)
  assert.equal(scene.state, 'PreparingRebalance')
  assert.equal(b.beat(), 27)
  await b.join()
  assert.deepEqual([b.generation, b.leader], [2, b.id], 'the leader was the one that failed')
  await syncAll([b])
  assert.equal(b.leave(), 0)
  assert.deepEqual([scene.state, b.beat(), b.leave()], ['Empty', 25, 25])
  assert.equal(scene.commit('', -1), 0)
})

test('ClassicRequests: a sync before the leader waits; one of a rebalance that starts over is told so', async () => {
  const scene = new Scene()
  const [a, b, c] = [new Member(scene), new Member(scene), new Member(scene)]
  const joins = [a.join(), b.join()]
  await scene.world.advance(1)
  await Promise.all(joins)
  const waiting = b.sync()
  const joining = c.join()
  assert.equal((await waiting).errorCode, 27)
  assert.equal((await a.sync()).errorCode, 27)
  const again = [a.join(), b.join()]
  await Promise.all([...again, joining])
  await syncAll([a, b, c])
  assert.deepEqual([a.assignment, b.assignment, c.assignment, a.generation], ['0', '1', '2', 2])
})

test('ClassicRequests: members that never sync are out after the rebalance time-out', async () => {
  const scene = new Scene()
  const [a, b] = [new Member(scene), new Member(scene)]
  const joins = [a.join(), b.join()]
  await scene.world.advance(1)
  await Promise.all(joins)
  await a.sync({ [a.id]: 'x' })
  assert.equal(scene.state, 'Stable')
  for (let ms = 0; ms < 60_000; ms += 5_000) {
    assert.deepEqual([a.beat(), b.beat()], [0, 0])
    await scene.world.advance(5_000)
  }
  assert.deepEqual([scene.state, b.beat(), a.beat()], ['PreparingRebalance', 25, 27])
})

test('ClassicRequests: a member that has missed an answer gets it again', async () => {
  const scene = new Scene()
  const [a, b] = [new Member(scene), new Member(scene)]
  await stabilize(scene, [a, b])
  const inGroup = scene.describe().members.find(({ memberId }) => memberId === b.id)!
  const again = await b.ask({ protocols: [{ name: 'stream', metadata: inGroup.memberMetadata }] })
  assert.deepEqual([again.generationId, again.leader, again.members], [1, a.id, []], 'a follower with nothing new')
  assert.equal((await b.sync()).assignment.toString(), '1')
  assert.equal(scene.state, 'Stable')
  void b.ask()
  assert.equal(scene.state, 'PreparingRebalance', 'a follower with something new')
})

test('ClassicRequests: a leader that joins again starts a rebalance, whatever it says', async () => {
  const scene = new Scene()
  const [a, b] = [new Member(scene), new Member(scene)]
  await stabilize(scene, [a, b])
  const metadataOfA = scene.describe().members[0]!.memberMetadata
  void a.ask({ protocols: [{ name: 'stream', metadata: metadataOfA }] })
  assert.equal(scene.state, 'PreparingRebalance')
})

/** What a request with something wrong is answered. */
const refusals: readonly (readonly [string, Partial<JoinGroupRequest>, number])[] = [
  ['a session that is too short', { sessionTimeoutMs: 5_999 }, 26],
  ['a session that is too long', { sessionTimeoutMs: 1_800_001 }, 26],
  ['no group id', { groupId: '' }, 24],
  ['a protocol that not all have', { protocols: [{ name: 'range', metadata: metadata('x') }] }, 23],
  ['another protocol type', { protocolType: 'connect' }, 23],
  ['no protocol', { protocols: [] }, 23],
  ['an id that nobody gave out', { memberId: 'who' }, 25],
  ['an instance id that is not known, with a member id', { memberId: 'who', groupInstanceId: 'i' }, 25],
]

for (const [title, fields, errorCode] of refusals) {
  test(`ClassicRequests: ${title} is refused with ${errorCode}`, async () => {
    const scene = new Scene()
    await stabilize(scene, [new Member(scene)])
    assert.equal((await new Member(scene).ask(fields)).errorCode, errorCode)
    assert.equal(scene.state, 'Stable')
  })
}

test('ClassicRequests: an id that was given out and is not used is forgotten with its session', async () => {
  const scene = new Scene()
  const [a, b] = [new Member(scene), new Member(scene)]
  await stabilize(scene, [a])
  assert.equal((await b.ask()).errorCode, 79)
  const again = a.join()
  await scene.world.advance(9_999)
  assert.equal(scene.state, 'PreparingRebalance', 'the rebalance waits for it')
  await scene.world.advance(1)
  await again
  assert.equal(a.generation, 2)
})

test('ClassicRequests: before version 4 a member needs no id to join', async () => {
  const scene = new Scene()
  const a = new Member(scene)
  const joining = a.ask({}, 3)
  await scene.world.advance(1)
  assert.deepEqual([(await joining).errorCode, (await joining).generationId], [0, 1])
})

test('ClassicRequests: a group that is full takes nobody', async () => {
  const scene = new Scene({ membersMax: 2 })
  await stabilize(scene, [new Member(scene), new Member(scene)])
  assert.equal((await new Member(scene).ask()).errorCode, 81)
})

test('ClassicRequests: the protocol is the one that most members prefer', async () => {
  const scene = new Scene()
  const votes = [
    ['one', 'two'],
    ['two', 'one'],
    ['three', 'two', 'one'],
  ]
  const joins = votes.map(async (names) => {
    const protocols = names.map((name) => ({ name, metadata: metadata(name) }))
    const member = new Member(scene)
    const { memberId } = await member.ask({ protocols })
    return await member.ask({ protocols, memberId })
  })
  await scene.world.advance(1)
  const answers = await Promise.all(joins)
  assert.deepEqual(new Set(answers.map(({ protocolName }) => protocolName)), new Set(['two']))
})

test('ClassicRequests: a static member that comes back goes on without a rebalance, and fences the one before', async () => {
  const scene = new Scene()
  const [a, b] = [new Member(scene, 'i-a'), new Member(scene, 'i-b')]
  await stabilize(scene, [a, b])
  const back = new Member(scene, 'i-b')
  const answer = await back.join()
  assert.deepEqual([answer.generationId, answer.skipAssignment, back.leader], [1, false, a.id])
  assert.equal((await back.sync()).assignment.toString(), '1')
  assert.deepEqual([scene.state, b.beat(), (await b.sync()).errorCode], ['Stable', 82, 82])
  assert.deepEqual([scene.commit(b.id, 1, { instanceId: 'i-b' }), scene.commit(back.id, 1, { instanceId: 'i-b' })], [82, 0])
  assert.equal((await b.ask()).errorCode, 82)
  assert.equal(b.leave(), 82)
})

test('ClassicRequests: a static leader that comes back has nothing to assign', async () => {
  const scene = new Scene()
  const [a, b] = [new Member(scene, 'i-a'), new Member(scene, 'i-b')]
  await stabilize(scene, [a, b])
  const back = new Member(scene, 'i-a')
  const answer = await back.join()
  assert.deepEqual([answer.skipAssignment, answer.leader, answer.members.length], [true, back.id, 2])
  assert.equal((await back.sync()).assignment.toString(), '0')
  const older = new Member(scene, 'i-a')
  const olderAnswer = await older.join(8)
  assert.deepEqual([olderAnswer.skipAssignment, olderAnswer.leader, olderAnswer.members], [false, back.id, []])
  assert.notEqual(older.id, back.id)
})

test('ClassicRequests: a static member keeps its place through a rebalance until its session ends', async () => {
  const scene = new Scene()
  const [a, b] = [new Member(scene, 'i-a'), new Member(scene, 'i-b')]
  await stabilize(scene, [a, b])
  const again = a.join()
  await scene.world.advance(9_998)
  assert.equal(scene.state, 'PreparingRebalance')
  await scene.world.advance(2)
  await again
  assert.deepEqual([a.generation, a.seen], [2, [a.id]])
})

test('ClassicRequests: a tool removes a static member by its instance id', async () => {
  const scene = new Scene()
  const [a, b] = [new Member(scene, 'i-a'), new Member(scene, 'i-b')]
  await stabilize(scene, [a, b])
  const members = ['i-b', 'i-c'].map((groupInstanceId) => ({ memberId: '', groupInstanceId, reason: null }))
  const answer = scene.now('LeaveGroup', { groupId: GROUP, memberId: '', members }, 5)
  assert.deepEqual([answer.errorCode, ...answer.members.map(({ errorCode }) => errorCode)], [0, 0, 25])
  assert.deepEqual([scene.state, b.beat()], ['PreparingRebalance', 25])
})

test('ClassicRequests: a coordinator that moves knows the last generation; who waited asks again', async () => {
  const scene = new Scene()
  const [a, b] = [new Member(scene), new Member(scene)]
  await stabilize(scene, [a, b])
  const again = a.ask()
  scene.coordinator.reload(7)
  assert.equal((await again).errorCode, 16)
  assert.deepEqual([scene.state, a.beat(), b.beat()], ['Stable', 0, 0])
  assert.equal((await b.sync()).assignment.toString(), '1')
  await scene.world.advance(10_000)
  assert.deepEqual([scene.state, a.beat()], ['Empty', 25], 'sessions were counted from the move')
  scene.coordinatorCode = 14
  assert.deepEqual([a.beat(), (await a.ask()).errorCode, (await a.sync()).errorCode], [0, 14, 14])
})

test('ClassicRequests: a classic group and a streams group of one name exclude each other until they are empty', async () => {
  const scene = new Scene()
  const heartbeat = (memberEpoch: number): ResponseOf<'StreamsGroupHeartbeat'> =>
    scene.now(
      'StreamsGroupHeartbeat',
      {
        groupId: GROUP,
        memberId: 'm',
        memberEpoch,
        endpointInformationEpoch: -1,
        instanceId: null,
        rackId: null,
        rebalanceTimeoutMs: memberEpoch < 0 ? -1 : 300_000,
        topology: memberEpoch < 0 ? null : { epoch: 0, subtopologies: [] },
        activeTasks: memberEpoch < 0 ? null : [],
        standbyTasks: memberEpoch < 0 ? null : [],
        warmupTasks: memberEpoch < 0 ? null : [],
        processId: memberEpoch < 0 ? null : 'p',
        userEndpoint: null,
        clientTags: memberEpoch < 0 ? null : [],
        taskOffsets: null,
        taskEndOffsets: null,
        shutdownApplication: false,
      },
      0,
    )
  const a = new Member(scene)
  await stabilize(scene, [a])
  assert.equal(scene.commit(a.id, 1), 0)
  assert.deepEqual([heartbeat(0).errorCode, heartbeat(-1).errorCode], [69, 69])
  assert.equal(a.leave(), 0)
  assert.equal(heartbeat(0).errorCode, 0)
  assert.equal((await a.ask()).errorCode, 23)
  assert.deepEqual([a.beat(), (await a.sync()).errorCode, a.leave()], [25, 25, 25])
  assert.equal(scene.describe().errorCode, 69)
  assert.equal(heartbeat(-1).errorCode, 0)
  a.id = ''
  await stabilize(scene, [a])
  const listed = scene.now('ListGroups', { statesFilter: [], typesFilter: [] }, 5).groups
  assert.deepEqual(listed, [{ groupId: GROUP, protocolType: 'consumer', groupState: 'Stable', groupType: 'classic' }])
  assert.equal(scene.coordinator.progressOf(GROUP)?.committed.get('in', 0)?.offset, 5, 'the offsets have outlived both changes')
})

test('ClassicRequests: offsets and groups are deleted as their members allow', async () => {
  const scene = new Scene()
  const a = new Member(scene)
  await stabilize(scene, [a])
  assert.equal(scene.commit(a.id, 1), 0)
  const deleteOf = (name: string): number => {
    const answer = scene.now('OffsetDelete', { groupId: GROUP, topics: [{ name, partitions: [{ partitionIndex: 0 }] }] }, 0)
    return answer.errorCode || answer.topics[0]!.partitions[0]!.errorCode
  }
  const deleteGroup = (): number => scene.now('DeleteGroups', { groupsNames: [GROUP] }, 2).results[0]!.errorCode
  assert.deepEqual([deleteOf('in'), deleteOf('other'), deleteGroup()], [86, 0, 68])
  assert.equal(a.leave(), 0)
  assert.deepEqual([deleteOf('in'), deleteGroup(), deleteGroup()], [0, 0, 69])
  assert.deepEqual([scene.state, scene.describe().errorCode], ['Dead', 69])
})
