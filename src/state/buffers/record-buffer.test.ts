import assert from 'node:assert/strict'
import { test } from 'node:test'
import { streamRecord } from '../../model/stream-record.ts'
import { recordHeaders } from '../../record/record-headers.ts'
import { openState, type OpenedState, restoreRecords, textStore } from '../contract.ts'
import type { RecordBuffer } from './record-buffer.ts'
import { describeOnEngines } from '../engines/tested-engines.test.ts'

const definition = textStore('s', { kind: 'record-buffer' })

interface OpenedBuffer {
  readonly opened: OpenedState
  readonly buffer: RecordBuffer
  readonly put: (key: string, value: string, timestamp: number) => boolean
  readonly leave: () => string[]
}

/** A buffer for a grace of 10 ms. */
function open(opened: OpenedState = openState([definition])): OpenedBuffer {
  const buffer = opened.state.store('s') as RecordBuffer
  return {
    opened,
    buffer,
    put: (key, value, timestamp) => {
      const context = { topic: 'in', partition: 0, offset: 7, timestamp, headers: recordHeaders() }
      return buffer.put(streamRecord(key, value, timestamp, null), context, 10)
    },
    leave: () => {
      const left: string[] = []
      buffer.evict(10, ({ key, value, context }) => void left.push(`${String(key)}=${String(value)}@${context.timestamp}`))
      return left
    },
  }
}

describeOnEngines('RecordBuffer', () => {
  test('gives records in order of time, key and arrival, when the grace has passed', () => {
    const { put, leave, buffer } = open()
    put('b', '1', 20)
    put('a', '2', 20)
    put('b', '3', 20)
    put('z', '4', 19)
    assert.deepEqual(leave(), [])
    put('c', '5', 30)
    assert.deepEqual(leave(), ['z=4@19', 'a=2@20', 'b=1@20', 'b=3@20'])
    assert.equal(buffer.recordCount, 1)
  })

  test('takes no record that is older than its own time by more than the grace', () => {
    const { put, buffer } = open()
    assert.equal(put('a', '1', 50), true)
    assert.equal(put('a', '2', 40), true)
    assert.equal(put('a', '3', 39), false)
    assert.equal(buffer.recordCount, 2)
  })

  test('writes rows to its changelog at once, in the bytes of Java', () => {
    const { opened, put, leave } = open()
    put('k', 'v', 5)
    put('z', 'w', 15)
    leave()
    const key = '\0\0\0\0\0\0\0\0\x05k\0\0\0\x01'
    const absent = '\xff\xff\xff\xff'
    const context = '\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\x07\0\0\0\x02in\0\0\0\0\0\0\0\0'
    assert.equal(opened.changelog[0]?.key, key)
    assert.equal(opened.changelog[0]?.value, `${context}${absent}${absent}\0\0\0\x01v${'\0'.repeat(8)}`)
    assert.deepEqual([opened.changelog[2]?.key, opened.changelog[2]?.value], [key, null])
  })

  test('estimates bytes as Java: row key, value and record context', () => {
    const { buffer, put } = open()
    put('key', 'value', 5)
    assert.equal(buffer.byteSize, 1 + 8 + 3 + 4 + 5 + 20 + 2)
  })

  test('goes back to what was committed, its time and numbers included', () => {
    const { opened, buffer, put, leave } = open()
    put('a', '1', 20)
    opened.state.apply(new Map([['s', 0]]))
    put('a', '2', 40)
    assert.deepEqual(leave(), ['a=1@20'])
    opened.state.drop()
    assert.deepEqual([buffer.times.storeTime, buffer.times.sequence, buffer.recordCount], [20, 1, 1])
    put('b', '3', 30)
    assert.deepEqual(leave(), ['a=1@20'])
  })

  test('is restored from its changelog, its time and numbers included', () => {
    const first = open()
    first.put('a', '1', 20)
    first.put('a', '2', 25)
    first.put('b', '3', 31)
    first.leave()
    const second = open()
    for (const from of [0, 1]) second.opened.state.restore('s', restoreRecords(first.opened.changelog, 's', from), 3)
    assert.deepEqual([second.buffer.times.storeTime, second.buffer.times.sequence, second.buffer.recordCount], [31, 3, 2])
    assert.equal(second.put('c', 'late', 20), false)
    second.put('c', '4', 41)
    assert.deepEqual(second.leave(), ['a=2@25', 'b=3@31'])
  })

  test('refuses work when its task is closed', () => {
    const { opened, put } = open()
    opened.state.close()
    assert.throws(() => put('a', '1', 1), { code: 'STORE_CLOSED' })
  })
})
