import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { BatchBuilder } from './batch-builder.ts'
import { readBatches, verifyCrc } from './batch-reader.ts'
import { setBaseOffset } from './batch-rewriter.ts'
import { compressionNames } from './compression.ts'
import { buildMarker } from './control-marker.ts'
import { readControlRecord } from './control-record.ts'
import { RecordCursor } from './record-cursor.ts'
import { recordHeaders } from './record-headers.ts'

const vectors = JSON.parse(readFileSync(new URL('../../test/golden/golden-vectors.json', import.meta.url), 'utf8')) as Record<
  string,
  { hex: string }
>
const golden = (name: string): Buffer => Buffer.from(vectors[name]!.hex, 'hex')

const BASE_TIMESTAMP = 1_700_000_000_000

test('BatchBuilder writes G17, a transactional batch with nulls and headers', () => {
  const bytes = Buffer.from('k1v1v2k3')
  const headers = recordHeaders([
    ['h', 'x'],
    ['n', null],
  ])
  const builder = new BatchBuilder(64)
  builder.append({ timestamp: BASE_TIMESTAMP, bytes, keyStart: 0, keyEnd: 2, valueStart: 2, valueEnd: 4, headers: null })
  builder.append({ timestamp: BASE_TIMESTAMP + 5, bytes, keyStart: -1, keyEnd: -1, valueStart: 4, valueEnd: 6, headers })
  builder.append({ timestamp: BASE_TIMESTAMP + 300, bytes, keyStart: 6, keyEnd: 8, valueStart: -1, valueEnd: -1, headers: null })
  assert.equal(builder.size, golden('G17').length)
  const batch = builder.seal({ producerId: 1000, producerEpoch: 2, baseSequence: 7, isTransactional: true })
  assert.equal(batch.toString('hex'), golden('G17').toString('hex'))
})

test('RecordCursor reads G17', () => {
  const bytes = Buffer.concat([Buffer.from('before'), golden('G17'), golden('G18'), Buffer.from('cut off')])
  const [batch, marker] = readBatches(bytes, 6, bytes.length, { topic: 'in', partition: 3 })
  assert.ok(batch !== undefined && marker !== undefined)
  verifyCrc(batch)
  const { buffer: _buffer, ...fields } = batch
  assert.deepEqual(fields, {
    start: 6,
    end: 104,
    baseOffset: 0,
    lastOffset: 2,
    partitionLeaderEpoch: -1,
    compression: 'none',
    timestampType: 'CreateTime',
    isTransactional: true,
    isControl: false,
    baseTimestamp: BASE_TIMESTAMP,
    maxTimestamp: BASE_TIMESTAMP + 300,
    producerId: 1000,
    producerEpoch: 2,
    baseSequence: 7,
    recordCount: 3,
    origin: { topic: 'in', partition: 3 },
  })
  const cursor = new RecordCursor()
  cursor.open(batch)
  const seen = []
  while (cursor.next()) {
    const headers = [...cursor.headers()].map(({ key, value }) => `${key}=${value === null ? null : Buffer.from(value).toString()}`)
    seen.push([cursor.offset, cursor.timestamp - BASE_TIMESTAMP, cursor.key()?.toString(), cursor.value()?.toString(), headers])
  }
  assert.deepEqual(seen, [
    [0, 0, 'k1', 'v1', []],
    [1, 5, undefined, 'v2', ['h=x', 'n=null']],
    [2, 300, 'k3', undefined, []],
  ])
})

test('buildMarker() writes G18, an abort marker', () => {
  const marker = buildMarker({ kind: 'abort', producerId: 1000, producerEpoch: 2, coordinatorEpoch: 9, timestamp: BASE_TIMESTAMP })
  setBaseOffset({ buffer: marker, start: 0, end: marker.length }, 10, 1)
  assert.equal(marker.toString('hex'), golden('G18').toString('hex'))
})

test('readControlRecord() reads G18', () => {
  const bytes = golden('G18')
  const [batch] = readBatches(bytes, 0, bytes.length)
  assert.ok(batch !== undefined)
  verifyCrc(batch)
  assert.equal(batch.isControl, true)
  assert.equal(batch.lastOffset, 10)
  assert.equal(batch.partitionLeaderEpoch, 1)
  assert.deepEqual(readControlRecord(batch), { kind: 'abort', coordinatorEpoch: 9 })
})

test('RecordCursor reads the batches that Java wrote with each codec', () => {
  const url = new URL('../../test/golden/java-batches.json', import.meta.url)
  const batches = JSON.parse(readFileSync(url, 'utf8')) as Record<string, string>
  assert.deepEqual(Object.keys(batches), compressionNames)
  for (const [codec, hex] of Object.entries(batches)) {
    const bytes = Buffer.from(hex, 'hex')
    const [batch] = readBatches(bytes, 0, bytes.length)
    assert.ok(batch !== undefined)
    verifyCrc(batch)
    assert.equal(batch.compression, codec)
    const cursor = new RecordCursor()
    cursor.open(batch)
    for (let index = 0; index < 20; index++) {
      assert.ok(cursor.next())
      assert.equal(cursor.offset, 100 + index)
      assert.equal(cursor.timestamp, BASE_TIMESTAMP + index * 37)
      assert.equal(cursor.key()?.toString(), index % 5 === 3 ? undefined : `key-${index}`)
      assert.equal(cursor.value()?.toString(), index % 7 === 5 ? undefined : `value of record number ${index} ${'abc'.repeat(index % 40)}`)
      assert.equal(cursor.headerCount, index % 4 === 1 ? 2 : 0)
    }
    assert.equal(cursor.next(), false)
  }
})
