import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { decodeOffsetMetadata, encodeOffsetMetadata } from './offset-metadata.ts'

test('encodeOffsetMetadata writes version 2, the partition time and nothing else when no operator keeps a time', () => {
  assert.equal(encodeOffsetMetadata({ partitionTime: 1_700_000_000_000, processorTimes: new Map() }), 'AgAAAYvP5WgA')
  assert.equal(encodeOffsetMetadata({ partitionTime: -1, processorTimes: new Map() }), 'Av//////////')
})

test('decodeOffsetMetadata reads version 1 and the empty string, and nothing of later versions or of others', () => {
  assert.deepEqual(decodeOffsetMetadata('AQAAAYvP5WgA'), { partitionTime: 1_700_000_000_000, processorTimes: new Map() })
  assert.deepEqual(decodeOffsetMetadata(''), { partitionTime: -1, processorTimes: new Map() })
  assert.equal(decodeOffsetMetadata('AwAAAYvP5WgA'), null)
  assert.equal(decodeOffsetMetadata('not ours'), null)
  assert.equal(decodeOffsetMetadata('AgAA'), null)
  assert.equal(decodeOffsetMetadata('AgAAAYvP5WgAAAAAAX////8='), null)
})

test('decodeOffsetMetadata gives what encodeOffsetMetadata was given', () => {
  const times = fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.maxSafeNat()))
  fc.assert(
    fc.property(fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER }), times, (partitionTime, entries) => {
      const metadata = { partitionTime, processorTimes: new Map(entries) }
      assert.deepEqual(decodeOffsetMetadata(encodeOffsetMetadata(metadata)), metadata)
    }),
  )
})
