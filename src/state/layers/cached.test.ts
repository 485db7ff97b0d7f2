import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Serde } from '../../serdes/serde.ts'
import { serdes } from '../../serdes/serdes.ts'
import { openState, type OpenedState, textStore } from '../contract.ts'
import type { KeyValueStore } from '../key-value-store.ts'
import { ThreadCache } from '../thread-cache.ts'
import { rowsOf } from '../key-values/typed-store.ts'

interface CachedStore extends OpenedState {
  readonly store: KeyValueStore<string, string>
  readonly cache: ThreadCache
  /** `key: new <- old @timestamp/offset` of each update that the cache gave up. */
  readonly flushed: string[]
}

interface CachedStoreOptions {
  readonly cacheBytes?: number
  /** `null`: nobody listens. */
  readonly sendsOldValues?: boolean | null
  readonly value?: Serde<unknown>
}

function open({
  cacheBytes = 10_000,
  sendsOldValues = true,
  value = serdes.string as Serde<unknown>,
}: CachedStoreOptions = {}): CachedStore {
  const cache = new ThreadCache(cacheBytes)
  const opened = openState([textStore('s', { format: 'timestamped', caching: true, value })], { cache })
  const store = opened.state.store('s') as KeyValueStore<string, string>
  const flushed: string[] = []
  if (sendsOldValues !== null) {
    rowsOf<string, string>(store)?.setFlushListener(({ key, newValue, oldValue, timestamp, context }) => {
      flushed.push(`${key}: ${newValue} <- ${oldValue} @${timestamp}/${context.offset}`)
    }, sendsOldValues)
  }
  return { ...opened, store, cache, flushed }
}

/** Puts as the record with that offset, which has ten times the offset as timestamp. */
function put({ store, record }: CachedStore, offset: number, key: string, value: string | null): void {
  record.offset = offset
  record.timestamp = offset * 10
  store.put(key, value)
}

describe('withCache', () => {
  test('forwards the last update of each key, in the order of the last updates, with the old value', () => {
    const opened = open()
    put(opened, 1, 'a', '1')
    opened.state.flushCaches()
    put(opened, 2, 'b', '2')
    put(opened, 3, 'a', '3')
    put(opened, 4, 'c', '4')
    put(opened, 5, 'b', '5')
    opened.state.flushCaches()
    opened.state.flushCaches()
    assert.deepEqual(opened.flushed, ['a: 1 <- null @10/1', 'a: 3 <- 1 @30/3', 'c: 4 <- null @40/4', 'b: 5 <- null @50/5'])
    assert.deepEqual(
      opened.changelog.map(({ key, value, timestamp }) => [key, value, timestamp]),
      [
        ['a', '1', 10],
        ['a', '3', 30],
        ['c', '4', 40],
        ['b', '5', 50],
      ],
    )
  })

  test('without old values it forwards none, and still tells deletions of rows that were there', () => {
    const opened = open({ sendsOldValues: false })
    put(opened, 1, 'a', '1')
    opened.state.flushCaches()
    put(opened, 2, 'a', '2')
    opened.state.flushCaches()
    put(opened, 3, 'a', null)
    put(opened, 4, 'never', 'x')
    put(opened, 5, 'never', null)
    opened.state.flushCaches()
    assert.deepEqual(opened.flushed, ['a: 1 <- null @10/1', 'a: 2 <- null @20/2', 'a: null <- null @30/3'])
    assert.deepEqual(opened.changelog.length, 3)
  })

  test('without a listener every key is written, deletions of nothing too', () => {
    const opened = open({ sendsOldValues: null })
    put(opened, 1, 'a', null)
    opened.state.flushCaches()
    assert.deepEqual(opened.changelog, [{ store: 's', key: 'a', value: null, timestamp: 10 }])
  })

  test('evicting a dirty entry flushes all dirty ones, that entry first, and keeps the others', () => {
    // Three entries of 57 bytes fit, a fourth does not.
    const opened = open({ cacheBytes: 175 })
    put(opened, 1, 'a', '1')
    put(opened, 2, 'b', '2')
    put(opened, 3, 'c', '3')
    assert.equal(opened.store.get('a'), '1')
    assert.deepEqual(opened.flushed, [])
    put(opened, 4, 'd', '4')
    assert.deepEqual(opened.flushed, ['b: 2 <- null @20/2', 'a: 1 <- null @10/1', 'c: 3 <- null @30/3', 'd: 4 <- null @40/4'])
    assert.ok(opened.cache.bytes <= 175)
    opened.state.flushCaches()
    assert.equal(opened.flushed.length, 4)
  })

  test('evicting a clean entry tells nobody', () => {
    const opened = open({ cacheBytes: 120 })
    put(opened, 1, 'a', '1')
    opened.state.flushCaches()
    put(opened, 2, 'b', '2')
    put(opened, 3, 'c', '3')
    assert.deepEqual(opened.flushed, ['a: 1 <- null @10/1'])
    assert.equal(opened.store.get('a'), '1')
  })

  test('with no bytes each update goes through at once, deletions of nothing not at all', () => {
    const opened = open({ cacheBytes: 0 })
    put(opened, 1, 'a', '1')
    put(opened, 2, 'a', '2')
    put(opened, 3, 'b', null)
    put(opened, 4, 'a', null)
    assert.deepEqual(opened.flushed, ['a: 1 <- null @10/1', 'a: 2 <- 1 @20/2', 'a: null <- 2 @40/4'])
    assert.equal(opened.changelog.length, 3)
    assert.equal(opened.cache.bytes, 0)
  })

  test('resize() gives up what does not fit any more, and scans see what comes after', () => {
    const opened = open()
    put(opened, 1, 'a', '1')
    assert.deepEqual([...opened.store.all()], [['a', '1']])
    opened.cache.resize(0)
    assert.deepEqual(opened.flushed, ['a: 1 <- null @10/1'])
    put(opened, 2, 'a', '2')
    assert.deepEqual([...opened.store.all()], [['a', '2']])
    assert.equal(opened.cache.bytes, 0)
  })

  test('a write from within a flush makes a new update of its own', () => {
    const opened = open()
    rowsOf<string, string>(opened.store)?.setFlushListener(({ key, newValue }) => {
      opened.flushed.push(`${key}: ${newValue}`)
      if (newValue === '1') put(opened, 9, 'b', 'again')
      assert.equal(opened.store.get('b'), newValue === '2' || newValue === '1' || newValue === 'again' ? 'again' : null)
    }, false)
    put(opened, 1, 'a', '1')
    put(opened, 2, 'b', '2')
    opened.state.flushCaches()
    assert.deepEqual(opened.flushed, ['a: 1', 'b: 2', 'b: again'])
    assert.deepEqual(
      opened.changelog.map(({ key, value }) => `${key}=${value}`),
      ['a=1', 'b=2', 'b=again'],
    )
  })

  test('a deletion takes room until all that is flushed with it is through, and may be evicted before', () => {
    // Two entries of 57 bytes fit.
    const opened = open({ cacheBytes: 120 })
    for (const [offset, key] of ['a', 'b', 'c'].entries()) {
      put(opened, offset, key, '1')
      opened.state.flushCaches()
    }
    put(opened, 3, 'a', null)
    opened.store.get('b')
    const before = opened.cache.bytes
    const seen: number[] = []
    rowsOf<string, string>(opened.store)?.setFlushListener(({ key }) => {
      if (key === 'a') opened.store.get('c')
      seen.push(opened.cache.bytes)
    }, false)
    put(opened, 4, 'b', '2')
    opened.state.flushCaches()
    // The deletion was used longest ago: it has made room for "c". An entry that was read has no context, of 2 bytes.
    assert.deepEqual([before, seen], [48 + 55, [57 + 55, 57 + 55]])
    assert.equal(opened.store.get('a'), null)
    assert.deepEqual(
      [...opened.store.all()],
      [
        ['b', '2'],
        ['c', '1'],
      ],
    )
  })

  test('keeps bytes, not objects, of values that may change', () => {
    const opened = open({ value: serdes.json() as Serde<unknown> })
    const store = opened.store as unknown as KeyValueStore<string, { n: number }>
    const value = { n: 1 }
    store.put('a', value)
    value.n = 2
    const seen = store.get('a')
    assert.deepEqual(seen, { n: 1 })
    seen!.n = 3
    assert.deepEqual(store.get('a'), { n: 1 })
    opened.state.flushCaches()
    assert.equal(opened.changelog[0]?.value, '{"n":1}')
  })

  test('values that are views of their bytes stay what they are when other rows are read', () => {
    for (const value of [serdes.view, serdes.bytes, serdes.nullable(serdes.view)]) {
      const { store } = open({ value: value as Serde<unknown>, sendsOldValues: null }) as unknown as {
        store: KeyValueStore<string, Uint8Array>
      }
      store.put('a', Buffer.alloc(300, 'a'))
      store.put('b', Buffer.alloc(400, 'b'))
      const read = store.get('a')!
      store.get('b')
      assert.equal(Buffer.from(read).toString(), 'a'.repeat(300))
    }
  })

  test('a view reads without moving anything', () => {
    // Two entries of 57 bytes fit.
    const opened = open({ cacheBytes: 120 })
    put(opened, 1, 'a', '1')
    opened.state.flushCaches()
    put(opened, 2, 'b', '2')
    put(opened, 3, 'c', '3')
    const view = opened.state.view('s')
    assert.deepEqual(
      ['a', 'b', 'c', 'd'].map((key) => view.get(key)),
      ['1', '2', '3', null],
    )
    assert.deepEqual(
      [...view.range('b', null)],
      [
        ['b', '2'],
        ['c', '3'],
      ],
    )
    assert.deepEqual([...view.all({ reverse: true })].length, 3)
    assert.deepEqual([...view.prefixScan('a')], [['a', '1']])
    assert.equal(view.approximateNumEntries, 1)
    assert.deepEqual(opened.flushed, ['a: 1 <- null @10/1'])
    put(opened, 4, 'd', '4')
    assert.deepEqual(opened.flushed.slice(1), ['b: 2 <- null @20/2', 'c: 3 <- null @30/3', 'd: 4 <- null @40/4'])
    opened.state.close()
    assert.throws(() => view.get('a'), { code: 'STORE_CLOSED' })
  })

  test('the cache of a key that may change, or has no identity, goes by its bytes', () => {
    const anyKey: Serde<unknown> = {
      serialize: (value) => Buffer.from(JSON.stringify(value)),
      deserialize: (bytes) => JSON.parse(Buffer.from(bytes).toString()) as unknown,
    }
    const flushed: string[] = []
    const { state } = openState([textStore('s', { caching: true, key: anyKey })], { cache: new ThreadCache(1000) })
    const store = state.store('s') as KeyValueStore<{ id: number }, string>
    rowsOf<{ id: number }, string>(store)?.setFlushListener(({ key, newValue }) => void flushed.push(`${key.id}: ${newValue}`), true)
    const key = { id: 1 }
    store.put(key, 'a')
    key.id = 2
    assert.equal(store.get({ id: 1 }), 'a')
    assert.equal(store.get(key), null)
    store.put({ id: 1 }, 'b')
    assert.deepEqual([...store.all()], [[{ id: 1 }, 'b']])
    state.flushCaches()
    assert.deepEqual(flushed, ['1: b'])
  })

  test('drop() forgets what was not flushed', () => {
    const opened = open()
    put(opened, 1, 'a', '1')
    opened.state.flushCaches()
    opened.state.apply(new Map())
    put(opened, 2, 'a', '2')
    opened.state.drop()
    assert.equal(opened.store.get('a'), '1')
    assert.equal(opened.state.uncommittedBytes, 0)
    opened.state.flushCaches()
    assert.equal(opened.flushed.length, 1)
  })

  test('a value that cannot be written leaves the cache as it was', () => {
    const opened = open({ value: serdes.json() as Serde<unknown> })
    put(opened, 1, 'a', 'ok')
    assert.throws(() => opened.store.put('a', (() => 1) as unknown as string))
    assert.equal(opened.store.get('a'), 'ok')
  })
})
