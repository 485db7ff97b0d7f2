import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pickVersion, supportedApiVersions, supportedVersions } from './api-version.ts'

test('pickVersion() takes the highest version that both sides know', () => {
  assert.equal(pickVersion('Fetch', { Fetch: { min: 4, max: 13 } }), 13)
  assert.equal(pickVersion('Fetch', { Fetch: { min: 4, max: 99 } }), supportedVersions('Fetch').max)
  assert.equal(pickVersion('TxnOffsetCommit', supportedApiVersions, { max: 4 }), 4)
})

test('pickVersion() refuses when there is none and names both ranges', () => {
  assert.throws(() => pickVersion('Fetch', { Fetch: { min: 0, max: 3 } }), {
    code: 'UNSUPPORTED_VERSION',
    kafkaCode: 35,
    message: 'Cannot send Fetch: the broker accepts versions 0 to 3, versions 4 to 18 are required',
  })
  assert.throws(() => pickVersion('OffsetCommit', { OffsetCommit: { min: 2, max: 8 } }, { min: 9 }), {
    message: 'Cannot send OffsetCommit: the broker accepts versions 2 to 8, versions 9 to 10 are required',
  })
  assert.throws(() => pickVersion('StreamsGroupHeartbeat', {}), {
    code: 'UNSUPPORTED_VERSION',
    message: 'Cannot send StreamsGroupHeartbeat: the broker lacks this API, versions 0 to 1 are required',
  })
})

test('supportedApiVersions covers what the protocol reference lists', () => {
  assert.deepEqual(supportedApiVersions.Produce, { min: 3, max: 13 })
  assert.deepEqual(supportedApiVersions.InitProducerId, { min: 0, max: 5 })
  assert.deepEqual(supportedApiVersions.StreamsGroupDescribe, { min: 0, max: 1 })
})
