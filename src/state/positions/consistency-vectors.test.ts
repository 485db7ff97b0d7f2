import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ValueTimestampHeaders } from '../../model/value-timestamp-headers.ts'
import { type RecordHeaders, recordHeaders } from '../../record/record-headers.ts'
import { type LoggedRecord, openState, restoreRecords, textStore } from '../contract.ts'
import type { KeyValueStore } from '../key-value-store.ts'
import { Position } from '../position.ts'
import type { StoreDefinition } from '../store-definition.ts'
import { positionBytes, positionOf } from './position-bytes.ts'

const hasVectors = true

function listed(headers: RecordHeaders | null | undefined): unknown[] {
  return Array.from(headers ?? [], ({ key, value }) => [key, value === null ? null : Buffer.from(value).toString('hex')])
}

/** The changelog of a store to which `a` was written with the first record of the topic `in` and `b` with the second, with the headers `own`. */
function written(store: StoreDefinition, own: RecordHeaders = recordHeaders()): LoggedRecord[] {
  const { state, record, changelog } = openState([store], { hasVectors })
  const rows = state.store(store.name) as KeyValueStore<string, unknown>
  const isStamped = store.kind === 'timestamped'
  record.headers = own
  ;['a', 'b'].forEach((key, offset) => {
    Object.assign(record, { offset })
    rows.put(key, isStamped ? { value: key, timestamp: 5, headers: own } : key)
  })
  state.close()
  return changelog
}

test('positionBytes() are what PositionSerde of Kafka 4.3.1 wrote, its zeros included', () => {
  const position = Position.of([
    ['words', 0, 7],
    ['rates', 2, 2 ** 40],
    ['words', 17, 5],
  ])
  const start =
    '0000000002' +
    '00000005726174657300000001000000020000010000000000' +
    '00000005776f726473000000020000000000000000000000070000001100000000000000' +
    '05'
  const bytes = positionBytes(position)
  assert.equal(bytes.toString('hex'), start + '00'.repeat(bytes.length - start.length / 2))
  assert.equal(bytes.length, 466)
  assert.ok(positionOf(bytes).equals(position))
  assert.equal(positionBytes(Position.empty).toString('hex'), '00'.repeat(40))
  assert.ok(positionOf(Buffer.alloc(5)).isEmpty)
  assert.throws(() => positionOf(Buffer.from([1, 0, 0, 0, 0])), { name: 'RangeError', message: /its version is 1/ })
  assert.throws(() => positionOf(bytes.subarray(0, 20)), RangeError)
})

test('TaskState writes what its stores reflect to their changelogs, and reads it where it restores', () => {
  const changelog = written(textStore('s'))
  assert.deepEqual(
    changelog.map(({ headers }) => listed(headers)),
    [0, 1].map((offset) => [
      ['v', '00'],
      ['c', positionBytes(Position.of([['in', 0, offset]])).toString('hex')],
    ]),
  )
  const mate = openState([textStore('s')], { hasVectors })
  mate.state.restore('s', restoreRecords(changelog, 's', 0), 1)
  assert.equal(String(mate.state.position('s', 'committed')), '{in-0: 1}')
  mate.state.restore('s', restoreRecords(changelog.slice(0, 1), 's', 0), 1)
  assert.equal(String(mate.state.position('s', 'rows')), '{in-0: 1}', 'never back')
  const other = openState([textStore('s')])
  other.state.restore('s', restoreRecords(changelog, 's', 0), 1)
  assert.equal(String(other.state.position('s', 'committed')), '{}', 'not asked for')
})

test('TaskState keeps positions out of the headers of rows and of records', () => {
  const store = textStore('s', { kind: 'timestamped', format: 'headers' })
  const own = recordHeaders([
    ['trace', '1'],
    ['v', 'mine'],
  ])
  const changelog = written(store, own)
  assert.equal(listed(changelog[0]!.headers).length, 4)
  assert.equal(listed(own).length, 2)
  const mate = openState([store], { hasVectors })
  mate.state.restore('s', restoreRecords(changelog, 's', 0), 1)
  const found = (mate.state.store('s') as KeyValueStore<string, ValueTimestampHeaders<string>>).get('b')
  assert.deepEqual(listed(found?.headers), listed(own))
  assert.equal(String(mate.state.position('s', 'rows')), '{in-0: 1}')
})

test('TaskState takes changelog records without positions, refuses broken ones, and warns of unknown ones', () => {
  const restore = (headers: RecordHeaders | null): { readonly position: string; readonly warnings: readonly string[] } => {
    const { state, warnings } = openState([textStore('s')], { hasVectors })
    state.restore('s', [{ key: Buffer.from('a'), value: Buffer.from('x'), timestamp: 1, headers }], 0)
    assert.equal((state.store('s') as KeyValueStore<string, string>).get('a'), 'x')
    return { position: String(state.position('s', 'rows')), warnings }
  }
  assert.deepEqual(restore(null), { position: '{}', warnings: [] })
  assert.match(restore(recordHeaders([['v', Uint8Array.of(1)]])).warnings[0]!, /positions of version 1, known is 0/)
  assert.throws(() => restore(recordHeaders([['v', Uint8Array.of(0)]])), /it has the header "v" but not "c"/)
})

test('TaskState leaves the headers of a source topic alone', () => {
  const { state } = openState([textStore('s', { changelog: { kind: 'source', topic: 'in' } })], { hasVectors })
  const headers = recordHeaders([['v', Uint8Array.of(0)]])
  state.restore('s', [{ key: Buffer.from('a'), value: Buffer.from('x'), timestamp: 1, headers }], 0)
  assert.equal((state.store('s') as KeyValueStore<string, string>).get('a'), 'x')
})
