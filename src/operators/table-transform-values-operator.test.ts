import assert from 'node:assert/strict'
import test from 'node:test'
import { change, openOperator } from './contract.ts'
import { storeTableView } from './views/store-table-view.ts'
import { type OpenTransformer, tableTransformValuesOperator, transformedTableView } from './table-transform-values-operator.ts'

/** Says how often it was called, with what, and what it knows of the record. */
function counting(): OpenTransformer {
  return (context) => {
    let calls = 0
    return (value, key) => `${++calls}:${String(key)}=${String(value)}@${context.recordContext.timestamp}`
  }
}

test('tableTransformValuesOperator is called for deletions, too', () => {
  const operator = openOperator(tableTransformValuesOperator({ open: counting(), store: null, sendOldValues: false }), { store: null })
  operator.process('k', change('v', 'old'), { timestamp: 3 })
  operator.process('k', change(null, 'v', false), { timestamp: 4 })
  assert.deepEqual(operator.forwarded(), ['k: 1:k=v@3 <- null @3/1', 'k: 2:k=null@4 <- null (late) @4/2'])
})

test('tableTransformValuesOperator without a store is called again on the old value', () => {
  const operator = openOperator(tableTransformValuesOperator({ open: counting(), store: null, sendOldValues: true }), { store: null })
  operator.process('k', change('v', 'old'), { timestamp: 3 })
  assert.deepEqual(operator.forwarded(), ['k: 1:k=v@3 <- 2:k=old@3 @3/1'])
})

test('tableTransformValuesOperator with a store takes the old value from there', () => {
  const operator = openOperator(tableTransformValuesOperator({ open: counting(), store: 's', sendOldValues: true }))
  operator.process('k', change('v', 'old'), { timestamp: 3 })
  operator.process('k', change('w', 'v'), { timestamp: 4 })
  assert.deepEqual(operator.forwarded(), ['k: 1:k=v@3 <- null @3/1', 'k: 2:k=w@4 <- 1:k=v@3 @4/2'])
  assert.equal(operator.store.get('k'), '2:k=w@4')
})

test('tableTransformValuesOperator refuses a function that returns nothing', () => {
  const operator = openOperator(tableTransformValuesOperator({ open: () => () => undefined, store: null, sendOldValues: false }), {
    store: null,
  })
  assert.throws(() => operator.process('k', change('v')), { code: 'UNDEFINED_RETURNED' })
})

test('transformedTableView calls a function of its own, with the time of the row, or none', () => {
  const source = transformedTableView(storeTableView('s'), counting())
  assert.deepEqual(source.stores(), ['s'])
  const operator = openOperator((context) => {
    const view = source.open(context)
    return {
      process: (record) => {
        const value = view.get(record.key)
        context.forward(record.withValue(`${String(value)} ${view.foundTimestamp} ${context.recordContext.timestamp}`))
      },
    }
  })
  operator.opened.record.timestamp = 7
  operator.store.put('k', 'v')
  operator.process('k', null, { timestamp: 9 })
  operator.process('other', null, { timestamp: 9 })
  assert.deepEqual(operator.forwarded(), ['k: 1:k=v@7 7 9 @9/1', 'other: 2:other=null@-1 -1 9 @9/2'])
})
