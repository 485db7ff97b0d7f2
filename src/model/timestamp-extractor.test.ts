import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { recordHeaders } from '../record/record-headers.ts'
import {
  type ExtractableRecord,
  failOnInvalidTimestamp,
  logAndSkipOnInvalidTimestamp,
  usePartitionTimeOnInvalidTimestamp,
  wallclockTimestamp,
} from './timestamp-extractor.ts'

function at(timestamp: number): ExtractableRecord<string, string> {
  return { topic: 't', partition: 1, offset: 2, key: 'k', value: 'v', timestamp, headers: recordHeaders() }
}

const isInvalidTimestamp = (error: unknown): boolean => isMillraceError(error) && error.code === 'INVALID_TIMESTAMP' && error.offset === 2

test('timestamp extractors give the timestamp of a record that has one', () => {
  assert.equal(failOnInvalidTimestamp(at(7)), 7)
  assert.equal(logAndSkipOnInvalidTimestamp(at(7)), 7)
  assert.equal(usePartitionTimeOnInvalidTimestamp(at(7), 9), 7)
  assert.equal(wallclockTimestamp({ now: () => 11, monotonic: () => 0 })(at(7), 9), 11)
})

test('timestamp extractors fail, skip or take the partition time where the timestamp is negative', () => {
  assert.throws(() => failOnInvalidTimestamp(at(-1)), isInvalidTimestamp)
  assert.equal(logAndSkipOnInvalidTimestamp(at(-1)), -1)
  assert.equal(usePartitionTimeOnInvalidTimestamp(at(-1), 9), 9)
  assert.throws(() => usePartitionTimeOnInvalidTimestamp(at(-1), -1), isInvalidTimestamp)
})
