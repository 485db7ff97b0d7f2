import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { FOREIGN_KEY_HASH_SEED, murmur3 } from './murmur3.ts'

function hashOf(bytes: Uint8Array, start = 0, end = bytes.length, seed?: number): string {
  const out = Buffer.alloc(18)
  murmur3({ bytes, start, end, seed }, out, 1)
  assert.equal(out[0], 0)
  assert.equal(out[17], 0)
  return out.toString('hex', 1, 17)
}

const MASK = 0xffff_ffff_ffff_ffffn
const rotate = (value: bigint, bits: bigint): bigint => ((value << bits) | (value >> (64n - bits))) & MASK
const finish = (value: bigint): bigint => {
  let mixed = ((value ^ (value >> 33n)) * 0xff51_afd7_ed55_8ccdn) & MASK
  mixed = ((mixed ^ (mixed >> 33n)) * 0xc4ce_b9fe_1a85_ec53n) & MASK
  return mixed ^ (mixed >> 33n)
}

/** The algorithm as it is published, in 64-bit arithmetic. */
function modelHash(bytes: Uint8Array, seed: number): string {
  const padded = Buffer.concat([bytes, Buffer.alloc(16)])
  const first = (word: bigint): bigint => (rotate((word * 0x87c3_7b91_1142_53d5n) & MASK, 31n) * 0x4cf5_ad43_2745_937fn) & MASK
  const second = (word: bigint): bigint => (rotate((word * 0x4cf5_ad43_2745_937fn) & MASK, 33n) * 0x87c3_7b91_1142_53d5n) & MASK
  let h1 = BigInt(seed)
  let h2 = BigInt(seed)
  const whole = bytes.length - (bytes.length % 16)
  for (let index = 0; index < whole; index += 16) {
    h1 = ((rotate(h1 ^ first(padded.readBigUInt64LE(index)), 27n) + h2) * 5n + 0x52dc_e729n) & MASK
    h2 = ((rotate(h2 ^ second(padded.readBigUInt64LE(index + 8)), 31n) + h1) * 5n + 0x3849_5ab5n) & MASK
  }
  h1 ^= first(padded.readBigUInt64LE(whole))
  h2 ^= second(padded.readBigUInt64LE(whole + 8))
  h1 ^= BigInt(bytes.length)
  h2 ^= BigInt(bytes.length)
  h1 = (h1 + h2) & MASK
  h2 = (h2 + h1) & MASK
  h1 = finish(h1)
  h2 = finish(h2)
  h1 = (h1 + h2) & MASK
  h2 = (h2 + h1) & MASK
  return h1.toString(16).padStart(16, '0') + h2.toString(16).padStart(16, '0')
}

test('murmur3() gives what Java gives', () => {
  assert.equal(FOREIGN_KEY_HASH_SEED, 104_729)
  assert.equal(hashOf(Buffer.from('hello')), '30bfb4f39919e764566aea857401d1c6')
  assert.equal(hashOf(Buffer.alloc(0)), '9d2764a018e329428c3cf3b035938518')
  assert.equal(hashOf(Buffer.from('0123456789abcdefXYZ')), 'bb31fe14c8ec1d0e325aa157c895f535')
})

test('murmur3() equals its definition in 64-bit arithmetic', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(), fc.nat(3), (bytes, seed, before) => {
      const inside = Buffer.concat([Buffer.alloc(before, 7), bytes, Buffer.alloc(5, 9)])
      assert.equal(hashOf(inside, before, before + bytes.length, seed), modelHash(bytes, seed))
    }),
    { numRuns: 500 },
  )
})
