import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { zeroUuid } from '../../protocol/uuid.ts'
import { batchOf, Harness } from '../cluster-harness.test.ts'

const batch = batchOf([['k', 'v']])

test('Produce refuses what is not there and acks that do not exist', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('t')
  const client = harness.client()
  assert.equal((await client.produce('nope', batch)).errorCode, kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal((await client.produce('t', batch, { partition: 1 })).errorCode, kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION)
  assert.equal((await client.produce('t', batch, { acks: 2 })).errorCode, kafkaErrors.INVALID_REQUIRED_ACKS)
  assert.equal((await client.produce('t', batch, { acks: 1 })).errorCode, 0)
})

test('Produce names topics by id from version 13 on', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('t')
  const client = harness.client()
  const send = async (topicId: string) => {
    const topicData = [{ name: '', topicId, partitionData: [{ index: 0, records: batch }] }]
    const response = await client.call('Produce', { transactionalId: null, acks: -1, timeoutMs: 1_000, topicData }, { version: 13 })
    assert.equal(response.responses[0]!.topicId, topicId)
    return response.responses[0]!.partitionResponses[0]!
  }
  assert.equal((await send(harness.cluster.topics.idOf('t')!)).errorCode, 0)
  assert.equal((await send(zeroUuid)).errorCode, kafkaErrors.UNKNOWN_TOPIC_ID)
})

test('Produce tells which records were refused and appends nothing', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('t', { configs: { 'cleanup.policy': 'compact' } })
  const refused = await harness.client().produce(
    't',
    batchOf([
      ['k', 'v'],
      [null, 'v'],
    ]),
  )
  assert.equal(refused.errorCode, kafkaErrors.INVALID_RECORD)
  assert.deepEqual(
    refused.recordErrors.map((error) => error.batchIndex),
    [1],
  )
  assert.equal(harness.cluster.logEndOffset('t', 0), 0)
})

test('Produce refuses a transactional batch of somebody without a transactional id', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('t')
  const nameless = batchOf([['k', 'v']], { producerId: 1, producerEpoch: 0, baseSequence: 0, isTransactional: true })
  assert.equal((await harness.client().produce('t', nameless)).errorCode, kafkaErrors.TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
})

test('Produce fails one partition and takes the other', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('t', { partitions: 2 })
  const partitionData = [
    { index: 0, records: Buffer.from('no batch at all') },
    { index: 1, records: batch },
  ]
  const topicData = [{ name: 't', topicId: zeroUuid, partitionData }]
  const response = await harness.client().call('Produce', { transactionalId: null, acks: -1, timeoutMs: 1_000, topicData }, { version: 12 })
  assert.deepEqual(
    response.responses[0]!.partitionResponses.map(({ errorCode, baseOffset }) => [errorCode, baseOffset]),
    [
      [kafkaErrors.CORRUPT_MESSAGE, -1],
      [0, 0],
    ],
  )
})

test('an idempotent producer is answered as its sequences demand', async () => {
  const harness = new Harness()
  harness.cluster.createTopic('t')
  const client = harness.client()
  const { producerId, producerEpoch } = await client.initProducerId(null)
  const stamped = (baseSequence: number) => batchOf([['k', `${baseSequence}`]], { producerId, producerEpoch, baseSequence })
  for (let sequence = 0; sequence < 7; sequence++) assert.equal((await client.produce('t', stamped(sequence))).baseOffset, sequence)
  assert.equal((await client.produce('t', stamped(4))).baseOffset, 4)
  assert.equal((await client.produce('t', stamped(1))).errorCode, kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  assert.equal((await client.produce('t', stamped(8))).errorCode, kafkaErrors.OUT_OF_ORDER_SEQUENCE_NUMBER)
  assert.equal(harness.cluster.logEndOffset('t', 0), 7)
})
