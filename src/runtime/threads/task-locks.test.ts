import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TaskLocks } from './task-locks.ts'

test('TaskLocks gives a task to one thread at a time, in the order in which they ask', () => {
  const locks = new TaskLocks()
  const granted: string[] = []
  const take = (thread: string): string | null => locks.take('0_0', thread, () => void granted.push(thread))
  assert.equal(take('a'), null)
  assert.equal(take('b'), 'a')
  assert.equal(take('c'), 'a')
  assert.deepEqual(granted, ['a'])
  locks.release('0_0', 'b')
  assert.deepEqual(granted, ['a'], 'it is not theirs to give back')
  locks.release('0_0', 'a')
  locks.release('0_0', 'b')
  assert.deepEqual(granted, ['a', 'b', 'c'])
})

test('TaskLocks forgets a thread that is gone, and gives what it had to those who wait', () => {
  const locks = new TaskLocks()
  const granted: string[] = []
  for (const [taskId, thread] of [
    ['0_0', 'a'],
    ['0_1', 'a'],
    ['0_0', 'b'],
    ['0_0', 'c'],
  ] as const) {
    locks.take(taskId, thread, () => void granted.push(`${thread} ${taskId}`))
  }
  locks.releaseAll('b')
  assert.deepEqual(locks.releaseAll('a'), ['0_0', '0_1'])
  assert.deepEqual(granted, ['a 0_0', 'a 0_1', 'c 0_0'])
})
