import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { crc32c, crc32cPortable } from './crc32c.ts'

test('crc32c() gives the check value of its definition', () => {
  const text = Buffer.from('__123456789__')
  assert.equal(crc32c(text, 2, 11), 0xe306_9283)
  assert.equal(crc32cPortable(text, 2, 11), 0xe306_9283)
  assert.equal(crc32c(text, 2, 2), 0)
})

test('crc32c() is the same in native and portable code, on ranges of any length and start', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.nat(40), fc.nat(40), (bytes, before, after) => {
      const start = Math.min(before, bytes.length)
      const end = Math.max(start, bytes.length - after)
      assert.equal(crc32c(bytes, start, end), crc32cPortable(bytes, start, end))
    }),
  )
})
