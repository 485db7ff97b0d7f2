import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hashOfKey } from './key-hash.ts'

test('hashOfKey() is MurmurHash3 of 32 bits', () => {
  const vectors: readonly (readonly [string, number, number])[] = [
    ['', 0, 0],
    ['', 1, 0x514e_28b7],
    ['', 0xffff_ffff, 0x81f1_6f39],
    ['test', 0, 0xba6b_d213],
    ['test', 0x9747_b28c, 0x704b_81dc],
    ['Hello, world!', 0, 0xc036_3e43],
    ['Hello, world!', 0x9747_b28c, 0x2488_4cba],
    ['The quick brown fox jumps over the lazy dog', 0, 0x2e4f_f723],
    ['The quick brown fox jumps over the lazy dog', 0x9747_b28c, 0x2fa8_26cd],
  ]
  for (const [text, seed, expected] of vectors) {
    const bytes = Buffer.from(`--${text}--`)
    assert.equal(hashOfKey(bytes, 2, bytes.length - 2, seed), expected, `of "${text}" with seed ${seed}`)
  }
})
