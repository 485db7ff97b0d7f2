import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { buildFilter, mayContain } from './bloom-filter.ts'
import { hashOfKey } from './key-hash.ts'

test('mayContain() is true for each hash that was added', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 0xffff_ffff }), { maxLength: 3000 }), (hashes) => {
      const filter = buildFilter(Uint32Array.from(hashes))
      assert.ok(hashes.every((hash) => mayContain(filter, hash)))
    }),
  )
})

test('mayContain() is true for less than one in sixty others', () => {
  const hashOf = (number: number): number => {
    const key = Buffer.from(`customer-${number}`)
    return hashOfKey(key, 0, key.length, 7)
  }
  const count = 50_000
  const filter = buildFilter(Uint32Array.from({ length: count }, (_, index) => hashOf(index)))
  let wrong = 0
  for (let index = count; index < 2 * count; index++) if (mayContain(filter, hashOf(index))) wrong++
  assert.ok(wrong < count / 60, `${wrong} of ${count}`)
  assert.ok(wrong > count / 500, `${wrong} of ${count}: the filter is larger than it needs to be`)
  assert.equal(filter.length, Math.ceil((count * 10) / 512) * 64)
})

test('buildFilter() sets the bits that files of version 1 have', () => {
  const filter = buildFilter(Uint32Array.of(0, 1, 0xdead_beef, 0xffff_ffff))
  assert.equal(
    filter.toString('hex'),
    '01000000040010200204000008000000080000001000080001010000000000000000000002000000000000000200200080040000000010000000000400000000',
  )
  assert.equal(buildFilter(new Uint32Array(0)).equals(Buffer.alloc(64)), true)
})
