import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BatchBuilder } from '../../record/batch-builder.ts'
import { buildMarker } from '../../record/control-marker.ts'
import { outgoing } from '../contract-scene.test.ts'
import { selectBatches } from './select-batches.ts'

const origin = { topic: 't', partition: 0 }

/** What happens in a log: a producer writes, commits or aborts; 0 writes without transactions. */
interface Step {
  readonly producerId: number
  readonly kind: 'write' | 'commit' | 'abort'
}

interface Log {
  readonly bytes: Buffer
  readonly aborted: { readonly producerId: number; readonly firstOffset: number; readonly lastOffset: number }[]
  /** Where each batch begins, in bytes and offsets, and whether a reader sees it. */
  readonly batches: { readonly start: number; readonly offset: number; isVisible: boolean; readonly producerId: number }[]
  readonly end: number
}

/** Writes a log as a broker would; transactions that are open at the end are aborted. */
function logOf(steps: readonly Step[]): Log {
  const parts: Buffer[] = []
  const batches: Log['batches'] = []
  const aborted: Log['aborted'] = []
  const open = new Map<number, number>()
  let offset = 0
  let start = 0
  const add = (bytes: Buffer): void => {
    parts.push(bytes)
    start += bytes.length
  }
  const mark = (producerId: number, kind: 'commit' | 'abort'): void => {
    const firstOffset = open.get(producerId)
    if (firstOffset === undefined) return
    open.delete(producerId)
    if (kind === 'abort') {
      aborted.push({ producerId, firstOffset, lastOffset: offset })
      for (const batch of batches) if (batch.producerId === producerId && batch.offset >= firstOffset) batch.isVisible = false
    }
    add(buildMarker({ kind, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 1, baseOffset: offset, partitionLeaderEpoch: 0 }))
    offset++
  }
  for (const { producerId, kind } of steps) {
    if (kind !== 'write') mark(producerId, kind)
    else {
      const builder = new BatchBuilder()
      for (const value of ['a', 'b']) builder.append(outgoing({ value }))
      const isTransactional = producerId > 0
      if (isTransactional && !open.has(producerId)) open.set(producerId, offset)
      batches.push({ start, offset, isVisible: true, producerId })
      add(builder.seal({ producerId, producerEpoch: 0, baseSequence: 0, isTransactional, baseOffset: offset, partitionLeaderEpoch: 0 }))
      offset += 2
    }
  }
  for (const producerId of open.keys()) mark(producerId, 'abort')
  return { bytes: Buffer.concat(parts), aborted, batches, end: offset }
}

const step = fc.record({ producerId: fc.integer({ min: 0, max: 3 }), kind: fc.constantFrom('write', 'write', 'write', 'commit', 'abort') })

test('selectBatches() shows exactly what was committed, from any position, however the answer is cut', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), fc.nat(), fc.nat(), (steps, drawFrom, drawCut) => {
      const log = logOf(steps as Step[])
      if (log.batches.length === 0) return
      const first = log.batches[drawFrom % log.batches.length]!
      const from = first.offset + (drawFrom % 2)
      // The broker cuts at any byte, but gives at least the first batch whole, and lists what overlaps with the answer.
      const firstLength = log.bytes.readInt32BE(first.start + 8) + 12
      const rest = log.bytes.length - first.start - firstLength
      const records = log.bytes.subarray(first.start, first.start + firstLength + (drawCut % (rest + 1)))
      const aborted = log.aborted.filter(({ lastOffset }) => lastOffset >= from).reverse()
      const { batches, nextOffset, failure } = selectBatches(records, { origin, from, aborted, checkCrcs: true })
      assert.equal(failure, null)
      const expected = log.batches.filter(({ offset, isVisible }) => isVisible && offset + 1 >= from && offset < nextOffset)
      assert.deepEqual(
        batches.map(({ baseOffset }) => baseOffset),
        expected.map(({ offset }) => offset),
      )
      assert.ok(nextOffset > from && nextOffset <= log.end)
    }),
  )
})

test('selectBatches() shows everything but markers without a list', () => {
  const log = logOf([
    { producerId: 1, kind: 'write' },
    { producerId: 1, kind: 'abort' },
    { producerId: 0, kind: 'write' },
  ])
  const { batches, nextOffset } = selectBatches(log.bytes, { origin, from: 0, aborted: null, checkCrcs: true })
  assert.deepEqual(
    batches.map(({ baseOffset }) => baseOffset),
    [0, 3],
  )
  assert.equal(nextOffset, 5)
})

test('selectBatches() ends before a batch whose checksum is wrong, unless it need not look', () => {
  const log = logOf([
    { producerId: 0, kind: 'write' },
    { producerId: 1, kind: 'write' },
    { producerId: 0, kind: 'write' },
  ])
  log.bytes[log.batches[1]!.start + 70]! ^= 1
  const options = { origin, from: 0, aborted: null, checkCrcs: true }
  const selected = selectBatches(log.bytes, options)
  assert.deepEqual([selected.batches.length, selected.nextOffset, (selected.failure as Error).name], [1, 2, 'ClusterError'])
  assert.equal(selectBatches(log.bytes, { ...options, checkCrcs: false }).batches.length, 3)
  assert.equal(selectBatches(log.bytes, { ...options, aborted: log.aborted }).batches.length, 2)
})
