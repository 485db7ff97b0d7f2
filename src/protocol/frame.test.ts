import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decodeRequestBody,
  decodeRequestHeader,
  decodeResponseFrame,
  encodeRequestFrame,
  encodeResponseFrame,
  readCorrelationId,
} from './frame.ts'
import { MessageReader } from './message-reader.ts'
import type { RequestOf, ResponseOf } from './messages.ts'

const request: RequestOf<'EndTxn'> = { transactionalId: 't', producerId: 1, producerEpoch: 2, committed: true }
const response: ResponseOf<'EndTxn'> = { throttleTimeMs: 0, errorCode: 0, producerId: -1, producerEpoch: -1 }
const apiVersions: ResponseOf<'ApiVersions'> = {
  errorCode: 0,
  apiKeys: [],
  throttleTimeMs: 0,
  supportedFeatures: [],
  finalizedFeaturesEpoch: -1,
  finalizedFeatures: [],
  zkMigrationReady: false,
}

/** The frame without its size, which is checked. */
function bodyOf(chunks: readonly Buffer[]): Buffer {
  const frame = Buffer.concat(chunks)
  assert.equal(frame.readInt32BE(0), frame.length - 4)
  return frame.subarray(4)
}

test('encodeRequestFrame() puts size and header before the body, and decodeRequestHeader() reads it', () => {
  for (const version of [2, 3]) {
    for (const clientId of ['client', '', null]) {
      const envelope = { api: 'EndTxn', version, correlationId: 77, clientId } as const
      const reader = new MessageReader(bodyOf(encodeRequestFrame(envelope, request)))
      assert.deepEqual(decodeRequestHeader(reader), { apiKey: 26, version, correlationId: 77, clientId })
      assert.deepEqual(decodeRequestBody('EndTxn', version, reader), request)
    }
  }
})

test('decodeRequestHeader() tells an API that it does not know', () => {
  const header = decodeRequestHeader(new MessageReader(Buffer.from('03e7000100000005ffff00', 'hex')))
  assert.deepEqual(header, { apiKey: 999, version: 1, correlationId: 5, clientId: null })
})

test('decodeRequestHeader() refuses what is cut off', () => {
  const whole = bodyOf(encodeRequestFrame({ api: 'EndTxn', version: 3, correlationId: 1, clientId: 'c' }, request))
  for (let length = 0; length < 12; length++) {
    assert.throws(() => decodeRequestHeader(new MessageReader(whole.subarray(0, length))), { code: 'MALFORMED_MESSAGE' })
  }
})

test('decodeRequestBody() refuses bytes behind the last field', () => {
  const chunks = encodeRequestFrame({ api: 'EndTxn', version: 3, correlationId: 1, clientId: 'c' }, request)
  const reader = new MessageReader(Buffer.concat([bodyOf(chunks), Buffer.from([0])]))
  decodeRequestHeader(reader)
  assert.throws(() => decodeRequestBody('EndTxn', 3, reader), { code: 'MALFORMED_MESSAGE' })
})

test('encodeResponseFrame() writes header version 1 for flexible versions, and 0 always for ApiVersions', () => {
  assert.equal(bodyOf(encodeResponseFrame({ api: 'EndTxn', version: 2, correlationId: 9 }, response)).length, 4 + 6)
  assert.equal(bodyOf(encodeResponseFrame({ api: 'EndTxn', version: 3, correlationId: 9 }, response)).length, 4 + 1 + 6 + 1)
  // Without a header's tagged fields the body follows the correlation id at once: error code 0, one empty compact array.
  const frame = bodyOf(encodeResponseFrame({ api: 'ApiVersions', version: 3, correlationId: 9 }, apiVersions))
  assert.equal(frame.toString('hex'), '00000009' + '0000' + '01' + '00000000' + '00')
})

test('decodeResponseFrame() reads what encodeResponseFrame() wrote', () => {
  for (const version of [2, 3, 5]) {
    const envelope = { api: 'EndTxn', version, correlationId: 9 } as const
    const frame = bodyOf(encodeResponseFrame(envelope, response))
    assert.equal(readCorrelationId(frame), 9)
    assert.deepEqual(decodeResponseFrame(envelope, frame), response)
    assert.throws(() => decodeResponseFrame({ ...envelope, correlationId: 8 }, frame), { code: 'MALFORMED_MESSAGE' })
    assert.throws(() => decodeResponseFrame(envelope, Buffer.concat([frame, frame])), { code: 'MALFORMED_MESSAGE' })
    assert.throws(() => decodeResponseFrame(envelope, frame.subarray(0, 3)), { code: 'MALFORMED_MESSAGE' })
  }
})

test('decodeResponseFrame() skips tagged fields in the header', () => {
  const frame = Buffer.from('00000009' + '0109' + '02aabb' + '00000000' + '0000' + '00', 'hex')
  assert.deepEqual(decodeResponseFrame({ api: 'EndTxn', version: 3, correlationId: 9 }, frame), response)
})
