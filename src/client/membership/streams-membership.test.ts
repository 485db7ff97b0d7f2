import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../../base/errors.ts'
import type { EmbeddedCluster } from '../../broker/embedded-cluster.ts'
import type { ActiveRule } from '../../broker/faults/fault-rules.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { Api, RequestOf, ResponseOf } from '../../protocol/messages.ts'
import type { StreamsGroupHeartbeatRequest } from '../../protocol/messages/streams-group-heartbeat.ts'
import type { Connection, Endpoint, Transport, TransportClient } from '../../protocol/transport.ts'
import {
  type MembershipWorld,
  TestThread,
  countingTopology,
  createInput,
  fourTasks,
  leaveAll,
  membershipContract,
  runAll,
  runningTasks,
  settleMs,
} from './contract.ts'
import { EmbeddedWorld, survive } from './embedded-world.test.ts'

for (const release of ['4.2', '4.3', '4.4'] as const) {
  // The oldest release with the first transaction protocol, the others with the second.
  const transactionVersion = release === '4.2' ? 1 : 2
  membershipContract(
    `StreamsMembership on the embedded cluster ${release}`,
    () => Promise.resolve(new EmbeddedWorld({ release, transactionVersion })),
    { protocol: 'streams', applicable: 11 },
  )
}

/** The answers to heartbeats that `where` holds for are lost, as many as `times`. */
function loseAnswers(
  world: EmbeddedWorld,
  clientId: string,
  rule: { times: number; skip?: number; where?: (request: unknown) => boolean },
): ActiveRule {
  return world.cluster.faults.add({ api: 'StreamsGroupHeartbeat', clientId, when: 'after', action: 'cut', ...rule })
}

function epochOf({ membership }: TestThread): number {
  return membership.groupMetadata().generation
}

/** The world as a record, so that a part of it can be replaced. */
function hooksOf(world: EmbeddedWorld): MembershipWorld {
  return {
    cluster: world.cluster,
    prefix: world.prefix,
    protocol: world.protocol,
    heartbeatIntervalMs: world.heartbeatIntervalMs,
    sessionTimeoutMs: world.sessionTimeoutMs,
    initialRebalanceDelayMs: world.initialRebalanceDelayMs,
    environment: (name) => world.environment(name),
    advance: (ms) => world.advance(ms),
    until: (condition, limitMs) => world.until(condition, limitMs),
    settle: (promise) => world.settle(promise),
    close: () => world.close(),
  }
}

const descriptionRequest = { groupIds: ['app'], includeAuthorizedOperations: false, includeTopologyDescription: false }

/** A cluster whose answers a test may alter on their way. */
class AlteredCluster {
  alter: (api: Api, response: ResponseOf<Api>) => ResponseOf<Api> = (_api, response) => response
  readonly #cluster: EmbeddedCluster

  constructor(cluster: EmbeddedCluster) {
    this.#cluster = cluster
  }

  get bootstrap(): readonly Endpoint[] {
    return this.#cluster.bootstrap
  }

  transport(client: TransportClient): Transport {
    const transport = this.#cluster.transport(client)
    return { connect: async (at, purpose) => this.#wrap(await transport.connect(at, purpose)) }
  }

  /** Answers of `api` are replaced as long as `replace` gives another. */
  alterAnswers<A extends Api>(api: A, replace: (response: ResponseOf<A>) => ResponseOf<A>): void {
    this.alter = (asked, response) => (asked === api ? replace(response as ResponseOf<A>) : response)
  }

  #wrap(connection: Connection): Connection {
    const send = async <A extends Api>(api: A, version: number, request: RequestOf<A>, timeoutMs: number): Promise<ResponseOf<A>> =>
      this.alter(api, await connection.send(api, version, request, timeoutMs)) as ResponseOf<A>
    return {
      versions: connection.versions,
      features: connection.features,
      get isClosed() {
        return connection.isClosed
      },
      send,
      close: () => connection.close(),
    }
  }
}

/** A fault may cost this much on top of a rebalance: the back-off, looking for the coordinator, the description. */
const REMEDY_MS = 2_000

for (const release of ['4.2', '4.3', '4.4'] as const) {
  test(`StreamsMembership (${release}) gets tasks whose grant was lost (N§1.20, first case)`, async () => {
    await using world = new EmbeddedWorld({ release, initialRebalanceDelayMs: 0, assignmentIntervalMs: 0 })
    await createInput(world)
    const a = new TestThread(world, 'a').start()
    await world.until(() => runAll([a]), settleMs(world))
    const b = new TestThread(world, 'b')
    // Once A has acknowledged the revocation, the next answer to B brings its tasks, at the epoch that B has already.
    const lost = loseAnswers(world, 'b', { times: 1, where: () => a.active.length === 2 && epochOf(a) === epochOf(b) })
    b.start()
    await world.until(() => lost.hits === 1, settleMs(world))
    assert.deepEqual(b.active, [])
    await world.until(() => runAll([a, b]), world.heartbeatIntervalMs + REMEDY_MS)
    await world.advance(20 * world.heartbeatIntervalMs)
    assert.equal(runAll([a, b]), true)
    assert.equal(b.log.includes('lost'), false, 'it never stops being a member')
    await leaveAll(world, [a, b])
  })

  test(`StreamsMembership (${release}) hears of a new epoch with tasks whose answer was lost (second case)`, async () => {
    await using world = new EmbeddedWorld({ release })
    await createInput(world)
    const a = new TestThread(world, 'a')
    const b = new TestThread(world, 'b')
    // The first heartbeat after the initial delay brings epoch and tasks together.
    let groupStartMs = 0
    const lost = loseAnswers(world, 'a', { times: 1, where: () => world.time.nowMs - groupStartMs > world.initialRebalanceDelayMs })
    groupStartMs = world.time.nowMs
    a.start()
    b.start()
    await world.until(() => lost.hits === 1, settleMs(world))
    assert.deepEqual(a.active, [])
    await world.until(() => runAll([a, b]), world.heartbeatIntervalMs + REMEDY_MS)
    assert.equal(a.log.includes('lost'), false)
    await leaveAll(world, [a, b])
  })

  test(`StreamsMembership (${release}) revokes what it was told to revoke in an answer that was lost (third case)`, async () => {
    await using world = new EmbeddedWorld({ release, initialRebalanceDelayMs: 0, assignmentIntervalMs: 0 })
    await createInput(world)
    const a = new TestThread(world, 'a').start()
    await world.until(() => runAll([a]), settleMs(world))
    const b = new TestThread(world, 'b').start()
    await world.until(() => b.log.length > 0, settleMs(world))
    const lost = loseAnswers(world, 'a', { times: 1 })
    await world.until(() => lost.hits === 1, settleMs(world))
    assert.deepEqual(a.active, fourTasks)
    await world.until(() => a.active.length === 2, REMEDY_MS)
    await world.until(() => runAll([a, b]), 2 * world.heartbeatIntervalMs + REMEDY_MS)
    assert.equal(a.log.includes('lost'), false)
    await leaveAll(world, [a, b])
  })
}

test('StreamsMembership does not wait for the next interval while the coordinator gets the group ready', async () => {
  await using world = new EmbeddedWorld({ initialRebalanceDelayMs: 300, assignmentIntervalMs: 0, heartbeatIntervalMs: 5_000 })
  await createInput(world)
  const { clock } = world.environment('test')
  const startMs = clock.monotonic()
  const a = new TestThread(world, 'a').start()
  await world.until(() => runAll([a]), 10_000)
  const tookMs = clock.monotonic() - startMs
  assert.ok(tookMs >= 300 && tookMs < 1_000, `it took ${tookMs} ms until its tasks ran`)
})

test('StreamsMembership keeps to the interval when the group has to wait for long, or for others', async () => {
  await using world = new EmbeddedWorld({ initialRebalanceDelayMs: 60_000 })
  await createInput(world)
  const beats = world.cluster.faults.add({
    api: 'StreamsGroupHeartbeat',
    clientId: 'a',
    when: 'after',
    action: 'slow',
    delayMs: 0,
    times: 1_000,
  })
  new TestThread(world, 'a').start()
  await world.advance(10_000)
  const first = beats.hits
  await world.advance(40_000)
  assert.ok(first >= 12 && first <= 17, `${first} heartbeats in the first ten seconds`)
  assert.ok(Math.abs(beats.hits - first - 40) <= 1, `${beats.hits - first} in forty seconds more, one a second`)
})

test('StreamsMembership asks again when the first description comes to nothing', async () => {
  await using world = new EmbeddedWorld({ initialRebalanceDelayMs: 0, assignmentIntervalMs: 0 })
  await createInput(world)
  const a = new TestThread(world, 'a').start()
  await world.until(() => runAll([a]), settleMs(world))
  const b = new TestThread(world, 'b').start()
  await world.until(() => b.log.length > 0, settleMs(world))
  const lost = loseAnswers(world, 'a', { times: 3 })
  const undescribed = world.cluster.faults.add({ api: 'StreamsGroupDescribe', when: 'before', action: 'cut', times: 2 })
  await world.until(() => runAll([a, b]) && b.active.length === 2, 60_000)
  assert.deepEqual([lost.hits > 0, undescribed.hits], [true, 2])
  assert.equal(a.log.includes('lost'), false)
  await leaveAll(world, [a, b])
})

test('StreamsMembership repeats an acknowledgement that did not arrive', async () => {
  await using world = new EmbeddedWorld({ initialRebalanceDelayMs: 0, assignmentIntervalMs: 0 })
  await createInput(world)
  const a = new TestThread(world, 'a').start()
  await world.until(() => runAll([a]), settleMs(world))
  const isAcknowledgement = (request: unknown): boolean =>
    (request as StreamsGroupHeartbeatRequest).activeTasks?.[0]?.partitions.length === 2
  const lost = world.cluster.faults.add({ api: 'StreamsGroupHeartbeat', clientId: 'a', when: 'before', where: isAcknowledgement })
  const b = new TestThread(world, 'b').start()
  await world.until(() => lost.hits === 1, settleMs(world))
  await world.until(() => runAll([a, b]), 2 * world.heartbeatIntervalMs + REMEDY_MS)
  assert.equal(a.log.includes('lost'), false)
  await leaveAll(world, [a, b])
})

test('StreamsMembership is not misled by a description from before the unanswered heartbeat', async () => {
  await using world = new EmbeddedWorld({ initialRebalanceDelayMs: 0, assignmentIntervalMs: 0 })
  await createInput(world)
  const a = new TestThread(world, 'a').start()
  await world.until(() => runAll([a]), settleMs(world))
  const altered = new AlteredCluster(world.cluster)
  const b = new TestThread({ ...hooksOf(world), cluster: altered }, 'b').start()
  await world.until(() => b.log.length > 0, settleMs(world))
  // A coordinator answers from what it has committed, which may be older than what it does.
  const old = await world.settle(b.coordinator.send('StreamsGroupDescribe', { min: 0, max: 0 }, () => descriptionRequest))
  let staleAnswers = 1
  altered.alterAnswers('StreamsGroupDescribe', (response) => (staleAnswers-- > 0 ? old.response : response))
  const lost = loseAnswers(world, 'b', { times: 1, where: () => a.active.length === 2 && epochOf(a) === epochOf(b) })
  await world.until(() => lost.hits === 1, settleMs(world))
  await world.until(() => runAll([a, b]), world.heartbeatIntervalMs + REMEDY_MS)
  assert.equal(staleAnswers < 0, true)
  await leaveAll(world, [a, b])
})

test('StreamsMembership joins again when the group cannot be described after an unanswered heartbeat', async () => {
  await using world = new EmbeddedWorld({ initialRebalanceDelayMs: 0, assignmentIntervalMs: 0 })
  await createInput(world)
  const altered = new AlteredCluster(world.cluster)
  const a = new TestThread({ ...hooksOf(world), cluster: altered }, 'a').start()
  await world.until(() => runAll([a]), settleMs(world))
  const epoch = epochOf(a)
  altered.alterAnswers('StreamsGroupDescribe', (response) => ({
    ...response,
    groups: response.groups.map((group) => ({ ...group, errorCode: kafkaErrors.GROUP_AUTHORIZATION_FAILED })),
  }))
  const lost = loseAnswers(world, 'a', { times: 1 })
  await world.until(() => lost.hits === 1 && a.log.includes('lost') && runAll([a]), settleMs(world))
  assert.equal(epochOf(a), epoch, 'without a rebalance')
  await leaveAll(world, [a])
})

test('StreamsMembership reports a topic that it may not describe, and goes on', async () => {
  await using world = new EmbeddedWorld()
  await createInput(world)
  const altered = new AlteredCluster(world.cluster)
  const a = new TestThread({ ...hooksOf(world), cluster: altered }, 'a').start()
  await world.until(() => runAll([a]), settleMs(world))
  altered.alterAnswers('StreamsGroupHeartbeat', (response) => ({ ...response, errorCode: kafkaErrors.TOPIC_AUTHORIZATION_FAILED }))
  await world.until(() => a.errors.length > 1, settleMs(world))
  altered.alter = (_api, response) => response
  await world.advance(3 * world.heartbeatIntervalMs)
  assert.equal(a.log.includes('failed') || a.log.includes('lost'), false)
  assert.equal(runAll([a]), true)
  assert.equal(isMillraceError(a.errors[0]) && a.errors[0].code, 'NOT_AUTHORIZED')
  await leaveAll(world, [a])
})

test('StreamsMembership fails on a task of a sub-topology that it does not have', async () => {
  await using world = new EmbeddedWorld()
  await createInput(world)
  const altered = new AlteredCluster(world.cluster)
  altered.alterAnswers('StreamsGroupHeartbeat', (response) => ({
    ...response,
    activeTasks: response.activeTasks?.map((tasks) => ({ ...tasks, subtopologyId: '7' })) ?? null,
  }))
  const a = new TestThread({ ...hooksOf(world), cluster: altered }, 'a').start()
  await world.until(() => a.errors.length > 0, settleMs(world))
  assert.match(a.errors[0]!.message, /sub-topology "7"/)
  assert.equal(a.membership.state, 'FATAL')
})

test('StreamsMembership bears an unknown server error for ten seconds', async () => {
  await using world = new EmbeddedWorld({ release: '4.3' })
  const a = new TestThread(world, 'a', { endpoint: { host: 'h', port: 1 } }).start()
  await world.advance(9_000)
  assert.equal(a.errors.length, 0)
  await world.until(() => a.errors.length > 0, 5_000)
  assert.match(a.errors[0]!.message, /UNKNOWN_SERVER_ERROR.*while a source topic is missing/)
})

test('StreamsMembership loses its tasks when it is too slow to revoke them, and joins again (test 3)', async () => {
  await using world = new EmbeddedWorld({ initialRebalanceDelayMs: 0 })
  await createInput(world)
  const a = new TestThread(world, 'a', { rebalanceTimeoutMs: 5_000 }).start()
  await world.until(() => runAll([a]), settleMs(world))
  let release: () => void = () => {}
  let outcome = ''
  a.onRevoke = async ([task]) => {
    await new Promise<void>((resolve) => (release = resolve))
    outcome = await a.commit('in', Number(task!.slice(2)), 5)
  }
  const b = new TestThread(world, 'b').start()
  await world.until(() => a.log.some((entry) => entry.startsWith('revoke')), settleMs(world))
  await world.until(() => runningTasks([b]).length === 4, 5_000 + settleMs(world))
  release()
  await world.until(() => outcome !== '', 20_000)
  assert.equal(outcome, 'TASK_MIGRATED')
  a.onRevoke = () => Promise.resolve()
  await world.until(() => a.active.length === 2 && runAll([a, b]), settleMs(world))
  assert.equal(a.log.includes('lost'), true)
  await leaveAll(world, [a, b])
})

test('StreamsMembership stays a member while the coordinator moves and loads', async () => {
  await using world = new EmbeddedWorld()
  await createInput(world)
  const a = new TestThread(world, 'a').start()
  const b = new TestThread(world, 'b').start()
  await world.until(() => runAll([a, b]), settleMs(world))
  const epoch = a.membership.groupMetadata().generation
  for (let move = 0; move < 5; move++) {
    world.cluster.faults.moveCoordinator('group', 'app', { loadMs: 1_500 })
    await world.advance(3_000)
  }
  assert.equal(a.membership.groupMetadata().generation, epoch)
  assert.equal(runAll([a, b]), true)
  await leaveAll(world, [a, b])
})

test('StreamsMembership sends one leave request, and none as a dynamic member that remains', async () => {
  await using world = new EmbeddedWorld()
  await createInput(world)
  const a = new TestThread(world, 'a').start()
  const b = new TestThread(world, 'b').start()
  await world.until(() => runAll([a, b]), settleMs(world))
  await world.settle(a.membership.leave('remain'))
  await world.settle(a.leave())
  assert.equal(a.membership.state, 'UNSUBSCRIBED')
  await world.advance(world.sessionTimeoutMs - 2 * world.heartbeatIntervalMs)
  assert.equal(b.active.length, 2, 'it remains until its session times out')
  await world.until(() => runAll([b]), settleMs(world))
  world.cluster.faults.add({ api: 'StreamsGroupHeartbeat', clientId: 'b', when: 'after', action: 'cut', times: 1 })
  await world.settle(b.leave())
  assert.equal(b.membership.state, 'UNSUBSCRIBED')
  await world.advance(10_000)
})

test('StreamsMembership of a static member keeps its tasks over a restart (4.4)', async () => {
  await using world = new EmbeddedWorld({ release: '4.4' })
  await createInput(world)
  const options = { instanceId: 'one', processId: '7b8d5a2e-0000-4000-8000-000000000001' }
  const a = new TestThread(world, 'a', options).start()
  const b = new TestThread(world, 'b').start()
  await world.until(() => runAll([a, b]), settleMs(world))
  const held = a.active
  const epoch = b.membership.groupMetadata().generation
  const twin = new TestThread(world, 'twin', options).start()
  await world.until(() => twin.errors.length > 0, settleMs(world))
  assert.match(twin.errors[0]!.message, /UNRELEASED_INSTANCE_ID/)
  await world.settle(a.leave())
  await world.advance(2_000)
  const back = new TestThread(world, 'a', options).start()
  await world.until(() => runAll([back, b]), settleMs(world))
  assert.deepEqual([back.active, b.membership.groupMetadata().generation], [held, epoch])
  assert.equal(back.membership.groupMetadata().instanceId, 'one')
  await leaveAll(world, [back, b])
})

test('StreamsMembership fails on topics whose partition counts do not fit', async () => {
  await using world = new EmbeddedWorld()
  await createInput(world)
  world.cluster.createTopic('app-s-changelog', { partitions: 3 })
  const a = new TestThread(world, 'a').start()
  await world.until(() => a.errors.length > 0, settleMs(world))
  assert.match(a.errors[0]!.message, /app-s-changelog.*expected 4, found 3/)
  await world.advance(10_000)
  assert.equal(a.errors.length, 1, 'it is told once')
  await leaveAll(world, [a])
})

test('StreamsMembership takes new tasks when a source topic grows', async () => {
  await using world = new EmbeddedWorld()
  await createInput(world)
  const [subtopology] = countingTopology('').subtopologies
  const topology = { epoch: 0, subtopologies: [{ ...subtopology!, stateChangelogTopics: [] }] }
  const a = new TestThread(world, 'a', { topology }).start()
  await world.until(() => runAll([a]), settleMs(world))
  world.cluster.growTopic('in', 6)
  await world.until(() => runningTasks([a]).length === 6, settleMs(world))
  await leaveAll(world, [a])
})

test('StreamsMembership does nothing after its instance was killed', async () => {
  await using world = new EmbeddedWorld()
  await createInput(world)
  const a = new TestThread(world, 'a').start()
  await world.until(() => runAll([a]), settleMs(world))
  a.kill()
  // What was sent before still arrives.
  await world.advance(100)
  const before = world.cluster.traffic.requests.get('StreamsGroupHeartbeat')
  await world.advance(60_000)
  assert.equal(world.cluster.traffic.requests.get('StreamsGroupHeartbeat'), before)
})

test('StreamsMembership settles after random faults, kills and restarts, whatever they were', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    await using world = new EmbeddedWorld({ release: (['4.2', '4.3', '4.4'] as const)[seed % 3]! }, seed)
    try {
      await survive(world)
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error })
    }
  }
})
