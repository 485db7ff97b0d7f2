// Goal: what the producer makes of answers that a healthy cluster does not give. The rest is in contract-produce.test.ts and
// contract-transactions.test.ts.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep } from '../base/environment.ts'
import { kafkaErrors as kafka } from '../protocol/kafka-errors.ts'
import type { ResponseOf } from '../protocol/messages.ts'
import { viewBatch } from '../record/batch-view.ts'
import { append, codeOf, outsider } from './contract-scene.test.ts'
import type { OffsetToCommit } from './offset-to-commit.ts'
import { Producer, type ProducerOptions } from './producer.ts'
import { produced, ScriptedCluster, type SeenRequest } from './scripted-cluster.test.ts'

function open(cluster: ScriptedCluster, options: Partial<ProducerOptions> = {}): Producer {
  return new Producer(cluster.client, {
    transactionalId: null,
    transactionTimeoutMs: 10_000,
    lingerMs: 0,
    batchBytesMax: 16_384,
    bufferBytesMax: 1_000_000,
    requestBytesMax: 1_000_000,
    deliveryTimeoutMs: Infinity,
    compression: 'none',
    maxInFlight: 5,
    maxBlockMs: 5_000,
    onFailedBatch: () => 'fail',
    ...options,
  })
}

function initialised(producerId: number, producerEpoch: number): ResponseOf<'InitProducerId'> {
  return { throttleTimeMs: 0, errorCode: 0, producerId, producerEpoch }
}

/** The first answers as listed, then the last one for ever. */
function listed<T>(answers: readonly T[]): () => T {
  let index = 0
  return () => answers[Math.min(index++, answers.length - 1)]!
}

/** `epoch:baseSequence+count` of each batch that was sent. */
function stamps(cluster: ScriptedCluster): string[] {
  return cluster.requests('Produce').map((seen: SeenRequest<'Produce'>) => {
    const bytes = seen.request.topicData[0]!.partitionData[0]!.records!
    const { producerEpoch, baseSequence, recordCount } = viewBatch(bytes, 0, bytes.length, null)
    return `${producerEpoch}:${baseSequence}+${recordCount}`
  })
}

/** Appends and flushes one batch after the other. */
async function batches(cluster: ScriptedCluster, producer: Producer, sizes: readonly number[]): Promise<void> {
  for (const size of sizes) {
    append(producer, 't', Array.from({ length: size }, String))
    await cluster.settle(producer.flush())
  }
}

test('Producer counts sequences by records and repeats a batch as it was', async () => {
  const produce = listed([produced(0), produced(kafka.NOT_ENOUGH_REPLICAS), produced(0, 2), produced(0, 5)])
  const cluster = new ScriptedCluster({ InitProducerId: () => initialised(4, 0), Produce: produce })
  const producer = open(cluster)
  await batches(cluster, producer, [2, 3, 1])
  assert.deepEqual(stamps(cluster), ['0:0+2', '0:2+3', '0:2+3', '0:5+1'])
  assert.equal(producer.acknowledgedOffset(producer.target('t', 0)), 5)
  const sent = cluster.requests('Produce').map(({ request }) => request.topicData[0]!.partitionData[0]!.records)
  assert.equal(sent[1], sent[2])
})

test('Producer has one batch under way until the broker has confirmed one, because it would take any as the first', async () => {
  const cluster = new ScriptedCluster({
    InitProducerId: () => initialised(4, 0),
    Produce: listed([produced(kafka.NOT_LEADER_OR_FOLLOWER), produced(0), produced(0, 1), produced(0, 2), produced(0, 3)]),
  })
  const producer = open(cluster, { batchBytesMax: 1 })
  append(producer, 't', ['a', 'b', 'c', 'd'])
  await cluster.settle(producer.flush())
  assert.deepEqual(stamps(cluster), ['0:0+1', '0:0+1', '0:1+1', '0:2+1', '0:3+1'])
})

test('Producer takes DUPLICATE_SEQUENCE_NUMBER for written', async () => {
  const cluster = new ScriptedCluster({
    InitProducerId: () => initialised(4, 0),
    Produce: listed([produced(0), produced(kafka.DUPLICATE_SEQUENCE_NUMBER), produced(0, 9)]),
  })
  const producer = open(cluster)
  await batches(cluster, producer, [1, 1])
  assert.equal(producer.acknowledgedOffset(producer.target('t', 0)), 0)
  await batches(cluster, producer, [1])
  assert.equal(producer.acknowledgedOffset(producer.target('t', 0)), 9)
})

for (const code of [kafka.OUT_OF_ORDER_SEQUENCE_NUMBER, kafka.UNKNOWN_PRODUCER_ID]) {
  test(`Producer without transactions begins a new epoch when the broker has lost its state (${code})`, async () => {
    const produce = listed([produced(0), produced(code), produced(0)])
    const cluster = new ScriptedCluster({ InitProducerId: () => initialised(4, 0), Produce: produce })
    const producer = open(cluster)
    await batches(cluster, producer, [2, 3, 1])
    assert.deepEqual(stamps(cluster), ['0:0+2', '0:2+3', '1:0+3', '1:3+1'])
  })
}

test('Producer asks for another id when the epochs are used up', async () => {
  const cluster = new ScriptedCluster({
    InitProducerId: listed([initialised(4, 32_766), initialised(5, 0)]),
    Produce: listed([produced(kafka.OUT_OF_ORDER_SEQUENCE_NUMBER), produced(0)]),
  })
  const producer = open(cluster)
  await batches(cluster, producer, [2])
  assert.deepEqual(stamps(cluster), ['32766:0+2', '0:0+2'])
})

test('Producer leaves a gap behind a skipped batch only under another epoch', async () => {
  const cluster = new ScriptedCluster({
    InitProducerId: () => initialised(4, 0),
    Produce: listed([produced(0), produced(kafka.INVALID_RECORD), produced(0)]),
  })
  const producer = open(cluster, { onFailedBatch: () => 'skip' })
  await batches(cluster, producer, [2, 3, 1])
  assert.deepEqual(stamps(cluster), ['0:0+2', '0:2+3', '1:0+1'])
})

test('Producer gives a single record that is too large for the broker to the handler', async () => {
  const failures: string[] = []
  const cluster = new ScriptedCluster({ InitProducerId: () => initialised(4, 0), Produce: () => produced(kafka.MESSAGE_TOO_LARGE) })
  const producer = open(cluster, {
    onFailedBatch: ({ error }) => {
      failures.push(error.code)
      return 'skip'
    },
  })
  await batches(cluster, producer, [1])
  assert.deepEqual(failures, ['RECORD_TOO_LARGE'])
})

test('Producer waits for the throttle time of an answer', async () => {
  const cluster = new ScriptedCluster({
    InitProducerId: () => initialised(4, 0),
    Produce: () => ({ ...produced(0), throttleTimeMs: 900 }),
  })
  await batches(cluster, open(cluster), [1, 1])
  const [first, second] = cluster.requests('Produce')
  assert.equal(second!.atMs - first!.atMs, 900)
})

function ended(producerId = -1, producerEpoch = -1, errorCode = 0): ResponseOf<'EndTxn'> {
  return { throttleTimeMs: 0, errorCode, producerId, producerEpoch }
}

function offsetsAnswer(codes: readonly (readonly [partition: number, code: number])[]): ResponseOf<'TxnOffsetCommit'> {
  const partitions = codes.map(([partitionIndex, errorCode]) => ({ partitionIndex, errorCode }))
  return { throttleTimeMs: 0, topics: [{ name: 'in', partitions }] }
}

function added(code: number): ResponseOf<'AddPartitionsToTxn'> {
  const resultsByTopicV3AndBelow = [{ name: 't', resultsByPartition: [{ partitionIndex: 0, partitionErrorCode: code }] }]
  return { throttleTimeMs: 0, errorCode: 0, resultsByTransaction: [], resultsByTopicV3AndBelow }
}

function positions(count: number): OffsetToCommit[] {
  return Array.from({ length: count }, (_, partition) => ({ topic: 'in', partition, offset: 5, leaderEpoch: -1, metadata: '' }))
}

test('Producer takes over the id and epoch that a version 2 end gives, and keeps its own for -1', async () => {
  const cluster = new ScriptedCluster({
    InitProducerId: () => initialised(4, 7),
    Produce: () => produced(0),
    EndTxn: listed([ended(4, 8), ended(-1, -1), ended(9, 0)]),
  })
  const producer = open(cluster, { transactionalId: 'x' })
  await cluster.settle(producer.initTransactions())
  for (let round = 0; round < 4; round++) {
    append(producer, 't', ['a', 'b'])
    await cluster.settle(producer.commitTransaction([], outsider('g')))
  }
  assert.deepEqual(stamps(cluster), ['7:0+2', '8:0+2', '8:2+2', '0:0+2'])
  assert.deepEqual(
    cluster.requests('EndTxn').map(({ version, request }) => [version, request.producerId, request.producerEpoch, request.committed]),
    [
      [5, 4, 7, true],
      [5, 4, 8, true],
      [5, 4, 8, true],
      [5, 9, 0, true],
    ],
  )
})

test('Producer commits only the positions that are not confirmed again', async () => {
  const cluster = new ScriptedCluster({
    InitProducerId: () => initialised(4, 0),
    TxnOffsetCommit: listed([
      offsetsAnswer([
        [0, 0],
        [1, kafka.COORDINATOR_LOAD_IN_PROGRESS],
        [2, kafka.NOT_COORDINATOR],
      ]),
      offsetsAnswer([
        [1, 0],
        [2, kafka.UNSTABLE_OFFSET_COMMIT],
      ]),
      offsetsAnswer([[2, 0]]),
    ]),
    EndTxn: () => ended(4, 1),
  })
  const producer = open(cluster, { transactionalId: 'x' })
  await cluster.settle(producer.initTransactions())
  const group = { groupId: 'g', memberId: 'm', generation: 3, instanceId: 'i' }
  await cluster.settle(producer.commitTransaction(positions(3), group))
  const asked = cluster
    .requests('TxnOffsetCommit')
    .map(({ request }) => request.topics[0]!.partitions.map(({ partitionIndex }) => partitionIndex))
  assert.deepEqual(asked, [[0, 1, 2], [1, 2], [2]])
  const { groupId, memberId, generationId, groupInstanceId } = cluster.requests('TxnOffsetCommit')[0]!.request
  assert.deepEqual({ groupId, memberId, generation: generationId, instanceId: groupInstanceId }, group)
  assert.equal(cluster.requests('EndTxn').length, 1)
})

for (const [code, expected] of [
  [kafka.UNKNOWN_MEMBER_ID, 'TASK_MIGRATED'],
  [kafka.ILLEGAL_GENERATION, 'TASK_MIGRATED'],
  [kafka.STALE_MEMBER_EPOCH, 'TASK_MIGRATED'],
  [kafka.FENCED_INSTANCE_ID, 'TASK_MIGRATED'],
  [kafka.GROUP_ID_NOT_FOUND, 'TASK_MIGRATED'],
  [kafka.GROUP_AUTHORIZATION_FAILED, 'TRANSACTION_ABORTABLE'],
  [kafka.TRANSACTION_ABORTABLE, 'TRANSACTION_ABORTABLE'],
  [kafka.PRODUCER_FENCED, 'PRODUCER_FENCED'],
  [kafka.INVALID_PRODUCER_EPOCH, 'PRODUCER_FENCED'],
  [kafka.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, 'NOT_AUTHORIZED'],
  [kafka.UNSUPPORTED_FOR_MESSAGE_FORMAT, 'REQUEST_REFUSED'],
  [kafka.COORDINATOR_LOAD_IN_PROGRESS, 'TRANSACTION_ABORTABLE'],
] as const) {
  test(`Producer.commitTransaction() gives ${expected} for ${code} on its positions, and never ends the transaction`, async () => {
    const cluster = new ScriptedCluster({
      InitProducerId: () => initialised(4, 0),
      TxnOffsetCommit: () => offsetsAnswer([[0, code]]),
      EndTxn: () => ended(4, 1),
    })
    const producer = open(cluster, { transactionalId: 'x' })
    await cluster.settle(producer.initTransactions())
    assert.equal(await cluster.settle(codeOf(producer.commitTransaction(positions(1), outsider('g')))), expected)
    assert.equal(cluster.requests('EndTxn').length, 0)
  })
}

for (const [code, expected] of [
  [kafka.TRANSACTION_ABORTABLE, 'TRANSACTION_ABORTABLE'],
  [kafka.PRODUCER_FENCED, 'PRODUCER_FENCED'],
  [kafka.INVALID_PRODUCER_ID_MAPPING, 'PRODUCER_FENCED'],
  [kafka.INVALID_TXN_STATE, 'PRODUCER_FENCED'],
  [kafka.CONCURRENT_TRANSACTIONS, 'COMMIT_OUTCOME_UNKNOWN'],
] as const) {
  test(`Producer.commitTransaction() gives ${expected} for ${code} on its end`, async () => {
    const cluster = new ScriptedCluster({
      InitProducerId: () => initialised(4, 0),
      Produce: () => produced(0),
      EndTxn: () => ended(-1, -1, code),
    })
    const producer = open(cluster, { transactionalId: 'x' })
    await cluster.settle(producer.initTransactions())
    append(producer, 't', ['a'])
    assert.equal(await cluster.settle(codeOf(producer.commitTransaction([], outsider('g')))), expected)
  })
}

test('Producer takes no answer after an unanswered end for the outcome, but a confirmation', async () => {
  const cluster = new ScriptedCluster({
    InitProducerId: () => initialised(4, 0),
    Produce: () => produced(0),
    EndTxn: listed(['cut', ended(-1, -1, kafka.PRODUCER_FENCED), 'cut', ended(4, 1)]),
  })
  const producer = open(cluster, { transactionalId: 'x' })
  for (const expected of ['COMMIT_OUTCOME_UNKNOWN', 'resolved']) {
    await cluster.settle(producer.initTransactions())
    append(producer, 't', ['a'])
    assert.equal(await cluster.settle(codeOf(producer.commitTransaction([], outsider('g')))), expected)
  }
})

test('Producer adds partitions first in version 1, and asks again soon while markers are written', async () => {
  const cluster = new ScriptedCluster({
    InitProducerId: () => initialised(4, 0),
    AddPartitionsToTxn: listed([added(kafka.CONCURRENT_TRANSACTIONS), added(kafka.CONCURRENT_TRANSACTIONS), added(0)]),
    Produce: listed([produced(0), produced(0, 1)]),
    EndTxn: () => ended(),
  })
  cluster.features.set('transaction.version', 1)
  const producer = open(cluster, { transactionalId: 'x' })
  await cluster.settle(producer.initTransactions())
  for (let round = 0; round < 2; round++) {
    append(producer, 't', ['a'])
    await cluster.settle(producer.commitTransaction([], outsider('g')))
  }
  const order = cluster.seen.map(({ api, version }) => `${api}/${version}`).filter((name) => /Txn|Produce\//.test(name))
  const once = ['AddPartitionsToTxn/3', 'Produce/11', 'EndTxn/4']
  assert.deepEqual(order, ['AddPartitionsToTxn/3', 'AddPartitionsToTxn/3', ...once, ...once])
  const [first, second] = cluster.requests('AddPartitionsToTxn')
  assert.equal(second!.atMs - first!.atMs, 20)
  assert.deepEqual(stamps(cluster), ['0:0+1', '0:1+1'])
})

test('Producer bumps its epoch before its first version 2 transaction after version 1', async () => {
  const cluster = new ScriptedCluster({
    InitProducerId: listed([initialised(4, 0), initialised(4, 1)]),
    AddPartitionsToTxn: () => added(0),
    Produce: () => produced(0),
    EndTxn: listed([ended(), 'cut', ended(4, 2), ended(4, 3)]),
  })
  cluster.features.set('transaction.version', 1)
  const producer = open(cluster, { transactionalId: 'x' })
  await cluster.settle(producer.initTransactions())
  for (let round = 0; round < 4; round++) {
    append(producer, 't', ['a'])
    await cluster.settle(producer.commitTransaction([], outsider('g')))
    // The next connection tells of the upgrade; the second end is cut, so that there is one.
    cluster.features.set('transaction.version', 2)
  }
  const versions = cluster.requests('EndTxn').map(({ version }) => version)
  assert.deepEqual(versions, [4, 4, 4, 5, 5])
  const bumps = cluster.requests('InitProducerId').map(({ request }) => [request.producerId, request.producerEpoch])
  assert.deepEqual(bumps, [
    [-1, -1],
    [4, 0],
  ])
  assert.deepEqual(stamps(cluster), ['0:0+1', '0:1+1', '1:0+1', '3:0+1'])
})

/** `count@milliseconds since` of each batch that was sent from request `first` on. */
function departures(cluster: ScriptedCluster, first: number, sinceMs: number): string[] {
  return cluster
    .requests('Produce')
    .slice(first)
    .map(({ atMs, request }) => {
      const bytes = request.topicData[0]!.partitionData[0]!.records!
      return `${viewBatch(bytes, 0, bytes.length, null).recordCount}@${Math.round(atMs - sinceMs)}`
    })
}

/** A producer whose first batch is acknowledged, and when that was. */
async function settled(cluster: ScriptedCluster, options: Partial<ProducerOptions>): Promise<{ producer: Producer; sinceMs: number }> {
  const producer = open(cluster, options)
  await batches(cluster, producer, [1])
  await pass(cluster, 20)
  return { producer, sinceMs: cluster.environment.clock.monotonic() }
}

function pass(cluster: ScriptedCluster, timeMs: number): Promise<void> {
  return cluster.settle(sleep(cluster.environment.scheduler, timeMs))
}

test('Producer that sends when idle keeps nothing back but what comes while a request is in flight', async () => {
  const cluster = new ScriptedCluster({ InitProducerId: () => initialised(4, 0), Produce: () => produced(0) })
  const { producer, sinceMs } = await settled(cluster, { lingerMs: 100, sendsWhenIdle: true })
  cluster.answerMs = 40
  append(producer, 't', ['alone'])
  await pass(cluster, 10)
  append(producer, 't', ['b'])
  await pass(cluster, 10)
  append(producer, 't', ['c', 'd'])
  await pass(cluster, 200)
  assert.deepEqual(departures(cluster, 1, sinceMs), ['1@0', '3@40'])
})

test('Producer that sends when idle lingers no longer than it would otherwise', async () => {
  const cluster = new ScriptedCluster({ InitProducerId: () => initialised(4, 0), Produce: () => produced(0) })
  const { producer, sinceMs } = await settled(cluster, { lingerMs: 100, sendsWhenIdle: true })
  cluster.answerMs = 400
  append(producer, 't', ['alone'])
  await pass(cluster, 10)
  append(producer, 't', ['b'])
  await pass(cluster, 10)
  append(producer, 't', ['c'])
  await pass(cluster, 1_000)
  assert.deepEqual(departures(cluster, 1, sinceMs), ['1@0', '2@110'])
})

test('Producer that sends when idle cuts no batch that cannot leave yet', async () => {
  const cluster = new ScriptedCluster({ InitProducerId: () => initialised(4, 0), Produce: () => produced(0) })
  cluster.answerMs = 30
  const producer = open(cluster, { lingerMs: 1_000, sendsWhenIdle: true })
  for (const value of ['a', 'b', 'c']) {
    append(producer, 't', [value])
    await pass(cluster, 5)
  }
  await pass(cluster, 500)
  assert.deepEqual(stamps(cluster), ['0:0+3'])
})

test('Producer lingers as it is told when it does not send when idle', async () => {
  const cluster = new ScriptedCluster({ InitProducerId: () => initialised(4, 0), Produce: () => produced(0) })
  const { producer, sinceMs } = await settled(cluster, { lingerMs: 100 })
  append(producer, 't', ['a'])
  await pass(cluster, 50)
  append(producer, 't', ['b'])
  await pass(cluster, 500)
  assert.deepEqual(departures(cluster, 1, sinceMs), ['2@100'])
})

test('Producer gives each batch its delivery time-out, and again when the handler says so', async () => {
  const cluster = new ScriptedCluster({ InitProducerId: () => initialised(4, 0), Produce: () => produced(0) })
  cluster.leader = { leaderId: -1, leaderEpoch: -1 }
  const asked: number[] = []
  const onFailedBatch: ProducerOptions['onFailedBatch'] = () => {
    asked.push(Math.floor((cluster.environment.clock.monotonic() - sinceMs) / 100))
    return asked.length <= 3 ? 'retry' : 'skip'
  }
  const producer = open(cluster, { batchBytesMax: 1, deliveryTimeoutMs: 1_000, onFailedBatch })
  const sinceMs = cluster.environment.clock.monotonic()
  append(producer, 't', ['a', 'b'])
  await pass(cluster, 500)
  append(producer, 't', ['c', 'd'])
  await pass(cluster, 5_000)
  assert.deepEqual(asked, [10, 10, 15, 15, 20, 20, 25])
  assert.equal(producer.bufferedBytes, 0)
})

test('Producer sends what is full at once, however long the rest lingers', async () => {
  const cluster = new ScriptedCluster({ InitProducerId: () => initialised(4, 0), Produce: () => produced(0) })
  const { producer, sinceMs } = await settled(cluster, { lingerMs: 60_000, batchBytesMax: 1 })
  append(producer, 't', ['a', 'b', 'open'])
  await pass(cluster, 1_000)
  assert.deepEqual(departures(cluster, 1, sinceMs), ['1@0', '1@0'])
})

test('Producer.whenWritable() waits until a quarter of the memory is free', async () => {
  const cluster = new ScriptedCluster({ InitProducerId: () => initialised(4, 0), Produce: () => produced(0) })
  const producer = open(cluster, { batchBytesMax: 200, bufferBytesMax: 1_000, lingerMs: 60_000, maxInFlight: 1 })
  append(
    producer,
    't',
    Array.from({ length: 9 }, () => 'x'.repeat(100)),
  )
  assert.equal(producer.isFull, true)
  await cluster.settle(producer.whenWritable())
  assert.ok(producer.bufferedBytes > 0 && producer.bufferedBytes <= 750, `${producer.bufferedBytes} bytes`)
})

test('Producer.whenWritable() does not wait for a batch to linger', async () => {
  let beforeAnswer = (): void => undefined
  const answer = (): ResponseOf<'Produce'> => {
    beforeAnswer()
    return produced(0)
  }
  const cluster = new ScriptedCluster({ InitProducerId: () => initialised(4, 0), Produce: answer })
  const { producer, sinceMs } = await settled(cluster, { batchBytesMax: 180, bufferBytesMax: 1_100, lingerMs: 60_000 })
  const writable = Promise.withResolvers<void>()
  // 1. The first batch is about to be acknowledged.  2. The third takes the memory.  3. With the answer there is some again, too little.
  beforeAnswer = () => {
    beforeAnswer = () => undefined
    append(producer, 't', ['x'.repeat(800)])
    assert.equal(producer.isFull, true)
    producer.whenWritable().then(writable.resolve, writable.reject)
  }
  append(producer, 't', ['x'.repeat(100), 'x'.repeat(10)])
  await cluster.settle(writable.promise)
  assert.ok(cluster.environment.clock.monotonic() - sinceMs < 1_000)
})
