import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AssertionError } from '../../base/assert.ts'
import { Transaction, transactionMoves, type TransactionState } from './transaction.ts'

const states = Object.keys(transactionMoves) as TransactionState[]

/** A way from the first state to each other. */
const ways: Readonly<Record<TransactionState, readonly TransactionState[]>> = {
  empty: [],
  ongoing: ['ongoing'],
  'prepare-commit': ['ongoing', 'prepare-commit'],
  'prepare-abort': ['ongoing', 'prepare-abort'],
  'complete-commit': ['ongoing', 'prepare-commit', 'complete-commit'],
  'complete-abort': ['ongoing', 'prepare-abort', 'complete-abort'],
}

test('Transaction moves between states as its table says, and in no other way', () => {
  for (const from of states) {
    for (const to of states) {
      const transaction = new Transaction('x', 1, 1_000)
      for (const step of ways[from]) transaction.moveTo(step)
      assert.equal(transaction.state, from)
      if (transactionMoves[from].includes(to)) {
        transaction.moveTo(to)
        assert.equal(transaction.state, to)
      } else {
        assert.throws(() => transaction.moveTo(to), AssertionError, `${from} -> ${to}`)
      }
    }
  }
})

test('Transaction.complete() takes the next producer id once the epochs of the present one are used up', () => {
  const transaction = new Transaction('x', 1, 1_000)
  transaction.producerEpoch = 32_767
  transaction.begin(5)
  transaction.partitions.set('t', 0, true)
  transaction.nextProducerId = 9
  transaction.moveTo('prepare-commit')
  transaction.complete()
  assert.equal(transaction.state, 'complete-commit')
  assert.equal(transaction.producerId, 9)
  assert.equal(transaction.producerEpoch, 0)
  assert.equal(transaction.previousProducerId, 1)
  assert.equal(transaction.partitions.size, 0)
})
