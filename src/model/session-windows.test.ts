import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessionWindows } from './session-windows.ts'

test('sessionWindows() reads durations', () => {
  assert.deepEqual({ ...sessionWindows({ inactivityGap: '30m', grace: 5 }) }, { kind: 'session', gapMs: 1_800_000, graceMs: 5 })
})

test('sessionWindows() may have no gap and no grace: a session is a moment', () => {
  assert.deepEqual({ ...sessionWindows({ inactivityGap: 0, grace: 0 }) }, { kind: 'session', gapMs: 0, graceMs: 0 })
})

test('sessionWindows() refuses what is no duration', () => {
  assert.throws(() => sessionWindows({ inactivityGap: -1, grace: 0 }), RangeError)
  assert.throws(() => sessionWindows({ inactivityGap: 0, grace: 'soon' as '1s' }), RangeError)
})
