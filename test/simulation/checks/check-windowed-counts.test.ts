import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkWindowedCounts, modelOfWindows, type WindowedWord } from './check-windowed-counts.ts'
import type { Observed } from './observed.ts'

const windows = { sizeMs: 10, graceMs: 5, emitsOnClose: false }
const words: readonly WindowedWord[] = [
  { key: 'a', timestamp: 3, partition: 0 },
  { key: 'a', timestamp: 14, partition: 0 },
  { key: 'a', timestamp: 9, partition: 0 },
  { key: 'a', timestamp: 15, partition: 0 },
  { key: 'a', timestamp: 1, partition: 0 },
  { key: 'b', timestamp: 1, partition: 1 },
]

function outputs(...given: readonly (readonly [window: string, value: number, timestamp: number])[]): readonly Observed<number>[] {
  return given.map(([key, value, timestamp]) => ({ key, value, timestamp, partition: 0 }))
}

test('modelOfWindows leaves late words out, and knows which windows are closed', () => {
  assert.deepEqual(
    [...modelOfWindows(words, windows)],
    [
      ['a@0', { count: 2, timestamp: 9, isClosed: true }],
      ['a@10', { count: 2, timestamp: 15, isClosed: false }],
      ['b@0', { count: 1, timestamp: 1, isClosed: false }],
    ],
  )
})

test('checkWindowedCounts finds counts that are wrong, late or twice', () => {
  const uncached = { ...windows, isCached: false }
  const right = [['a@0', 1, 3] as const, ['a@10', 1, 14] as const, ['a@0', 2, 9] as const, ['a@10', 2, 15] as const, ['b@0', 1, 1] as const]
  assert.deepEqual(checkWindowedCounts(words, outputs(...right), uncached), [])
  assert.deepEqual(checkWindowedCounts(words, outputs(...right.slice(2)), { ...windows, isCached: true }), [])
  assert.match(checkWindowedCounts(words, outputs(...right.slice(2)), uncached)[0]!, /the counts of window a@0 go 2/)
  assert.match(checkWindowedCounts(words, outputs(...right, ['a@0', 3, 9]), uncached)[0]!, /gave 1 2 3, it has 2 words/)
  assert.match(checkWindowedCounts(words, outputs(...right, ['c@0', 1, 9]), uncached)[0]!, /window c@0 was counted/)
  assert.match(checkWindowedCounts(words, outputs(...right.slice(0, 4)), uncached)[0]!, /b@0 gave nothing/)
})

test('checkWindowedCounts wants each closed window once, and no open one, where they are emitted on close', () => {
  const onClose = { ...windows, emitsOnClose: true, isCached: false }
  assert.deepEqual(checkWindowedCounts(words, outputs(['a@0', 2, 9]), onClose), [])
  assert.match(checkWindowedCounts(words, outputs(['a@0', 2, 9], ['a@0', 2, 9]), onClose)[0]!, /a window gives its count once/)
  assert.match(checkWindowedCounts(words, outputs(['a@0', 2, 9], ['b@0', 1, 1]), onClose)[0]!, /b@0 is open and gave 1/)
  assert.match(checkWindowedCounts(words, outputs(['a@0', 2, 7]), onClose)[0]!, /has time 7, not 9/)
})
