import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError } from '../../base/errors.ts'
import type { ValueAndTimestamp } from '../../model/value-and-timestamp.ts'
import type { Serde } from '../../serdes/serde.ts'
import { serdes } from '../../serdes/serdes.ts'
import { openState, type OpenedState, textStore } from '../contract.ts'
import type { KeyValueStore } from '../key-value-store.ts'
import type { StoreDefinition } from '../store-definition.ts'
import { rowsOf } from './typed-store.ts'
import { describeOnEngines } from '../engines/tested-engines.test.ts'

function open<K = string, V = string>(options: Partial<StoreDefinition> = {}): OpenedState & { readonly store: KeyValueStore<K, V> } {
  const opened = openState([textStore('s', options)])
  return { ...opened, store: opened.state.store('s') as KeyValueStore<K, V> }
}

describeOnEngines('a key-value store', () => {
  test('get, put, putIfAbsent, putAll and delete', () => {
    const { store } = open()
    assert.equal(store.get('a'), null)
    assert.equal(store.putIfAbsent('a', '1'), null)
    assert.equal(store.putIfAbsent('a', '2'), '1')
    store.putAll([
      ['b', '3'],
      ['c', '4'],
      ['c', null],
    ])
    assert.deepEqual(
      [...store.all()],
      [
        ['a', '1'],
        ['b', '3'],
      ],
    ) // prettier
    assert.equal(store.approximateNumEntries, 2)
    assert.equal(store.delete('a'), '1')
    assert.equal(store.delete('a'), null)
    store.put('b', null)
    assert.equal(store.approximateNumEntries, 0)
  })

  test('range includes both ends, goes both ways, and is empty with its bounds in the wrong order', () => {
    const { store } = open()
    for (const key of ['a', 'b', 'c', 'd']) store.put(key, key)
    const keys = (entries: Iterable<readonly [string, string]>): string => [...entries].map(([key]) => key).join('')
    assert.equal(keys(store.range('b', 'c')), 'bc')
    assert.equal(keys(store.range(null, 'b')), 'ab')
    assert.equal(keys(store.range('c', null, { reverse: true })), 'dc')
    assert.equal(keys(store.range('c', 'b')), '')
    assert.equal(keys(store.all({ reverse: true })), 'dcba')
  })

  test('keys are in the order of their bytes, unsigned', () => {
    const { store } = open<number>({ key: serdes.int32 as Serde<unknown> })
    for (const key of [1, -1, 0]) store.put(key, 'x')
    assert.deepEqual(
      [...store.all()].map(([key]) => key),
      [0, 1, -1],
    )
  })

  test('prefixScan takes a prefix by the key serde or another one', () => {
    const { store } = open()
    for (const key of ['a', 'ab', 'abc', 'b', '\u00ff']) store.put(key, key)
    assert.deepEqual(
      [...store.prefixScan('ab')].map(([key]) => key),
      ['ab', 'abc'],
    )
    const bytes = open<Uint8Array>({ key: serdes.bytes as Serde<unknown> })
    bytes.store.put(Buffer.from([0xff, 0xff]), 'x')
    bytes.store.put(Buffer.from([0xff, 0x01]), 'y')
    bytes.store.put(Buffer.from([0x01]), 'z')
    assert.deepEqual(
      [...bytes.store.prefixScan(-1, serdes.int16)].map(([, value]) => value),
      ['x'],
    )
  })

  test('a scan that is left early, closed or disposed of gives nothing more', () => {
    const { store } = open()
    for (const key of ['a', 'b', 'c']) store.put(key, key)
    const left = store.all()
    for (const [key] of left) if (key === 'a') break
    assert.equal(left.next().done, true)
    const closed = store.all()
    closed.close()
    closed.close()
    assert.equal(closed.next().done, true)
    let disposed
    {
      using scan = store.all()
      assert.deepEqual(scan.next().value, ['a', 'a'])
      disposed = scan
    }
    assert.equal(disposed.next().done, true)
  })

  test('null and undefined keys and undefined values throw TypeError', () => {
    const { store } = open()
    const nothing = undefined as unknown as string
    assert.throws(() => store.get(null as unknown as string), TypeError)
    assert.throws(() => store.put(nothing, 'x'), TypeError)
    assert.throws(() => store.put('a', nothing), {
      name: 'TypeError',
      message: 'Cannot put undefined into store "s": give a value, or null to delete',
    })
    assert.throws(() => store.prefixScan(nothing), TypeError)
    assert.equal(store.approximateNumEntries, 0)
  })

  test('a serde that gives null for bytes that are there throws BYTES_INVALID, unless it is nullable', () => {
    const nothing: Serde<unknown> = { serialize: () => Buffer.from('x'), deserialize: () => null }
    const strict = open({ value: nothing })
    strict.store.put('a', 'b')
    assert.throws(
      () => strict.store.get('a'),
      (error: unknown) => isMillraceError(error) && error.code === 'BYTES_INVALID' && error.store === 's',
    )
    const lax = open({ value: serdes.nullable(nothing) })
    lax.store.put('a', 'b')
    assert.equal(lax.store.get('a'), null)
  })

  test('serdes are told the changelog topic, also where there is none, and the headers of the record', () => {
    const topics: string[] = []
    const telling: Serde<string> = {
      serialize: (value, { topic, isKey, role, headers }) => {
        topics.push(`${topic} ${isKey} ${role} ${[...headers].length}`)
        return Buffer.from(value)
      },
      deserialize: (bytes) => Buffer.from(bytes).toString(),
    }
    const { store, record } = open({ value: telling as Serde<unknown>, changelog: null })
    record.headers.add('a', 'b')
    store.put('a', 'x')
    const source = open({ key: telling as Serde<unknown>, changelog: { kind: 'source', topic: 'input' } })
    source.store.get('a')
    assert.deepEqual(topics, ['app-s-changelog false changelog 1', 'input true changelog 0'])
    assert.deepEqual(source.changelog, [])
  })
})

describeOnEngines('a store with timestamps', () => {
  test('shows them where its kind is timestamped', () => {
    const { store } = open<string, ValueAndTimestamp<string>>({ kind: 'timestamped', format: 'timestamped' })
    store.put('a', { value: '1', timestamp: 5 })
    assert.deepEqual(store.get('a'), { value: '1', timestamp: 5 })
    assert.deepEqual(store.putIfAbsent('a', { value: '2', timestamp: 6 }), { value: '1', timestamp: 5 })
    assert.deepEqual([...store.all()], [['a', { value: '1', timestamp: 5 }]])
  })

  test('hides them behind the handle of a table, and writes that of the record', () => {
    const { store, record, state } = open({ format: 'timestamped' })
    record.timestamp = 42
    store.put('a', '1')
    assert.equal(store.get('a'), '1')
    assert.deepEqual([...store.range(null, null)], [['a', '1']])
    const rows = rowsOf<string, string>(state.store('s'))
    assert.equal(rows?.get('a'), '1')
    assert.equal(rows?.foundTimestamp, 42)
    assert.equal(rowsOf({}), null)
  })
})
