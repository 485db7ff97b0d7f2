import assert from 'node:assert/strict'
import { test } from 'node:test'
import { joinWindows, joinWindowSize } from './join-windows.ts'

test('joinWindows() reach as far in both directions, or differently before and after', () => {
  const equal = joinWindows({ timeDifference: '5s', grace: '1s' })
  assert.deepEqual([equal.beforeMs, equal.afterMs, equal.graceMs, joinWindowSize(equal)], [5_000, 5_000, 1_000, 10_000])
  const uneven = joinWindows({ before: 0, after: '1m', grace: 0 })
  assert.deepEqual([uneven.beforeMs, uneven.afterMs, joinWindowSize(uneven)], [0, 60_000, 60_000])
})

test('joinWindows() may lie wholly before or after the left record', () => {
  assert.equal(joinWindowSize(joinWindows({ before: -10, after: 20, grace: 0 })), 10)
  assert.equal(joinWindowSize(joinWindows({ before: '20ms', after: '-20ms', grace: 0 })), 0)
})

test('joinWindows() that end before they begin, with a negative grace or of no duration are refused', () => {
  assert.throws(() => joinWindows({ before: -10, after: 9, grace: 0 }), /^RangeError: Cannot make join windows: they are from 10 to 9 ms/)
  assert.throws(() => joinWindows({ timeDifference: -1, grace: 0 }), RangeError)
  assert.throws(() => joinWindows({ timeDifference: 1, grace: -1 }), /grace of -1 ms: it is negative/)
  assert.throws(() => joinWindows({ before: 1, grace: 0 } as never), /Cannot use after of type undefined/)
  assert.throws(() => joinWindows({ timeDifference: 1, before: 1, grace: 0 } as never), TypeError)
})
