import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { VirtualWorld } from '../../base/virtual-environment.ts'
import { FifoLine } from './fifo-line.ts'

test('FifoLine keeps the order, and no delay is shorter than it was asked for', async () => {
  const delays = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(delays, fc.nat(), async (delaysMs, seed) => {
      const world = new VirtualWorld({ seed, shuffle: true })
      const environment = world.environment('receiver')
      const received: { index: number; atMs: number }[] = []
      const startMs = world.nowMs
      const line = new FifoLine<number>(environment.scheduler, (index) => received.push({ index, atMs: world.nowMs - startMs }))
      delaysMs.forEach((delayMs, index) => line.push(index, delayMs))
      await world.run(() => received.length === delaysMs.length)
      assert.deepEqual(
        received.map(({ index }) => index),
        delaysMs.map((_, index) => index),
      )
      let slowest = 0
      for (const { index, atMs } of received) {
        slowest = Math.max(slowest, delaysMs[index]!)
        assert.equal(atMs, slowest)
      }
    }),
    { numRuns: 60 },
  )
})

test('FifoLine delivers each value in an event of its own', async () => {
  const world = new VirtualWorld({ seed: 1 })
  const events: number[] = []
  const line = new FifoLine<number>(world.environment('receiver').scheduler, () => events.push(world.eventCount))
  line.push(0, 5)
  line.push(1, 0)
  line.push(2, 0)
  await world.run(() => events.length === 3)
  assert.equal(new Set(events).size, 3)
})

test('FifoLine.close() stops what is under way', async () => {
  const world = new VirtualWorld({ seed: 1 })
  const received: number[] = []
  const line = new FifoLine<number>(world.environment('receiver').scheduler, (value) => received.push(value))
  line.push(0, 0)
  line.close()
  line.push(1, 0)
  await world.advance(10)
  assert.deepEqual(received, [])
})
