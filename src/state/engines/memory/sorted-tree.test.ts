import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Prng } from '../../../base/prng.ts'
import { ByteSlice } from '../../byte-slice.ts'
import { ModelStore, rowsIn, slice, textOf, textRange, type TextRow } from '../../contract.ts'
import { allKeys } from '../../key-range.ts'
import { SortedTree } from './sorted-tree.ts'

function keyOf(number: number): string {
  return number.toString(36).padStart(5, '0')
}

/** Keys that differ after a shared beginning, late or early, and are long or short; in the order of their numbers they are in none. */
function oddKeyOf(number: number): string {
  const digits = number.toString(3)
  return number % 5 === 0 ? digits : `${number % 3 === 0 ? 'customer-' : ''}${digits}${'\u00ff'.repeat(number % 4)}`
}

describe('SortedTree', () => {
  test('keeps order and snapshots through thousands of splits and removals', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (seed) => {
        const random = new Prng(seed)
        const tree = new SortedTree()
        const model = new ModelStore()
        const closing: ReturnType<SortedTree['scan']>[] = []
        const scans: { cursor: ReturnType<SortedTree['scan']>; expected: TextRow[] }[] = []
        // More rows than two levels hold; later phases remove more than they write, so that nodes become empty.
        for (let round = 0; round < 30_000; round++) {
          const key = keyOf(round < 6000 ? round : random.below(9000))
          if (random.chance(round < 15_000 ? 0.2 : 0.8)) assert.equal(tree.remove(slice(key)), model.rows.delete(key))
          else {
            const value = 'v'.repeat(random.below(20))
            tree.put(slice(key), slice(value))
            model.put(key, value)
          }
          // Scans that are closed, at once or after writes, must not change what others see.
          if (random.chance(0.01)) closing.push(tree.scan(allKeys, false))
          if (closing.length > 0 && random.chance(0.02)) closing.splice(random.below(closing.length), 1)[0]!.close()
          if (random.chance(0.01)) tree.scan(allKeys, random.chance(0.5)).close()
          if (random.chance(0.0005)) {
            const range = textRange(keyOf(random.below(9000)), random.chance(0.5) ? null : keyOf(random.below(9000)))
            const isReverse = random.chance(0.5)
            scans.push({ cursor: tree.scan(range, isReverse), expected: model.scan(range, isReverse) })
          }
        }
        for (const { cursor, expected } of scans) assert.deepEqual(rowsIn(cursor), expected)
        assert.deepEqual(rowsIn(tree.scan(allKeys, false)), model.scan(allKeys, false))
        assert.equal(tree.rowCount, model.rows.size)
        for (const key of model.rows.keys()) assert.equal(tree.remove(slice(key)), true)
        assert.equal(tree.rowCount, 0)
        assert.deepEqual(rowsIn(tree.scan(allKeys, true)), [])
      }),
      { numRuns: 4 },
    )
  })

  test('orders keys of all lengths, with much or nothing in common', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (seed) => {
        const random = new Prng(seed)
        const tree = new SortedTree()
        const model = new ModelStore()
        for (let round = 0; round < 6000; round++) {
          const key = oddKeyOf(random.below(50_000))
          if (random.chance(0.3)) assert.equal(tree.remove(slice(key)), model.rows.delete(key))
          else {
            tree.put(slice(key), slice(`${round}`))
            model.put(key, `${round}`)
          }
        }
        assert.deepEqual(rowsIn(tree.scan(allKeys, false)), model.scan(allKeys, false))
        for (let check = 0; check < 50; check++) {
          const range = textRange(oddKeyOf(random.below(50_000)), oddKeyOf(random.below(50_000)))
          const isReverse = random.chance(0.5)
          assert.deepEqual(rowsIn(tree.scan(range, isReverse)), model.scan(range, isReverse))
        }
      }),
      { numRuns: 3 },
    )
  })

  test('takes rows that come in order, whatever happens at its ends in between', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (seed) => {
        const random = new Prng(seed)
        const tree = new SortedTree()
        const model = new ModelStore()
        const scans: { cursor: ReturnType<SortedTree['scan']>; expected: TextRow[] }[] = []
        const put = (key: string, value: string): void => {
          tree.put(slice(key), slice(value))
          model.put(key, value)
        }
        let next = 0
        for (let round = 0; round < 300; round++) {
          for (let count = random.below(150); count > 0; count--) put(keyOf(next++), `${round}`)
          const last = [...model.rows.keys()].toSorted().slice(-random.below(130))
          if (random.chance(0.2)) for (const key of last) assert.equal(tree.remove(slice(key)), model.rows.delete(key))
          if (random.chance(0.2)) put(keyOf(random.below(next + 1)), `again ${round}`)
          if (random.chance(0.05)) scans.push({ cursor: tree.scan(allKeys, false), expected: model.scan(allKeys, false) })
          if (random.chance(0.05)) tree.scan(allKeys, true).close()
          if (random.chance(0.02)) {
            const bound = keyOf(random.chance(0.5) ? next : random.below(next + 1))
            tree.removeBelow(Buffer.from(bound))
            for (const key of model.rows.keys()) if (key < bound) model.rows.delete(key)
          }
        }
        for (const { cursor, expected } of scans) assert.deepEqual(rowsIn(cursor), expected)
        assert.deepEqual(rowsIn(tree.scan(allKeys, false)), model.scan(allKeys, false))
        assert.equal(tree.rowCount, model.rows.size)
      }),
      { numRuns: 10 },
    )
  })

  test('keeps tombstones as rows of their own', () => {
    const tree = new SortedTree()
    tree.put(slice('a'), slice('1'))
    tree.put(slice('a'), null)
    tree.put(slice('b'), null)
    tree.put(slice('b'), slice('2'))
    const found = new ByteSlice()
    assert.equal(tree.get(slice('a'), found), false)
    assert.equal(tree.get(slice('b'), found), true)
    assert.equal(textOf(found), '2')
    const cursor = tree.scan(allKeys, false)
    assert.equal(cursor.next() && cursor.isTombstone, true)
    assert.equal(cursor.next() && !cursor.isTombstone, true)
    assert.equal(cursor.next(), false)
    assert.equal(tree.remove(slice('a')), true)
    assert.equal(tree.rowCount, 1)
  })

  test('holds values far larger than a leaf', () => {
    const tree = new SortedTree()
    const sizes = Array.from({ length: 200 }, (_, index) => (index * 7919) % 100_000)
    sizes.forEach((size, index) => tree.put(slice(keyOf(index)), slice('x'.repeat(size))))
    sizes.forEach((size, index) => tree.put(slice(keyOf(index)), slice('y'.repeat(size * 2))))
    const found = new ByteSlice()
    sizes.forEach((size, index) => {
      assert.equal(tree.get(slice(keyOf(index)), found), true)
      assert.equal(found.length, size * 2)
    })
  })
})
