import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { RequestOf } from '../../protocol/messages.ts'
import { batchOf, describeRecords, Harness, type TestClient } from '../cluster-harness.test.ts'

interface Producer {
  readonly producerId: number
  readonly producerEpoch: number
}

function partitionsRequest(producer: Producer, partitions: readonly number[], topic = 't'): RequestOf<'AddPartitionsToTxn'> {
  return {
    transactions: [],
    v3AndBelowTransactionalId: 'x',
    v3AndBelowProducerId: producer.producerId,
    v3AndBelowProducerEpoch: producer.producerEpoch,
    v3AndBelowTopics: [{ name: topic, partitions }],
  }
}

async function addPartitions(
  client: TestClient,
  producer: Producer,
  partitions: readonly number[],
  topic = 't',
): Promise<readonly number[]> {
  const response = await client.call('AddPartitionsToTxn', partitionsRequest(producer, partitions, topic), { version: 3 })
  return response.resultsByTopicV3AndBelow.flatMap((result) => result.resultsByPartition.map((one) => one.partitionErrorCode))
}

function transactional(producer: Producer, baseSequence: number, value: string): Buffer {
  const { producerId, producerEpoch } = producer
  return batchOf([['k', value]], { producerId, producerEpoch, baseSequence, isTransactional: true })
}

async function endTxn(client: TestClient, producer: Producer, committed: boolean, version: number) {
  const { producerId, producerEpoch } = producer
  return client.call('EndTxn', { transactionalId: 'x', producerId, producerEpoch, committed }, { version })
}

function openWorld(partitions = 1): { harness: Harness; client: TestClient } {
  const harness = new Harness({ transactionScanIntervalMs: 1_000 })
  harness.cluster.createTopic('t', { partitions })
  return { harness, client: harness.client() }
}

test('a transaction of the first version needs its partitions to be added first', async () => {
  const { harness, client } = openWorld()
  const producer = await client.initProducerId('x')
  const early = await client.produce('t', transactional(producer, 0, 'a'), { version: 11, transactionalId: 'x' })
  assert.equal(early.errorCode, kafkaErrors.TRANSACTION_ABORTABLE)
  const older = await client.produce('t', transactional(producer, 0, 'a'), { version: 10, transactionalId: 'x' })
  assert.equal(older.errorCode, kafkaErrors.INVALID_TXN_STATE)
  assert.deepEqual(await addPartitions(client, producer, [0]), [0])
  const produced = await client.produce('t', transactional(producer, 0, 'a'), { version: 11, transactionalId: 'x' })
  assert.equal(produced.errorCode, 0)
  assert.deepEqual(describeRecords((await client.fetch('t', { isCommittedOnly: true })).records), [])
  assert.equal((await endTxn(client, producer, true, 4)).errorCode, 0)
  assert.equal((await endTxn(client, producer, true, 4)).errorCode, 0, 'the repeated request')
  await harness.world.advance(5)
  assert.deepEqual(describeRecords((await client.fetch('t', { isCommittedOnly: true })).records), ['0:a', '1:commit'])
  assert.deepEqual(await addPartitions(client, producer, [0]), [0])
  const next = await client.produce('t', transactional(producer, 1, 'b'), { version: 11, transactionalId: 'x' })
  assert.equal(next.errorCode, 0, 'sequences go on in the same epoch')
})

test('a transaction of the second version adds partitions by producing and bumps the epoch at its end', async () => {
  const { harness, client } = openWorld()
  const producer = await client.initProducerId('x')
  assert.equal((await client.produce('t', transactional(producer, 0, 'a'), { transactionalId: 'x' })).errorCode, 0)
  const ended = await endTxn(client, producer, true, 5)
  assert.deepEqual([ended.errorCode, ended.producerId, ended.producerEpoch], [0, producer.producerId, producer.producerEpoch + 1])
  await harness.world.advance(5)
  assert.deepEqual((await endTxn(client, producer, true, 5)).producerEpoch, ended.producerEpoch, 'the repeated request')
  const stale = await client.produce('t', transactional(producer, 1, 'z'), { transactionalId: 'x' })
  assert.equal(stale.errorCode, kafkaErrors.INVALID_PRODUCER_EPOCH)
  const gap = await client.produce('t', transactional(ended, 1, 'z'), { transactionalId: 'x' })
  assert.equal(gap.errorCode, kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  assert.equal((await client.produce('t', transactional(ended, 0, 'b'), { transactionalId: 'x' })).errorCode, 0)
  await endTxn(client, ended, false, 5)
  await harness.world.advance(5)
  const fetched = await client.fetch('t', { isCommittedOnly: true })
  assert.deepEqual(describeRecords(fetched.records), ['0:a', '1:commit', '2:b', '3:abort'])
  assert.deepEqual(fetched.abortedTransactions, [{ producerId: producer.producerId, firstOffset: 2 }])
  assert.deepEqual(
    harness.cluster.read('t', 0, { isolation: 'read_committed' }).map((record) => record.value?.toString()),
    ['a'],
  )
})

test('slow markers keep the next transaction waiting: 51 in the second version, 51 and 19 in the first', async () => {
  const { harness, client } = openWorld()
  const producer = await client.initProducerId('x')
  await client.produce('t', transactional(producer, 0, 'a'), { transactionalId: 'x' })
  harness.cluster.faults.slowMarkersMs = 1_000
  const next = await endTxn(client, producer, true, 5)
  const early = await client.produce('t', transactional(next, 0, 'b'), { transactionalId: 'x' })
  assert.equal(early.errorCode, kafkaErrors.CONCURRENT_TRANSACTIONS)
  assert.deepEqual(await addPartitions(client, next, [0]), [kafkaErrors.CONCURRENT_TRANSACTIONS])
  const older = await client.produce('t', transactional(next, 0, 'b'), { version: 11, transactionalId: 'x' })
  assert.equal(older.errorCode, kafkaErrors.NOT_ENOUGH_REPLICAS)
  assert.equal((await client.initProducerId('x')).errorCode, kafkaErrors.CONCURRENT_TRANSACTIONS)
  assert.equal(harness.cluster.offsets('t', 0).lastStable, 0)
  await harness.world.advance(1_000)
  assert.equal(harness.cluster.offsets('t', 0).lastStable, 2)
  assert.equal((await client.produce('t', transactional(next, 0, 'b'), { transactionalId: 'x' })).errorCode, 0)
})

test('a batch that may join its transaction does not overtake one that could not yet', async () => {
  const { harness, client } = openWorld()
  const producer = await client.initProducerId('x')
  await addPartitions(client, producer, [0])
  harness.cluster.faults.loadCoordinator('transaction', 'x', 100)
  const first = await client.produce('t', transactional(producer, 0, 'a'), { version: 11, transactionalId: 'x' })
  assert.equal(first.errorCode, kafkaErrors.NOT_ENOUGH_REPLICAS)
  await harness.world.advance(100)
  const second = await client.produce('t', transactional(producer, 1, 'b'), { version: 11, transactionalId: 'x' })
  assert.equal(second.errorCode, kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  for (const [sequence, value] of ['a', 'b'].entries()) {
    const again = await client.produce('t', transactional(producer, sequence, value), { version: 11, transactionalId: 'x' })
    assert.equal(again.baseOffset, sequence)
  }
})

test('markers reach partitions one by one', async () => {
  const { harness, client } = openWorld(2)
  const producer = await client.initProducerId('x')
  for (const partition of [0, 1]) {
    await client.produce('t', transactional(producer, 0, 'a'), { partition, transactionalId: 'x' })
  }
  harness.cluster.faults.slowMarkersMs = 10
  await endTxn(client, producer, true, 5)
  let sawHalf = false
  await harness.world.run(() => {
    const ends = [0, 1].map((partition) => harness.cluster.logEndOffset('t', partition))
    sawHalf ||= ends[0] !== ends[1]
    return ends.every((end) => end === 2)
  })
  assert.ok(sawHalf)
})

test('AddPartitionsToTxn adds all partitions or none', async () => {
  const { client } = openWorld()
  const producer = await client.initProducerId('x')
  assert.deepEqual(await addPartitions(client, producer, [0, 7]), [
    kafkaErrors.OPERATION_NOT_ATTEMPTED,
    kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION,
  ])
  const produced = await client.produce('t', transactional(producer, 0, 'a'), { version: 11, transactionalId: 'x' })
  assert.equal(produced.errorCode, kafkaErrors.TRANSACTION_ABORTABLE)
})

test('AddPartitionsToTxn above version 3 is for brokers only', async () => {
  const { client } = openWorld()
  const none = { v3AndBelowTransactionalId: '', v3AndBelowProducerId: 0, v3AndBelowProducerEpoch: 0, v3AndBelowTopics: [] }
  const response = await client.call('AddPartitionsToTxn', { transactions: [], ...none }, { version: 5 })
  assert.equal(response.errorCode, kafkaErrors.CLUSTER_AUTHORIZATION_FAILED)
})

test('a new producer with the same id fences the old one, and its open transaction is aborted', async () => {
  const { harness, client } = openWorld()
  const zombie = await client.initProducerId('x')
  await client.produce('t', transactional(zombie, 0, 'lost'), { transactionalId: 'x' })
  assert.equal((await client.initProducerId('x')).errorCode, kafkaErrors.CONCURRENT_TRANSACTIONS)
  await harness.world.advance(5)
  const successor = await client.initProducerId('x')
  assert.equal(successor.errorCode, 0)
  const late = await client.produce('t', transactional(zombie, 1, 'late'), { transactionalId: 'x' })
  assert.equal(late.errorCode, kafkaErrors.INVALID_PRODUCER_EPOCH)
  assert.equal((await endTxn(client, zombie, true, 5)).errorCode, kafkaErrors.PRODUCER_FENCED)
  assert.equal(harness.cluster.read('t', 0, { isolation: 'read_committed' }).length, 0)
})

test('a transaction that nobody ends is aborted after its time-out', async () => {
  const { harness, client } = openWorld()
  const producer = await client.initProducerId('x', { transactionTimeoutMs: 2_000 })
  await client.produce('t', transactional(producer, 0, 'lost'), { transactionalId: 'x' })
  await harness.world.advance(1_900)
  assert.equal(harness.cluster.offsets('t', 0).lastStable, 0)
  await harness.world.advance(1_200)
  assert.equal(harness.cluster.offsets('t', 0).lastStable, 2)
  assert.deepEqual([...harness.cluster.transactions()], [['x', 'complete-abort']])
  assert.equal(harness.cluster.read('t', 0, { isolation: 'read_committed' }).length, 0)
})

test('a batch outside a transaction is refused while its producer has one open', async () => {
  const { client } = openWorld()
  const { producerId, producerEpoch } = await client.initProducerId('x')
  await client.produce('t', transactional({ producerId, producerEpoch }, 0, 'a'), { transactionalId: 'x' })
  const plain = batchOf([['k', 'b']], { producerId, producerEpoch, baseSequence: 1 })
  assert.equal((await client.produce('t', plain)).errorCode, kafkaErrors.INVALID_TXN_STATE)
})

test('a repeated batch of an open transaction gets its first offset again', async () => {
  const { harness, client } = openWorld()
  const producer = await client.initProducerId('x')
  const batch = transactional(producer, 0, 'a')
  assert.equal((await client.produce('t', batch, { transactionalId: 'x' })).baseOffset, 0)
  assert.equal((await client.produce('t', batch, { transactionalId: 'x' })).baseOffset, 0)
  assert.equal(harness.cluster.logEndOffset('t', 0), 1)
})

test('a transaction coordinator that moved answers 16, then 14 while it loads', async () => {
  const harness = new Harness({ nodes: 2 })
  const client = harness.client()
  const found = await client.call('FindCoordinator', { key: '', keyType: 1, coordinatorKeys: ['x'] })
  const node = found.coordinators[0]!.nodeId
  const request = { transactionalId: 'x', transactionTimeoutMs: 1_000, producerId: -1, producerEpoch: -1 }
  assert.equal((await client.call('InitProducerId', request, { node })).errorCode, 0)
  harness.cluster.faults.moveCoordinator('transaction', 'x', { loadMs: 100 })
  assert.equal((await client.call('InitProducerId', request, { node })).errorCode, kafkaErrors.NOT_COORDINATOR)
  const other = 1 - node
  assert.equal((await client.call('InitProducerId', request, { node: other })).errorCode, kafkaErrors.COORDINATOR_LOAD_IN_PROGRESS)
  await harness.world.advance(100)
  assert.equal((await client.call('InitProducerId', request, { node: other })).errorCode, 0)
  const again = await client.call('FindCoordinator', { key: '', keyType: 1, coordinatorKeys: ['x'] })
  assert.equal(again.coordinators[0]!.nodeId, other)
})

test('InitProducerId without a transactional id gives a new producer at any node', async () => {
  const harness = new Harness({ nodes: 2 })
  const client = harness.client()
  const request = { transactionalId: null, transactionTimeoutMs: 1_000, producerId: -1, producerEpoch: -1 }
  const first = await client.call('InitProducerId', request, { node: 0 })
  const second = await client.call('InitProducerId', request, { node: 1 })
  assert.deepEqual([first.producerEpoch, second.producerEpoch], [0, 0])
  assert.notEqual(first.producerId, second.producerId)
})
