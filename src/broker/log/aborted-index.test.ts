import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AbortedIndex } from './aborted-index.ts'
import type { AbortedTransactionEntry } from './producer-states.ts'

/** A log of transactions of some producers: each step opens or aborts one; the index must agree with a look at all of them. */
const steps = fc.array(fc.record({ producerId: fc.integer({ min: 0, max: 4 }), isAbort: fc.boolean() }), { maxLength: 60 })

function play(script: readonly { producerId: number; isAbort: boolean }[]): {
  index: AbortedIndex
  entries: AbortedTransactionEntry[]
  end: number
} {
  const index = new AbortedIndex()
  const entries: AbortedTransactionEntry[] = []
  const open = new Map<number, number>()
  let offset = 0
  for (const { producerId, isAbort } of script) {
    const firstOffset = open.get(producerId)
    if (!isAbort || firstOffset === undefined) {
      if (firstOffset === undefined) open.set(producerId, offset)
      offset++
      continue
    }
    open.delete(producerId)
    const lastOffset = offset++
    const lastStableOffset = Math.min(offset, ...open.values())
    const entry = { producerId, firstOffset, lastOffset, lastStableOffset }
    entries.push(entry)
    index.add(entry)
  }
  return { index, entries, end: offset }
}

test('AbortedIndex gives the transactions that overlap a range', () => {
  fc.assert(
    fc.property(steps, fc.nat(60), fc.nat(60), (script, left, right) => {
      const { index, entries } = play(script)
      const from = Math.min(left, right)
      const until = Math.max(left, right)
      const overlapping = entries.filter((entry) => entry.lastOffset >= from && entry.firstOffset < until)
      assert.deepEqual(index.between(from, until), overlapping)
    }),
  )
})

test('AbortedIndex.trim() forgets what ended before the log start', () => {
  fc.assert(
    fc.property(steps, fc.nat(60), (script, logStart) => {
      const { index, entries, end } = play(script)
      index.trim(logStart)
      assert.deepEqual(
        index.between(0, end + 1),
        entries.filter((entry) => entry.lastOffset >= logStart),
      )
    }),
  )
})
