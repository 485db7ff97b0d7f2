import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { StampedHeap } from './stamped-heap.ts'

interface Item {
  timestamp: number
  readonly name: string
}

test('StampedHeap gives ties in the order of java.util.PriorityQueue', () => {
  // Recorded from Java 17: offer a..g with these priorities, then poll one and offer it again with priority 5, then poll all.
  const heap = new StampedHeap<Item>()
  const stamps: readonly (readonly [string, number])[] = [
    ['a', 3],
    ['b', 1],
    ['c', 1],
    ['d', 2],
    ['e', 1],
    ['f', 3],
    ['g', 1],
  ]
  for (const [name, timestamp] of stamps) heap.offer({ name, timestamp })
  const first = heap.poll()!
  first.timestamp = 5
  heap.offer(first)
  const order: string[] = [first.name]
  for (let item = heap.poll(); item !== undefined; item = heap.poll()) order.push(item.name)
  assert.equal(order.join(''), 'bgecdafb')
})

test('StampedHeap takes turns among equals as java.util.PriorityQueue does', () => {
  const heap = new StampedHeap<Item>()
  for (const name of ['a', 'b', 'c']) heap.offer({ name, timestamp: 0 })
  let order = ''
  for (let turn = 0; turn < 12; turn++) {
    const item = heap.poll()!
    order += item.name
    item.timestamp = Math.floor(turn / 4)
    heap.offer(item)
  }
  // Recorded from Java 17.
  assert.equal(order, 'acacacbcbcac')
})

test('StampedHeap gives items in the order of their timestamps', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 })), (timestamps) => {
      const heap = new StampedHeap<Item>()
      for (const timestamp of timestamps) heap.offer({ timestamp, name: '' })
      assert.equal(heap.size, timestamps.length)
      const polled: number[] = []
      for (let item = heap.poll(); item !== undefined; item = heap.poll()) polled.push(item.timestamp)
      assert.deepEqual(
        polled,
        timestamps.toSorted((a, b) => a - b),
      )
    }),
  )
})
