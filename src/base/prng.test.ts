import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Prng } from './prng.ts'

test('Prng gives the same draws for the same seed and others for another', () => {
  const draws = (seed: number): number[] => {
    const prng = new Prng(seed)
    return Array.from({ length: 8 }, () => prng.uint32())
  }
  assert.deepEqual(draws(7), draws(7))
  const seeds = [0, 1, 2, -1, 2 ** 32, 2 ** 33, 2 ** 40 + 1, Number.MAX_SAFE_INTEGER]
  assert.equal(new Set(seeds.map((seed) => draws(seed).join())).size, seeds.length)
})

test('Prng.below() and next() are uniform', () => {
  const prng = new Prng(42)
  const counts = Array.from({ length: 10 }, () => 0)
  for (let draw = 0; draw < 100_000; draw++) counts[prng.below(10)]!++
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 500, `uneven: ${counts.join()}`)
  let sum = 0
  for (let draw = 0; draw < 10_000; draw++) sum += prng.next()
  assert.ok(Math.abs(sum / 10_000 - 0.5) < 0.02)
})

test('Prng.fork() leaves the draws of its parent to the parent', () => {
  const left = new Prng(3)
  const right = new Prng(3)
  const fork = left.fork()
  right.fork()
  fork.next()
  fork.next()
  assert.equal(left.uint32(), right.uint32())
})
