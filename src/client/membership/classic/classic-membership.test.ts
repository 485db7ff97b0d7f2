import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Api } from '../../../protocol/messages.ts'
import { Client } from '../../client.ts'
import { Coordinator } from '../../coordinator.ts'
import type { ClassicAssignment, ClassicProtocol } from '../classic-protocol.ts'
import { TestThread, countingTopology, createInput, leaveAll, membershipContract, runAll, runningTasks, settleMs } from '../contract.ts'
import { EmbeddedWorld, survive } from '../embedded-world.test.ts'
import { ClassicMembership } from './classic-membership.ts'

for (const transactionVersion of [1, 2] as const) {
  membershipContract(
    `ClassicMembership on the embedded cluster, transactions of version ${transactionVersion}`,
    () => Promise.resolve(new EmbeddedWorld({ protocol: 'classic', transactionVersion })),
    { protocol: 'classic', applicable: 10 },
  )
}

function classicWorld(seed = 1): EmbeddedWorld {
  return new EmbeddedWorld({ protocol: 'classic' }, seed)
}

async function stableTwo(world: EmbeddedWorld): Promise<[TestThread, TestThread]> {
  await createInput(world)
  const [a, b] = [new TestThread(world, 'a').start(), new TestThread(world, 'b').start()]
  await world.until(() => runAll([a, b]) && a.active.length === 2, settleMs(world))
  return [a, b]
}

function generationOf({ membership }: TestThread): number {
  return membership.groupMetadata().generation
}

for (const api of ['JoinGroup', 'SyncGroup', 'Heartbeat'] as const satisfies readonly Api[]) {
  for (const when of ['before', 'after'] as const) {
    test(`ClassicMembership gets over a connection that is cut ${when} the effect of ${api}`, async () => {
      await using world = classicWorld()
      const [a, b] = await stableTwo(world)
      for (const clientId of ['a', 'b']) world.cluster.faults.add({ api, clientId, when, action: 'cut', times: 2 })
      const c = new TestThread(world, 'c').start()
      await world.until(() => c.active.length > 0 && runAll([a, b, c]), 3 * settleMs(world))
      assert.deepEqual(
        [a, b, c].flatMap(({ errors }) => errors),
        [],
      )
      await leaveAll(world, [a, b, c])
    })
  }
}

for (const [api, when] of [
  ['JoinGroup', 'before'],
  ['JoinGroup', 'after'],
  ['SyncGroup', 'before'],
  ['SyncGroup', 'after'],
] as const) {
  test(`ClassicMembership asks again when nothing comes through any more, ${when} the effect of ${api}`, async () => {
    await using world = classicWorld()
    const [a, b] = await stableTwo(world)
    world.cluster.faults.add({ api, clientId: 'b', when, action: 'stall', times: 1 })
    const c = new TestThread(world, 'c').start()
    await world.until(() => c.active.length > 0 && runAll([a, b, c]), 2 * world.sessionTimeoutMs + settleMs(world))
    assert.equal(b.log.includes('lost'), false)
    await leaveAll(world, [a, b, c])
  })
}

test('ClassicMembership never has a task run twice while members come and go', async () => {
  await using world = classicWorld(3)
  await createInput(world)
  const { random } = world.time
  let threads: TestThread[] = []
  const check = (): void => {
    const running = runningTasks(threads)
    assert.deepEqual(running, [...new Set(running)])
  }
  for (let step = 0; step < 30; step++) {
    const draw = random.next()
    if (threads.length === 0 || (draw < 0.5 && threads.length < 5)) threads.push(new TestThread(world, `t${step}`).start())
    else if (draw < 0.75) {
      const [gone] = threads.splice(Math.floor(random.next() * threads.length), 1)
      void gone!.leave()
    }
    const endMs = world.time.nowMs + random.next() * 4_000
    while (world.time.nowMs < endMs) {
      await world.advance(5)
      check()
    }
  }
  threads = threads.length > 0 ? threads : [new TestThread(world, 'last').start()]
  await world.until(() => runAll(threads), settleMs(world))
  await leaveAll(world, threads)
})

test('ClassicMembership keeps its tasks when the coordinator moves, also in the middle of a rebalance', async () => {
  await using world = classicWorld()
  const [a, b] = await stableTwo(world)
  const held = [a.active, b.active]
  world.cluster.faults.moveCoordinator('group', 'app', { loadMs: 2_000 })
  await world.advance(10_000)
  assert.deepEqual([a.active, b.active], held)
  assert.deepEqual(
    [...a.log, ...b.log].filter((entry) => entry === 'lost'),
    [],
  )
  const c = new TestThread(world, 'c').start()
  await world.until(() => a.membership.state === 'JOINING' || b.membership.state === 'JOINING', settleMs(world))
  world.cluster.faults.moveCoordinator('group', 'app')
  await world.until(() => c.active.length > 0 && runAll([a, b, c]), 2 * settleMs(world))
  assert.deepEqual(
    [...a.log, ...b.log].filter((entry) => entry === 'lost'),
    [],
  )
  await leaveAll(world, [a, b, c])
})

test('ClassicMembership of a static member comes back to its tasks without a rebalance', async () => {
  await using world = classicWorld()
  await createInput(world)
  const one = { instanceId: 'one' }
  const a = new TestThread(world, 'a', one).start()
  const b = new TestThread(world, 'b', { instanceId: 'two' }).start()
  await world.until(() => runAll([a, b]) && a.active.length === 2, settleMs(world))
  const held = a.active
  const generation = generationOf(a)
  a.kill()
  await world.advance(2_000)
  const back = new TestThread(world, 'back', one).start()
  await world.until(() => runAll([back, b]), settleMs(world))
  assert.deepEqual([back.active, generationOf(back), generationOf(b)], [held, generation, generation])
  assert.equal(back.membership.groupMetadata().instanceId, 'one')
  const twin = new TestThread(world, 'twin', one).start()
  await world.until(() => back.errors.length > 0, settleMs(world))
  assert.match(back.errors[0]!.message, /FENCED_INSTANCE_ID \(82\); another member has joined with the group\.instance\.id "one"/)
  assert.equal(back.membership.state, 'GONE')
  await leaveAll(world, [twin, b])
})

test('ClassicMembership: a commit while the leader assigns is committed once it has', async () => {
  await using world = classicWorld()
  const [a, b] = await stableTwo(world)
  const c = new TestThread(world, 'c').start()
  // Whoever leads looks up offsets for its assignment.
  world.cluster.faults.add({ api: 'ListOffsets', when: 'before', action: 'slow', delayMs: 3_000, times: 1 })
  await world.until(() => [a, b].some(({ membership }) => membership.state === 'SYNCING'), settleMs(world))
  const follower = a.membership.state === 'SYNCING' ? a : b
  assert.equal(follower.membership.mayCommit, false)
  const partition = Number(follower.active[0]!.slice(2))
  const commit = follower.commit('in', partition, 7)
  await world.advance(1_000)
  assert.equal(follower.membership.state, 'SYNCING')
  assert.equal(await world.settle(commit), 'committed')
  assert.equal(follower.membership.mayCommit, true)
  assert.equal(await world.settle(follower.committed('in', partition)), 7)
  await leaveAll(world, [a, b, c])
})

test('ClassicMembership loses its tasks when the group does not know it any more, and joins as somebody new', async () => {
  await using world = classicWorld()
  const [a, b] = await stableTwo(world)
  const { memberId } = a.membership.groupMetadata()
  // For longer than its session nothing of it arrives.
  const apis = ['Heartbeat', 'FindCoordinator'] as const
  const cut = world.cluster.faults.add({ api: apis, clientId: 'a', when: 'before', action: 'cut', times: 1_000 })
  await world.until(() => runningTasks([b]).length === 4, world.sessionTimeoutMs + settleMs(world))
  cut.remove()
  await world.until(() => a.log.includes('lost'), 60_000)
  await world.until(() => a.active.length === 2 && runAll([a, b]), 60_000)
  assert.notEqual(a.membership.groupMetadata().memberId, memberId)
  await leaveAll(world, [a, b])
})

test('ClassicMembership: the leader tells what is wrong with the topics, the others where to look', async () => {
  await using world = classicWorld()
  await createInput(world)
  world.cluster.createTopic('app-s-changelog', { partitions: 3 })
  const threads = [new TestThread(world, 'a').start(), new TestThread(world, 'b').start()]
  await world.until(() => threads.every(({ errors }) => errors.length > 0), settleMs(world))
  const messages = threads.map(({ errors }) => errors[0]!.message).toSorted()
  assert.match(messages[0]!, /app-s-changelog.*expected 4, found 3/)
  assert.match(messages[1]!, /the leader of the group could not assign its tasks \(assignor error 3\), its log says why/)
  const codes = new Set(threads.map(({ errors }) => (errors[0] as { code?: string }).code))
  assert.deepEqual(codes, new Set(['ASSIGNMENT_FAILED', 'TOPIC_PARTITIONS']))
  await leaveAll(world, threads)
})

test('ClassicMembership: the leader rebalances when a source topic has grown', async () => {
  await using world = classicWorld()
  await createInput(world)
  const [subtopology] = countingTopology('').subtopologies
  const topology = { epoch: 0, subtopologies: [{ ...subtopology!, stateChangelogTopics: [] }] }
  const threads = ['a', 'b'].map((name) => new TestThread(world, name, { topology }).start())
  await world.until(() => runAll(threads), settleMs(world))
  world.cluster.growTopic('in', 6)
  await world.until(() => runningTasks(threads).length === 6, 300_000 + settleMs(world))
  assert.deepEqual(
    threads.map(({ active }) => active.length),
    [3, 3],
  )
  await leaveAll(world, threads)
})

test('ClassicMembership settles after random faults, kills and restarts, whatever they were', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    await using world = classicWorld(seed)
    try {
      await survive(world)
    } catch (error) {
      throw new Error(`seed ${seed}: ${String(error)}`, { cause: error })
    }
  }
})

/** A protocol without tasks whose assignments plan another rebalance. */
class PlanningProtocol implements ClassicProtocol {
  readonly name = 'planning'
  readonly generations: number[] = []
  nextRebalanceMs = Infinity
  #joins = 0

  metadata(): Buffer {
    return Buffer.from([this.#joins++])
  }

  assign(members: Parameters<ClassicProtocol['assign']>[0]): Promise<ReadonlyMap<string, Buffer>> {
    return Promise.resolve(new Map(members.map(({ memberId }) => [memberId, Buffer.from(memberId)])))
  }

  onAssignment(_bytes: Buffer, generation: number): ClassicAssignment {
    this.generations.push(generation)
    const assignment = { active: [], standby: [], warmup: [], isReady: true }
    return { assignment, endpoints: null, nextRebalanceMs: this.nextRebalanceMs, isShutdown: false, failure: null }
  }

  requestShutdown(): void {}

  isOutdated(): boolean {
    return false
  }

  close(): void {}
}

test('ClassicMembership rebalances when an assignment says so, not before', async () => {
  await using world = classicWorld()
  const environment = world.environment('a')
  const timing = { requestTimeoutMs: 2_000, retryBackoffMs: 100, retryBackoffMaxMs: 1_000 }
  const identity = { clientId: 'a', environment }
  const transport = world.cluster.transport(identity)
  const client = new Client({ ...identity, ...timing, bootstrap: world.cluster.bootstrap, transport, metadataMaxAgeMs: 300_000 })
  const protocol = new PlanningProtocol()
  protocol.nextRebalanceMs = environment.clock.now() + 60_000
  const coordinator = new Coordinator(client, 'group', 'planned')
  const group = { groupId: 'planned', instanceId: null, rebalanceTimeoutMs: 300_000, sessionTimeoutMs: 6_000, heartbeatIntervalMs: 1_000 }
  const membership = new ClassicMembership(coordinator, environment, protocol, { ...group, ...timing })
  const poll = (): void => {
    if (membership.poll()?.kind === 'assign') membership.assigned()
    environment.scheduler.after(50, poll)
  }
  membership.join()
  poll()
  await world.advance(59_000)
  assert.deepEqual(protocol.generations, [1])
  protocol.nextRebalanceMs = Infinity
  await world.advance(2_000)
  assert.deepEqual(protocol.generations, [1, 2])
  await world.settle(membership.leave('leave'))
  assert.equal(membership.state, 'GONE')
  client.close()
})
