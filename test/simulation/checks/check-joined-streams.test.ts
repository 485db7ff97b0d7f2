import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkJoinedStreams, type JoinedOutput, type JoinedRecord, pairsOf, type StreamJoin } from './check-joined-streams.ts'

const records: readonly JoinedRecord[] = [
  { id: 'l0', isLeft: true, key: 'a', timestamp: 100, partition: 0 },
  { id: 'r1', isLeft: false, key: 'a', timestamp: 110, partition: 0 },
  { id: 'l2', isLeft: true, key: 'b', timestamp: 100, partition: 0 },
  { id: 'r3', isLeft: false, key: 'c', timestamp: 200, partition: 0 },
  { id: 'l4', isLeft: true, key: 'c', timestamp: 100, partition: 0 },
  { id: 'r5', isLeft: false, key: 'b', timestamp: 90, partition: 0 },
]
const outer: StreamJoin = { type: 'outer', differenceMs: 10, graceMs: 5, isOneTopic: false }

/** `given`: results as `l0+r1@110`. */
function output(given: string, waiting = ''): JoinedOutput {
  const split = (text: string): string[] => text.split(' ').filter((part) => part !== '')
  return {
    results: split(given).map((result) => {
      const [value, timestamp] = result.split('@') as [string, string]
      return { key: 'k', value, timestamp: Number(timestamp), partition: 0 }
    }),
    waiting: new Set(split(waiting)),
  }
}

const right = output('l0+r1@110 l2+r5@100 l4+-@100', 'r3')

test('pairsOf gives the records that are close enough', () => {
  assert.deepEqual(
    pairsOf(records, outer).map(([l, r]) => l.id + r.id),
    ['l0r1', 'l2r5'],
  )
})

test('checkJoinedStreams accepts what each type of join may give', () => {
  assert.deepEqual(checkJoinedStreams(records, right, outer), [])
  assert.deepEqual(checkJoinedStreams(records, output('l0+r1@110 l2+r5@100 l4+-@100'), { ...outer, type: 'left' }), [])
  assert.deepEqual(checkJoinedStreams(records, output('l0+r1@110 l2+r5@100'), { ...outer, type: 'inner' }), [])
  // The sides may be processed in an order in which one record is given up, or too old, before the other one comes.
  assert.deepEqual(checkJoinedStreams(records, output('l0+r1@110 l2+-@100 -+r5@90 l4+-@100', 'r3'), outer), [])
})

test('checkJoinedStreams finds results that are lost, given twice or wrong', () => {
  const check = (given: string, waiting: string, join = outer): string =>
    checkJoinedStreams(records, output(given, waiting), join).join('; ')
  assert.match(check('l0+r1@110 l2+r5@100', 'r3'), /record l4 is lost/)
  assert.match(check('l0+r1@110 l0+r1@110 l2+r5@100 l4+-@100', 'r3'), /l0\+r1 is there 2 times/)
  assert.match(check('l0+r1@100 l2+r5@100 l4+-@100', 'r3'), /l0\+r1 has time 100, not 110/)
  assert.match(check('l0+r1@110 l2+r5@100 l4+-@101', 'r3'), /l4\+- has time 101, not 100/)
  assert.match(check('l0+r1@110 l2+r5@100 l4+-@100 l0+r3@200', 'r3'), /l0\+r3 of records that do not join/)
  assert.match(check('l0+r1@110 l2+r5@100 l4+-@100 -+r3@200', ''), /r3 was given up before its window was over/)
  assert.match(check('l0+r1@110 l2+r5@100 l4+-@100', 'r3 l0'), /l0 waits although/)
  assert.match(check('l0+r1@110 l2+r5@100 l4+-@100', 'r3 x'), /x waits, which never was/)
  assert.match(check('l0+r1@110 l2+r5@100 l4+-@100', 'r3', { ...outer, type: 'inner' }), /r3 is of an inner side/)
})

test('checkJoinedStreams knows when a pair must be there', () => {
  const long = { ...outer, graceMs: 1_000 }
  const lost = output('l0+r1@110 l2+-@100 -+r5@90', 'r3 l4')
  assert.match(checkJoinedStreams(records, lost, long).join('; '), /l2\+r5 is missing/)
  const one = { ...outer, isOneTopic: true }
  // The left side has not come to a time at which `l2` would be too old for `r5`.
  assert.match(checkJoinedStreams(records, lost, one).join('; '), /l2\+r5 is missing/)
  const later: readonly JoinedRecord[] = [
    ...records.slice(0, 5),
    { id: 'l6', isLeft: true, key: 'a', timestamp: 200, partition: 0 },
    records[5]!,
  ]
  const old = checkJoinedStreams(later, output('l0+r1@110 l2+r5@100 l4+-@100', 'r3 l6'), one)
  assert.deepEqual(old, ['result l2+r5 is there, but one record was too old for the other'])
})
