import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { SealOptions } from '../../record/batch-builder.ts'
import { readBatches, verifyCrc } from '../../record/batch-reader.ts'
import { batchOf, describeRecords, type Pair } from '../cluster-harness.test.ts'
import { logConfigOf } from '../topics/topic-configs.ts'
import { checkBatch, isProblem } from './batch-check.ts'
import { type AppendResult, PartitionLog } from './partition-log.ts'

const NOW = 5_000

function openLog(configs: Readonly<Record<string, string>> = {}): PartitionLog {
  const config = logConfigOf(new Map(Object.entries(configs)))
  const log = new PartitionLog(() => config, 86_400_000)
  log.epochs.start(0, 0)
  return log
}

function append(log: PartitionLog, pairs: readonly Pair[], options: SealOptions & { timestamp?: number } = {}): AppendResult {
  const batch = checkBatch(batchOf(pairs, options), log.config, NOW)
  assert.ok(!isProblem(batch))
  return log.append(batch, { nowMs: NOW, mustStartAtZero: false })
}

const one: readonly Pair[] = [['k', 'v']]

test('PartitionLog.append() gives offsets and the epoch of the leader', () => {
  const log = openLog()
  append(log, [
    ['a', '1'],
    ['b', '2'],
  ])
  log.epochs.start(4, log.endOffset)
  assert.equal(append(log, [['c', '3']]).baseOffset, 2)
  const { records } = log.read(0, log.endOffset, 1_000_000, true)
  const batches = readBatches(records, 0, records.length)
  assert.deepEqual(
    batches.map((batch) => [batch.baseOffset, batch.lastOffset, batch.partitionLeaderEpoch]),
    [
      [0, 1, 0],
      [2, 2, 4],
    ],
  )
  for (const batch of batches) verifyCrc(batch)
})

test('PartitionLog.append() does not keep the bytes that it was given', () => {
  const log = openLog()
  const bytes = batchOf([['a', '1']])
  const batch = checkBatch(bytes, log.config, NOW)
  assert.ok(!isProblem(batch))
  log.append(batch, { nowMs: NOW, mustStartAtZero: false })
  bytes.fill(0)
  assert.deepEqual(describeRecords(log.read(0, 1, 1_000, true).records), ['0:1'])
})

test('PartitionLog.append() stamps the time under LogAppendTime', () => {
  const log = openLog({ 'message.timestamp.type': 'LogAppendTime' })
  assert.equal(append(log, one, { timestamp: 1 }).logAppendTimeMs, NOW)
  const { records } = log.read(0, 1, 1_000, true)
  const [batch] = readBatches(records, 0, records.length)
  verifyCrc(batch!)
  assert.equal(batch!.timestampType, 'LogAppendTime')
  assert.equal(batch!.maxTimestamp, NOW)
})

test('PartitionLog.append() answers a repeated batch with its first offset and stores it once', () => {
  const log = openLog()
  const producer = { producerId: 5, producerEpoch: 0, baseSequence: 0 }
  append(log, one)
  assert.equal(append(log, one, producer).baseOffset, 1)
  assert.deepEqual(append(log, one, producer), { errorCode: kafkaErrors.NONE, baseOffset: 1, logAppendTimeMs: -1 })
  assert.equal(log.endOffset, 2)
})

test('PartitionLog.read() gives adjacent batches as one view, within the limits', () => {
  const log = openLog()
  for (let index = 0; index < 5; index++) append(log, [['k', `${index}`]])
  const size = log.batches[0]!.length
  assert.deepEqual(describeRecords(log.read(0, 5, 3 * size, true).records), ['0:0', '1:1', '2:2'])
  assert.deepEqual(describeRecords(log.read(1, 4, 1_000_000, true).records), ['1:1', '2:2', '3:3'])
  assert.deepEqual(describeRecords(log.read(2, 5, 1, true).records), ['2:2'])
  assert.equal(log.read(2, 5, 1, false).records.length, 0)
  assert.deepEqual(log.read(5, 5, 1_000, true), { records: Buffer.alloc(0), nextOffset: 5 })
})

test('PartitionLog.read() gives views that stay as they were while the log grows', () => {
  const log = openLog()
  append(log, one)
  const { records } = log.read(0, 1, 1_000, true)
  const before = Buffer.from(records)
  for (let index = 0; index < 500; index++) append(log, one)
  assert.deepEqual(records, before)
  let offset = 0
  while (offset < log.endOffset) offset = log.read(offset, log.endOffset, 1_000_000, true).nextOffset
  assert.equal(offset, 501)
})

test('PartitionLog ends the last stable offset at the oldest open transaction', () => {
  const log = openLog()
  const first = { producerId: 1, producerEpoch: 0, isTransactional: true }
  const second = { producerId: 2, producerEpoch: 0, isTransactional: true }
  append(log, one)
  append(log, one, { ...first, baseSequence: 0 })
  append(log, one, { ...second, baseSequence: 0 })
  assert.equal(log.lastStableOffset, 1)
  log.appendMarker({ producerId: 1, producerEpoch: 0, isCommit: false, coordinatorEpoch: 0 }, NOW)
  assert.equal(log.lastStableOffset, 2)
  log.appendMarker({ producerId: 2, producerEpoch: 0, isCommit: true, coordinatorEpoch: 0 }, NOW)
  assert.equal(log.lastStableOffset, 5)
  assert.deepEqual(
    log.abortedBetween(0, 5).map(({ producerId, firstOffset }) => ({ producerId, firstOffset })),
    [{ producerId: 1, firstOffset: 1 }],
  )
  assert.deepEqual(describeRecords(log.read(3, 5, 1_000, true).records), ['3:abort', '4:commit'])
})

test('PartitionLog.deleteBefore() moves the log start and keeps the batch that holds it', () => {
  const log = openLog()
  append(log, [
    ['a', '0'],
    ['b', '1'],
  ])
  append(log, [['c', '2']])
  log.deleteBefore(1)
  assert.equal(log.logStart, 1)
  assert.deepEqual(describeRecords(log.read(1, 3, 1_000, true).records), ['0:0', '1:1', '2:2'])
  log.deleteBefore(3)
  assert.equal(log.batches.length, 0)
  assert.equal(append(log, one).baseOffset, 3)
})

test('PartitionLog.onAdvance() tells of appends, markers and deletions until it is released', () => {
  const log = openLog()
  let count = 0
  const release = log.onAdvance(() => count++)
  append(log, one)
  log.appendMarker({ producerId: 1, producerEpoch: 0, isCommit: true, coordinatorEpoch: 0 }, NOW)
  log.deleteBefore(1)
  assert.equal(count, 3)
  release()
  append(log, one)
  assert.equal(count, 3)
})
