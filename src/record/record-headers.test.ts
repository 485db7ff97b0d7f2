import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  headerContentSize,
  headersContentSize,
  headersIn,
  headersSize,
  type RecordHeaders,
  recordHeaders,
  writeHeaders,
} from './record-headers.ts'

// Any text without lone surrogates; fast-check's own unit "binary" takes two thirds of a second to set up.
const codePoint = fc.oneof(fc.nat(0x7f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10_ffff }))
const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(codePoint, { maxLength }).map((points) => String.fromCodePoint(...points))

type Entry = [key: string, value: Uint8Array | null]

const entriesOf = (headers: RecordHeaders): [string, string | null][] =>
  [...headers].map(({ key, value }) => [key, value === null ? null : Buffer.from(value).toString('hex')])

/** `headers` as a record carries them, written between other bytes. */
function encoded(headers: RecordHeaders | null): Buffer {
  const size = headersSize(headers)
  const bytes = Buffer.alloc(size + 4, 0xee)
  assert.equal(writeHeaders(headers, bytes, 2), size + 2)
  assert.equal(bytes.toString('hex', 0, 2) + bytes.toString('hex', size + 2), 'eeeeeeee')
  return bytes.subarray(2, size + 2)
}

test('recordHeaders() keeps order and duplicates, last() gives the last of a key', () => {
  const headers = recordHeaders([
    ['a', 'one'],
    ['b', Buffer.from([1, 2])],
  ])
    .add('a', 'zwei: ü')
    .add('c', null)
  assert.deepEqual(
    [...headers].map((header) => header.key),
    ['a', 'b', 'a', 'c'],
  )
  assert.equal(Buffer.from(headers.last('a')!).toString(), 'zwei: ü')
  assert.equal(headers.last('c'), null)
  assert.equal(headers.last('none'), null)
})

test('RecordHeaders.remove() removes every header of a key', () => {
  const headers = recordHeaders([
    ['a', '1'],
    ['b', '2'],
    ['a', '3'],
  ])
  assert.equal(headers.remove('a'), headers)
  assert.deepEqual(entriesOf(headers), [['b', '32']])
  assert.deepEqual(entriesOf(headers.remove('none')), [['b', '32']])
})

test('RecordHeaders.add() refuses what is no key and no value', () => {
  const headers = recordHeaders()
  assert.throws(() => headers.add(5 as unknown as string, 'x'), { name: 'TypeError', message: /^Cannot add a header: / })
  assert.throws(() => headers.add('k', 5 as unknown as string), { name: 'TypeError', message: /^Cannot add header "k": / })
  assert.deepEqual([...headers], [])
})

test('RecordHeaders writes lone surrogates as Java does', () => {
  const headers = recordHeaders([['k\ud800', 'v\udc00']])
  assert.equal(encoded(headers).toString('hex'), `02${'04'}${Buffer.from('k?').toString('hex')}04${Buffer.from('v?').toString('hex')}`)
})

test('headersIn() gives what was written, whether it was looked at, changed or neither', () => {
  const value = fc.option(fc.uint8Array({ maxLength: 200 }))
  const entries = fc.array(fc.tuple(text(70), value), { maxLength: 70 })
  fc.assert(
    fc.property(entries, fc.boolean(), (list: Entry[], isLookedAt) => {
      const original = recordHeaders(list)
      const bytes = encoded(original)
      const countBytes = bytes.length - bytes.subarray(list.length < 64 ? 1 : 2).length
      const range = { buffer: bytes, headersStart: countBytes, headersEnd: bytes.length, headerCount: list.length }
      const read = headersIn(range)
      if (isLookedAt) assert.deepEqual(entriesOf(read), entriesOf(original))
      assert.deepEqual(encoded(read), bytes)
      read.add('more', 'x')
      assert.deepEqual(entriesOf(read), [...entriesOf(original), ['more', '78']])
      assert.deepEqual(encoded(read), encoded(recordHeaders([...list, ['more', 'x']])))
    }),
  )
})

test('headersIn() owns its bytes', () => {
  const bytes = encoded(recordHeaders([['key', 'value']]))
  const headers = headersIn({ buffer: bytes, headersStart: 1, headersEnd: bytes.length, headerCount: 1 })
  bytes.fill(0)
  assert.equal(Buffer.from(headers.last('key')!).toString(), 'value')
})

test('writeHeaders() takes headers of another make, and null for none', () => {
  const own: RecordHeaders = {
    last: () => null,
    add: () => own,
    remove: () => own,
    *[Symbol.iterator]() {
      yield { key: 'k', value: Buffer.from('v') }
    },
  }
  assert.deepEqual(encoded(own), encoded(recordHeaders([['k', 'v']])))
  assert.deepEqual(encoded(null), Buffer.from([0]))
  assert.deepEqual(encoded(recordHeaders()), Buffer.from([0]))
})

test('headersContentSize() and headerContentSize() are the bytes of names and values, encoded or not', () => {
  const value = fc.option(fc.uint8Array({ maxLength: 200 }))
  fc.assert(
    fc.property(fc.array(fc.tuple(text(80), value), { maxLength: 5 }), (entries: Entry[]) => {
      const headers = recordHeaders(entries)
      const expected = entries.reduce((sum, [key, bytes]) => sum + Buffer.byteLength(key) + (bytes?.length ?? 0), 0)
      assert.equal(headersContentSize(headers), expected)
      const written = encoded(headers)
      assert.equal(headersContentSize(headers), expected)
      // The count of a few headers is one byte.
      const range = { buffer: written, headersStart: 1, headersEnd: written.length, headerCount: entries.length }
      assert.equal(headerContentSize(range), expected)
      assert.equal(headersContentSize(headersIn(range)), expected)
    }),
  )
})
