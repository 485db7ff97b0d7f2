import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ValueTimestampHeaders } from '../model/value-timestamp-headers.ts'
import { recordHeaders, type RecordHeaders } from '../record/record-headers.ts'
import { serdes } from '../serdes/serdes.ts'
import { type LoggedRecord, openState, type OpenedState, restoreRecords, textStore } from './contract.ts'
import type { KeyValueStore } from './key-value-store.ts'
import { readRowHeaders, rowHeadersBytes, rowHeadersSize, writeRowHeaders } from './row-headers.ts'
import type { StoreDefinition } from './store-definition.ts'
import { timestampedKeyValueStore } from './store-spec.ts'
import { ThreadCache } from './thread-cache.ts'
import { describeOnEngines } from './engines/tested-engines.test.ts'

type HeadersStore = KeyValueStore<string, ValueTimestampHeaders<string>>

function definitionOf(caching: boolean): StoreDefinition {
  return textStore('h', { kind: 'timestamped', format: 'headers', caching })
}

function storeOf({ state }: OpenedState): HeadersStore {
  return state.store('h') as HeadersStore
}

function listed(headers: RecordHeaders | null): unknown[] {
  return headers === null
    ? []
    : Array.from(headers, ({ key, value }) => [key, value === null ? null : Buffer.from(value).toString('latin1')])
}

function shown(found: ValueTimestampHeaders<string> | null): unknown {
  return found === null ? null : [found.value, found.timestamp, listed(found.headers)]
}

const someHeaders = fc.array(fc.tuple(fc.constantFrom('a', 'trace', ''), fc.option(fc.string({ maxLength: 80 }))), { maxLength: 4 })
const someKey = fc.constantFrom('a', 'aa', 'b')
const somePut = fc.record({ key: someKey, value: fc.option(fc.constantFrom('x', '', 'long'), { freq: 4 }), headers: someHeaders })

describeOnEngines('format headers', () => {
  test('a row begins with its headers, none are one byte', () => {
    const target = Buffer.alloc(64)
    assert.equal(writeRowHeaders(null, target, 0), 1)
    assert.equal(target[0], 0)
    const headers = recordHeaders([
      ['k', 'vv'],
      ['n', null],
    ])
    const end = writeRowHeaders(headers, target, 0)
    // Length 9, 2 headers, key of 1, value of 2, key of 1, no value: all varints are zigzag.
    assert.equal(target.toString('hex', 0, end), '1204026b047676026e01')
    assert.equal(rowHeadersSize(headers), end)
    assert.equal(rowHeadersBytes(target, 0), end)
    assert.deepEqual(listed(readRowHeaders(target, 0)), [
      ['k', 'vv'],
      ['n', null],
    ])
  })

  for (const caching of [false, true]) {
    test(`keeps values, timestamps and headers, through commits and restores (${caching ? 'cached' : 'not cached'})`, () => {
      fc.assert(
        fc.property(fc.array(somePut, { maxLength: 20 }), (puts) => {
          const opened = openState([definitionOf(caching)], { cache: new ThreadCache(caching ? 300 : 0) })
          const model = new Map<string, unknown>()
          for (const [index, { key, value, headers }] of puts.entries()) {
            opened.record.timestamp = 1000 + index
            const given = recordHeaders(headers)
            storeOf(opened).put(key, value === null ? null : { value, timestamp: index, headers: given })
            if (value === null) model.delete(key)
            else model.set(key, [value, index, listed(given)])
            for (const at of ['a', 'aa', 'b']) assert.deepEqual(shown(storeOf(opened).get(at)), model.get(at) ?? null)
          }
          const all = (store: HeadersStore): unknown[] => Array.from(store.all(), ([key, row]) => [key, shown(row)])
          const rows = [...model].toSorted(([left], [right]) => (left < right ? -1 : 1))
          assert.deepEqual(all(storeOf(opened)), rows)
          opened.state.flushCaches()
          const restored = openState([definitionOf(false)])
          restored.state.restore('h', restoreRecords(opened.changelog, 'h', 0), opened.changelog.length - 1)
          assert.deepEqual(all(storeOf(restored)), rows)
          opened.state.close()
        }),
        { numRuns: 60 },
      )
    })
  }

  test('logs plain values with their headers, deletions with those of the record in hand', () => {
    for (const caching of [false, true]) {
      const opened = openState([definitionOf(caching)], { cache: new ThreadCache(10_000) })
      opened.record.headers = recordHeaders([['of', 'record']])
      storeOf(opened).put('k', { value: 'v', timestamp: 5, headers: recordHeaders([['h', '1']]) })
      opened.state.flushCaches()
      storeOf(opened).delete('k')
      opened.record.headers = recordHeaders()
      opened.state.flushCaches()
      const logged = opened.changelog.map(({ value, headers }: LoggedRecord) => [value, listed(headers ?? null)])
      assert.deepEqual(logged, [
        ['v', [['h', '1']]],
        [null, [['of', 'record']]],
      ])
    }
  })

  test('a description of a timestamped store may have it', () => {
    const spec = timestampedKeyValueStore('prices', { key: serdes.string, value: serdes.float64, format: 'headers' })
    assert.equal(spec.kind, 'timestamped')
  })
})
