import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClusterError } from '../base/errors.ts'
import { kafkaErrors as kafka } from '../protocol/kafka-errors.ts'
import type { RequestOf, ResponseOf } from '../protocol/messages.ts'
import { codeOf } from './contract-scene.test.ts'
import { Coordinator, type CoordinatorAnswer } from './coordinator.ts'
import { ScriptedCluster } from './scripted-cluster.test.ts'

const groups: ResponseOf<'ListGroups'> = { throttleTimeMs: 0, errorCode: 0, groups: [] }

function ask(coordinator: Coordinator, timeoutMs = 5_000): Promise<CoordinatorAnswer<'ListGroups'>> {
  return coordinator.send('ListGroups', { min: 4, max: 5 }, () => ({ statesFilter: [], typesFilter: [] }), { timeoutMs })
}

function found(request: RequestOf<'FindCoordinator'>, errorCode: number): ResponseOf<'FindCoordinator'> {
  const at = { nodeId: 2, host: 'node', port: 2, errorCode, errorMessage: null }
  return { throttleTimeMs: 0, ...at, coordinators: request.coordinatorKeys.map((key) => ({ key, ...at })) }
}

test('Coordinator.send() finds the node once, and again after invalidate() and a cut connection', async () => {
  const answers = [groups, groups, groups, 'cut', groups] as const
  let index = 0
  const cluster = new ScriptedCluster({ ListGroups: () => answers[index++]! })
  const coordinator = new Coordinator(cluster.client, 'group', 'g')
  for (let turn = 0; turn < 2; turn++) assert.equal((await cluster.settle(ask(coordinator))).version, 5)
  assert.equal(cluster.requests('FindCoordinator').length, 1)
  assert.equal(cluster.requests('ListGroups')[0]!.node, 2)
  coordinator.invalidate()
  await cluster.settle(ask(coordinator))
  assert.equal(cluster.requests('FindCoordinator').length, 2)
  assert.equal(await cluster.settle(codeOf(ask(coordinator))), 'OUTCOME_UNKNOWN')
  await cluster.settle(ask(coordinator))
  assert.equal(cluster.requests('FindCoordinator').length, 3)
})

for (const [max, asked] of [
  [3, { key: 'x', keyType: 1, coordinatorKeys: [] }],
  [4, { key: '', keyType: 1, coordinatorKeys: ['x'] }],
  [6, { key: '', keyType: 1, coordinatorKeys: ['x'] }],
] as const) {
  test(`Coordinator.send() asks in FindCoordinator version ${max}`, async () => {
    const cluster = new ScriptedCluster({ ListGroups: () => groups })
    cluster.offered.FindCoordinator = { min: 0, max }
    await cluster.settle(ask(new Coordinator(cluster.client, 'transaction', 'x')))
    const [seen] = cluster.requests('FindCoordinator')
    assert.equal(seen!.version, max)
    assert.deepEqual(seen!.request, asked)
  })
}

test('Coordinator.send() waits longer and longer for a coordinator, until the time is up', async () => {
  const cluster = new ScriptedCluster({ FindCoordinator: (request) => found(request, kafka.COORDINATOR_NOT_AVAILABLE) })
  const startMs = cluster.environment.clock.monotonic()
  assert.equal(await cluster.settle(codeOf(ask(new Coordinator(cluster.client, 'group', 'g')))), 'NOT_SENT')
  assert.ok(cluster.environment.clock.monotonic() - startMs <= 5_000)
  const times = cluster.requests('FindCoordinator').map(({ atMs }) => atMs)
  const gaps = times.slice(1).map((atMs, index) => atMs - times[index]!)
  assert.ok(gaps[0]! >= 80 && gaps[0]! <= 121, `the first gap is ${gaps[0]}`)
  assert.ok(gaps.at(-1)! >= 800 && gaps.at(-1)! <= 1_201, `the last gap is ${gaps.at(-1)}`)
})

test('Coordinator.send() gives up at once where it is not allowed, or the broker has no such version', async () => {
  const refused = new ScriptedCluster({ FindCoordinator: (request) => found(request, kafka.GROUP_AUTHORIZATION_FAILED) })
  assert.equal(await refused.settle(codeOf(ask(new Coordinator(refused.client, 'group', 'g')))), 'NOT_AUTHORIZED')
  const old = new ScriptedCluster()
  old.offered.ListGroups = { min: 0, max: 2 }
  assert.equal(await old.settle(codeOf(ask(new Coordinator(old.client, 'group', 'g')))), 'UNSUPPORTED_VERSION')
})

test('Coordinator.send() after close() is CLIENT_CLOSED', async () => {
  const cluster = new ScriptedCluster({ ListGroups: () => groups })
  const coordinator = new Coordinator(cluster.client, 'group', 'g')
  await cluster.settle(ask(coordinator))
  coordinator.close()
  assert.equal(await cluster.settle(codeOf(ask(coordinator))), 'CLIENT_CLOSED')
  cluster.client.close()
  assert.equal(await cluster.settle(codeOf(ask(new Coordinator(cluster.client, 'group', 'g')))), 'CLIENT_CLOSED')
})

/** A cluster of which three addresses are known, and what happens at each of them. */
function withBootstrap(outcomes: Readonly<Record<number, ClusterError | undefined>>): ScriptedCluster {
  const cluster = new ScriptedCluster({}, { bootstrap: [1, 2, 3].map((port) => ({ host: 'node', port })) })
  const connect = cluster.connect.bind(cluster)
  cluster.connect = (at) => {
    const outcome = outcomes[at.port]
    if (outcome === undefined) return connect(at)
    cluster.connects.push({ atMs: cluster.environment.clock.monotonic(), node: at.port })
    return Promise.reject(outcome)
  }
  return cluster
}

const down = new ClusterError('NOT_SENT', 'nobody listens')

for (const port of [1, 2, 3]) {
  test(`Client uses bootstrap server ${port} when the others are down`, async () => {
    const cluster = withBootstrap({ 1: down, 2: down, 3: down, [port]: undefined })
    assert.equal((await cluster.settle(cluster.client.metadata.fetchTopics(['t']))).size, 1)
    assert.deepEqual(
      cluster.seen.map(({ node }) => node),
      [port],
    )
  })

  test(`Client tells the refusal of bootstrap server ${port} at once, although the others are down`, async () => {
    const cluster = withBootstrap({ 1: down, 2: down, 3: down, [port]: new ClusterError('AUTHENTICATION_FAILED', 'wrong password') })
    await assert.rejects(cluster.settle(cluster.client.metadata.fetchTopics(['t'])), { code: 'AUTHENTICATION_FAILED' })
    assert.ok(cluster.connects.length <= 3, `${cluster.connects.length} connections`)
  })
}

test('Client connects again with back-off while nobody listens, and is there soon after somebody does', async () => {
  const cluster = new ScriptedCluster({ ListGroups: () => groups })
  cluster.isDown = true
  const answer = ask(new Coordinator(cluster.client, 'group', 'g'), 60_000)
  answer.catch(() => undefined)
  await cluster.world.advance(20_000)
  const tries = cluster.connects.length
  assert.ok(tries >= 8 && tries <= 30, `${tries} tries in 20 s`)
  cluster.isDown = false
  await cluster.settle(answer)
  assert.ok(cluster.environment.clock.monotonic() <= 23_000)
  // Not at each try.
  const warnings = cluster.environment.logEntries.filter(({ level }) => level === 'warn')
  assert.deepEqual(
    warnings.map(({ message }) => message),
    ['a broker cannot be reached; it is tried again'],
  )
})
