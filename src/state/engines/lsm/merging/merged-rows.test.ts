import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { someKey, someValue, textOf, type TextRow } from '../../../contract.ts'
import type { ChangeCursor } from '../../../sorted-bytes-store.ts'
import { ByteSlice } from '../../../byte-slice.ts'
import { MergedRows } from './merged-rows.ts'

/** Rows in order whose slices are overwritten by each move, as those of files are. */
class ScratchRows implements ChangeCursor {
  readonly key = new ByteSlice(Buffer.alloc(100))
  readonly value = new ByteSlice(Buffer.alloc(300))
  isTombstone = false
  isClosed = false
  readonly #rows: readonly TextRow[]
  #next = 0

  constructor(rows: readonly TextRow[]) {
    this.#rows = rows
  }

  next(): boolean {
    const row = this.#rows[this.#next++]
    this.key.buffer.fill(0)
    this.value.buffer.fill(0)
    if (row === undefined) return false
    this.key.end = this.key.buffer.write(row[0], 'latin1')
    this.value.end = this.value.buffer.write(row[1] ?? '', 'latin1')
    this.isTombstone = row[1] === null
    return true
  }

  close(): void {
    this.isClosed = true
  }
}

const someSource = fc.uniqueArray(fc.tuple(someKey, someValue), { maxLength: 30, selector: ([key]) => key })

test('MergedRows gives each key once, with what its newest source says', () => {
  fc.assert(
    fc.property(fc.array(someSource, { maxLength: 6 }), fc.boolean(), (sources, isReverse) => {
      const sign = isReverse ? -1 : 1
      const inOrder = (rows: readonly TextRow[]): TextRow[] => rows.toSorted(([left], [right]) => (left < right ? -sign : sign))
      const cursors = sources.map((rows) => new ScratchRows(inOrder(rows)))
      const merged = new MergedRows(cursors, isReverse)
      const found: TextRow[] = []
      while (merged.next()) found.push([textOf(merged.key), merged.isTombstone ? null : textOf(merged.value)])
      assert.deepEqual(found, inOrder([...new Map(sources.toReversed().flat())]))
      assert.equal(merged.next(), false)
      assert.ok(
        cursors.every(({ isClosed }) => isClosed),
        'a source is closed at its end',
      )
    }),
    { numRuns: 500 },
  )
})

test('MergedRows closes all sources when it is closed', () => {
  const cursors = [new ScratchRows([['a', '1']]), new ScratchRows([['b', '2']])]
  const merged = new MergedRows(cursors, false)
  assert.ok(merged.next())
  merged.close()
  assert.ok(cursors.every(({ isClosed }) => isClosed))
  assert.equal(merged.next(), false)
})
