import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordHeaders } from '../record/record-headers.ts'
import { headersOrNull, StreamRecord, streamRecord } from './stream-record.ts'

test('StreamRecord refuses a negative timestamp', () => {
  assert.throws(() => new StreamRecord('k', 'v', -1), RangeError)
  assert.throws(() => new StreamRecord('k', 'v', Number.NaN), RangeError)
  assert.throws(() => new StreamRecord('k', 'v', 1).withTimestamp(-2), RangeError)
})

test('StreamRecord copies headers when it is made and when it is changed', () => {
  const headers = recordHeaders([['a', '1']])
  const record = new StreamRecord('k', 'v', 5, headers)
  headers.add('b', '2')
  assert.equal(record.headers.last('b'), null)
  const others = [record.withKey('l'), record.withValue('w'), record.withTimestamp(6), record.withHeaders(record.headers)]
  record.headers.add('c', '3')
  for (const other of others) {
    assert.equal(other.headers.last('a')?.toString(), '1')
    assert.equal(other.headers.last('c'), null)
  }
  assert.deepEqual(
    others.map(({ key, value, timestamp }) => [key, value, timestamp]),
    [
      ['l', 'v', 5],
      ['k', 'w', 5],
      ['k', 'v', 6],
      ['k', 'v', 5],
    ],
  )
})

test('StreamRecord makes headers only when somebody looks, and keeps them then', () => {
  const record = streamRecord('k', 'v', 0, null)
  assert.equal(headersOrNull(record), null)
  record.headers.add('a', '1')
  assert.equal(record.headers.last('a')?.toString(), '1')
  assert.equal(headersOrNull(record), record.headers)
})

test('streamRecord() takes headers over', () => {
  const headers = recordHeaders()
  assert.equal(streamRecord('k', 'v', 0, headers).headers, headers)
})
