import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { recordHeaders } from '../record/record-headers.ts'
import { Position, type PositionEntry, PositionTracker } from './position.ts'

const someEntry: fc.Arbitrary<PositionEntry> = fc.tuple(fc.constantFrom('a', 'b', 'b\u0000'), fc.nat(3), fc.nat(9))

test('Position.of() keeps the greatest offset of each partition, sorted', () => {
  fc.assert(
    fc.property(fc.array(someEntry, { maxLength: 20 }), (entries) => {
      const greatest = new Map<string, PositionEntry>()
      for (const entry of entries) {
        const key = JSON.stringify([entry[0], entry[1]])
        const known = greatest.get(key)
        if (known === undefined || known[2] < entry[2]) greatest.set(key, entry)
      }
      const expected = [...greatest.values()].sort((a, b) => (a[0] === b[0] ? a[1] - b[1] : a[0] < b[0] ? -1 : 1))
      const position = Position.of(entries)
      assert.deepEqual([...position], expected)
      assert.deepEqual(Position.from(JSON.parse(JSON.stringify(position))), position)
      assert.equal(position.isEmpty, entries.length === 0)
      for (const [topic, partition, offset] of expected) assert.equal(position.offset(topic, partition), offset)
    }),
  )
})

test('Position.merge() is the greater of both, whichever is first, and merging again changes nothing', () => {
  fc.assert(
    fc.property(fc.array(someEntry), fc.array(someEntry), (left, right) => {
      const [a, b] = [Position.of(left), Position.of(right)]
      const merged = a.merge(b)
      assert.ok(merged.equals(b.merge(a)))
      assert.ok(merged.equals(Position.of([...left, ...right])))
      assert.ok(merged.merge(a).equals(merged))
    }),
  )
})

test('Position.with() and offset() name one partition', () => {
  const position = Position.empty.with('orders', 1, 5).with('orders', 1, 3).with('orders', 0, 0)
  assert.equal(position.offset('orders', 1), 5)
  assert.equal(position.offset('orders', 2), null)
  assert.deepEqual(position.topics, ['orders'])
  assert.equal(String(position), '{orders-0: 0, orders-1: 5}')
  assert.equal(position.equals(Position.empty), false)
})

test('Position.from() refuses what is no position', () => {
  for (const wrong of [null, {}, [['a', 0]], [['a', -1, 0]], [['a', 0, 1.5]], [[1, 0, 0]], [['a', 2 ** 31, 0]], [['a', 0, '7']]]) {
    assert.throws(() => Position.from(wrong), { name: 'TypeError', message: /^Cannot read a position/ }, JSON.stringify(wrong))
  }
})

test('PositionTracker.note() follows records, stands still in punctuators, and set() goes back', () => {
  const tracker = new PositionTracker()
  const at = (topic: string | null, offset: number) => ({ topic, partition: 2, offset, timestamp: 0, headers: recordHeaders() })
  tracker.note(at('in', 4))
  const before = tracker.position()
  tracker.note(at('in', 3))
  tracker.note(at(null, -1))
  assert.equal(tracker.position(), before)
  tracker.note(at('other', 0))
  tracker.note(at('in', 9))
  assert.deepEqual(
    [...tracker.position()],
    [
      ['in', 2, 9],
      ['other', 2, 0],
    ],
  )
  tracker.set(before)
  assert.equal(String(tracker.position()), '{in-2: 4}')
  tracker.note(at('in', 5))
  assert.equal(String(tracker.position()), '{in-2: 5}')
  assert.equal(String(before), '{in-2: 4}')
})
