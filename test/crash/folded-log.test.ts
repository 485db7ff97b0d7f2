import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StoredRecord } from '../../src/broker/log/direct-read.ts'
import { recordHeaders } from '../../src/record/record-headers.ts'
import { RETENTION_MS } from './crash-stores.ts'
import { FoldedLog } from './folded-log.ts'
import { planRounds } from './rounds.ts'
import { differenceOf, digestOf } from './store-dump.ts'

function record(offset: number, key: Buffer | string, value: string | null): StoredRecord {
  return {
    offset,
    timestamp: 7,
    key: Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    headers: recordHeaders(),
  }
}

/** Records with gaps, where markers and aborted records were. */
function logOf(...records: readonly StoredRecord[]): (from: number) => readonly StoredRecord[] {
  return (from) => records.filter(({ offset }) => offset >= from)
}

test('FoldedLog: the last value of each key up to an offset, back and forth', () => {
  const log = new FoldedLog('plain', logOf(record(0, 'b', '1'), record(2, 'a', '2'), record(5, 'b', null), record(6, 'a', '3')))
  assert.deepEqual(log.rowsAt(null), [])
  assert.deepEqual(log.rowsAt(1), [['b', '1']])
  assert.deepEqual(log.rowsAt(5), [['a', '2']])
  assert.deepEqual(log.rowsAtEnd(), [['a', '3']])
  assert.deepEqual(log.rowsAt(0), [['b', '1']])
  assert.deepEqual(
    log.recordsAfter(2).map(({ offset }) => offset),
    [5, 6],
  )
})

test('FoldedLog: a timestamped row has the time of its record', () => {
  assert.deepEqual(new FoldedLog('stamped', logOf(record(0, 'a', '1'))).rowsAtEnd(), [['a', '1@7']])
})

test('FoldedLog: windows past the retention are gone', () => {
  const window = (start: number): Buffer => {
    const key = Buffer.alloc(13, 'k')
    key.writeBigInt64BE(BigInt(start), 1)
    key.writeInt32BE(0, 9)
    return key
  }
  const log = new FoldedLog('exact', logOf(record(0, window(0), '1'), record(1, window(1), '2'), record(2, window(RETENTION_MS), '3')))
  assert.deepEqual(log.rowsAt(1), [
    ['k@0', '1'],
    ['k@1', '2'],
  ])
  assert.deepEqual(log.rowsAtEnd(), [
    ['k@1', '2'],
    [`k@${RETENTION_MS}`, '3'],
  ])
})

test('differenceOf: what is missing, too much, or other', () => {
  assert.equal(differenceOf([['a', '1']], [['a', '1']]), null)
  assert.match(differenceOf([['a', '1']], [['a', '2']])!, /row a is 2, it must be 1/)
  assert.match(differenceOf([['a', '1']], [['b', '1']])!, /row a is missing/)
  assert.match(
    differenceOf(
      [['b', '1']],
      [
        ['a', '1'],
        ['b', '1'],
      ],
    )!,
    /there is a row a/,
  )
  assert.match(differenceOf([], [['a', '1']])!, /there is a row a/)
  assert.notEqual(digestOf('a'.repeat(50)), digestOf('b'.repeat(50)))
})

test('planRounds: every kill, spread evenly over guarantees and transaction versions', () => {
  const rounds = planRounds(30, 1, { engine: 'memory' })
  assert.equal(rounds.length, 4)
  assert.equal(
    rounds.reduce((sum, { kills }) => sum + kills, 0),
    30,
  )
  for (const { kills } of rounds) assert.ok(kills === 7 || kills === 8)
})
