import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { batchOf, Harness, type TestClient } from '../cluster-harness.test.ts'

async function listOffset(
  client: TestClient,
  timestamp: number,
  options: { committed?: boolean; version?: number; leaderEpoch?: number } = {},
) {
  const partitions = [{ partitionIndex: 0, currentLeaderEpoch: options.leaderEpoch ?? -1, timestamp }]
  const request = {
    replicaId: -1,
    isolationLevel: options.committed === true ? 1 : 0,
    topics: [{ name: 't', partitions }],
    timeoutMs: 1_000,
  }
  const response = await client.call('ListOffsets', request, { version: options.version ?? 11 })
  const { errorCode, offset, timestamp: found } = response.topics[0]!.partitions[0]!
  return { errorCode, offset, timestamp: found }
}

async function openTopic(): Promise<{ harness: Harness; client: TestClient }> {
  const harness = new Harness()
  harness.cluster.createTopic('t')
  const client = harness.client()
  await client.produce(
    't',
    batchOf(
      [
        ['a', '1'],
        ['b', '2'],
        ['c', '3'],
      ],
      { timestamp: 100 },
    ),
  )
  await client.produce('t', batchOf([['d', '4']], { timestamp: 500, compression: 'gzip' }))
  await client.produce('t', batchOf([['e', '5']], { timestamp: 300 }))
  return { harness, client }
}

test('ListOffsets finds the ends of the log', async () => {
  const { client } = await openTopic()
  assert.deepEqual(await listOffset(client, -1), { errorCode: 0, offset: 5, timestamp: -1 })
  assert.deepEqual(await listOffset(client, -2), { errorCode: 0, offset: 0, timestamp: -1 })
  assert.deepEqual(await listOffset(client, -4), { errorCode: 0, offset: 0, timestamp: -1 })
  assert.deepEqual(await listOffset(client, -5), { errorCode: 0, offset: -1, timestamp: -1 })
})

test('ListOffsets finds the first record at or after a timestamp', async () => {
  const { client } = await openTopic()
  assert.deepEqual(await listOffset(client, 0), { errorCode: 0, offset: 0, timestamp: 100 })
  assert.deepEqual(await listOffset(client, 102), { errorCode: 0, offset: 2, timestamp: 102 })
  assert.deepEqual(await listOffset(client, 103), { errorCode: 0, offset: 3, timestamp: 500 })
  assert.deepEqual(await listOffset(client, 501), { errorCode: 0, offset: -1, timestamp: -1 })
  assert.deepEqual(await listOffset(client, -3), { errorCode: 0, offset: 3, timestamp: 500 })
})

test('ListOffsets refuses timestamps that its version does not know, and leader epochs that are not the present one', async () => {
  const { client } = await openTopic()
  assert.equal((await listOffset(client, -3, { version: 6 })).errorCode, kafkaErrors.UNSUPPORTED_VERSION)
  assert.equal((await listOffset(client, -5, { version: 8 })).errorCode, kafkaErrors.UNSUPPORTED_VERSION)
  assert.equal((await listOffset(client, -9)).errorCode, kafkaErrors.UNSUPPORTED_VERSION)
  assert.equal((await listOffset(client, -1, { leaderEpoch: 1 })).errorCode, kafkaErrors.UNKNOWN_LEADER_EPOCH)
})

test('ListOffsets gives the last stable offset to those who read what is committed', async () => {
  const { client } = await openTopic()
  const { producerId, producerEpoch } = await client.initProducerId('x')
  const open = batchOf([['k', 'v']], { timestamp: 900, producerId, producerEpoch, baseSequence: 0, isTransactional: true })
  await client.produce('t', open, { transactionalId: 'x' })
  assert.equal((await listOffset(client, -1)).offset, 6)
  assert.equal((await listOffset(client, -1, { committed: true })).offset, 5)
  assert.equal((await listOffset(client, 600)).offset, 5)
  assert.equal((await listOffset(client, 600, { committed: true })).offset, -1)
})

test('ListOffsets finds no greatest timestamp for those who read what is committed when it is not', async () => {
  const { client } = await openTopic()
  const { producerId, producerEpoch } = await client.initProducerId('x')
  const open = batchOf([['k', 'v']], { timestamp: 900, producerId, producerEpoch, baseSequence: 0, isTransactional: true })
  await client.produce('t', open, { transactionalId: 'x' })
  assert.equal((await listOffset(client, -3)).offset, 5)
  assert.deepEqual(await listOffset(client, -3, { committed: true }), { errorCode: 0, offset: -1, timestamp: -1 })
})

test('ListOffsets begins at the log start', async () => {
  const { client } = await openTopic()
  await client.call('DeleteRecords', { topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 1 }] }], timeoutMs: 1_000 })
  assert.equal((await listOffset(client, -2)).offset, 1)
  assert.deepEqual(await listOffset(client, 0), { errorCode: 0, offset: 1, timestamp: 101 })
})

test('DeleteRecords moves the log start up to the end, and only where records may be deleted', async () => {
  const { harness, client } = await openTopic()
  harness.cluster.createTopic('compacted', { configs: { 'cleanup.policy': 'compact' } })
  const remove = async (name: string, offset: number, partitionIndex = 0) => {
    const response = await client.call('DeleteRecords', { topics: [{ name, partitions: [{ partitionIndex, offset }] }], timeoutMs: 1_000 })
    const { errorCode, lowWatermark } = response.topics[0]!.partitions[0]!
    return [errorCode, lowWatermark]
  }
  assert.deepEqual(await remove('t', 3), [0, 3])
  assert.deepEqual(await remove('t', 2), [0, 3])
  assert.deepEqual(await remove('t', 6), [kafkaErrors.OFFSET_OUT_OF_RANGE, -1])
  assert.deepEqual(await remove('t', -1), [0, 5])
  assert.deepEqual(await remove('t', 0, 4), [kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION, -1])
  assert.deepEqual(await remove('compacted', 0), [kafkaErrors.POLICY_VIOLATION, -1])
})

test('OffsetForLeaderEpoch tells where an epoch ended', async () => {
  const { harness, client } = await openTopic()
  harness.cluster.faults.moveLeader('t', 0)
  await client.produce('t', batchOf([['f', '6']]))
  const ask = async (leaderEpoch: number) => {
    const topics = [{ topic: 't', partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch }] }]
    const response = await client.call('OffsetForLeaderEpoch', { replicaId: -1, topics })
    const { errorCode, endOffset, leaderEpoch: found } = response.topics[0]!.partitions[0]!
    return [errorCode, found, endOffset]
  }
  assert.deepEqual(await ask(0), [0, 0, 5])
  assert.deepEqual(await ask(1), [0, 1, 6])
  assert.deepEqual(await ask(2), [0, -1, -1])
})
