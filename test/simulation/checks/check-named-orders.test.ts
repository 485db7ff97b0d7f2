import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkNamedOrders, modelOfNamedOrders, type NamedOrdersInput } from './check-named-orders.ts'
import type { Observed } from './observed.ts'

const input: NamedOrdersInput = {
  orders: [
    { key: 'a', value: 'x0' },
    { key: 'b', value: 'y1' },
    { key: 'a', value: 'x2' },
    { key: 'c', value: 'x3' },
    { key: 'c', value: null },
  ],
  customers: [
    { key: 'x', value: 'n0' },
    { key: 'x', value: 'n1' },
  ],
  isLeft: false,
}

function outputs(...values: readonly (string | null)[]): readonly Observed<string | null>[] {
  return values.map((value) => ({ key: 'a', value, timestamp: 0, partition: 0 }))
}

test('modelOfNamedOrders has the rows of the join', () => {
  assert.deepEqual([...modelOfNamedOrders(input)], [['a', 'x2=n1']])
  assert.deepEqual(
    [...modelOfNamedOrders({ ...input, isLeft: true })],
    [
      ['a', 'x2=n1'],
      ['b', 'y1=?'],
    ],
  )
})

test('checkNamedOrders accepts any path to the join, and finds what never was', () => {
  assert.deepEqual(checkNamedOrders(input, outputs('x0=n0', null, 'x2=n0', 'x2=n1')), [])
  assert.match(checkNamedOrders(input, outputs('x0=n0'))[0]!, /ends as x0=n0, not x2=n1/)
  assert.match(checkNamedOrders(input, outputs('x2=n1', null))[0]!, /ends as null/)
  assert.match(checkNamedOrders(input, outputs('x2=n0', 'x0=n1', 'x2=n1'))[0]!, /goes back to x0/)
  assert.match(checkNamedOrders(input, outputs('x9=n0', 'x2=n1'))[0]!, /never was x9/)
  assert.match(checkNamedOrders(input, outputs('x0=?', 'x2=n1'))[0]!, /customer "x" never was \?/)
})

test('checkNamedOrders lets a row of an inner join stay whose customer was deleted, but none of a left join', () => {
  const deleted: NamedOrdersInput = { ...input, customers: [...input.customers, { key: 'x', value: null }] }
  assert.deepEqual(checkNamedOrders(deleted, outputs('x0=n0', 'x2=n1')), [])
  assert.match(checkNamedOrders({ ...deleted, isLeft: true }, outputs('x0=n0', 'x2=n1'))[0]!, /ends as x2=n1, not x2=\?/)
  const gone: NamedOrdersInput = { ...deleted, orders: [...input.orders, { key: 'a', value: null }] }
  assert.match(checkNamedOrders(gone, outputs('x2=n1'))[0]!, /ends as x2=n1, not null/)
})
