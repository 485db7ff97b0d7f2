import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Duration, durationMs, signedDurationMs } from './durations.ts'

test('durationMs() reads numbers and every unit', () => {
  const cases: [Duration, number][] = [
    [0, 0],
    [1_500, 1_500],
    ['250ms', 250],
    ['5s', 5_000],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['1d', 86_400_000],
    ['0s', 0],
  ]
  for (const [duration, expected] of cases) assert.equal(durationMs(duration, 'grace'), expected)
})

test('durationMs() refuses fractions, negatives, blanks, other units and what is out of range', () => {
  const bad = ['1.5s', '1e3s', ' 5s', '5 s', '5', 's', '', '5S', '5w', '-1s', '99999999999999999d', 1.5, -1, Number.NaN, Infinity]
  for (const duration of bad) {
    assert.throws(() => durationMs(duration as Duration, 'grace'), { name: 'RangeError', message: /^Cannot use grace of / })
  }
})

test('durationMs() refuses other types', () => {
  for (const duration of [null, undefined, {}, 5n]) {
    assert.throws(() => durationMs(duration as unknown as Duration, 'size'), { name: 'TypeError', message: /^Cannot use size of type / })
  }
})

test('signedDurationMs() takes negatives', () => {
  assert.equal(signedDurationMs('-5s', 'before'), -5_000)
  assert.equal(signedDurationMs(-1, 'before'), -1)
})
