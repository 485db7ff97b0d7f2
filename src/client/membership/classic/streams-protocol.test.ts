import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTaskAssigner } from '../../../assignor/task-assigner.ts'
import { type AssignmentInfo, decodeAssignmentInfo, encodeAssignmentInfo } from '../../../protocol/classic/assignment-info.ts'
import { decodeAssignment, decodeSubscription, encodeAssignment } from '../../../protocol/classic/consumer-protocol.ts'
import { type SubscriptionInfo, decodeSubscriptionInfo } from '../../../protocol/classic/subscription-info.ts'
import { formatTaskId } from '../../../protocol/task-id.ts'
import { Admin } from '../../admin.ts'
import { Client } from '../../client.ts'
import { Coordinator } from '../../coordinator.ts'
import type { TaskAssigner } from '../assign-tasks.ts'
import { countingTopology, createInput } from '../contract.ts'
import { EmbeddedWorld } from '../embedded-world.test.ts'
import { LeaderDuties } from '../leader-duties.ts'
import { StreamsProtocol, type StreamsProtocolOptions } from './streams-protocol.ts'

const PROCESS = '00000000-0000-0000-0000-00000000000'

const assigner = createTaskAssigner('high-availability', {
  acceptableRecoveryLag: Infinity,
  maxWarmupReplicas: 2,
  numStandbyReplicas: 0,
  probingRebalanceIntervalMs: 600_000,
  rackAwareAssignmentTags: [],
  rackAwareStrategy: 'none',
  rackAwareTrafficCost: null,
  rackAwareNonOverlapCost: null,
})

/** Protocols of several instances on one cluster with the input of the counting topology. */
class Scene {
  readonly world = new EmbeddedWorld({ protocol: 'classic' })
  readonly client: Client
  readonly admin: Admin
  readonly coordinator: Coordinator
  #instances = 0

  constructor() {
    const environment = this.world.environment('a')
    const identity = { clientId: 'a', environment }
    const timing = { requestTimeoutMs: 2_000, retryBackoffMs: 100, retryBackoffMaxMs: 1_000, metadataMaxAgeMs: 300_000 }
    const transport = this.world.cluster.transport(identity)
    this.client = new Client({ ...identity, ...timing, bootstrap: this.world.cluster.bootstrap, transport })
    this.admin = new Admin(this.client)
    this.coordinator = new Coordinator(this.client, 'group', 'app')
  }

  protocol(options: Partial<StreamsProtocolOptions> = {}): StreamsProtocol {
    const { clock, logger } = this.client.options.environment
    const topology = countingTopology('')
    const { client, admin, coordinator } = this
    const waits = { missingSourcesMs: 1_000, setupMs: 5_000, refreshTopology: () => Promise.resolve() }
    const duties = new LeaderDuties({ client, admin, coordinator, topology: () => topology, storeNames: new Map([[0, ['s']]]), ...waits })
    return new StreamsProtocol({
      groupId: 'app',
      processId: `${PROCESS}${++this.#instances}`,
      endpoint: null,
      clientTags: {},
      rackId: null,
      topology: () => topology,
      taskOffsets: () => [],
      duties,
      assigner,
      logger,
      now: () => clock.now(),
      ...options,
    })
  }

  /** What the first of `members` assigns to all of them, which own nothing. */
  async assign(members: Readonly<Record<string, Buffer>>, leader: StreamsProtocol): Promise<ReadonlyMap<string, Buffer>> {
    const list = Object.entries(members).map(([memberId, metadata]) => ({ memberId, instanceId: null, metadata }))
    return await this.world.settle(leader.assign(list, list[0]!.memberId))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close()
    await this.world.close()
  }
}

const nothingOwned = { active: [], generation: -1 }

function infoOf(bytes: Buffer): AssignmentInfo {
  return decodeAssignmentInfo(decodeAssignment(bytes).userData!)
}

function subscriptionOf(metadata: Buffer): SubscriptionInfo {
  return decodeSubscriptionInfo(decodeSubscription(metadata).userData!)
}

function assignmentOf(fields: Partial<AssignmentInfo>, partitions: readonly number[] = []): Buffer {
  const info: AssignmentInfo = {
    version: 11,
    commonlySupportedVersion: 11,
    activeTasks: partitions.map((partition) => ({ subtopology: 0, partition })),
    standbyTasks: [],
    partitionsByHost: [],
    standbyPartitionsByHost: [],
    errorCode: 0,
    nextRebalanceMs: Infinity,
    ...fields,
  }
  const assignedPartitions = partitions.length === 0 ? [] : [{ topic: 'in', partitions }]
  return encodeAssignment({ assignedPartitions, userData: encodeAssignmentInfo(info) })
}

test('StreamsProtocol.metadata() tells what the thread has, and differs each time', async () => {
  await using scene = new Scene()
  const protocol = scene.protocol({
    endpoint: { host: 'here', port: 80 },
    clientTags: { zone: 'z' },
    rackId: 'r',
    taskOffsets: () => [
      { task: { subtopology: 0, partition: 2 }, offsetSum: 7 },
      { task: { subtopology: 0, partition: 1 }, offsetSum: -2 },
    ],
  })
  protocol.onAssignment(assignmentOf({}, [1, 3]))
  const metadata = protocol.metadata({ active: [{ subtopology: 0, partition: 3 }], generation: 5 })
  const { topics, ownedPartitions, generationId, rackId } = decodeSubscription(metadata)
  assert.deepEqual([topics, ownedPartitions, generationId, rackId], [['in'], [{ topic: 'in', partitions: [3] }], 5, 'r'])
  const { version, latestSupportedVersion, userEndpoint, taskOffsetSums, uniqueField, errorCode, clientTags } = subscriptionOf(metadata)
  assert.deepEqual([version, latestSupportedVersion, userEndpoint, uniqueField, errorCode], [11, 11, 'here:80', 1, 0])
  assert.deepEqual(
    taskOffsetSums.map(({ task, offsetSum }) => `${formatTaskId(task)} ${offsetSum}`),
    ['0_1 -2', '0_2 7'],
  )
  assert.deepEqual([...clientTags], [['zone', 'z']])
  const fields = Array.from({ length: 256 }, () => subscriptionOf(protocol.metadata(nothingOwned)).uniqueField)
  assert.deepEqual([fields[0], fields[126], fields[127], fields[255]], [2, -128, -127, 1], 'a signed byte that wraps round')
})

test('StreamsProtocol: the leader makes the changelog and gives every partition to somebody', async () => {
  await using scene = new Scene()
  await createInput(scene.world)
  const [a, b] = [scene.protocol(), scene.protocol()]
  const assigned = await scene.assign({ 'm-a': a.metadata(nothingOwned), 'm-b': b.metadata(nothingOwned) }, a)
  assert.equal(scene.world.cluster.topics.partitions('app-s-changelog'), 4)
  const taken = [...assigned.values()].flatMap((bytes) =>
    decodeAssignment(bytes).assignedPartitions.flatMap(({ partitions }) => partitions),
  )
  assert.deepEqual(
    taken.toSorted((x, y) => x - y),
    [0, 1, 2, 3],
  )
  const { assignment, failure, isShutdown } = b.onAssignment(assigned.get('m-b')!)
  assert.deepEqual([assignment.active.length, assignment.isReady, failure, isShutdown], [2, true, null, false])
})

test('StreamsProtocol: one member that asks for it shuts all of them down', async () => {
  await using scene = new Scene()
  const [a, b] = [scene.protocol(), scene.protocol()]
  b.requestShutdown()
  const assigned = await scene.assign({ 'm-a': a.metadata(nothingOwned), 'm-b': b.metadata(nothingOwned) }, a)
  for (const [protocol, memberId] of [
    [a, 'm-a'],
    [b, 'm-b'],
  ] as const) {
    const { assignment, failure, isShutdown } = protocol.onAssignment(assigned.get(memberId)!)
    assert.deepEqual([assignment.active, assignment.isReady, failure, isShutdown], [[], false, null, true])
  }
})

test('StreamsProtocol: a missing source topic is told to all, by its name to the leader', async () => {
  await using scene = new Scene()
  const [a, b] = [scene.protocol(), scene.protocol()]
  const assigned = await scene.assign({ 'm-a': a.metadata(nothingOwned), 'm-b': b.metadata(nothingOwned) }, a)
  assert.equal(infoOf(assigned.get('m-b')!).errorCode, 1)
  const failures = [a.onAssignment(assigned.get('m-a')!), b.onAssignment(assigned.get('m-b')!)].map(({ failure }) => failure)
  assert.deepEqual(
    failures.map((failure) => failure?.code),
    ['SOURCE_TOPICS_MISSING', 'SOURCE_TOPICS_MISSING'],
  )
  assert.match(failures[0]!.message, /Source topics in are missing; they must exist before/)
  assert.match(failures[1]!.message, /its log names them/)
})

test('StreamsProtocol: the version is what all members know, and rises again when all know more (N§2.5)', async () => {
  await using scene = new Scene()
  await createInput(scene.world)
  const protocol = scene.protocol()
  const usedVersion = (): number => subscriptionOf(protocol.metadata(nothingOwned)).version
  const older = protocol.onAssignment(assignmentOf({ version: 9, commonlySupportedVersion: 9 }))
  assert.deepEqual([older.nextRebalanceMs, usedVersion()], [0, 9])
  const same = protocol.onAssignment(assignmentOf({ version: 9, commonlySupportedVersion: 9 }))
  assert.deepEqual([same.nextRebalanceMs, usedVersion()], [Infinity, 9])
  const upgraded = protocol.onAssignment(assignmentOf({ version: 9, commonlySupportedVersion: 11 }))
  assert.deepEqual([upgraded.nextRebalanceMs, usedVersion()], [0, 11])
})

test('StreamsProtocol: a member of the future gets an assignment that all of today can read, and probes', async () => {
  await using scene = new Scene()
  await createInput(scene.world)
  const [a, b] = [scene.protocol(), scene.protocol()]
  // Of a version above the latest only the two version numbers are read.
  const future = b.metadata(nothingOwned)
  const at = future.indexOf(Buffer.from([0, 0, 0, 11, 0, 0, 0, 11]))
  future.writeInt32BE(12, at)
  future.writeInt32BE(12, at + 4)
  const assigned = await scene.assign({ 'm-a': a.metadata(nothingOwned), 'm-b': future }, a)
  const infos = ['m-a', 'm-b'].map((memberId) => infoOf(assigned.get(memberId)!))
  assert.deepEqual(
    infos.map(({ version, commonlySupportedVersion }) => [version, commonlySupportedVersion]),
    [
      [11, 11],
      [11, 11],
    ],
  )
})

test('StreamsProtocol: a static member whose endpoint the group does not know asks for a rebalance', async () => {
  await using scene = new Scene()
  const protocol = scene.protocol({ endpoint: { host: 'new', port: 1 } })
  const at = (host: string): Buffer => assignmentOf({ partitionsByHost: [{ host, port: 1, partitions: [{ topic: 'in', partition: 0 }] }] })
  assert.equal(protocol.onAssignment(at('old')).nextRebalanceMs, 0)
  const known = protocol.onAssignment(at('new'))
  assert.equal(known.nextRebalanceMs, Infinity)
  assert.deepEqual(known.endpoints, [{ endpoint: { host: 'new', port: 1 }, active: new Map([['in', [0]]]), standby: new Map() }])
})

test('StreamsProtocol: an assignment with more partitions than tasks is refused', async () => {
  await using scene = new Scene()
  const bytes = assignmentOf({ activeTasks: [{ subtopology: 0, partition: 0 }] }, [0, 1])
  assert.throws(() => scene.protocol().onAssignment(bytes), /it has 2 partitions, but the tasks of 1/)
  const empty = encodeAssignment({ assignedPartitions: [], userData: null })
  assert.throws(() => scene.protocol().onAssignment(empty), /it has no data of Kafka Streams/)
})

test('StreamsProtocol: what a member owned in an older generation is not counted', async () => {
  await using scene = new Scene()
  await createInput(scene.world)
  const owned: string[] = []
  const watching: TaskAssigner = {
    ...assigner,
    assign: (input) => {
      for (const { memberId, ownedPartitions } of input.members)
        owned.push(`${memberId} ${ownedPartitions.map(({ partition }) => partition).join()}`)
      return assigner.assign(input)
    },
  }
  const [a, b] = [scene.protocol({ assigner: watching }), scene.protocol()]
  for (const protocol of [a, b]) protocol.onAssignment(assignmentOf({}, [0, 1]))
  const active = [0, 1].map((partition) => ({ subtopology: 0, partition }))
  await scene.assign({ 'm-a': a.metadata({ active, generation: 4 }), 'm-b': b.metadata({ active, generation: 3 }) }, a)
  assert.deepEqual(owned, ['m-a 0,1', 'm-b '])
})

test('StreamsProtocol: end offsets are those of changelogs, and what is committed of a source topic that serves as one', async () => {
  await using scene = new Scene()
  await createInput(scene.world)
  scene.world.cluster.createTopic('table', { partitions: 4 })
  const record = { key: Buffer.from('k'), value: Buffer.from('v') }
  for (let count = 0; count < 3; count++) scene.world.cluster.append('table', 1, [record])
  const [counting] = countingTopology('').subtopologies
  const table = { name: 'table', partitions: 0, replicationFactor: -1, configs: {} }
  const subtopologies = [{ ...counting!, sourceTopics: ['in', 'table'], stateChangelogTopics: [...counting!.stateChangelogTopics, table] }]
  const { client, admin, coordinator } = scene
  const topology = { epoch: 0, subtopologies }
  const waits = { missingSourcesMs: 1_000, setupMs: 5_000, refreshTopology: () => Promise.resolve() }
  const duties = new LeaderDuties({ client, admin, coordinator, topology: () => topology, storeNames: new Map(), ...waits })
  const first = await scene.world.settle(duties.prepare({ endOffsets: true, racks: true }))
  assert.equal(first.endOffsetSums?.get('0_1'), 0, 'nothing is committed of the table')
  assert.equal(scene.world.cluster.topics.partitions('table'), 4)
  scene.world.cluster.append('app-s-changelog', 1, [record])
  const second = await scene.world.settle(duties.prepare({ endOffsets: true, racks: true }))
  assert.deepEqual([second.endOffsetSums?.get('0_1'), second.endOffsetSums?.get('0_0')], [1, 0])
  assert.deepEqual(
    second.tasks.map(({ id, sources, changelogs }) => `${formatTaskId(id)} ${sources.length} ${changelogs.length}`),
    ['0_0 2 2', '0_1 2 2', '0_2 2 2', '0_3 2 2'],
  )
  assert.deepEqual(second.racks?.find(({ topic, partition }) => topic === 'in' && partition === 0)?.racks, [null, null])
  assert.equal(duties.isOutdated(), false)
  duties.close()
})
