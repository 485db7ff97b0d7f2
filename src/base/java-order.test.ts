import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { inHashOrder, javaHashCode, JavaTreeSet } from './java-order.ts'

test('javaHashCode() gives what String.hashCode gives', () => {
  assert.equal(javaHashCode(''), 0)
  assert.equal(javaHashCode('hello'), 99_162_322)
  assert.equal(javaHashCode('KSTREAM-SOURCE-0000000000'), 1_861_603_632)
  assert.equal(javaHashCode('\u{1f600}'), 1_772_899)
})

test('inHashOrder() gives the order of a HashSet, also after it has grown', () => {
  assert.deepEqual(inHashOrder(['orders', 'payments', 'audit-log', 'x']), ['payments', 'x', 'orders', 'audit-log'])
  const many = Array.from({ length: 13 }, (_, index) => `t${index}`)
  assert.equal(inHashOrder(many).join(), 't4,t5,t6,t7,t8,t9,t10,t12,t11,t0,t1,t2,t3')
  // "Aa" and "BB" have the same hash code: the older one comes first.
  assert.deepEqual(inHashOrder(['Aa', 'BB']), ['Aa', 'BB'])
  assert.deepEqual(inHashOrder(['BB', 'Aa']), ['BB', 'Aa'])
})

test('JavaTreeSet keeps distinct values in the order of its comparison', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 50 })), (values) => {
      const set = new JavaTreeSet<number>((left, right) => left - right)
      for (const value of values) set.add(value)
      assert.deepEqual(
        [...set],
        [...new Set(values)].toSorted((left, right) => left - right),
      )
    }),
  )
})

test('JavaTreeSet compares only while it adds: values that change later stay where they are', () => {
  const set = new JavaTreeSet<{ size: number }>((left, right) => right.size - left.size)
  const nodes = [{ size: 1 }, { size: 2 }, { size: 3 }]
  for (const node of nodes) set.add(node)
  for (const node of nodes) node.size = -node.size
  assert.deepEqual(
    Array.from(set, ({ size }) => size),
    [-3, -2, -1],
  )
})
