import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { compressionNames } from '../../record/compression.ts'
import { batchOf, type Pair } from '../cluster-harness.test.ts'
import { logConfigOf } from '../topics/topic-configs.ts'
import { checkBatch, isProblem } from './batch-check.ts'

const NOW = 5_000
const pairs: readonly Pair[] = [
  ['a', '1'],
  ['b', '2'],
]

function codeOf(bytes: Buffer | null, configs: Readonly<Record<string, string>> = {}): number {
  const checked = checkBatch(bytes, logConfigOf(new Map(Object.entries(configs))), NOW)
  return isProblem(checked) ? checked.errorCode : kafkaErrors.NONE
}

test('checkBatch() takes batches of every compression', () => {
  for (const compression of compressionNames) {
    assert.equal(codeOf(batchOf(pairs, { compression })), kafkaErrors.NONE, compression)
    assert.equal(codeOf(batchOf(pairs, { compression }), { 'cleanup.policy': 'compact' }), kafkaErrors.NONE, compression)
  }
})

test('checkBatch() refuses what is no batch', () => {
  assert.equal(codeOf(null), kafkaErrors.INVALID_RECORD)
  assert.equal(codeOf(Buffer.alloc(0)), kafkaErrors.INVALID_RECORD)
  const whole = batchOf(pairs)
  assert.equal(codeOf(whole.subarray(0, whole.length - 1)), kafkaErrors.CORRUPT_MESSAGE)
  const old = batchOf(pairs)
  old.writeInt8(1, 16)
  assert.equal(codeOf(old), kafkaErrors.INVALID_RECORD)
  const flipped = batchOf(pairs)
  flipped[flipped.length - 2]! ^= 1
  assert.equal(codeOf(flipped), kafkaErrors.CORRUPT_MESSAGE)
})

test('checkBatch() takes exactly one batch', () => {
  assert.equal(codeOf(Buffer.concat([batchOf(pairs), batchOf(pairs)])), kafkaErrors.INVALID_RECORD)
})

test('checkBatch() refuses a batch above max.message.bytes', () => {
  const batch = batchOf(pairs)
  assert.equal(codeOf(batch, { 'max.message.bytes': String(batch.length - 1) }), kafkaErrors.MESSAGE_TOO_LARGE)
  assert.equal(codeOf(batch, { 'max.message.bytes': String(batch.length) }), kafkaErrors.NONE)
})

test('checkBatch() refuses control records, half a producer and a gap of offsets', () => {
  assert.equal(codeOf(batchOf(pairs, { isControl: true })), kafkaErrors.INVALID_RECORD)
  assert.equal(codeOf(batchOf(pairs, { producerId: 1, producerEpoch: 0 })), kafkaErrors.INVALID_RECORD)
  assert.equal(codeOf(batchOf(pairs, { producerId: 1, baseSequence: 0 })), kafkaErrors.INVALID_RECORD)
  assert.equal(codeOf(batchOf(pairs, { isTransactional: true })), kafkaErrors.INVALID_RECORD)
  assert.equal(codeOf(batchOf(pairs, { lastOffsetDelta: 2 })), kafkaErrors.INVALID_RECORD)
  assert.equal(codeOf(batchOf([])), kafkaErrors.INVALID_RECORD)
})

test('checkBatch() names the records without key in a compacted topic', () => {
  const batch = batchOf([
    ['a', '1'],
    [null, '2'],
    [null, '3'],
  ])
  const checked = checkBatch(batch, logConfigOf(new Map([['cleanup.policy', 'compact,delete']])), NOW)
  assert.ok(isProblem(checked))
  assert.equal(checked.errorCode, kafkaErrors.INVALID_RECORD)
  assert.deepEqual(
    checked.records.map((record) => record.index),
    [1, 2],
  )
  assert.equal(codeOf(batch), kafkaErrors.NONE)
})

test('checkBatch() refuses timestamps too far from the clock, but not under LogAppendTime', () => {
  const early = batchOf(pairs, { timestamp: NOW - 100 })
  const late = batchOf(pairs, { timestamp: NOW + 100 })
  assert.equal(codeOf(early, { 'message.timestamp.before.max.ms': '50' }), kafkaErrors.INVALID_TIMESTAMP)
  assert.equal(codeOf(late, { 'message.timestamp.after.max.ms': '50' }), kafkaErrors.INVALID_TIMESTAMP)
  const stamped = { 'message.timestamp.after.max.ms': '50', 'message.timestamp.type': 'LogAppendTime' }
  assert.equal(codeOf(late, stamped), kafkaErrors.NONE)
  assert.equal(codeOf(late), kafkaErrors.NONE)
})
