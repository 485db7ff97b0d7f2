import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ByteSlice } from '../byte-slice.ts'
import { SortedTree } from '../engines/memory/sorted-tree.ts'
import type { WantedRows } from '../key-range.ts'
import type { RowCursor } from '../sorted-bytes-store.ts'
import { compareKeyTo, firstRow, lastRow, startIn } from '../windows/window-key.ts'
import { type OverlayStore, withOverlay } from './overlay.ts'

const KEYS = ['', 'a', 'ab', 'a\0', 'b'].map((key) => new ByteSlice(Buffer.from(key)))
const SEGMENT_MS = 100

interface Step {
  readonly key: number
  readonly time: number
  readonly what: 'put' | 'delete' | 'commit' | 'abort' | 'find'
  readonly length: number
}

function keyOf(key: ByteSlice, time: number): ByteSlice {
  return new ByteSlice(firstRow(Math.floor(time / SEGMENT_MS), key.buffer, time))
}

/** The rows of `cursor` that are wanted, as text. */
function textsOf(cursor: RowCursor, { key, from, to }: WantedRows): string[] {
  const texts: string[] = []
  while (cursor.next()) {
    const start = startIn(cursor.key)
    if (compareKeyTo(cursor.key, key) === 0 && start >= from && start <= to) {
      texts.push(`${cursor.key.copy().toString('hex')}=${cursor.value.copy().toString()}`)
    }
  }
  cursor.close()
  return texts
}

function scans(overlay: OverlayStore, wanted: WantedRows): { readonly found: RowCursor; readonly all: RowCursor } {
  const segment = Math.floor(wanted.from / SEGMENT_MS)
  const range = {
    from: firstRow(segment, wanted.key.buffer, wanted.from),
    to: lastRow(segment, wanted.key.buffer, wanted.to),
    includesTo: true,
  }
  return { found: overlay.scan({ ...range, wanted }, false), all: overlay.scan(range, false) }
}

describe('RowsByKey', () => {
  test('an overlay gives the wanted rows of a key as a whole scan does, whatever is written, committed and dropped', () => {
    const step = fc.record<Step>({
      key: fc.nat(KEYS.length - 1),
      time: fc.oneof(fc.nat(30), fc.nat(30), fc.nat(250)),
      what: fc.constantFrom('put', 'put', 'put', 'put', 'delete', 'find', 'find', 'commit', 'abort'),
      length: fc.nat(80),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 250, size: 'max' }), (steps) => {
        const base = new SortedTree()
        const overlay = withOverlay(base)
        let committedTime = -1
        let writtenTime = -1
        for (const { key: number, time, what, length } of steps) {
          const key = KEYS[number]!
          if (what === 'put') overlay.put(keyOf(key, time), new ByteSlice(Buffer.from(`${time}`.padEnd(length, '.'))))
          if (what === 'put') writtenTime = Math.max(writtenTime, time)
          if (what === 'delete') overlay.put(keyOf(key, time), null)
          if (what === 'commit') {
            const changes = overlay.changes()
            while (changes.next()) {
              if (changes.isTombstone) base.remove(changes.key)
              else base.put(changes.key, changes.value)
            }
            changes.close()
            committedTime = Math.max(committedTime, writtenTime)
          }
          if (what === 'commit' || what === 'abort') overlay.drop()
          if (what !== 'find') continue
          const wanted = { key, from: time, to: time + length, isUncommitted: time > committedTime }
          const { found, all } = scans(overlay, wanted)
          // What is found stays as it is.
          overlay.put(keyOf(key, time), new ByteSlice(Buffer.from('changed')))
          writtenTime = Math.max(writtenTime, time)
          assert.deepEqual(textsOf(found, wanted), textsOf(all, wanted))
        }
      }),
      { numRuns: 150 },
    )
  })

  test('gives up among many rows of the key that are not wanted, and finds those that are all the same', () => {
    const overlay = withOverlay(new SortedTree())
    const key = KEYS[1]!
    const put = (time: number): void => overlay.put(keyOf(key, time), new ByteSlice(Buffer.from(`${time}`)))
    const wanted = { key, from: 10, to: 10, isUncommitted: true }
    put(10)
    assert.equal(textsOf(scans(overlay, wanted).found, wanted).length, 1)
    // One late window hides that the others are early.
    for (let time = 99; time > 10; time--) put(time)
    assert.equal(textsOf(scans(overlay, wanted).found, wanted).length, 1)
    const last = { key, from: 40, to: 60, isUncommitted: true }
    assert.equal(textsOf(scans(overlay, last).found, last).length, 21)
  })
})
