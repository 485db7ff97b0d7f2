import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesAsText, writeBytesOfText } from './row-text.ts'

test('bytesAsText() and writeBytesOfText() keep every byte', () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
  const text = bytesAsText(bytes, 10, 256)
  assert.equal(text.length, 246)
  const target = Buffer.alloc(250)
  writeBytesOfText(target, text, 4)
  assert.deepEqual([...target], [0, 0, 0, 0, ...bytes.subarray(10)])
})
