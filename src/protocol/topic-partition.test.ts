import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TopicPartitionMap } from './topic-partition.ts'

test('TopicPartitionMap keeps one value per partition of a topic', () => {
  const map = new TopicPartitionMap<string>().set('a', 0, 'a0').set('b', 1, 'b1').set('a', 2, 'a2').set('a', 0, 'again')
  assert.equal(map.size, 3)
  assert.equal(map.get('a', 0), 'again')
  assert.equal(map.get('a', 1), undefined)
  assert.equal(map.has('b', 1), true)
  assert.equal(map.has('c', 1), false)
  assert.deepEqual([...map.topics()], ['a', 'b'])
  assert.deepEqual(
    [...map.partitions('a')],
    [
      [0, 'again'],
      [2, 'a2'],
    ],
  )
  assert.deepEqual([...map.values()], ['again', 'a2', 'b1'])
  assert.deepEqual(
    [...map.entries()].map(([{ topic, partition }]) => `${topic}-${partition}`),
    ['a-0', 'a-2', 'b-1'],
  )
})

test('TopicPartitionMap.delete() tells whether there was one, and forgets a topic without partitions', () => {
  const map = new TopicPartitionMap<number>().set('a', 0, 1)
  assert.equal(map.delete('a', 1), false)
  assert.equal(map.delete('b', 0), false)
  assert.equal(map.delete('a', 0), true)
  assert.equal(map.size, 0)
  assert.deepEqual([...map.topics()], [])
  map.set('a', 0, 1).clear()
  assert.equal(map.size, 0)
})
