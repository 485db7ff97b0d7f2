import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClusterError } from '../../base/errors.ts'
import { Client } from '../client.ts'
import { Coordinator } from '../coordinator.ts'
import { TestThread, createInput, leaveAll, runAll, settleMs } from './contract.ts'
import { DecidingMembership } from './deciding-membership.ts'
import { EmbeddedWorld } from './embedded-world.test.ts'
import { type GroupProtocol, chooseGroupProtocol } from './group-protocol.ts'
import type { MembershipEvent } from './membership.ts'

function coordinatorOf(world: EmbeddedWorld, name = 'asker'): Coordinator {
  const identity = { clientId: name, environment: world.environment(name) }
  const timing = { requestTimeoutMs: 2_000, retryBackoffMs: 100, retryBackoffMaxMs: 1_000, metadataMaxAgeMs: 300_000 }
  const transport = world.cluster.transport(identity)
  return new Coordinator(new Client({ ...identity, ...timing, bootstrap: world.cluster.bootstrap, transport }), 'group', 'app')
}

const options = { againstStreams: null, timeoutMs: 10_000 }

for (const protocol of ['streams', 'classic'] as const) {
  test(`chooseGroupProtocol() follows the members of a ${protocol} group, and nobody when they have left`, async () => {
    await using world = new EmbeddedWorld({ protocol })
    await createInput(world)
    const a = new TestThread(world, 'a').start()
    await world.until(() => runAll([a]), settleMs(world))
    const coordinator = coordinatorOf(world)
    const against = { ...options, againstStreams: 'an option speaks against it' }
    const present = await world.settle(chooseGroupProtocol(coordinator, against))
    assert.deepEqual(present, { protocol, reason: 'the members of the group use it' })
    await leaveAll(world, [a])
    await world.advance(100)
    assert.deepEqual(await world.settle(chooseGroupProtocol(coordinator, options)), { protocol: 'streams', reason: 'the brokers have it' })
    assert.deepEqual(await world.settle(chooseGroupProtocol(coordinator, against)), {
      protocol: 'classic',
      reason: 'an option speaks against it',
    })
  })
}

test('chooseGroupProtocol() outlives a coordinator that moves and connections that are cut', async () => {
  await using world = new EmbeddedWorld({ streamsGroups: false })
  world.cluster.faults.add({ api: ['ListGroups', 'FindCoordinator', 'ApiVersions'], when: 'before', action: 'cut', times: 5 })
  world.cluster.faults.loadCoordinator('group', 'app', 2_000)
  const choice = await world.settle(chooseGroupProtocol(coordinatorOf(world), options))
  assert.equal(choice.protocol, 'classic')
})

test('DecidingMembership decides again, once, when the group turns out to be of the other protocol', async () => {
  await using world = new EmbeddedWorld({ protocol: 'classic' })
  await createInput(world)
  const present = new TestThread(world, 'present').start()
  await world.until(() => runAll([present]), settleMs(world))
  const made: GroupProtocol[] = []
  const threads: TestThread[] = []
  const environment = world.environment('late')
  const membership = new DecidingMembership({
    groupId: 'app',
    environment,
    retryBackoffMs: 100,
    retryBackoffMaxMs: 1_000,
    // The first time as if the others had not joined yet.
    choose: () => Promise.resolve({ protocol: made.length === 0 ? 'streams' : 'classic', reason: 'test' }),
    create: (protocol) => {
      made.push(protocol)
      const thread = new TestThread(Object.assign(Object.create(world) as EmbeddedWorld, { protocol }), `late-${protocol}`)
      threads.push(thread)
      return thread.membership
    },
  })
  const events: MembershipEvent[] = []
  let isOver = false
  const poll = (): void => {
    const event = membership.poll()
    if (event !== null) events.push(event)
    if (event?.kind === 'assign') membership.assigned()
    if (!isOver) environment.scheduler.after(50, poll)
  }
  membership.join()
  poll()
  await world.until(() => events.some((event) => event.kind === 'assign' && event.assignment.active.length === 2), 2 * settleMs(world))
  assert.deepEqual(made, ['streams', 'classic'])
  assert.deepEqual(
    events.filter(({ kind }) => kind === 'failed'),
    [],
  )
  await world.settle(membership.leave('leave'))
  isOver = true
  await leaveAll(world, [present])
})

test('DecidingMembership asks until the cluster answers, and tells what does not pass', async () => {
  await using world = new EmbeddedWorld()
  const environment = world.environment('asker')
  let asked = 0
  const timing = { retryBackoffMs: 100, retryBackoffMaxMs: 1_000 }
  const membership = new DecidingMembership({
    groupId: 'app',
    environment,
    ...timing,
    choose: () => Promise.reject(new ClusterError(++asked < 20 ? 'OUTCOME_UNKNOWN' : 'NOT_AUTHORIZED', 'no answer')),
    create: () => assert.fail('nothing is decided'),
  })
  membership.join()
  await world.advance(2_000)
  assert.equal(membership.poll(), null)
  await world.advance(30_000)
  const event = membership.poll()
  assert.equal(event?.kind === 'failed' ? event.error.code : null, 'NOT_AUTHORIZED')
  assert.equal(asked, 20)
  await membership.leave()
})
