import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StreamRecord } from '../model/stream-record.ts'
import type { ValueTimestampHeaders } from '../model/value-timestamp-headers.ts'
import { recordHeaders } from '../record/record-headers.ts'
import { openState, type OpenedState, textStore } from '../state/contract.ts'
import type { KeyValueStore } from '../state/key-value-store.ts'
import { Position } from '../state/position.ts'
import { sessionLayout } from '../state/sessions/session-layout.ts'
import type { StoreDefinition } from '../state/store-definition.ts'
import { ThreadCache } from '../state/thread-cache.ts'
import { windowLayout } from '../state/windows/window-layout.ts'
import {
  keyQuery,
  type Query,
  rangeQuery,
  sessionKeyQuery,
  sessionKeyWithHeadersQuery,
  timestampedKeyQuery,
  timestampedKeyWithHeadersQuery,
  timestampedRangeQuery,
  timestampedRangeWithHeadersQuery,
  timestampedWindowKeyWithHeadersQuery,
  timestampedWindowRangeQuery,
  timestampedWindowRangeWithHeadersQuery,
} from './queries.ts'
import { runQuery } from './run-query.ts'

function ask(
  { state }: OpenedState,
  store: StoreDefinition,
  query: Query,
  isolation: 'read_committed' | 'read_uncommitted' = 'read_uncommitted',
) {
  const { name } = store
  const view = {
    taskId: '0_0',
    partition: 0,
    state: 'running' as const,
    store: state.view<unknown>(name),
    stamped: state.stampedView(name),
    read: (of: typeof isolation, isStamped: boolean) => state.read(name, of, isStamped),
    position: (of: 'committed' | 'rows' | 'all') => state.position(name, of),
  }
  const answer = runQuery(view, store, query, { isolation, bound: Position.empty, clock: null })
  if (!answer.isSuccess) return answer.reason
  const { result } = answer
  const isScan = typeof result === 'object' && result !== null && Symbol.iterator in result
  return isScan ? Array.from(result as Iterable<unknown>, shown) : shown(result)
}

function shown(result: unknown): unknown {
  if (typeof result !== 'object' || result === null || !('headers' in result)) return result
  const { key, value, timestamp, headers } = result as StreamRecord<unknown, unknown>
  return [key, value, timestamp, Array.from(headers, (header) => `${header.key}=${String(header.value)}`).join()]
}

for (const cacheBytes of [0, 10_000]) {
  test(`runQuery() gives the headers of rows, and leaves them out where they are not asked for, cache of ${cacheBytes} bytes`, () => {
    const store = textStore('s', { kind: 'timestamped', format: 'headers', caching: true })
    const opened = openState([store], { cache: new ThreadCache(cacheBytes) })
    const rows = opened.state.store('s') as KeyValueStore<string, ValueTimestampHeaders<string>>
    rows.put('a', { value: 'A', timestamp: 5, headers: recordHeaders([['h', Buffer.from([49])]]) })
    rows.put('b', { value: 'B', timestamp: 6, headers: recordHeaders() })
    const isHeldBack = cacheBytes > 0
    const record = ['a', 'A', 5, 'h=1']
    assert.deepEqual(ask(opened, store, timestampedKeyWithHeadersQuery('a')), record)
    assert.deepEqual(ask(opened, store, timestampedKeyWithHeadersQuery('a', { skipCache: true })), isHeldBack ? null : record)
    assert.equal(ask(opened, store, timestampedKeyWithHeadersQuery('z')), null)
    assert.equal(ask(opened, store, timestampedKeyWithHeadersQuery('a'), 'read_committed'), null)
    opened.state.flushCaches()
    opened.state.apply(new Map())
    assert.deepEqual(ask(opened, store, timestampedKeyWithHeadersQuery('a', { skipCache: true })), record)
    assert.deepEqual(ask(opened, store, timestampedKeyWithHeadersQuery('a'), 'read_committed'), record)
    assert.deepEqual(ask(opened, store, timestampedRangeWithHeadersQuery()), [record, ['b', 'B', 6, '']])
    assert.deepEqual(ask(opened, store, timestampedRangeWithHeadersQuery({ from: 'a', to: 'b', reverse: true })), [
      ['b', 'B', 6, ''],
      record,
    ])
    assert.equal(ask(opened, store, keyQuery('a')), 'A')
    assert.deepEqual(ask(opened, store, timestampedKeyQuery('a')), { value: 'A', timestamp: 5 })
    assert.deepEqual(ask(opened, store, timestampedRangeQuery({ to: 'a' })), [['a', { value: 'A', timestamp: 5 }]])
    opened.state.close()
  })
}

test('runQuery() gives the headers of windows and sessions as they were restored', () => {
  const int64 = (value: number): Buffer => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64BE(BigInt(value))
    return bytes
  }
  const headers = recordHeaders([['h', Buffer.from([49])]])
  const value = Buffer.from('x')
  const rest = { retentionMs: 100_000, isExact: false }
  const ofWindows = textStore('w', {
    kind: 'window',
    format: 'headers',
    window: windowLayout({ ...rest, sizeMs: 1000, retainsDuplicates: false }),
  })
  const ofSessions = textStore('e', { kind: 'session', format: 'headers', session: sessionLayout({ ...rest, hasEndIndex: false }) })
  const opened = openState([ofWindows, ofSessions])
  const windowKey = Buffer.concat([Buffer.from('k'), int64(2000), Buffer.alloc(4)])
  opened.state.restore('w', [{ key: windowKey, value, timestamp: 2500, headers }], 0)
  const sessionKey = Buffer.concat([Buffer.from('k'), int64(2700), int64(2100)])
  opened.state.restore('e', [{ key: sessionKey, value, timestamp: 2500, headers }], 0)
  const all = { from: 0, to: 10_000 }
  const inWindow = [{ key: 'k', window: { start: 2000, end: 3000 } }, 'x', 2500, 'h=1']
  assert.deepEqual(ask(opened, ofWindows, timestampedWindowKeyWithHeadersQuery('k', all)), [inWindow])
  assert.deepEqual(ask(opened, ofWindows, timestampedWindowRangeWithHeadersQuery(all)), [inWindow])
  assert.deepEqual(ask(opened, ofWindows, timestampedWindowRangeQuery(all)), [[inWindow[0], { value: 'x', timestamp: 2500 }]])
  const session = { key: 'k', window: { start: 2100, end: 2700 } }
  assert.deepEqual(ask(opened, ofSessions, sessionKeyWithHeadersQuery('k')), [[session, 'x', 2700, 'h=1']])
  assert.deepEqual(ask(opened, ofSessions, sessionKeyQuery('k')), [[session, 'x']])
  assert.equal(ask(opened, ofSessions, timestampedWindowRangeWithHeadersQuery(all)), 'UNKNOWN_QUERY_TYPE')
  assert.equal(ask(opened, ofWindows, sessionKeyWithHeadersQuery('k')), 'UNKNOWN_QUERY_TYPE')
  opened.state.close()
})

test('runQuery() asks stores of other formats and kinds for headers in vain', () => {
  const stores = [textStore('plain'), textStore('stamped', { kind: 'timestamped', format: 'timestamped' })]
  const opened = openState(stores)
  for (const store of stores) {
    assert.equal(ask(opened, store, timestampedKeyWithHeadersQuery('a')), 'UNKNOWN_QUERY_TYPE')
    assert.equal(ask(opened, store, timestampedRangeWithHeadersQuery()), 'UNKNOWN_QUERY_TYPE')
    assert.equal(ask(opened, store, timestampedWindowKeyWithHeadersQuery('a', { from: 0, to: 1 })), 'UNKNOWN_QUERY_TYPE')
    assert.deepEqual(ask(opened, store, rangeQuery()), [])
  }
})
