import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SampledStats } from './sampled-stats.ts'

test('SampledStats forgets a value when its window has left the last two', () => {
  const stats = new SampledStats({ windowMs: 1000 })
  stats.record(5, 100)
  stats.record(7, 1500)
  assert.equal(stats.mean(1600), 6)
  assert.equal(stats.max(1600), 7)
  assert.equal(stats.max(2100), 7)
  assert.equal(stats.mean(2100), 7)
  assert.ok(Number.isNaN(stats.mean(3100)))
  assert.ok(Number.isNaN(stats.max(3100)))
  assert.equal(stats.countRate(3100), 0)
})

test('SampledStats gives rates per second, over at least one full window', () => {
  const stats = new SampledStats({ windowMs: 1000 })
  for (let index = 0; index < 10; index++) stats.record(3, 500)
  assert.equal(stats.countRate(600), 10)
  assert.equal(stats.sumRate(600), 30)
  assert.equal(stats.countRate(1750), 8)
})
