import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Prng } from '../../../../base/prng.ts'
import { ByteSlice } from '../../../byte-slice.ts'
import { slice, someKey, someRange, someValue, textOf, type TextRow } from '../../../contract.ts'
import { allKeys, type KeyRange } from '../../../key-range.ts'
import type { ChangeCursor } from '../../../sorted-bytes-store.ts'
import { hashOfKey } from '../files/key-hash.ts'
import { RowTable } from './row-table.ts'

const STORE = 7

function put(table: RowTable, key: string, value: string | null): void {
  table.set(slice(key), value === null ? null : slice(value))
}

function get(table: RowTable, key: string): string | null | undefined {
  const bytes = slice(key)
  const row = table.find(bytes, hashOfKey(bytes.buffer, bytes.start, bytes.end, STORE))
  if (row < 0) return undefined
  const value = new ByteSlice()
  return table.readValue(row, value) ? textOf(value) : null
}

function changesIn(cursor: ChangeCursor): TextRow[] {
  const rows: TextRow[] = []
  while (cursor.next()) rows.push([textOf(cursor.key), cursor.isTombstone ? null : textOf(cursor.value)])
  return rows
}

function expectedIn(model: ReadonlyMap<string, string | null>, { from, to, includesTo }: KeyRange, isReverse: boolean): TextRow[] {
  const rows = [...model]
    .filter(([key]) => from === null || key >= from.toString('latin1'))
    .filter(([key]) => to === null || key < to.toString('latin1') || (includesTo && key === to.toString('latin1')))
    .toSorted(([left], [right]) => (left < right ? -1 : 1))
  return isReverse ? rows.toReversed() : rows
}

type Step = { readonly key: string; readonly value: string | null } | { readonly range: KeyRange; readonly isReverse: boolean }

const someStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ key: someKey, value: someValue }) },
  { weight: 1, arbitrary: fc.record({ range: someRange, isReverse: fc.boolean() }) },
)

describe('RowTable', () => {
  test('is a map with tombstones, whose scans see the rows of their opening', () => {
    fc.assert(
      fc.property(fc.array(someStep, { maxLength: 150, size: 'max' }), (steps) => {
        const table = new RowTable(STORE)
        const model = new Map<string, string | null>()
        const scans: { readonly cursor: ChangeCursor; readonly expected: TextRow[] }[] = []
        for (const step of steps) {
          if ('key' in step) {
            put(table, step.key, step.value)
            model.set(step.key, step.value)
            assert.equal(get(table, step.key), step.value)
          } else {
            scans.push({ cursor: table.scan(step.range, step.isReverse), expected: expectedIn(model, step.range, step.isReverse) })
          }
        }
        for (const { cursor, expected } of scans) assert.deepEqual(changesIn(cursor), expected)
        assert.equal(table.rowCount, model.size)
        assert.equal(table.tombstones, [...model.values()].filter((value) => value === null).length)
        for (const [key, value] of model) assert.equal(get(table, key), value)
      }),
      { numRuns: 300 },
    )
  })

  test('orders many keys that differ early, late, or by their lengths only', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (seed) => {
        const random = new Prng(seed)
        const table = new RowTable(STORE)
        const model = new Map<string, string | null>()
        for (let round = 0; round < 4; round++) {
          for (let index = 0; index < 1500; index++) {
            const number = random.below(4000)
            const key = number % 3 === 0 ? `customer-${number}-invoice` : `customer-${'\0'.repeat(number % 5)}${number % 7}`
            put(table, key, `${round}`)
            model.set(key, `${round}`)
          }
          assert.deepEqual(changesIn(table.scan(allKeys, false)), expectedIn(model, allKeys, false))
        }
      }),
      { numRuns: 5 },
    )
  })

  test('takes rows in the order of their keys, until one is not', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (seed) => {
        const random = new Prng(seed)
        const table = new RowTable(STORE)
        const model = new Map<string, string | null>()
        const ordered = 200 + random.below(300)
        for (let index = 0; index < ordered + 100; index++) {
          const number = index < ordered ? index : random.below(ordered * 2)
          const key = `k${String(number).padStart(6, '0')}`
          const value = random.chance(0.1) ? null : 'v'.repeat(random.below(40))
          put(table, key, value)
          model.set(key, value)
          if (random.chance(0.01)) assert.deepEqual(changesIn(table.scan(allKeys, false)), expectedIn(model, allKeys, false))
          if (random.chance(0.002)) assert.equal(get(table, key), value)
        }
        for (const [key, value] of model) assert.equal(get(table, key), value)
        assert.equal(get(table, 'k'), undefined)
        assert.deepEqual(changesIn(table.scan(allKeys, true)), expectedIn(model, allKeys, true))
        assert.equal(table.rowCount, model.size)
      }),
      { numRuns: 30 },
    )
  })

  test('takes no more memory for a row that is written again and again', () => {
    const table = new RowTable(STORE)
    for (let index = 0; index < 100; index++) put(table, `key-${index}`, 'value')
    const { bytes } = table
    for (let round = 0; round < 1000; round++) put(table, `key-${round % 100}`, `v${round % 10}`)
    assert.equal(table.bytes, bytes)
    // A scan that was never closed costs one copy.
    table.scan(allKeys, false)
    for (let round = 0; round < 1000; round++) put(table, `key-${round % 100}`, `w${round % 10}`)
    assert.ok(table.bytes <= bytes + 400)
  })
})
