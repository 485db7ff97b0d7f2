import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClusterError } from '../../base/errors.ts'
import { Prng } from '../../base/prng.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { batchOf, fetchRequest, Harness } from '../cluster-harness.test.ts'
import { type FaultPoint, FaultRules } from './fault-rules.ts'

const point: FaultPoint = { api: 'Produce', purpose: 'produce', node: 1, clientId: 'c', when: 'before', request: { acks: -1 } }

test('FaultRules strike what they name, as often as they say', () => {
  const rules = new FaultRules(new Prng(1))
  const rule = rules.add({ api: ['Produce', 'Fetch'], node: 1, when: 'before', times: 2, skip: 1 })
  assert.equal(rules.decide({ ...point, node: 0 }), null)
  assert.equal(rules.decide({ ...point, api: 'Metadata' }), null)
  assert.equal(rules.decide({ ...point, when: 'after' }), null)
  assert.equal(rules.decide(point), null, 'the first one passes')
  assert.deepEqual(rules.decide(point), { action: 'cut', delayMs: 1_000 })
  assert.equal(rules.decide({ ...point, api: 'Fetch' })?.action, 'cut')
  assert.equal(rules.decide(point), null)
  assert.equal(rule.hits, 2)
})

test('FaultRules look at purpose, client and request, and end when removed', () => {
  const rules = new FaultRules(new Prng(1))
  const rule = rules.add({ purpose: 'fetch', when: 'before', action: 'stall', times: Infinity })
  assert.equal(rules.decide(point), null)
  assert.equal(rules.decide({ ...point, purpose: 'fetch' })?.action, 'stall')
  rule.remove()
  assert.equal(rules.decide({ ...point, purpose: 'fetch' }), null)
  rules.add({ clientId: 'd', when: 'before' })
  assert.equal(rules.decide(point), null)
  rules.add({ where: (request) => (request as { acks: number }).acks === -1, when: 'before', action: 'slow', delayMs: 5 })
  assert.deepEqual(rules.decide(point), { action: 'slow', delayMs: 5 })
  rules.add({ when: 'before' })
  rules.clear()
  assert.equal(rules.decide(point), null)
})

test('FaultRules strike with a probability', () => {
  const rules = new FaultRules(new Prng(1))
  rules.add({ when: 'before', probability: 0.25, times: Infinity })
  let hits = 0
  for (let index = 0; index < 2_000; index++) if (rules.decide(point) !== null) hits++
  assert.ok(hits > 400 && hits < 600, `${hits} of 2000`)
})

test('ClusterFaults.moveLeader() makes the old leader answer 6 with a hint, and fences the old epoch', async () => {
  const harness = new Harness({ nodes: 3 })
  harness.cluster.createTopic('t')
  const client = harness.client()
  const batch = batchOf([['k', 'v']])
  assert.equal((await client.produce('t', batch)).errorCode, 0)
  harness.cluster.faults.moveLeader('t', 0, 2)
  const refused = await client.produce('t', batch)
  assert.equal(refused.errorCode, kafkaErrors.NOT_LEADER_OR_FOLLOWER)
  assert.deepEqual(refused.currentLeader, { leaderId: 2, leaderEpoch: 1 })
  const stale = await client.fetch('t', { node: 2, leaderEpoch: 0 })
  assert.equal(stale.errorCode, kafkaErrors.FENCED_LEADER_EPOCH)
  const ahead = await client.fetch('t', { node: 2, leaderEpoch: 2 })
  assert.equal(ahead.errorCode, kafkaErrors.UNKNOWN_LEADER_EPOCH)
  assert.equal((await client.fetch('t', { node: 2, leaderEpoch: 1 })).errorCode, 0)
  const metadata = await client.call('Metadata', {
    topics: null,
    allowAutoTopicCreation: false,
    includeClusterAuthorizedOperations: false,
    includeTopicAuthorizedOperations: false,
  })
  assert.equal(metadata.topics[0]!.partitions[0]!.leaderId, 2)
})

test('ClusterFaults.moveLeader() wakes a long poll at the old leader', async () => {
  const harness = new Harness({ nodes: 2 })
  harness.cluster.createTopic('t')
  const connection = await harness.client().connect(0, 'fetch')
  const answer = connection.send('Fetch', 12, fetchRequest('t', { maxWaitMs: 10_000 }), 20_000)
  await harness.world.advance(100)
  harness.cluster.faults.moveLeader('t', 0)
  const response = await harness.settle(answer)
  assert.equal(response.responses[0]!.partitions[0]!.errorCode, kafkaErrors.NOT_LEADER_OR_FOLLOWER)
})

test('ClusterFaults.fenceProducer() does what a second producer would', async () => {
  const harness = new Harness()
  const client = harness.client()
  const producer = await client.initProducerId('x')
  assert.equal(harness.cluster.faults.fenceProducer('x'), true)
  const { producerId, producerEpoch } = producer
  const ended = await client.call('EndTxn', { transactionalId: 'x', producerId, producerEpoch, committed: true })
  assert.equal(ended.errorCode, kafkaErrors.PRODUCER_FENCED)
  assert.equal(harness.cluster.faults.fenceProducer('unknown'), false)
})

/** Lets a client try for a while under random faults; what it saw is told in one text. */
async function storm(seed: number): Promise<string> {
  const harness = new Harness({ nodes: 3 }, seed)
  harness.cluster.createTopic('t', { partitions: 3 })
  harness.cluster.faults.startRandom({ seed, cutBefore: 0.05, cutAfter: 0.05, slow: 0.1, stall: 0.02, eventIntervalMs: 50 })
  const client = harness.client()
  const seen: string[] = []
  await client.initProducerId('x').catch(() => undefined)
  for (let index = 0; index < 60; index++) {
    const outcome = await client.produce('t', batchOf([['k', `${index}`]]), { partition: index % 3, node: index % 3 }).then(
      (response) => `${response.errorCode}@${response.baseOffset}`,
      (error: unknown) => (error instanceof ClusterError ? error.code : String(error)),
    )
    seen.push(outcome)
  }
  harness.cluster.faults.stop()
  seen.push(`time ${harness.world.nowMs}`, `events ${harness.world.eventCount}`)
  return seen.join(' ')
}

test('ClusterFaults.startRandom() makes the same trouble from the same seed', async () => {
  const first = await storm(11)
  assert.equal(await storm(11), first)
  assert.notEqual(await storm(12), first)
  assert.match(first, /OUTCOME_UNKNOWN/)
  assert.match(first, /6@-1/)
})

test('ClusterFaults.stop() ends all trouble', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('t')
  harness.cluster.faults.startRandom({ seed: 1, cutBefore: 1 })
  harness.cluster.faults.add({ when: 'after', times: Infinity })
  harness.cluster.faults.slowMarkersMs = 500
  harness.cluster.faults.stop()
  assert.equal((await harness.client().produce('t', batchOf([['k', 'v']]))).errorCode, 0)
  await harness.world.advance(60_000)
  await assert.rejects(
    harness.world.run(() => false),
    /nothing is left to happen/,
  )
})
