import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copiedBytes } from './copied-bytes.ts'

test('copiedBytes() gives arrays that share nothing with their source nor with each other', () => {
  const source = Buffer.from(Array.from({ length: 10_000 }, (_, index) => index & 0xff))
  const copies = [0, 1, 64, 65, 4095, 4096, 9_000].map((length) => copiedBytes(source, 3, 3 + length))
  const expected = copies.map((copy) => [...copy])
  assert.deepEqual(
    expected,
    copies.map(({ length }) => [...source.subarray(3, 3 + length)]),
  )
  source.fill(0)
  copies.forEach((copy, index) => {
    assert.deepEqual([...copy], expected[index])
    copy.fill(0xee)
  })
  assert.ok(copies.every((copy) => !Buffer.isBuffer(copy)))
})
