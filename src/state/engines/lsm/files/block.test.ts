import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { crc32c } from '../../../../base/crc32c.ts'
import { ByteSlice } from '../../../byte-slice.ts'
import { slice, textOf, type TextRow } from '../../../contract.ts'
import { BlockBuilder } from './block-builder.ts'
import { BlockCursor } from './block-cursor.ts'
import { findInBlock, Found, uint32At } from './block-search.ts'
import { RowHead } from './row-head.ts'

const someKey = fc.oneof(
  fc.array(fc.constantFrom('\0', 'a', 'b', '\u00ff'), { maxLength: 6 }).map((letters) => letters.join('')),
  fc.nat(999).map((number) => `customer-${number}`),
  // Longer than one byte of a length can say.
  fc.tuple(fc.constantFrom('a', 'b'), fc.nat(400)).map(([letter, length]) => letter.repeat(length)),
)
const someValue = fc.oneof(
  fc.constant(null),
  fc.string({ maxLength: 20 }).map((text) => Buffer.from(text).toString('latin1')),
  fc.nat(20_000).map((length) => 'v'.repeat(length)),
)
/** At least one row, in order. */
const someRows: fc.Arbitrary<readonly TextRow[]> = fc
  .uniqueArray(fc.tuple(someKey, someValue), { minLength: 1, maxLength: 60, selector: ([key]) => key })
  .map((rows) => rows.toSorted(([left], [right]) => (left < right ? -1 : 1)))

function bytesOf(rows: readonly TextRow[]): Buffer {
  const builder = new BlockBuilder()
  for (const [key, value] of rows) builder.add(slice(key), value === null ? null : slice(value))
  const { byteLength } = builder
  const block = Buffer.from(builder.finish())
  assert.equal(block.length, byteLength, 'byteLength is what finish() makes')
  return block
}

/** A block in the middle of other bytes, as the cache has it. */
function blockOf(rows: readonly TextRow[]): ByteSlice {
  const block = bytesOf(rows)
  const around = Buffer.alloc(7, 0xff)
  return new ByteSlice(Buffer.concat([around, block, around]), around.length, around.length + block.length)
}

function rowAt(cursor: BlockCursor): TextRow {
  const value = new ByteSlice()
  if (!cursor.isTombstone) cursor.readValue(value)
  return [cursor.keyBytes.toString('latin1', 0, cursor.keyLength), cursor.isTombstone ? null : textOf(value)]
}

describe('Block', () => {
  test('findInBlock() finds each row, and nothing else', () => {
    fc.assert(
      fc.property(someRows, fc.array(someKey), (rows, others) => {
        const block = blockOf(rows)
        const known = new Map(rows)
        for (const key of [...known.keys(), ...others]) {
          const into = slice('untouched')
          const found = findInBlock(block, slice(key), new RowHead(), into)
          const value = known.get(key)
          assert.equal(found, value === undefined ? Found.nothing : value === null ? Found.tombstone : Found.value)
          assert.equal(textOf(into), value ?? 'untouched')
        }
      }),
    )
  })

  test('BlockCursor walks all rows both ways, and turns round anywhere', () => {
    fc.assert(
      fc.property(someRows, fc.array(fc.boolean(), { maxLength: 100 }), (rows, turns) => {
        const cursor = new BlockCursor()
        cursor.open(blockOf(rows))
        const forward: TextRow[] = []
        while (cursor.next()) forward.push(rowAt(cursor))
        assert.deepEqual(forward, rows)
        const backward: TextRow[] = []
        for (let isThere = cursor.last(); isThere; isThere = cursor.previous()) backward.push(rowAt(cursor))
        assert.deepEqual(backward, rows.toReversed())
        let index = rows.length >>> 1
        assert.ok(cursor.seekFrom(slice(rows[index]![0])))
        for (const isForward of turns) {
          const moves = isForward ? index + 1 < rows.length : index > 0
          if (!moves) continue
          index += isForward ? 1 : -1
          assert.ok(isForward ? cursor.next() : cursor.previous())
          assert.deepEqual(rowAt(cursor), rows[index])
        }
      }),
    )
  })

  test('BlockCursor seeks the first row from a key on, and the last before it', () => {
    fc.assert(
      fc.property(someRows, someKey, fc.boolean(), (rows, key, includesEqual) => {
        const cursor = new BlockCursor()
        cursor.open(blockOf(rows))
        const first = rows.find(([other]) => other >= key)
        assert.equal(cursor.seekFrom(slice(key)), first !== undefined)
        if (first !== undefined) assert.deepEqual(rowAt(cursor), first)
        const last = rows.findLast(([other]) => other < key || (includesEqual && other === key))
        assert.equal(cursor.seekBefore(slice(key), includesEqual), last !== undefined)
        if (last !== undefined) assert.deepEqual(rowAt(cursor), last)
      }),
    )
  })

  test('the last four bytes are the CRC-32C of the others, so that any changed bit shows', () => {
    fc.assert(
      fc.property(someRows, fc.nat(), (rows, place) => {
        const block = bytesOf(rows)
        const isWhole = (): boolean => crc32c(block, 0, block.length - 4) === uint32At(block, block.length - 4)
        assert.ok(isWhole())
        block[(place >>> 3) % block.length]! ^= 1 << (place & 7)
        assert.ok(!isWhole())
      }),
    )
  })

  test('shares keys within eight rows: the bytes of version 1', () => {
    const block = bytesOf([
      ['user-1', 'A'],
      ['user-2', null],
      ['user-20', ''],
    ])
    const rows = `00060275736572 2d3141 ${'050100'}32 ${'060101'}30`.replaceAll(' ', '')
    const tail = '00000000' + '00000001'
    assert.equal(block.subarray(0, -4).toString('hex'), rows + tail)
  })
})
