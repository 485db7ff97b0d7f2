import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../../base/errors.ts'
import { serdes } from '../../serdes/serdes.ts'
import { mockProcessorContext } from '../../testing/mock-processor-context.ts'
import { type WindowOrder, windowStore } from '../store-spec.ts'

const strings = { key: serdes.string, value: serdes.string, windowSize: 10, retention: 120_000 }
const put = [
  ['b', 10],
  ['a', 20],
  ['c', 10],
  ['b', 120_010],
] as const

/** All rows forward and backward, and those of two keys: `key@start`. */
function scansOf(order?: WindowOrder): readonly [all: string[], backward: string[], range: string[]] {
  const { stores } = mockProcessorContext({ stores: { seen: windowStore('seen', { ...strings, order }) } })
  for (const [key, start] of put) stores.seen.put(key, 'v', start)
  const scans = [
    stores.seen.fetchAll(0, Infinity),
    stores.seen.fetchAll(0, Infinity, { reverse: true }),
    stores.seen.fetchRange('a', 'b', 0, Infinity),
  ] as const
  const [all, backward, range] = scans.map((scan) => Array.from(scan, ([{ key, window }]) => `${key}@${window.start}`))
  return [all!, backward!, range!]
}

test('windowStore() keeps rows by segment, key and start unless the order says otherwise', () => {
  for (const order of [undefined, 'key'] as const) {
    assert.deepEqual(scansOf(order), [
      ['a@20', 'b@120010'],
      ['b@120010', 'a@20'],
      ['a@20', 'b@120010'],
    ])
  }
})

test('windowStore() in the order of time gives rows by start, and shows a window for a millisecond longer', () => {
  const all = ['b@10', 'c@10', 'a@20', 'b@120010']
  assert.deepEqual(scansOf('time'), [all, all.toReversed(), ['b@10', 'a@20', 'b@120010']])
})

test('windowStore() with an index of keys gives all rows by start, and those of a range of keys by key', () => {
  const all = ['b@10', 'c@10', 'a@20', 'b@120010']
  assert.deepEqual(scansOf('indexed-time'), [all, all.toReversed(), ['a@20', 'b@10', 'b@120010']])
})

test('windowStore() refuses an order that does not exist', () => {
  assert.throws(
    () => windowStore('seen', { ...strings, order: 'value' as WindowOrder }),
    (error) => isMillraceError(error) && error.code === 'STORE_OPTION' && error.message.includes('order is "value"'),
  )
})
