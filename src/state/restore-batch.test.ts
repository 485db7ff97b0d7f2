import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type RecordPlace, type RecordWalk, RestoreBatch } from './restore-batch.ts'

/** Records `key=value`, with their places in one buffer; the value `-` is none. */
function walkOver(texts: readonly string[], timestamp: number): RecordWalk {
  let next = 0
  return {
    step(): RecordPlace | null {
      const text = texts[next++]
      if (text === undefined) return null
      const keyEnd = text.indexOf('=')
      const isDeleted = text.endsWith('=-')
      const value = isDeleted ? { valueStart: -1, valueEnd: -1 } : { valueStart: keyEnd + 1, valueEnd: text.length }
      return { buffer: Buffer.from(text), keyStart: keyEnd === 0 ? -1 : 0, keyEnd: keyEnd === 0 ? -1 : keyEnd, ...value, timestamp }
    },
    [Symbol.iterator]: () => assert.fail('records that can be walked over are'),
  }
}

function stamped(timestamp: number, text: string): Buffer {
  const bytes = Buffer.alloc(8 + text.length, text)
  bytes.writeBigInt64BE(BigInt(timestamp))
  bytes.write(text, 8)
  return bytes
}

describe('RestoreBatch', () => {
  test('gives the value of a row with its timestamp, put together or to be copied', () => {
    const long = 'v'.repeat(1000)
    const rows = new RestoreBatch(walkOver(['a=1', '=no key', 'b=-', `c=${long}`], 1234), { prefixBytes: 8 })
    assert.ok(rows.next())
    const copy = Buffer.alloc(11, '_')
    assert.equal(rows.copied!.length, 9)
    rows.copied!.copyTo(copy, 1)
    assert.deepEqual(copy, Buffer.concat([Buffer.from('_'), stamped(1234, '1'), Buffer.from('_')]))
    assert.deepEqual(rows.value.copy(), stamped(1234, '1'))
    assert.deepEqual(rows.value.copy(), stamped(1234, '1'), 'as often as it is read')
    assert.ok(rows.next() && rows.isTombstone)
    assert.equal(rows.copied, undefined)
    assert.ok(rows.next() && !rows.isTombstone)
    assert.equal(rows.key.copy().toString(), 'c')
    assert.deepEqual(rows.value.copy(), stamped(1234, long))
    assert.equal(rows.next(), false)
  })

  test('gives a plain value as it lies in the record', () => {
    const rows = new RestoreBatch(walkOver(['a=1'], 1234), { prefixBytes: 0 })
    assert.ok(rows.next())
    assert.equal(rows.copied, undefined)
    assert.equal(rows.value.copy().toString(), '1')
  })
})
