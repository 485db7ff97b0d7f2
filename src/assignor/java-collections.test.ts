import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareProcessIds, hashProcessId, hashTaskId, hashTopics } from './java-identity.ts'
import { JavaPriorityQueue } from './java-priority-queue.ts'

const halves = fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }))

function uuid([high, low]: readonly [bigint, bigint]): string {
  const digits = high.toString(16).padStart(16, '0') + low.toString(16).padStart(16, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`
}

test('compareProcessIds() compares the halves of a UUID as signed numbers', () => {
  fc.assert(
    fc.property(halves, halves, (a, b) => {
      const signed = (value: bigint): bigint => BigInt.asIntN(64, value)
      const left = signed(a[0]) === signed(b[0]) ? signed(a[1]) - signed(b[1]) : signed(a[0]) - signed(b[0])
      assert.equal(compareProcessIds(uuid(a), uuid(b)), left < 0n ? -1 : left > 0n ? 1 : 0)
    }),
  )
  assert.equal(compareProcessIds(uuid([1n, 2n ** 63n]), uuid([1n, 1n])), -1)
})

test('hashProcessId() and hashTaskId() give the hash codes of Java', () => {
  assert.equal(hashProcessId('123e4567-e89b-12d3-a456-426614174000'), 1_256_478_162)
  assert.equal(hashTaskId({ subtopology: 0, partition: 1 }), 29_822)
  assert.equal(hashTaskId({ subtopology: 3, partition: 7 }), 32_891)
})

test('JavaPriorityQueue gives its elements in order, also when some were taken out of the middle', () => {
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.array(fc.integer()), fc.array(fc.nat()), (initial, offered, removed) => {
      const queue = new JavaPriorityQueue<number>((a, b) => a - b, initial)
      for (const value of offered) queue.offer(value)
      const left = [...initial, ...offered]
      for (const draw of removed) {
        const [value] = left.splice(draw % (left.length + 1), 1)
        if (value === undefined) continue
        assert.equal(queue.has(value), true)
        queue.remove(value)
      }
      assert.equal(queue.size, left.length)
      assert.equal(Array.from(queue).length, left.length)
      assert.deepEqual(
        left.map(() => queue.poll()),
        left.toSorted((a, b) => a - b),
      )
      assert.equal(queue.poll(), undefined)
    }),
  )
})

test('hashTopics() gives the hash code of TopicsInfo in Kafka Streams', () => {
  const changelogs = [
    { name: 'app-s-changelog', configs: { 'segment.bytes': '1048576', 'retention.ms': '5' }, retentionMs: null },
    { name: 'app-w-changelog', configs: {}, retentionMs: 86_400_000_000 },
    { name: 'app-v-changelog', configs: {}, retentionMs: Infinity },
  ]
  const hashes = Array.from({ length: 8 }, (_, mask) =>
    hashTopics(
      ['in', 'app-r-repartition', 'in'],
      changelogs.filter((_changelog, index) => (mask & (1 << index)) !== 0),
    ),
  )
  // `hashCode()` of the same sets of topics, by Java 17.
  assert.deepEqual(hashes, [407269301, -1920144368, -525069982, -2037945049, -1762727884, 1019364345, -1880528565, 494294363])
})
