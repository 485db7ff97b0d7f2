import assert from 'node:assert/strict'
import test from 'node:test'
import { change, openOperator, type OpenedOperator } from '../contract.ts'
import { storeTableView } from '../views/store-table-view.ts'
import { type TableJoinKind, tableJoinRow } from './table-join-row.ts'
import { tableJoinOperator } from './table-join-operator.ts'
import { tableMergeOperator } from './table-merge-operator.ts'

const joiner = (left: unknown, right: unknown, key: unknown): unknown => `${String(key)}:${String(left)}+${String(right)}`

/** One side of a join; the other table's rows are those of the store. */
function side(kind: TableJoinKind, isLeft: boolean, sendOldValues = false): OpenedOperator {
  return openOperator(
    tableJoinOperator({ row: tableJoinRow(kind, joiner, isLeft), other: storeTableView('s'), sendOldValues, isVersioned: false }),
  )
}

/** What the change `newValue <- oldValue` at 5 gives when the other table has no row, and when it has `o` at 7. */
function truth(kind: TableJoinKind, isLeft: boolean, newValue: string | null, oldValue: string | null): (string | null)[] {
  return [null, 'o'].map((other) => {
    const operator = side(kind, isLeft, true)
    operator.opened.record.timestamp = 7
    if (other !== null) operator.store.put('k', other)
    operator.process('k', change(newValue, oldValue), { timestamp: 5 })
    const [text = null] = operator.forwarded()
    return text
  })
}

const changes = [
  [null, null],
  ['n', null],
  [null, 'p'],
  ['n', 'p'],
] as const

test('tableJoinOperator joins with rows that are there on both sides only (inner)', () => {
  const left = changes.map(([newValue, oldValue]) => truth('inner', true, newValue, oldValue))
  assert.deepEqual(left, [
    [null, 'k: null <- null @7/1'],
    [null, 'k: k:n+o <- null @7/1'],
    [null, 'k: null <- k:p+o @7/1'],
    [null, 'k: k:n+o <- k:p+o @7/1'],
  ])
  assert.deepEqual(truth('inner', false, 'n', 'p'), [null, 'k: k:o+n <- k:o+p @7/1'])
})

test('tableJoinOperator keeps the rows of the left table (left)', () => {
  const left = changes.map(([newValue, oldValue]) => truth('left', true, newValue, oldValue))
  assert.deepEqual(left, [
    [null, 'k: null <- null @7/1'],
    ['k: k:n+null <- null @5/1', 'k: k:n+o <- null @7/1'],
    ['k: null <- k:p+null @5/1', 'k: null <- k:p+o @7/1'],
    ['k: k:n+null <- k:p+null @5/1', 'k: k:n+o <- k:p+o @7/1'],
  ])
  const right = changes.map(([newValue, oldValue]) => truth('left', false, newValue, oldValue))
  assert.deepEqual(right, [
    [null, 'k: k:o+null <- k:o+null @7/1'],
    [null, 'k: k:o+n <- k:o+null @7/1'],
    [null, 'k: k:o+null <- k:o+p @7/1'],
    [null, 'k: k:o+n <- k:o+p @7/1'],
  ])
})

test('tableJoinOperator keeps the rows of both tables, and never joins nothing with nothing (outer)', () => {
  const right = changes.map(([newValue, oldValue]) => truth('outer', false, newValue, oldValue))
  assert.deepEqual(right, [
    [null, 'k: k:o+null <- k:o+null @7/1'],
    ['k: k:null+n <- null @5/1', 'k: k:o+n <- k:o+null @7/1'],
    ['k: null <- k:null+p @5/1', 'k: k:o+null <- k:o+p @7/1'],
    ['k: k:null+n <- k:null+p @5/1', 'k: k:o+n <- k:o+p @7/1'],
  ])
})

test('tableJoinOperator joins old values only where they are wanted', () => {
  const operator = side('outer', true)
  operator.process('k', change('n', 'p'), { timestamp: 5 })
  assert.deepEqual(operator.forwarded(), ['k: k:n+null <- null @5/1'])
})

test('tableJoinOperator drops changes without a key', () => {
  const operator = side('outer', true)
  operator.process(null, change('n'))
  assert.deepEqual([operator.forwarded(), operator.dropped], [[], ['null key']])
})

test('tableJoinOperator drops versions that come late', () => {
  const row = tableJoinRow('left', joiner, true)
  const operator = openOperator(tableJoinOperator({ row, other: storeTableView('s'), sendOldValues: false, isVersioned: true }))
  operator.process('k', change('n', null, false))
  operator.process('k', change('m', null))
  assert.deepEqual([operator.forwarded(), operator.dropped], [['k: k:m+null <- null @0/2'], ['outdated version']])
})

test('tableJoinOperator refuses a joiner that returns nothing', () => {
  const row = tableJoinRow('left', () => undefined, true)
  const operator = openOperator(tableJoinOperator({ row, other: storeTableView('s'), sendOldValues: false, isVersioned: false }))
  assert.throws(() => operator.process('k', change('n')), { code: 'UNDEFINED_RETURNED', message: /the joiner of leftJoin\(\)/ })
})

test('tableMergeOperator passes changes on, or keeps them', () => {
  const passing = openOperator(tableMergeOperator({ store: null, sendOldValues: false }), { store: null })
  passing.process('k', change('n', 'p', false), { timestamp: 5 })
  assert.deepEqual(passing.forwarded(), ['k: n <- null (late) @5/1'])

  const keeping = openOperator(tableMergeOperator({ store: 's', sendOldValues: true }))
  keeping.process('k', change('n', 'p'), { timestamp: 5 })
  assert.deepEqual(keeping.forwarded(), ['k: n <- p @5/1'])
  assert.equal(keeping.store.get('k'), 'n')
})
