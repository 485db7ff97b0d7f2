import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compareTaskIds, formatTaskId, parseTaskId } from './task-id.ts'

test('formatTaskId() and parseTaskId() are inverse', () => {
  for (const id of [
    { subtopology: 0, partition: 0 },
    { subtopology: 12, partition: 345 },
  ]) {
    assert.deepEqual(parseTaskId(formatTaskId(id)), id)
  }
  assert.equal(formatTaskId({ subtopology: 0, partition: 1 }), '0_1')
})

test('parseTaskId() refuses what is not a task id', () => {
  for (const text of ['', '0', '0_', '_1', '00_1', '0_01', '0_1_2', '-1_0', 'a_1', '1_9999999999', ' 0_1']) {
    assert.equal(parseTaskId(text), undefined, text)
  }
})

test('compareTaskIds() orders by sub-topology, then by partition, as numbers', () => {
  const sorted = ['10_0', '2_1', '2_10', '2_2', '0_3'].map((text) => parseTaskId(text)!).sort(compareTaskIds)
  assert.deepEqual(sorted.map(formatTaskId), ['0_3', '2_1', '2_2', '2_10', '10_0'])
})
