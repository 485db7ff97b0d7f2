import assert from 'node:assert/strict'
import test from 'node:test'
import { Punctuation, PunctuationQueue } from './punctuation-queue.ts'

function firedAt(firstMs: number, clock: readonly number[], options: { anchoredAt?: number } = {}): number[] {
  const queue = new PunctuationQueue<string>()
  const fired: number[] = []
  const anchored = options.anchoredAt !== undefined
  queue.schedule(new Punctuation('node', firstMs, 10, (timestamp) => fired.push(timestamp)), anchored, options.anchoredAt ?? 0)
  for (const now of clock) queue.punctuate(now, (punctuation, timestamp) => punctuation.punctuator(timestamp))
  return fired
}

test('PunctuationQueue fires a schedule when it is due, then after each interval', () => {
  assert.deepEqual(firedAt(5, [4, 5, 6, 14, 15, 25]), [5, 15, 25])
})

test('PunctuationQueue makes up for missed punctuations with one, and keeps to the grid of the schedule', () => {
  assert.deepEqual(firedAt(0, [33, 39, 40, 41]), [33, 40])
})

test('PunctuationQueue fires a schedule once for each time of the clock that is on its grid', () => {
  assert.deepEqual(firedAt(0, [10, 10, 20, 20]), [10, 20])
})

test('PunctuationQueue starts an anchored schedule that is in the past at its next time after now', () => {
  assert.deepEqual(firedAt(5, [99, 105, 106], { anchoredAt: 100 }), [105])
  assert.deepEqual(firedAt(5, [105, 114, 115], { anchoredAt: 105 }), [115])
  assert.deepEqual(firedAt(500, [499, 500], { anchoredAt: 100 }), [500])
})

test('PunctuationQueue does not fire what was cancelled, by others or by itself', () => {
  const queue = new PunctuationQueue<string>()
  let count = 0
  const first = queue.schedule(new Punctuation('node', 10, 10, () => count++), false, 0)
  const second: { cancel(): void } = queue.schedule(
    new Punctuation('node', 10, 10, () => {
      count += 100
      second.cancel()
    }),
    false,
    0,
  )
  first.cancel()
  for (const now of [10, 20, 30]) queue.punctuate(now, (punctuation, timestamp) => punctuation.punctuator(timestamp))
  assert.equal(count, 100)
  assert.equal(queue.nextMs, Infinity)
})

test('PunctuationQueue never fires a schedule whose next time is beyond what a number holds', () => {
  const queue = new PunctuationQueue<string>()
  queue.schedule(new Punctuation('node', 0, Number.MAX_SAFE_INTEGER, () => {}), false, 0)
  assert.equal(
    queue.punctuate(7, () => {}),
    true,
  )
  assert.equal(queue.nextMs, Number.MAX_SAFE_INTEGER)
  queue.punctuate(Number.MAX_SAFE_INTEGER, () => {})
  assert.equal(queue.nextMs, Infinity)
})
