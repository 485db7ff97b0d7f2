import assert from 'node:assert/strict'
import { test } from 'node:test'
import { murmur2, partitionOf, toPositive } from './murmur2.ts'

// Vectors of N§4.2.
const vectors: [string, number][] = [
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
  ['', 275646681],
]

test('murmur2() gives what Kafka gives', () => {
  for (const [text, expected] of vectors) {
    const bytes = Buffer.from(text)
    assert.equal(murmur2(bytes, 0, bytes.length), expected)
  }
})

test('murmur2() hashes a range in place', () => {
  for (const [text, expected] of vectors) {
    const bytes = Buffer.from(`ab${text}cd`)
    assert.equal(murmur2(bytes, 2, bytes.length - 2), expected)
  }
})

test('toPositive() clears the sign bit', () => {
  assert.equal(toPositive(-1), 0x7fff_ffff)
  assert.equal(toPositive(-0x8000_0000), 0)
  assert.equal(toPositive(5), 5)
})

test('partitionOf() is the positive hash modulo the count', () => {
  const key = Buffer.from('foobar')
  assert.equal(partitionOf(key, 0, key.length, 7), (-790332482 & 0x7fff_ffff) % 7)
})
