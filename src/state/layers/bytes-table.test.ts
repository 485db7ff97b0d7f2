import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ByteSlice } from '../byte-slice.ts'
import { slice, someKey, textOf } from '../contract.ts'
import { BytesTable, ROW_OVERHEAD_BYTES } from './bytes-table.ts'

function bytesOf(rows: ReadonlyMap<string, string | null>): number {
  let bytes = 0
  for (const [key, value] of rows) bytes += key.length + (value?.length ?? 0) + ROW_OVERHEAD_BYTES
  return bytes
}

test('BytesTable is a map that counts its bytes, while values grow, shrink, go and come back', () => {
  const key = fc.oneof(
    someKey,
    fc.nat(300).map((number) => `key-${number}`),
  )
  const value = fc.option(fc.nat(3000).map((length) => 'v'.repeat(length % (length > 2900 ? 3000 : 40))))
  fc.assert(
    fc.property(fc.array(fc.tuple(key, value), { maxLength: 800, size: 'max' }), (writes) => {
      const table = new BytesTable()
      const model = new Map<string, string | null>()
      for (const [writtenKey, writtenValue] of writes) {
        table.set(slice(writtenKey), writtenValue === null ? null : slice(writtenValue))
        model.set(writtenKey, writtenValue)
      }
      const seen = new Map<string, string | null>()
      const rows = table.rows()
      while (rows.next()) seen.set(textOf(rows.key), rows.isTombstone ? null : textOf(rows.value))
      assert.deepEqual([...seen], [...model])
      assert.equal(table.bytes, bytesOf(model))
      assert.equal(table.rowCount, model.size)
      for (const [wantedKey, wantedValue] of model) {
        const found = new ByteSlice()
        const row = table.find(slice(wantedKey))
        assert.equal(table.readValue(row, found) ? textOf(found) : null, wantedValue)
      }
      assert.equal(table.find(slice('absent')), -1)
    }),
    { numRuns: 60 },
  )
})

test('BytesTable.clear() leaves nothing behind, after many rows and after few', () => {
  const table = new BytesTable()
  const found = new ByteSlice()
  for (const rows of [5_000, 4_999, 3, 0, 70, 20_000]) {
    for (let row = 0; row < rows; row++) {
      assert.equal(table.find(slice(`key-${row}`)), -1)
      table.set(slice(`key-${row}`), row % 3 === 0 ? null : slice(`${rows}-${row}`))
    }
    assert.equal(table.rowCount, rows)
    for (let row = 0; row < rows; row++) {
      const isFound = table.readValue(table.find(slice(`key-${row}`)), found)
      assert.equal(isFound ? textOf(found) : null, row % 3 === 0 ? null : `${rows}-${row}`)
    }
    table.clear()
    assert.equal(table.bytes, 0)
    assert.equal(table.rowCount, 0)
    assert.equal(table.rows().next(), false)
  }
})
