import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { FetchResponse } from '../../protocol/messages/fetch.ts'
import { zeroUuid } from '../../protocol/uuid.ts'
import { batchOf, describeRecords, type FetchOptions, fetchRequest, Harness, type TestClient } from '../cluster-harness.test.ts'

const batch = (value: string): Buffer => batchOf([['k', value]])

async function openTopic(partitions: number, perPartition = 0): Promise<{ harness: Harness; client: TestClient }> {
  const harness = new Harness()
  harness.cluster.createTopic('t', { partitions })
  const client = harness.client()
  for (let partition = 0; partition < partitions; partition++) {
    for (let index = 0; index < perPartition; index++) await client.produce('t', batch(`${partition}.${index}`), { partition })
  }
  return { harness, client }
}

function partitionsIn(response: FetchResponse): readonly number[] {
  return response.responses.flatMap((topic) => topic.partitions.map((partition) => partition.partitionIndex))
}

test('Fetch answers offsets outside of the log with 1, and its end with nothing', async () => {
  const { harness, client } = await openTopic(1, 3)
  assert.equal((await client.fetch('t', { offset: 4 })).errorCode, kafkaErrors.OFFSET_OUT_OF_RANGE)
  const end = await client.fetch('t', { offset: 3 })
  assert.deepEqual([end.errorCode, end.records?.length, end.highWatermark], [0, 0, 3])
  await client.call('DeleteRecords', { topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 2 }] }], timeoutMs: 1_000 })
  assert.equal((await client.fetch('t', { offset: 1 })).errorCode, kafkaErrors.OFFSET_OUT_OF_RANGE)
  const rest = await client.fetch('t', { offset: 2 })
  assert.deepEqual(describeRecords(rest.records), ['2:0.2'])
  assert.equal(rest.logStartOffset, 2)
  assert.equal(harness.cluster.offsets('t', 0).logStart, 2)
})

test('Fetch gives nothing of an open transaction to who reads what is committed, though its start was deleted', async () => {
  const { client } = await openTopic(1)
  const { producerId, producerEpoch } = await client.initProducerId('x')
  const pairs = ['a', 'b', 'c'].map((value) => ['k', value] as const)
  const open = batchOf(pairs, { producerId, producerEpoch, baseSequence: 0, isTransactional: true })
  await client.produce('t', open, { transactionalId: 'x' })
  await client.call('DeleteRecords', { topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 1 }] }], timeoutMs: 1_000 })
  assert.equal((await client.fetch('t', { offset: 1, isCommittedOnly: true })).records?.length, 0)
  assert.equal(describeRecords((await client.fetch('t', { offset: 1 })).records).length, 3)
})

test('Fetch waits for records, and not longer than it was told', async () => {
  const { harness, client } = await openTopic(1)
  const connection = await client.connect(0, 'fetch')
  const startMs = harness.world.nowMs
  const empty = await harness.settle(connection.send('Fetch', 12, fetchRequest('t', { maxWaitMs: 500 }), 10_000))
  assert.equal(harness.world.nowMs - startMs, 500)
  assert.equal(empty.responses[0]!.partitions[0]!.records!.length, 0)
  const waiting = connection.send('Fetch', 12, fetchRequest('t', { maxWaitMs: 500 }), 10_000)
  await harness.world.advance(100)
  await client.produce('t', batch('a'))
  const filled = await harness.settle(waiting)
  assert.deepEqual(describeRecords(filled.responses[0]!.partitions[0]!.records), ['0:a'])
  assert.equal(harness.world.nowMs - startMs, 600)
})

test('Fetch waits until there is as much as it asks for', async () => {
  const { harness, client } = await openTopic(1)
  const connection = await client.connect(0, 'fetch')
  const size = batch('a').length
  const waiting = connection.send('Fetch', 12, fetchRequest('t', { maxWaitMs: 5_000, minBytes: 2 * size }), 10_000)
  let isAnswered = false
  void waiting.then(() => {
    isAnswered = true
  })
  await client.produce('t', batch('a'))
  await harness.world.advance(10)
  assert.equal(isAnswered, false)
  await client.produce('t', batch('b'))
  const response = await harness.settle(waiting)
  assert.deepEqual(describeRecords(response.responses[0]!.partitions[0]!.records), ['0:a', '1:b'])
})

test('a read_committed Fetch waits for the marker', async () => {
  const { harness, client } = await openTopic(1)
  const { producerId, producerEpoch } = await client.initProducerId('x')
  const records = batchOf([['k', 'a']], { producerId, producerEpoch, baseSequence: 0, isTransactional: true })
  await client.produce('t', records, { transactionalId: 'x' })
  const connection = await client.connect(0, 'fetch')
  const waiting = connection.send('Fetch', 12, fetchRequest('t', { maxWaitMs: 5_000, isCommittedOnly: true }), 10_000)
  await harness.world.advance(100)
  const startMs = harness.world.nowMs
  await client.call('EndTxn', { transactionalId: 'x', producerId, producerEpoch, committed: true })
  const response = await harness.settle(waiting)
  assert.equal(harness.world.nowMs, startMs)
  const [data] = response.responses[0]!.partitions
  assert.deepEqual(describeRecords(data!.records), ['0:a', '1:commit'])
  assert.deepEqual([data!.lastStableOffset, data!.abortedTransactions], [2, []])
})

test('Fetch gives two aborted transactions of one producer in one answer', async () => {
  const { harness, client } = await openTopic(1)
  let producer = await client.initProducerId('x')
  for (const committed of [false, true, false]) {
    const { producerId, producerEpoch } = producer
    const records = batchOf([['k', `${committed}`]], { producerId, producerEpoch, baseSequence: 0, isTransactional: true })
    await client.produce('t', records, { transactionalId: 'x' })
    producer = await client.call('EndTxn', { transactionalId: 'x', producerId, producerEpoch, committed })
    await harness.world.advance(5)
  }
  const { producerId } = producer
  const all = await client.fetch('t', { isCommittedOnly: true })
  assert.deepEqual(all.abortedTransactions, [
    { producerId, firstOffset: 0 },
    { producerId, firstOffset: 4 },
  ])
  assert.deepEqual((await client.fetch('t', { isCommittedOnly: true, offset: 2 })).abortedTransactions, [{ producerId, firstOffset: 4 }])
  assert.equal((await client.fetch('t')).abortedTransactions, null)
})

test('Fetch limits each partition and the whole answer, and gives the first batch whatever its size', async () => {
  const { client } = await openTopic(2, 4)
  const size = batch('0.0').length
  const read = async (options: FetchOptions) => {
    const response = await client.fetchAll('t', { partitions: [0, 1], ...options })
    return response.responses.flatMap((topic) => topic.partitions.map((partition) => describeRecords(partition.records).length))
  }
  assert.deepEqual(await read({ partitionBytesMax: 2 * size }), [2, 2])
  assert.deepEqual(await read({ bytesMax: 3 * size, partitionBytesMax: 2 * size }), [2, 1])
  assert.deepEqual(await read({ bytesMax: 1 }), [1, 0])
  assert.deepEqual(await read({ partitionBytesMax: 1 }), [1, 0])
})

test('an incremental fetch tells only news and serves partitions in turn', async () => {
  const { client } = await openTopic(3, 2)
  const size = batch('0.0').length
  const opened = await client.fetchAll('t', { partitions: [0, 1, 2], sessionEpoch: 0, bytesMax: size })
  assert.notEqual(opened.sessionId, 0)
  assert.deepEqual(partitionsIn(opened), [0, 1, 2])
  const { sessionId } = opened
  const served: number[] = []
  for (let sessionEpoch = 1; sessionEpoch <= 3; sessionEpoch++) {
    const response = await client.fetchAll('t', { partitions: [], sessionId, sessionEpoch, bytesMax: size })
    served.push(...partitionsIn(response))
  }
  assert.deepEqual(served, [1, 2, 0])
  const quiet = await client.fetchAll('t', { partitions: [0, 1, 2], offset: 2, sessionId, sessionEpoch: 4 })
  assert.deepEqual(partitionsIn(quiet), [])
  await client.produce('t', batch('new'), { partition: 1 })
  assert.deepEqual(partitionsIn(await client.fetchAll('t', { partitions: [], sessionId, sessionEpoch: 5 })), [1])
  const forgetting = {
    ...fetchRequest('t', { partitions: [], sessionId, sessionEpoch: 6 }),
    forgottenTopicsData: [{ topic: 't', topicId: zeroUuid, partitions: [1] }],
  }
  assert.deepEqual(partitionsIn(await client.call('Fetch', forgetting, { version: 12 })), [])
})

test('an incremental fetch tells moved watermarks once', async () => {
  const { client } = await openTopic(1, 2)
  const { sessionId } = await client.fetchAll('t', { offset: 2, sessionEpoch: 0 })
  await client.call('DeleteRecords', { topics: [{ name: 't', partitions: [{ partitionIndex: 0, offset: 1 }] }], timeoutMs: 1_000 })
  const news = await client.fetchAll('t', { partitions: [], sessionId, sessionEpoch: 1 })
  assert.equal(news.responses[0]!.partitions[0]!.logStartOffset, 1)
  assert.deepEqual(partitionsIn(await client.fetchAll('t', { partitions: [], sessionId, sessionEpoch: 2 })), [])
})

test('a fetch session ends with 70 when it is lost, 71 out of turn, 106 with the other kind of topic names', async () => {
  const { harness, client } = await openTopic(1, 1)
  const { sessionId } = await client.fetchAll('t', { sessionEpoch: 0 })
  const again = (sessionEpoch: number) => client.fetchAll('t', { partitions: [], sessionId, sessionEpoch })
  assert.equal((await again(2)).errorCode, kafkaErrors.INVALID_FETCH_SESSION_EPOCH)
  const byId = await client.call('Fetch', fetchRequest('t', { partitions: [], sessionId, sessionEpoch: 1 }), { version: 13 })
  assert.equal(byId.errorCode, kafkaErrors.FETCH_SESSION_TOPIC_ID_ERROR)
  assert.equal((await again(1)).errorCode, 0)
  harness.cluster.faults.loseFetchSessions()
  assert.equal((await again(2)).errorCode, kafkaErrors.FETCH_SESSION_ID_NOT_FOUND)
  const closed = await client.fetchAll('t', { sessionEpoch: 0 })
  assert.equal((await client.fetchAll('t', { partitions: [], sessionId: closed.sessionId, sessionEpoch: -1 })).sessionId, 0)
  const late = await client.fetchAll('t', { partitions: [], sessionId: closed.sessionId, sessionEpoch: 1 })
  assert.equal(late.errorCode, kafkaErrors.FETCH_SESSION_ID_NOT_FOUND)
})

test('Fetch by topic id notices a topic that was made anew', async () => {
  const { harness, client } = await openTopic(1, 1)
  const fetchBy = async (topicId: string) => {
    const request = fetchRequest('', {})
    const response = await client.call('Fetch', { ...request, topics: [{ ...request.topics[0]!, topicId }] }, { version: 17 })
    return response.responses[0]!.partitions[0]!
  }
  const oldId = harness.cluster.topics.idOf('t')!
  assert.deepEqual(describeRecords((await fetchBy(oldId)).records), ['0:0.0'])
  harness.cluster.deleteTopic('t')
  assert.equal((await fetchBy(oldId)).errorCode, kafkaErrors.UNKNOWN_TOPIC_ID)
  harness.cluster.createTopic('t')
  assert.equal((await fetchBy(oldId)).errorCode, kafkaErrors.UNKNOWN_TOPIC_ID)
  assert.equal((await fetchBy(harness.cluster.topics.idOf('t')!)).errorCode, 0)
})

test('Fetch tells of a log that is shorter than what the client has read', async () => {
  const { client } = await openTopic(1, 3)
  const request = fetchRequest('t', { offset: 3 })
  const [partition] = request.topics[0]!.partitions
  const ask = async (lastFetchedEpoch: number) => {
    const topics = [{ ...request.topics[0]!, partitions: [{ ...partition!, lastFetchedEpoch }] }]
    const response = await client.call('Fetch', { ...request, topics }, { version: 12 })
    return response.responses[0]!.partitions[0]!.divergingEpoch
  }
  assert.deepEqual(await ask(0), { epoch: -1, endOffset: -1 })
})
