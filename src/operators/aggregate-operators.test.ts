import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isMillraceError } from '../base/errors.ts'
import { recordHeaders } from '../record/record-headers.ts'
import type { Serde } from '../serdes/serde.ts'
import { serdes } from '../serdes/serdes.ts'
import { change, openOperator } from './contract.ts'
import { streamAggregateOperator } from './stream-aggregate-operator.ts'
import { streamReduceOperator } from './stream-reduce-operator.ts'
import { tableAggregateOperator } from './table-aggregate-operator.ts'
import { tableReduceOperator } from './table-reduce-operator.ts'

const numbers = { value: serdes.int64 as Serde<unknown> }
const withOld = { store: 's', sendOldValues: true }
const withoutOld = { store: 's', sendOldValues: false }

const count = { initializer: (): unknown => 0, aggregator: (_key: unknown, _value: unknown, n: unknown): unknown => (n as number) + 1 }
const tableCount = {
  initializer: count.initializer,
  adder: count.aggregator,
  subtractor: (_key: unknown, _value: unknown, n: unknown): unknown => (n as number) - 1,
}
const list = {
  initializer: (): unknown => '',
  adder: (_key: unknown, value: unknown, all: unknown): unknown => `${String(all)}+${String(value)}`,
  subtractor: (_key: unknown, value: unknown, all: unknown): unknown => `${String(all)}-${String(value)}`,
}

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => isMillraceError(error) && error.code === code
}

describe('streamAggregateOperator', () => {
  test('drops records without key or value', () => {
    const operator = openOperator(streamAggregateOperator({ ...count, ...withOld }), { store: numbers })
    operator.process(null, 'v')
    operator.process('k', null)
    assert.deepEqual(operator.dropped, ['null key or value', 'null key or value'])
    assert.deepEqual(operator.forwarded(), [])
  })

  test('forwards with the greatest timestamp, the headers of the record, and the initial value as the first old one', () => {
    const operator = openOperator(streamAggregateOperator({ ...count, ...withOld }), { store: numbers })
    operator.process('k', 'a', { timestamp: 5, headers: recordHeaders([['h', '1']]) })
    operator.process('k', 'b', { timestamp: 3 })
    operator.process('l', 'c', { timestamp: 1 })
    assert.deepEqual(operator.forwarded(), ['k: 1 <- 0 @5/1 #h', 'k: 2 <- 1 @5/2', 'l: 1 <- 0 @1/3'])
    assert.equal(operator.store.get('k'), 2)
    assert.deepEqual(
      operator.opened.changelog.map(({ key, timestamp }) => `${key}@${timestamp}`),
      ['k@5', 'k@5', 'l@1'],
    )
  })

  test('does not tell old values where nobody needs them', () => {
    const operator = openOperator(streamAggregateOperator({ ...count, ...withoutOld }), { store: numbers })
    operator.process('k', 'a')
    operator.process('k', 'a')
    assert.deepEqual(operator.forwarded(), ['k: 1 <- null @0/1', 'k: 2 <- null @0/2'])
  })

  test('an aggregator that returns null deletes, and the next record starts anew', () => {
    const aggregator = (_key: unknown, value: unknown, all: unknown): unknown => (value === 'end' ? null : `${String(all)}${String(value)}`)
    const operator = openOperator(streamAggregateOperator({ initializer: () => '>', aggregator, ...withOld }))
    operator.process('k', 'a', { timestamp: 5 })
    operator.process('k', 'end', { timestamp: 4 })
    operator.process('k', 'b', { timestamp: 1 })
    assert.deepEqual(operator.forwarded(), ['k: >a <- > @5/1', 'k: null <- >a @5/2', 'k: >b <- > @1/3'])
    assert.deepEqual(
      operator.opened.changelog.map(({ value, timestamp }) => [value, timestamp]),
      [
        ['>a', 5],
        [null, 4],
        ['>b', 1],
      ],
    )
  })

  test('with a cache forwards the last count of each key, old values as the store had them', () => {
    const operator = openOperator(streamAggregateOperator({ ...count, ...withOld }), { store: numbers, cacheBytes: 10_000 })
    for (const timestamp of [5, 7, 6]) operator.process('k', 'a', { timestamp })
    assert.deepEqual(operator.forwarded(), [])
    operator.opened.state.flushCaches()
    operator.process('k', 'a', { timestamp: 1 })
    operator.opened.state.flushCaches()
    assert.deepEqual(operator.forwarded(), ['k: 3 <- null @7/3', 'k: 4 <- 3 @7/4'])
  })

  test('undefined and promises throw, and the store stays as it was', () => {
    const broken = [
      streamAggregateOperator({ ...count, initializer: () => undefined, ...withOld }),
      streamAggregateOperator({ ...count, aggregator: () => undefined, ...withOld }),
    ]
    for (const factory of broken) {
      const operator = openOperator(factory, { store: numbers })
      assert.throws(() => operator.process('k', 'v'), hasCode('UNDEFINED_RETURNED'))
      assert.equal(operator.opened.changelog.length, 0)
    }
    const promising = openOperator(streamAggregateOperator({ ...count, aggregator: () => Promise.resolve(1), ...withOld }))
    assert.throws(() => promising.process('k', 'v'), hasCode('PROMISE_RETURNED'))
  })
})

describe('streamReduceOperator', () => {
  const reducer = (left: unknown, right: unknown): unknown => (right === 'end' ? null : `${String(left)}${String(right)}`)

  test('keeps the first value as it is, then reduces', () => {
    const operator = openOperator(streamReduceOperator({ reducer, ...withOld }))
    operator.process('k', 'a', { timestamp: 5 })
    operator.process('k', 'b', { timestamp: 4 })
    operator.process('k', 'end', { timestamp: 9 })
    operator.process('k', 'c', { timestamp: 3 })
    operator.process(null, 'c')
    operator.process('k', null)
    assert.deepEqual(operator.forwarded(), ['k: a <- null @5/1', 'k: ab <- a @5/2', 'k: null <- ab @9/3', 'k: c <- null @3/4'])
    assert.equal(operator.dropped.length, 2)
  })
})

describe('tableAggregateOperator', () => {
  test('subtracts the old value before it adds the new one', () => {
    const operator = openOperator(tableAggregateOperator({ ...list, ...withOld }))
    operator.process('g', change('a', null), { timestamp: 5 })
    operator.process('g', change('b', 'a'), { timestamp: 3 })
    operator.process('g', change(null, 'b'), { timestamp: 9 })
    assert.deepEqual(operator.forwarded(), ['g: +a <- null @5/1', 'g: +a-a+b <- +a @5/2', 'g: +a-a+b-b <- +a-a+b @9/3'])
  })

  test('does not subtract where there is no aggregate, and starts anew after null', () => {
    const subtractor = (): unknown => null
    const operator = openOperator(tableAggregateOperator({ ...list, subtractor, ...withOld }))
    operator.process('g', change(null, 'a'), { timestamp: 5 })
    operator.process('g', change('b', 'a'), { timestamp: 6 })
    operator.process('g', change('c', 'b'), { timestamp: 4 })
    operator.process('g', change(null, 'c'), { timestamp: 3 })
    assert.deepEqual(operator.forwarded(), ['g: null <- null @5/1', 'g: +b <- null @6/2', 'g: +c <- +b @6/3', 'g: null <- +c @6/4'])
    assert.equal(operator.store.get('g'), null)
  })

  test('counts', () => {
    const operator = openOperator(tableAggregateOperator({ ...tableCount, ...withoutOld }), { store: numbers })
    for (const given of [change('a'), change('b'), change('c', 'a'), change(null, 'b')]) operator.process('g', given)
    assert.deepEqual(operator.forwarded(), ['g: 1 <- null @0/1', 'g: 2 <- null @0/2', 'g: 2 <- null @0/3', 'g: 1 <- null @0/4'])
  })

  test('a change without a key throws TABLE_KEY_NULL', () => {
    const operator = openOperator(tableAggregateOperator({ ...list, ...withOld }))
    assert.throws(() => operator.process(null, change('a')), hasCode('TABLE_KEY_NULL'))
  })
})

describe('tableReduceOperator', () => {
  const adder = (all: unknown, value: unknown): unknown => `${String(all)}+${String(value)}`
  const subtractor = (all: unknown, value: unknown): unknown => (value === 'all' ? null : `${String(all)}-${String(value)}`)

  test('keeps the first value as it is, subtracts before it adds', () => {
    const operator = openOperator(tableReduceOperator({ adder, subtractor, ...withOld }))
    operator.process('g', change('a'), { timestamp: 5 })
    operator.process('g', change('b'), { timestamp: 4 })
    operator.process('g', change('c', 'a'), { timestamp: 3 })
    operator.process('g', change('d', 'all'), { timestamp: 9 })
    operator.process('g', change(null, 'all'), { timestamp: 1 })
    operator.process('g', change(null, 'x'), { timestamp: 2 })
    assert.deepEqual(operator.forwarded(), [
      'g: a <- null @5/1',
      'g: a+b <- a @5/2',
      'g: a+b-a+c <- a+b @5/3',
      'g: d <- a+b-a+c @9/4',
      'g: null <- d @9/5',
      'g: null <- null @2/6',
    ])
  })

  test('a change without a key throws TABLE_KEY_NULL', () => {
    const operator = openOperator(tableReduceOperator({ adder, subtractor, ...withOld }))
    assert.throws(() => operator.process(null, change('a')), hasCode('TABLE_KEY_NULL'))
  })
})
