import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Windowed } from '../../model/windowed.ts'
import { openState, type OpenedState, textStore } from '../contract.ts'
import { ThreadCache } from '../thread-cache.ts'
import { windowRowsOf } from './typed-window-store.ts'
import { type TimeOrdered, windowLayout } from './window-layout.ts'
import type { WindowRows } from './window-rows.ts'
import { describeOnEngines } from '../engines/tested-engines.test.ts'

const SIZE = 10

interface CachedWindows extends OpenedState {
  readonly windows: WindowRows<string, string>
  readonly cache: ThreadCache
}

function open(timeOrdered: TimeOrdered, cacheBytes = 10_000): CachedWindows {
  const isExact = timeOrdered === 'no'
  const window = windowLayout({ sizeMs: SIZE, retentionMs: 100_000, isExact, retainsDuplicates: false, timeOrdered })
  const cache = new ThreadCache(cacheBytes)
  const opened = openState([textStore('w', { kind: 'window', window, format: 'timestamped', caching: true })], { cache })
  return { ...opened, windows: windowRowsOf<string, string>(opened.state.store('w'))!, cache }
}

function windowed(key: string, start: number): Windowed<string> {
  return { key, window: { start, end: start + SIZE } }
}

/** The keys in the changelog, without their windows. */
function loggedKeys({ changelog }: OpenedState): string[] {
  return changelog.map(({ key }) => key[0]!)
}

describeOnEngines('WindowRows', () => {
  for (const timeOrdered of ['no', 'rows', 'index'] as const) {
    test(`visitAll() uses an entry of a cache when it comes to it, not before (time-ordered: ${timeOrdered})`, () => {
      const opened = open(timeOrdered)
      const { windows, cache } = opened
      for (const key of ['a', 'b', 'c']) windows.rows.put(windowed(key, 0), key, 1)
      const seen: string[] = []
      windows.visitAll(0, 0, (key, value, timestamp) => {
        seen.push(`${key.key}=${value}@${timestamp}`)
        if (key.key === 'a') windows.rows.get(windowed('a', 0))
      })
      assert.deepEqual(seen, ['a=a@1', 'b=b@1', 'c=c@1'])
      // The one that was used longest ago is written first when it has to go.
      cache.resize(cache.bytes - 1)
      assert.deepEqual(loggedKeys(opened), ['a', 'b', 'c'])
    })
  }

  test('visitAll() passes entries that are too late where rows are not in order of time, and deletions', () => {
    const opened = open('no')
    const { windows, cache } = opened
    windows.rows.put(windowed('a', 0), '1', 1)
    windows.rows.put(windowed('b', 0), null, 2)
    windows.rows.put(windowed('c', 0), '3', 3)
    windows.rows.put(windowed('d', 500), '4', 4)
    const seen: string[] = []
    windows.visitAll(0, 100, ({ key }) => {
      seen.push(key)
      if (key === 'c') for (const used of ['b', 'a', 'c']) windows.rows.get(windowed(used, 0))
    })
    assert.deepEqual(seen, ['a', 'c'])
    // Used last in this order: b, a, c, d.
    cache.resize(cache.bytes - 1)
    assert.deepEqual(loggedKeys(opened), ['b', 'a', 'c', 'd'])
  })

  test('visitAll() gives windows by time and key, and uses their entries in that order, where rows have an index', () => {
    const opened = open('index')
    const { windows, cache } = opened
    windows.rows.put(windowed('b', 10), '3', 1)
    windows.rows.put(windowed('a', 20), '4', 1)
    windows.rows.put(windowed('b', 0), '2', 1)
    windows.rows.put(windowed('a', 0), '1', 1)
    const seen: (string | null)[] = []
    windows.visitAll(0, 10, (_key, value) => {
      seen.push(value)
    })
    assert.deepEqual(seen, ['1', '2', '3'])
    // The entries of the index are older, and stand for their rows.
    cache.resize(cache.bytes - 1)
    assert.deepEqual(
      opened.changelog.map(({ value }) => value),
      ['3', '4', '2', '1'],
    )
  })

  test('a cache over rows with an index has room for half as many, and writes each of them once', () => {
    const plain = open('rows')
    plain.windows.rows.put(windowed('a', 0), 'x', 1)
    const indexed = open('index')
    indexed.windows.rows.put(windowed('a', 0), 'x', 1)
    // The second entry has the key, of 22 bytes with its time and its mark, and no value.
    assert.equal(indexed.cache.bytes - plain.cache.bytes, 22 + 45)

    const opened = open('index', indexed.cache.bytes)
    opened.windows.rows.put(windowed('a', 0), 'x', 1)
    assert.deepEqual(loggedKeys(opened), [])
    opened.windows.rows.put(windowed('b', 0), 'y', 2)
    assert.deepEqual(loggedKeys(opened), ['a', 'b'])
    assert.equal(opened.windows.rows.get(windowed('b', 0)), 'y')
    opened.state.flushCaches()
    // Its entry was written before that of the index came, which is written once more: so Java does.
    assert.deepEqual(loggedKeys(opened), ['a', 'b', 'b'])
    opened.state.flushCaches()
    assert.equal(opened.changelog.length, 3)
  })

  test('dropping a cache over rows with an index forgets both entries of a row', () => {
    const { windows, cache, state, changelog } = open('index')
    windows.rows.put(windowed('a', 0), 'x', 1)
    state.drop()
    assert.equal(cache.bytes, 0)
    assert.equal(windows.rows.get(windowed('a', 0)), null)
    state.flushCaches()
    assert.deepEqual(changelog, [])
  })
})
