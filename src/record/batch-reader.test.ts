import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BatchBuilder, type RecordToAppend, type SealOptions } from './batch-builder.ts'
import { readBatches, recordsOf, verifyCrc } from './batch-reader.ts'
import type { BatchView } from './batch-view.ts'
import { sealCrc, setBaseOffset } from './batch-rewriter.ts'
import { readControlRecord } from './control-record.ts'
import { RecordCursor } from './record-cursor.ts'

const corrupt = (message: RegExp): object => ({ name: 'ClusterError', code: 'CORRUPT_BATCH', message })

function record(value: string, timestamp = 1_000): RecordToAppend {
  const bytes = Buffer.from(value)
  return { timestamp, bytes, keyStart: -1, keyEnd: -1, valueStart: 0, valueEnd: bytes.length, headers: null }
}

function batchOf(values: readonly string[], options: SealOptions = {}): Buffer {
  const builder = new BatchBuilder()
  values.forEach((value, index) => builder.append(record(value, 1_000 + index)))
  return builder.seal(options)
}

function only(bytes: Buffer): BatchView {
  const batches = readBatches(bytes, 0, bytes.length)
  assert.equal(batches.length, 1)
  return batches[0]!
}

function valuesOf(batch: BatchView): [offset: number, value: string | undefined][] {
  const cursor = new RecordCursor()
  cursor.open(batch)
  const seen: [number, string | undefined][] = []
  while (cursor.next()) seen.push([cursor.offset, cursor.value()?.toString()])
  return seen
}

test('readBatches() gives every whole batch and leaves out a cut one', () => {
  const bytes = Buffer.concat([
    batchOf(['a', 'b'], { baseOffset: 5 }),
    batchOf(['c'], { baseOffset: 7 }),
    batchOf(['d'], { baseOffset: 8 }),
  ])
  assert.deepEqual(readBatches(bytes, 0, bytes.length).flatMap(valuesOf), [
    [5, 'a'],
    [6, 'b'],
    [7, 'c'],
    [8, 'd'],
  ])
  const last = batchOf(['d']).length
  for (const left of [0, 1, 11, 12, 16, 17, 60, last - 1]) {
    const end = bytes.length - last + left
    assert.equal(readBatches(bytes, 0, end).length, 2, `${left} bytes of the last batch`)
  }
  assert.deepEqual(readBatches(bytes, 3, 3), [])
})

test('readBatches() refuses bytes in which not even the first batch is whole', () => {
  const bytes = batchOf(['a'])
  for (const end of [1, 11, 12, 30, bytes.length - 1]) {
    assert.throws(() => readBatches(bytes, 0, end), corrupt(/none is whole/))
  }
})

test('readBatches() refuses other formats, impossible lengths, counts and numbers, and says where', () => {
  const cases: [RegExp, (bytes: Buffer) => void][] = [
    [/format 1/, (bytes) => bytes.writeInt8(1, 16)],
    [/a batch of 60 bytes/, (bytes) => bytes.writeInt32BE(48, 8)],
    [/a batch of -2147483636 bytes/, (bytes) => bytes.writeInt32BE(-0x8000_0000, 8)],
    [/none is whole/, (bytes) => bytes.writeInt32BE(0x7fff_ffff, 8)],
    [/last offset delta is -1/, (bytes) => bytes.writeInt32BE(-1, 23)],
    [/counts -1 records/, (bytes) => bytes.writeInt32BE(-1, 57)],
    [/counts 3 records in 2 offsets/, (bytes) => bytes.writeInt32BE(3, 57)],
    [/compression is 7/, (bytes) => bytes.writeInt16BE(7, 21)],
    [/a number is beyond 2\^53/, (bytes) => bytes.writeInt32BE(0x0fff_ffff, 43)],
    [/base offset is -1/, (bytes) => bytes.writeBigInt64BE(-1n, 0)],
    [/timestamps are Infinity/, (bytes) => bytes.writeBigInt64BE(0x7fff_ffff_ffff_ffffn, 27)],
  ]
  for (const [message, spoil] of cases) {
    const bytes = batchOf(['a', 'b'])
    spoil(bytes)
    assert.throws(() => readBatches(bytes, 0, bytes.length, { topic: 'in', partition: 3 }), {
      ...corrupt(message),
      topic: 'in',
      partition: 3,
    })
  }
  const many = batchOf(['a'])
  many.writeInt32BE(1_000_000, 23)
  many.writeInt32BE(1_000_000, 57)
  assert.throws(() => readBatches(many, 0, many.length), corrupt(/counts 1000000 records in \d+ bytes/))
})

test('verifyCrc() finds any changed bit from the attributes on, and none before', () => {
  const bytes = batchOf(['hello', 'world'])
  for (let index = 0; index < bytes.length; index++) {
    const changed = Buffer.from(bytes)
    changed[index]! ^= 1 << (index % 8)
    const batch = { ...only(bytes), buffer: changed }
    if (index < 17) verifyCrc(batch)
    else assert.throws(() => verifyCrc(batch), corrupt(/^Cannot trust a batch: .*\(batch at offset 0\)$/), `byte ${index}`)
  }
})

test('RecordCursor gives every record of a LogAppendTime batch the maximum timestamp', () => {
  const cursor = new RecordCursor()
  cursor.open(only(batchOf(['a', 'b', 'c'], { isLogAppendTime: true })))
  const seen: number[] = []
  while (cursor.next()) seen.push(cursor.timestamp)
  assert.deepEqual(seen, [1_002, 1_002, 1_002])
})

test('RecordCursor keeps the gaps of a compacted batch, and the batch its last offset', () => {
  const builder = new BatchBuilder()
  builder.skipTo(2)
  builder.append(record('a'))
  builder.skipTo(7)
  builder.append(record('b'))
  const batch = only(builder.seal({ baseOffset: 100, lastOffsetDelta: 9 }))
  assert.deepEqual(valuesOf(batch), [
    [102, 'a'],
    [107, 'b'],
  ])
  assert.equal(batch.lastOffset, 109)
})

test('RecordCursor takes batches without records, compressed ones too', () => {
  for (const compression of ['none', 'gzip', 'lz4'] as const) {
    const batch = only(new BatchBuilder().seal({ compression, baseOffset: 4, lastOffsetDelta: 3 }))
    assert.deepEqual(valuesOf(batch), [])
    assert.equal(batch.lastOffset, 7)
    assert.equal(batch.maxTimestamp, -1)
  }
})

test('RecordCursor reads timestamps before the first one and far after it', () => {
  const builder = new BatchBuilder()
  const timestamps = [1_700_000_000_000, 0, 1_700_000_000_000 + 2 ** 31, 1_700_000_000_000 - 2 ** 31 - 1, 2 ** 52 - 1]
  for (const timestamp of timestamps) builder.append(record('x', timestamp))
  const batch = only(builder.seal())
  assert.equal(batch.maxTimestamp, 2 ** 52 - 1)
  const cursor = new RecordCursor()
  cursor.open(batch)
  const seen: number[] = []
  while (cursor.next()) seen.push(cursor.timestamp)
  assert.deepEqual(seen, timestamps)
})

test('RecordCursor refuses bytes behind the last record', () => {
  const bytes = Buffer.concat([batchOf(['a']), Buffer.from([0])])
  bytes.writeInt32BE(bytes.length - 12, 8)
  setBaseOffset({ buffer: bytes, start: 0, end: bytes.length }, 42, 0)
  sealCrc({ buffer: bytes, start: 0, end: bytes.length })
  const batch = only(bytes)
  verifyCrc(batch)
  assert.throws(() => valuesOf(batch), { ...corrupt(/1 bytes follow the last record \(batch at offset 42\)/), offset: 42 })
})

test('RecordCursor can be opened on records that were decompressed before', () => {
  const batch = only(batchOf(['a', 'b'], { compression: 'zstd' }))
  const records = recordsOf(batch)
  const cursor = new RecordCursor()
  for (let round = 0; round < 2; round++) {
    cursor.open(batch, records)
    assert.equal(cursor.left, 2)
    assert.equal(cursor.next(), true)
    assert.equal(cursor.buffer, records.buffer)
  }
})

test('recordsOf() refuses records above its limit', () => {
  const batch = only(batchOf([`${'a'.repeat(100_000)}`], { compression: 'zstd' }))
  assert.ok(recordsOf(batch).end > 100_000)
  assert.throws(() => recordsOf(batch, 100_000), corrupt(/at most 100000 bytes/))
})

test('readControlRecord() reads empty batches, other kinds and later versions, and refuses short ones', () => {
  const control = (key: string, value: string): BatchView => {
    const bytes = Buffer.from(key + value, 'hex')
    const builder = new BatchBuilder()
    const keyEnd = key.length / 2
    builder.append({ timestamp: 1, bytes, keyStart: 0, keyEnd, valueStart: keyEnd, valueEnd: bytes.length, headers: null })
    return only(builder.seal({ isControl: true }))
  }
  assert.deepEqual(readControlRecord(control('00000001', '000000000007')), { kind: 'commit', coordinatorEpoch: 7 })
  assert.deepEqual(readControlRecord(control('00010000', '000500000007aabb')), { kind: 'abort', coordinatorEpoch: 7 })
  assert.deepEqual(readControlRecord(control('00000005', '')), { kind: 'other', coordinatorEpoch: -1 })
  assert.throws(() => readControlRecord(control('0000', '')), corrupt(/its key is shorter/))
  assert.throws(() => readControlRecord(control('00000000', '0000')), corrupt(/its value is shorter/))
  assert.equal(readControlRecord(only(new BatchBuilder().seal({ isControl: true }))), null)
})
