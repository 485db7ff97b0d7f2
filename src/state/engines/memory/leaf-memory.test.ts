import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Prng } from '../../../base/prng.ts'
import { LeafMemory } from './leaf-memory.ts'

test('LeafMemory gives every leaf bytes of its own, at multiples of eight, many of them out of one piece', () => {
  const random = new Prng(5)
  const memory = new LeafMemory()
  const taken = Array.from({ length: 300 }, (_, index) => memory.take(random.below(index % 50 === 0 ? 100_000 : 9_000)).fill(index & 0xff))
  taken.forEach((bytes, index) => {
    assert.equal(bytes.byteOffset % 8, 0)
    assert.ok(bytes.every((byte) => byte === (index & 0xff)))
  })
  assert.ok(new Set(taken.map(({ buffer }) => buffer)).size < 30)
})
