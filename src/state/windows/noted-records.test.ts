import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordHeaders } from '../../record/record-headers.ts'
import { notedRecords } from './noted-records.ts'
import { WindowTimes } from './window-times.ts'

test('notedRecords() copies records with their headers, and notes the greatest start, time and sequence number', () => {
  const key = Buffer.from('6b' + '00000000000003e8' + '00000007', 'hex')
  const times = new WindowTimes()
  const headers = recordHeaders([['trace', '1']])
  const noted = notedRecords([{ key, value: Buffer.from('v'), timestamp: 1500, headers }], times, true)
  assert.deepEqual(noted, [{ key, value: Buffer.from('v'), timestamp: 1500, headers }])
  assert.notEqual(noted[0]!.key, key)
  assert.deepEqual([times.storeTime, times.operatorTime, times.sequence], [1000, 1500, 7])
})
