import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssertionError } from '../base/assert.ts'
import { isMillraceError } from '../base/errors.ts'
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse, passRequest } from './codec.ts'
import { MessageReader } from './message-reader.ts'
import { MessageWriter } from './message-writer.ts'
import type { RequestOf, ResponseOf } from './messages.ts'

function fails(code: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(isMillraceError(error), String(error))
    assert.equal(error.code, code)
    assert.match(error.message, message)
    return true
  }
}

const heartbeat: RequestOf<'Heartbeat'> = { groupId: 'g', generationId: 1, memberId: 'm', groupInstanceId: null }

function produce(records: Buffer): RequestOf<'Produce'> {
  const topicData = [{ name: 't', topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitionData: [{ index: 0, records }] }]
  return { transactionalId: null, acks: -1, timeoutMs: 1000, topicData }
}

test('encodeRequest() refuses a version that the schema lacks', () => {
  const expected = fails('UNSUPPORTED_VERSION', /^Cannot handle the request Heartbeat of version 5: versions 0 to 4 are supported$/)
  assert.throws(() => encodeRequest('Heartbeat', 5, heartbeat, new MessageWriter()), expected)
  assert.throws(() => encodeRequest('Heartbeat', Number.NaN, heartbeat, new MessageWriter()), { code: 'UNSUPPORTED_VERSION' })
})

test('encodeRequest() refuses a value in a field that the version lacks, and names field, value and version', () => {
  const request = { ...heartbeat, groupInstanceId: 'i' }
  const expected = fails(
    'UNSUPPORTED_VERSION',
    /the request Heartbeat of version 2: field "groupInstanceId" is "i", which this version cannot carry/,
  )
  assert.throws(() => encodeRequest('Heartbeat', 2, request, new MessageWriter()), expected)
})

test('encodeRequest() leaves an ignorable field out where the version lacks it', () => {
  const request: RequestOf<'JoinGroup'> = {
    groupId: 'g',
    sessionTimeoutMs: 1,
    rebalanceTimeoutMs: 2,
    memberId: '',
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'stream', metadata: Buffer.from([1]) }],
    reason: 'why',
  }
  assert.deepEqual(passRequest('JoinGroup', 7, request), { ...request, reason: null })
  assert.deepEqual(passRequest('JoinGroup', 8, request), request)
})

test('encodeRequest() treats a value that does not fit its type as a bug of the caller', () => {
  for (const broken of [
    { ...heartbeat, memberId: null },
    { ...heartbeat, memberId: undefined },
    { ...heartbeat, generationId: 2 ** 31 },
    { ...heartbeat, memberId: 'x'.repeat(0x8000) },
  ]) {
    const request = broken as unknown as RequestOf<'Heartbeat'>
    assert.throws(() => encodeRequest('Heartbeat', 0, request, new MessageWriter()), AssertionError)
  }
})

test('encodeRequest() keeps long record batches out of the copied bytes', () => {
  const records = Buffer.alloc(5000, 7)
  const writer = new MessageWriter()
  encodeRequest('Produce', 9, produce(records), writer)
  const chunks = writer.chunks()
  assert.equal(chunks.length, 3)
  assert.equal(chunks[1], records)
  assert.equal(Buffer.concat(chunks).length, writer.length)
  assert.deepEqual(decodeRequest('Produce', 9, new MessageReader(Buffer.concat(chunks))), produce(records))
})

test('passRequest() passes record batches by reference', () => {
  const records = Buffer.from('batch')
  const passed = passRequest('Produce', 9, produce(records))
  assert.equal(passed.topicData[0]!.partitionData[0]!.records, records)
})

test('decodeRequest() gives record batches as views of the bytes', () => {
  const writer = new MessageWriter()
  encodeRequest('Produce', 9, produce(Buffer.from('batch')), writer)
  const bytes = writer.toBuffer()
  const view = decodeRequest('Produce', 9, new MessageReader(bytes)).topicData[0]!.partitionData[0]!.records!
  assert.equal(view.buffer, bytes.buffer)
  assert.equal(view.toString(), 'batch')
})

test('decodeRequest() skips tagged fields that it does not know', () => {
  const body = Buffer.from('0267' + '00000001' + '026d' + '00' + '02' + '0503616263' + '070100', 'hex')
  assert.deepEqual(decodeRequest('Heartbeat', 4, new MessageReader(body)), heartbeat)
})

test('decodeRequest() refuses tags out of order and tagged fields beyond the end', () => {
  const start = '0267' + '00000001' + '026d' + '00'
  for (const tagged of ['0207000500', '0205000500', '0105ff01']) {
    assert.throws(() => decodeRequest('Heartbeat', 4, new MessageReader(Buffer.from(start + tagged, 'hex'))), { code: 'MALFORMED_MESSAGE' })
  }
})

test('decodeRequest() refuses an array that claims more elements than bytes are left', () => {
  const body = Buffer.from('7fffffff', 'hex')
  const expected = fails('MALFORMED_MESSAGE', /at field "topics": Cannot read 2147483647 elements of "topics": 0 bytes are left/)
  assert.throws(() => decodeRequest('Metadata', 1, new MessageReader(body)), expected)
})

test('decodeRequest() refuses null where the version has none', () => {
  assert.equal(decodeRequest('Metadata', 1, new MessageReader(Buffer.from('ffffffff', 'hex'))).topics, null)
  const expected = fails('MALFORMED_MESSAGE', /found null where a value is required/)
  assert.throws(() => decodeRequest('Metadata', 0, new MessageReader(Buffer.from('ffffffff', 'hex'))), expected)
})

test('decodeResponse() reads a refused ApiVersions as version 0', () => {
  const response: ResponseOf<'ApiVersions'> = {
    errorCode: 35,
    apiKeys: [{ apiKey: 18, minVersion: 0, maxVersion: 3 }],
    throttleTimeMs: 0,
    supportedFeatures: [],
    finalizedFeaturesEpoch: -1,
    finalizedFeatures: [],
    zkMigrationReady: false,
  }
  const writer = new MessageWriter()
  encodeResponse('ApiVersions', 4, response, writer)
  assert.equal(writer.toBuffer().toString('hex'), '002300000001001200000003')
  assert.deepEqual(decodeResponse('ApiVersions', 4, new MessageReader(writer.toBuffer())), response)
})
