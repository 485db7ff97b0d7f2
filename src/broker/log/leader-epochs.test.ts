import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LeaderEpochs } from './leader-epochs.ts'

test('LeaderEpochs tells where an epoch ended', () => {
  const epochs = new LeaderEpochs()
  epochs.start(0, 0)
  epochs.start(2, 10)
  epochs.start(3, 10)
  epochs.start(5, 30)
  assert.equal(epochs.latest, 5)
  assert.deepEqual(epochs.endOf(5, 42), { epoch: 5, endOffset: 42 })
  assert.deepEqual(epochs.endOf(4, 42), { epoch: 3, endOffset: 30 })
  assert.deepEqual(epochs.endOf(0, 42), { epoch: 0, endOffset: 10 })
  assert.deepEqual(epochs.endOf(6, 42), { epoch: -1, endOffset: -1 })
})

test('LeaderEpochs tells who wrote an offset', () => {
  const epochs = new LeaderEpochs()
  assert.equal(epochs.latest, -1)
  epochs.start(0, 0)
  epochs.start(1, 10)
  assert.equal(epochs.at(9), 0)
  assert.equal(epochs.at(10), 1)
})
