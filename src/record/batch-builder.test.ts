import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BatchBuilder, type RecordToAppend } from './batch-builder.ts'
import { readBatches, verifyCrc } from './batch-reader.ts'
import { setLogAppendTime, setProducer } from './batch-rewriter.ts'
import { RecordCursor } from './record-cursor.ts'
import type { RecordHeaders } from './record-headers.ts'

function record(value: string, timestamp = 1_000): RecordToAppend {
  const bytes = Buffer.from(value)
  return { timestamp, bytes, keyStart: -1, keyEnd: -1, valueStart: 0, valueEnd: bytes.length, headers: null }
}

function valuesOf(bytes: Buffer): string[] {
  const cursor = new RecordCursor()
  const values: string[] = []
  for (const batch of readBatches(bytes, 0, bytes.length)) {
    verifyCrc(batch)
    cursor.open(batch)
    while (cursor.next()) values.push(String(cursor.value()))
  }
  return values
}

test('BatchBuilder knows its size before a record is added, and declines one that would pass the limit', () => {
  const builder = new BatchBuilder(64)
  assert.equal(builder.size, 61)
  const with1 = builder.sizeWith(record('one'))
  assert.equal(builder.append(record('one'), 10), true, 'the first record always fits')
  assert.equal(builder.size, with1)
  const with2 = builder.sizeWith(record('two'))
  assert.equal(builder.append(record('two'), with2 - 1), false)
  assert.equal(builder.count, 1)
  assert.equal(builder.append(record('two'), with2), true)
  assert.equal(builder.size, with2)
  const batch = builder.seal()
  assert.equal(batch.length, with2)
  assert.deepEqual(valuesOf(batch), ['one', 'two'])
})

test('BatchBuilder is untouched by an append that throws', () => {
  const builder = new BatchBuilder()
  builder.append(record('kept'))
  const size = builder.size
  const broken: RecordHeaders = {
    last: () => null,
    add: () => broken,
    remove: () => broken,
    [Symbol.iterator]() {
      throw new Error('broken headers')
    },
  }
  assert.throws(() => builder.append({ ...record('x'), headers: broken }), /broken headers/)
  assert.throws(() => builder.append(record('x', 1.5)), { name: 'RangeError', message: /^Cannot append a record: its timestamp is 1.5/ })
  assert.throws(() => builder.append(record('x', Number.NaN)), { name: 'RangeError' })
  assert.throws(() => builder.append(record('x', Infinity)), { name: 'RangeError' })
  assert.throws(() => builder.append({ ...record('x'), valueEnd: 2 }), {
    name: 'RangeError',
    message: /the range 0..2 is not within 1 bytes/,
  })
  assert.throws(() => builder.append({ ...record('x'), keyStart: 1, keyEnd: 0 }), { name: 'RangeError' })
  assert.equal(builder.size, size)
  assert.equal(builder.count, 1)
  builder.append(record('next', 900))
  assert.equal(builder.maxTimestamp, 1_000)
  assert.deepEqual(valuesOf(builder.seal()), ['kept', 'next'])
})

test('BatchBuilder.seal() gives bytes that later batches do not touch, full or nearly empty', () => {
  const builder = new BatchBuilder(256)
  const sealed: Buffer[] = []
  const expected: string[] = []
  for (const length of [1, 150, 10, 5_000, 3, 9_000, 2]) {
    const value = 'abcdefghij'.repeat(1_000).slice(0, length)
    builder.append(record(value))
    sealed.push(builder.seal())
    expected.push(value)
    assert.equal(builder.count, 0)
    assert.equal(builder.size, 61)
  }
  assert.deepEqual(sealed.flatMap(valuesOf), expected)
})

test('BatchBuilder.reset() drops the open batch', () => {
  const builder = new BatchBuilder()
  builder.append(record('dropped', 5))
  builder.reset()
  assert.equal(builder.maxTimestamp, -1)
  builder.append(record('kept', 7))
  const [batch] = readBatches(builder.seal(), 0, 61 + 11)
  assert.equal(batch?.baseTimestamp, 7)
  assert.equal(batch?.recordCount, 1)
})

test('BatchBuilder.skipTo() only goes forward', () => {
  const builder = new BatchBuilder()
  builder.append(record('a'))
  builder.append(record('b'))
  assert.throws(() => builder.skipTo(1), { name: 'RangeError', message: /the next is 2/ })
  builder.skipTo(2)
  builder.skipTo(9)
  assert.throws(() => builder.skipTo(8), { name: 'RangeError' })
})

test('setLogAppendTime() changes the time of every record and keeps the checksum right', () => {
  const builder = new BatchBuilder()
  builder.append(record('a', 5))
  builder.append(record('b', 6))
  const bytes = builder.seal()
  setLogAppendTime({ buffer: bytes, start: 0, end: bytes.length }, 99)
  const [batch] = readBatches(bytes, 0, bytes.length)
  assert.ok(batch !== undefined)
  verifyCrc(batch)
  assert.equal(batch.timestampType, 'LogAppendTime')
  assert.equal(batch.maxTimestamp, 99)
  assert.deepEqual(valuesOf(bytes), ['a', 'b'])
})

test('setProducer() stamps a sealed batch anew', () => {
  const builder = new BatchBuilder()
  builder.append(record('a', 5))
  const bytes = builder.seal({ producerId: 1, producerEpoch: 0, baseSequence: 17 })
  setProducer({ buffer: bytes, start: 0, end: bytes.length }, { producerId: 1, producerEpoch: 1, baseSequence: 0 })
  const [batch] = readBatches(bytes, 0, bytes.length)
  assert.ok(batch !== undefined)
  verifyCrc(batch)
  assert.deepEqual([batch.producerId, batch.producerEpoch, batch.baseSequence], [1, 1, 0])
})

test('BatchBuilder builds in recycled memory, and leaves alone what is not of its capacity', () => {
  const builder = new BatchBuilder(128)
  builder.append(record('a'.repeat(40)))
  const first = builder.seal()
  builder.append(record('b'.repeat(40)))
  const second = builder.seal()
  assert.notEqual(second.buffer, first.buffer)
  builder.recycle(first)
  builder.append(record('c'.repeat(40)))
  builder.recycle(second)
  const third = builder.seal()
  assert.equal(third.buffer, first.buffer)
  assert.deepEqual(valuesOf(third), ['c'.repeat(40)])
  assert.deepEqual(valuesOf(second), ['b'.repeat(40)])
  builder.recycle(Buffer.allocUnsafeSlow(200))
  builder.append(record('d'))
  assert.deepEqual(valuesOf(builder.seal()), ['d'])
})

test('BatchBuilder writes numbers of any size in as many bytes as it says', () => {
  const edges = [0, 1, 63, 64, 65, 8_100, 8_190, 8_191, 8_192, 20_000]
  const bytes = Buffer.alloc(1_050_000, 'edge')
  const pairs = [-1, ...edges].flatMap((key) => [-1, ...edges].map((value) => [key, value] as const))
  for (const [keyLength, valueLength] of [...pairs, [8, 1_048_559], [8, 1_048_560], [8, 1_048_575], [8, 1_048_576]] as const) {
    const builder = new BatchBuilder()
    const cursor = new RecordCursor()
    for (const timestamp of [10_000, 9_937, 9_936, 10_063, 10_064, 1_808, 1_807, 18_191, 18_192, 1_058_575, 1_058_576]) {
      const valueStart = Math.max(keyLength, 0)
      const given = {
        timestamp,
        bytes,
        keyStart: keyLength < 0 ? -1 : 0,
        keyEnd: keyLength,
        valueStart: valueLength < 0 ? -1 : valueStart,
        valueEnd: valueLength < 0 ? -1 : valueStart + valueLength,
        headers: null,
      }
      const size = builder.sizeWith(given)
      const isFirst = builder.count === 0
      assert.equal(builder.append(given, size - 1), isFirst, 'only the first record may pass the limit')
      if (!isFirst) assert.equal(builder.append(given, size), true)
      assert.equal(builder.size, size, `${keyLength} ${valueLength} ${timestamp}`)
    }
    const sealed = builder.seal()
    const [batch] = readBatches(sealed, 0, sealed.length)
    assert.ok(batch)
    cursor.open(batch)
    while (cursor.next()) {
      assert.equal(cursor.keyStart < 0 ? -1 : cursor.keyEnd - cursor.keyStart, keyLength)
      assert.equal(cursor.valueStart < 0 ? -1 : cursor.valueEnd - cursor.valueStart, valueLength)
    }
    assert.equal(cursor.timestamp, 1_058_576)
  }
})

test('BatchBuilder refuses ranges out of bounds after the first record, too', () => {
  const builder = new BatchBuilder()
  builder.append(record('one'))
  const size = builder.size
  const given = { ...record('two'), keyStart: 0, keyEnd: 3 }
  for (const wrong of [
    { keyStart: -1 },
    { keyStart: 2, keyEnd: 1 },
    { keyEnd: 4 },
    { valueStart: -1 },
    { valueEnd: 4 },
    { timestamp: 0.5 },
  ]) {
    assert.throws(() => builder.append({ ...given, ...wrong }), RangeError)
    assert.equal(builder.size, size)
  }
})
