import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Continuation, continuationAfter, decodeContinuation, encodeContinuation } from './continuation.ts'
import { decodeRows, encodeRows, type Row } from './row.ts'

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array))
const time = fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER })
const someRow: fc.Arbitrary<Row> = fc
  .record({
    key: bytes,
    value: bytes,
    timestamp: time,
    start: time,
    end: time,
    headers: fc.array(fc.tuple(fc.string(), fc.option<Uint8Array, null>(bytes, { nil: null })), { maxLength: 3 }),
  })
  .map((row) => ({ ...row }))

test('decodeRows() reads what encodeRows() writes', () => {
  fc.assert(fc.property(fc.array(someRow), (rows) => assert.deepEqual(decodeRows(encodeRows(rows)), rows)))
})

test('decodeRows() refuses what is cut off, and never takes more than is there', () => {
  fc.assert(
    fc.property(fc.array(someRow, { minLength: 1 }), fc.nat(), (rows, at) => {
      const whole = encodeRows(rows)
      assert.throws(() => decodeRows(whole.subarray(0, at % whole.length)), { name: 'RangeError', message: /^Cannot read the rows/ })
    }),
  )
  fc.assert(
    fc.property(bytes, (garbage) => {
      try {
        decodeRows(garbage)
      } catch (error) {
        assert.ok(error instanceof RangeError)
      }
    }),
  )
  assert.throws(() => decodeRows(Buffer.from([1, 0, 0, 0, 0])), /their format has version 1, this is 0/)
  assert.throws(() => decodeRows(Buffer.from([0, 0x7f, 0xff, 0xff, 0xff])), /a count is 2147483647/)
})

test('decodeContinuation() reads what encodeContinuation() writes, and nothing else', () => {
  const place: fc.Arbitrary<Continuation> = fc
    .record({ key: bytes, start: time, end: time, given: fc.nat() })
    .map((place) => ({ ...place }))
  fc.assert(fc.property(place, (continuation) => assert.deepEqual(decodeContinuation(encodeContinuation(continuation)), continuation)))
  fc.assert(fc.property(fc.string(), (text) => assert.ok(decodeContinuation(text) === null || text.length > 8)))
  for (const wrong of ['', 'null', '[1,2,3,4]', '["a",1,2]', '["a",1.5,2,3]', '{}']) {
    assert.equal(decodeContinuation(Buffer.from(wrong).toString('base64url')), null, wrong)
  }
})

test('continuationAfter() counts the rows at the place of the last one, over pages', () => {
  const row = (start: number): Row => ({ key: Buffer.of(1), value: Buffer.of(2), timestamp: -1, start, end: -1, headers: [] })
  const isSame = (a: Row, b: Row): boolean => a.start === b.start
  const first = continuationAfter([row(1), row(2), row(2)], isSame, null)
  assert.deepEqual([first.start, first.given], [2, 2])
  const second = continuationAfter([row(2), row(2)], isSame, first)
  assert.deepEqual([second.start, second.given], [2, 4])
  const third = continuationAfter([row(2), row(3)], isSame, second)
  assert.deepEqual([third.start, third.given], [3, 1])
})
