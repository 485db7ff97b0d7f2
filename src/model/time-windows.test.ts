import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { timeWindows, unlimitedWindows, type WindowSteps, windowSteps } from './time-windows.ts'

function startsOf({ firstStart, advanceMs }: WindowSteps, time: number): number[] {
  const starts: number[] = []
  for (let start = firstStart(time); start <= time; start += advanceMs) starts.push(start)
  return starts
}

test('timeWindows() of one size hold each time once, from a multiple of the size on', () => {
  const steps = windowSteps(timeWindows({ size: '10ms', grace: 0 }))
  assert.deepEqual(
    [0, 9, 10, 25].map((time) => startsOf(steps, time)),
    [[0], [0], [10], [20]],
  )
  assert.deepEqual([steps.sizeMs, steps.advanceMs, steps.graceMs], [10, 10, 0])
})

test('timeWindows() that advance by less than their size overlap, and none begins before 1970', () => {
  const steps = windowSteps(timeWindows({ size: 10, advance: 4, grace: '1s' }))
  assert.deepEqual(startsOf(steps, 0), [0])
  assert.deepEqual(startsOf(steps, 9), [0, 4, 8])
  assert.deepEqual(startsOf(steps, 10), [4, 8])
  assert.equal(steps.graceMs, 1000)
})

test('timeWindows(): the windows of a time are all those that hold it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 50 }), fc.nat(500), (size, by, time) => {
      const advance = Math.min(size, by)
      const expected: number[] = []
      for (let start = 0; start <= time; start += advance) if (time < start + size) expected.push(start)
      assert.deepEqual(startsOf(windowSteps(timeWindows({ size, advance, grace: 0 })), time), expected)
    }),
  )
})

test('timeWindows() refuses sizes and advances that make no windows', () => {
  assert.throws(() => timeWindows({ size: 0, grace: 0 }), RangeError)
  assert.throws(() => timeWindows({ size: 10, advance: 0, grace: 0 }), /advance by 0 ms/)
  assert.throws(() => timeWindows({ size: 10, advance: 11, grace: 0 }), /at most their size of 10 ms/)
  assert.throws(() => timeWindows({ size: 10, grace: -1 }), RangeError)
})

test('unlimitedWindows() are one window that begins at its start and never ends', () => {
  const steps = windowSteps(unlimitedWindows({ start: new Date(5) }))
  assert.deepEqual(
    [4, 5, 1e12].map((time) => startsOf(steps, time)),
    [[], [5], [5]],
  )
  assert.equal(steps.sizeMs, Infinity)
  assert.deepEqual(startsOf(windowSteps(unlimitedWindows()), 0), [0])
  assert.throws(() => unlimitedWindows({ start: -1 }), RangeError)
  assert.throws(() => unlimitedWindows({ start: new Date('never') }), /start at NaN/)
})
