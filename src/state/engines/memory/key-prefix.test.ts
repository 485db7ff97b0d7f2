import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteSlice } from '../../byte-slice.ts'
import { prefixNumber, sharedLength } from './key-prefix.ts'

test('prefixNumber is never greater for a lesser key, and lesser only for a lesser one', () => {
  const bytes = fc.uint8Array({ maxLength: 9 }).map((given) => Buffer.from(given))
  // Often the same beginning: two keys of which one goes on where the other ends, or differ late.
  const pair = fc
    .tuple(bytes, bytes, bytes)
    .map(([start, left, right]) => [Buffer.concat([start, left]), Buffer.concat([start, right])] as const)
  fc.assert(
    fc.property(pair, ([left, right]) => {
      const order = prefixNumber(left, 0, left.length) - prefixNumber(right, 0, right.length)
      if (order !== 0) assert.equal(Math.sign(order), left.compare(right))
    }),
    { numRuns: 2000 },
  )
  assert.equal(prefixNumber(Buffer.from('ffffffffffffff', 'hex'), 0, 7), 2 ** 48 - 1)
  assert.equal(prefixNumber(Buffer.from('000102', 'hex'), 1, 3), 0x0102_0000_0000)
})

test('sharedLength counts equal bytes at the beginning, up to a limit', () => {
  const bytes = Buffer.from('-abcd-')
  assert.equal(sharedLength(new ByteSlice(Buffer.from('abce')), bytes, 1, 4), 3)
  assert.equal(sharedLength(new ByteSlice(Buffer.from('abce')), bytes, 1, 2), 2)
  assert.equal(sharedLength(new ByteSlice(Buffer.from('xab'), 1, 3), bytes, 1, 4), 2)
  assert.equal(sharedLength(new ByteSlice(Buffer.alloc(0)), bytes, 1, 4), 0)
})
