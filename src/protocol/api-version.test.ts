import assert from 'node:assert/strict'
import { test } from 'node:test'
import { supportedVersions } from './api-version.ts'

test('supportedVersions() covers what the protocol reference lists', () => {
  assert.deepEqual(supportedVersions('Produce'), { min: 3, max: 13 })
  assert.deepEqual(supportedVersions('InitProducerId'), { min: 0, max: 5 })
  assert.deepEqual(supportedVersions('StreamsGroupDescribe'), { min: 0, max: 1 })
})
