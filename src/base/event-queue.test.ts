import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EventQueue, type QueuedEvent } from './event-queue.ts'

test('EventQueue gives what was not cancelled, earliest first, ties by order and sequence', () => {
  const input = fc.array(fc.record({ atMs: fc.nat(5), order: fc.nat(2), isToCancel: fc.boolean() }), { maxLength: 400 })
  fc.assert(
    fc.property(input, (entries) => {
      const queue = new EventQueue<QueuedEvent>()
      const events = entries.map(({ atMs, order }, sequence) => ({ atMs, order, sequence, isCancelled: false, isQueued: false }))
      for (const event of events) queue.push(event)
      events.forEach((event, index) => {
        if (entries[index]!.isToCancel) queue.cancel(event)
      })
      const expected = events
        .filter((_event, index) => !entries[index]!.isToCancel)
        .toSorted((a, b) => a.atMs - b.atMs || a.order - b.order || a.sequence - b.sequence)
      assert.equal(queue.length, expected.length)
      const taken = []
      for (let event = queue.pop(); event !== undefined; event = queue.pop()) taken.push(event)
      assert.deepEqual(
        taken.map((event) => event.sequence),
        expected.map((event) => event.sequence),
      )
      assert.equal(queue.length, 0)
    }),
  )
})

test('EventQueue.cancel() of an event that was taken changes nothing', () => {
  const queue = new EventQueue<QueuedEvent>()
  const event = { atMs: 1, order: 0, sequence: 0, isCancelled: false, isQueued: false }
  queue.push(event)
  queue.pop()
  queue.cancel(event)
  assert.equal(queue.length, 0)
})
