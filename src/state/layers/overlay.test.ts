import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ByteSlice } from '../byte-slice.ts'
import { ModelStore, rowsIn, slice, someKey, someRange, someValue, textOf } from '../contract.ts'
import { memoryEngines } from '../engines/memory/memory-engine.ts'
import { allKeys, type KeyRange } from '../key-range.ts'
import { withOverlay } from './overlay.ts'

type Step =
  | { readonly kind: 'put'; readonly key: string; readonly value: string | null }
  | { readonly kind: 'expire'; readonly below: string }
  | { readonly kind: 'scan'; readonly range: KeyRange; readonly isReverse: boolean }
  | { readonly kind: 'apply' | 'drop' }

const someStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('put' as const), key: someKey, value: someValue }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('expire' as const), below: someKey }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('scan' as const), range: someRange, isReverse: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('apply' as const, 'drop' as const) }) },
)

/** Runs `steps` and the same on a sorted map, whose mark the overlay knows until it is dropped. */
function run(steps: readonly Step[]): void {
  const engine = memoryEngines.open('0_0')
  const base = engine.store('s')
  const overlay = withOverlay(base)
  let committed = new ModelStore()
  let current = new ModelStore()
  const found = new ByteSlice()
  for (const step of steps) {
    if (step.kind === 'put' && step.key >= committed.below) {
      overlay.put(slice(step.key), step.value === null ? null : slice(step.value))
      current.put(step.key, step.value)
    } else if (step.kind === 'expire') {
      overlay.expireBelow(Buffer.from(step.below, 'latin1'))
      current.expire(step.below)
    } else if (step.kind === 'scan') {
      const expected = current.scan(step.range, step.isReverse)
      assert.deepEqual(rowsIn(overlay.scan(step.range, step.isReverse)), expected)
    } else if (step.kind === 'apply') {
      engine.apply([{ store: 's', rows: overlay.changes(), meta: null, expiredBelow: overlay.expiredBelow }])
      overlay.drop()
      committed = current.copy()
    } else if (step.kind === 'drop') {
      overlay.drop()
      current = committed.copy()
    }
    assert.equal(overlay.rowCount, current.rows.size)
  }
  assert.deepEqual(rowsIn(overlay.scan(allKeys, false)), current.scan(allKeys, false))
  assert.deepEqual(rowsIn(base.scan(allKeys, false)), committed.scan(allKeys, false))
  for (const key of [...current.rows.keys(), ...committed.rows.keys()]) {
    assert.equal(overlay.get(slice(key), found) ? textOf(found) : undefined, current.rows.get(key))
  }
}

describe('withOverlay()', () => {
  test('shows a sorted map with its mark of expiry, counts its rows, and forgets both when dropped', () => {
    fc.assert(
      fc.property(fc.array(someStep, { maxLength: 80, size: 'max' }), (steps) => run(steps)),
      { numRuns: 300 },
    )
  })

  test('hides rows below the mark, and what is put there, until it is dropped', () => {
    const engine = memoryEngines.open('0_0')
    const overlay = withOverlay(engine.store('s'))
    for (const key of ['a', 'b', 'c']) overlay.put(slice(key), slice('1'))
    const before = overlay.scan(allKeys, false)
    assert.equal(overlay.expiredBelow, null)
    overlay.expireBelow(Buffer.from('b'))
    overlay.expireBelow(Buffer.from('a'))
    overlay.put(slice('aa'), slice('2'))
    assert.deepEqual(overlay.expiredBelow, Buffer.from('b'))
    assert.deepEqual(
      rowsIn(overlay.scan(allKeys, true)).map(([key]) => key),
      ['c', 'b'],
    )
    assert.equal(rowsIn(before).length, 3)
    overlay.drop()
    assert.equal(overlay.expiredBelow, null)
    overlay.put(slice('aa'), slice('2'))
    assert.deepEqual(rowsIn(overlay.scan(allKeys, false)), [['aa', '2']])
  })
})
