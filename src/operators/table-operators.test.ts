import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { recordHeaders } from '../record/record-headers.ts'
import { change, openOperator } from './contract.ts'
import { tableFilterOperator } from './table-filter-operator.ts'
import { tableGroupByOperator } from './table-group-by-operator.ts'
import { tableMapValuesOperator } from './table-map-values-operator.ts'
import { tableSourceOperator } from './table-source-operator.ts'

const stored = { store: 's', sendOldValues: false }
const storedWithOld = { store: 's', sendOldValues: true }
const notStored = { store: null, sendOldValues: false }
const notStoredWithOld = { store: null, sendOldValues: true }

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => isMillraceError(error) && error.code === code
}

describe('tableSourceOperator', () => {
  test('drops a record without a key, and deletes for one without a value', () => {
    const operator = openOperator(tableSourceOperator(storedWithOld))
    operator.process(null, 'v')
    operator.process('k', 'v', { timestamp: 5, headers: recordHeaders([['h', '1']]) })
    operator.process('k', null, { timestamp: 6 })
    operator.process('k', null, { timestamp: 7 })
    assert.deepEqual(operator.dropped, ['null key'])
    assert.deepEqual(operator.forwarded(), ['k: v <- null @5/2 #h', 'k: null <- v @6/3', 'k: null <- null @7/4'])
    assert.equal(operator.store.get('k'), null)
    assert.deepEqual(
      operator.opened.changelog.map(({ value, timestamp }) => [value, timestamp]),
      [
        ['v', 5],
        [null, 6],
        [null, 7],
      ],
    )
  })

  test('applies an update that is older than the row, with a warning', () => {
    const operator = openOperator(tableSourceOperator(stored))
    operator.process('k', 'new', { timestamp: 9 })
    operator.process('k', 'old', { timestamp: 8 })
    assert.deepEqual(operator.forwarded(), ['k: new <- null @9/1', 'k: old <- null @8/2'])
    assert.equal(operator.store.get('k'), 'old')
    assert.deepEqual(operator.warnings, ['A table update is older than the row that it replaces'])
  })

  test('without a store forwards the new value alone', () => {
    const operator = openOperator(tableSourceOperator(notStored), { store: null })
    operator.process('k', 'a')
    operator.process('k', null)
    operator.process(null, 'a')
    assert.deepEqual(operator.forwarded(), ['k: a <- null @0/1', 'k: null <- null @0/2'])
    assert.deepEqual(operator.dropped, ['null key'])
  })

  test('with a cache forwards when it is flushed, in the context of the last update of each key', () => {
    const operator = openOperator(tableSourceOperator(storedWithOld), { cacheBytes: 10_000 })
    operator.process('a', '1', { timestamp: 5 })
    operator.process('b', '2', { timestamp: 9 })
    operator.process('a', '3', { timestamp: 4, headers: recordHeaders([['h', '1']]) })
    assert.deepEqual(operator.forwarded(), [])
    operator.opened.state.flushCaches()
    assert.deepEqual(operator.forwarded(), ['b: 2 <- null @9/2', 'a: 3 <- null @4/3 #h'])
    operator.process('a', null, { timestamp: 11 })
    operator.process('c', null, { timestamp: 12 })
    operator.opened.state.flushCaches()
    assert.deepEqual(operator.forwarded(), ['a: null <- 3 @11/4'])
  })

  test('with a cache of no bytes forwards at once, but no deletion of nothing', () => {
    const operator = openOperator(tableSourceOperator(storedWithOld), { cacheBytes: 0 })
    operator.process('a', '1')
    operator.process('a', '2')
    operator.process('b', null)
    assert.deepEqual(operator.forwarded(), ['a: 1 <- null @0/1', 'a: 2 <- 1 @0/2'])
  })
})

describe('tableFilterOperator', () => {
  const predicate = (_key: unknown, value: unknown): boolean => value !== 'no'

  test('without old values forwards a deletion for all that does not pass', () => {
    const operator = openOperator(tableFilterOperator({ predicate, isVersioned: false, ...notStored }), { store: null })
    operator.process('k', change('yes'), { timestamp: 5 })
    operator.process('k', change('no'))
    operator.process('k', change(null))
    operator.process('k', change('late', null, false))
    assert.deepEqual(operator.forwarded(), [
      'k: yes <- null @5/1',
      'k: null <- null @0/2',
      'k: null <- null @0/3',
      'k: late <- null (late) @0/4',
    ])
  })

  test('with old values filters them too, and forwards nothing where there was and is nothing', () => {
    const operator = openOperator(tableFilterOperator({ predicate, isVersioned: false, ...notStoredWithOld }), { store: null })
    operator.process('k', change('no', null))
    operator.process('k', change('yes', 'no'))
    operator.process('k', change('no', 'yes'))
    operator.process('k', change(null, 'no'))
    assert.deepEqual(operator.forwarded(), ['k: yes <- null @0/2', 'k: null <- yes @0/3'])
  })

  test('of versions forwards a deletion that deletes nothing, too', () => {
    const operator = openOperator(tableFilterOperator({ predicate, isVersioned: true, ...notStoredWithOld }), { store: null })
    operator.process('k', change('no', null))
    operator.process('k', change('no', null, false))
    assert.deepEqual(operator.forwarded(), ['k: null <- null @0/1', 'k: null <- null (late) @0/2'])
  })

  test('with a store takes the old value from there', () => {
    const operator = openOperator(tableFilterOperator({ predicate, isVersioned: false, ...storedWithOld }))
    operator.process('k', change('a', 'ignored'), { timestamp: 3 })
    operator.process('k', change('no', 'ignored'), { timestamp: 4 })
    operator.process('k', change('no', 'ignored'), { timestamp: 5 })
    assert.deepEqual(operator.forwarded(), ['k: a <- null @3/1', 'k: null <- a @4/2'])
    assert.equal(operator.opened.changelog.length, 2)
  })
})

describe('tableMapValuesOperator', () => {
  test('is not called for deletions, and keeps them', () => {
    let calls = 0
    const mapper = (value: unknown, key: unknown): unknown => {
      calls++
      return `${String(key)}${String(value)}`
    }
    const operator = openOperator(tableMapValuesOperator({ mapper, ...notStoredWithOld }), { store: null })
    operator.process('k', change('1', null), { timestamp: 2 })
    operator.process('k', change('2', '1'))
    operator.process('k', change(null, '2', false))
    assert.deepEqual(operator.forwarded(), ['k: k1 <- null @2/1', 'k: k2 <- k1 @0/2', 'k: null <- k2 (late) @0/3'])
    assert.equal(calls, 4)
  })

  test('with a store keeps what it has computed; null deletes the row', () => {
    const mapper = (value: unknown): unknown => (value === 'gone' ? null : `<${String(value)}>`)
    const operator = openOperator(tableMapValuesOperator({ mapper, ...storedWithOld }))
    operator.process('k', change('1', 'ignored'), { timestamp: 2 })
    operator.process('k', change('gone'), { timestamp: 3 })
    assert.deepEqual(operator.forwarded(), ['k: <1> <- null @2/1', 'k: null <- <1> @3/2'])
    assert.equal(operator.store.get('k'), null)
  })

  test('a promise or undefined throws', () => {
    const promising = openOperator(tableMapValuesOperator({ mapper: () => Promise.resolve(1), ...notStored }), { store: null })
    assert.throws(() => promising.process('k', change('1')), hasCode('PROMISE_RETURNED'))
    const filter = openOperator(
      tableFilterOperator({ isVersioned: false, predicate: (() => Promise.resolve(false)) as never, ...notStored }),
      { store: null },
    )
    assert.throws(() => filter.process('k', change('1')), hasCode('PROMISE_RETURNED'))
    const empty = openOperator(tableMapValuesOperator({ mapper: () => undefined, ...stored }))
    assert.throws(() => empty.process('k', change('1')), hasCode('UNDEFINED_RETURNED'))
    assert.equal(empty.opened.changelog.length, 0)
  })
})

describe('tableGroupByOperator', () => {
  const selector = (key: unknown, value: unknown): [unknown, unknown] => {
    const [group = '', amount] = String(value).split('=')
    return [group === 'none' ? null : group, amount === undefined ? null : `${String(key)}${amount}`]
  }

  test('removes from the old group first, then adds to the new one', () => {
    const operator = openOperator(tableGroupByOperator({ selector, isVersioned: false }), { store: null })
    operator.process('k', change('x=1', null), { timestamp: 5, headers: recordHeaders([['h', '1']]) })
    operator.process('k', change('y=2', 'x=1'))
    operator.process('k', change(null, 'y=2'))
    assert.deepEqual(operator.forwarded(), ['x: k1 <- null @5/1 #h', 'x: null <- k1 @0/2', 'y: k2 <- null @0/2', 'y: null <- k2 @0/3'])
  })

  test('makes one change where the group stays the same, objects compared by what is in them', () => {
    const operator = openOperator(tableGroupByOperator({ selector, isVersioned: false }), { store: null })
    operator.process('k', change('x=2', 'x=1'))
    assert.deepEqual(operator.forwarded(), ['x: k2 <- k1 @0/1'])
    const byObject = openOperator(tableGroupByOperator({ selector: (_key, value) => [{ group: 1 }, value], isVersioned: false }), {
      store: null,
    })
    byObject.process('k', change('b', 'a'))
    assert.deepEqual(byObject.forwarded(), ['{"group":1}: b <- a @0/1'])
  })

  test('makes two changes where older instances read them', () => {
    const operator = openOperator(tableGroupByOperator({ selector, isVersioned: false }), { store: null, upgradeFrom: '3.4' })
    operator.process('k', change('x=2', 'x=1'))
    assert.deepEqual(operator.forwarded(), ['x: null <- k1 @0/1', 'x: k2 <- null @0/1'])
  })

  test('leaves out versions that come late', () => {
    const operator = openOperator(tableGroupByOperator({ selector, isVersioned: true }), { store: null })
    operator.process('k', change('x=2', 'x=1', false))
    operator.process('k', change('x=2', 'x=1'))
    assert.deepEqual(operator.forwarded(), ['x: k2 <- k1 @0/2'])
  })

  test('leaves out a side whose new key or value is null', () => {
    const operator = openOperator(tableGroupByOperator({ selector, isVersioned: false }), { store: null })
    operator.process('k', change('none=1', 'x=1'))
    operator.process('k', change('x', 'none=1'))
    operator.process('k', change(null, null))
    assert.deepEqual(operator.forwarded(), ['x: null <- k1 @0/1'])
  })

  test('a change without a key throws TABLE_KEY_NULL', () => {
    const operator = openOperator(tableGroupByOperator({ selector, isVersioned: false }), { store: null })
    assert.throws(() => operator.process(null, change('x=1')), hasCode('TABLE_KEY_NULL'))
  })
})
