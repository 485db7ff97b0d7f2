import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRetriableKafkaError, kafkaErrorName, kafkaErrors } from './kafka-errors.ts'

test('kafkaErrors gives every code one name', () => {
  const codes: readonly number[] = Object.values(kafkaErrors)
  assert.equal(new Set(codes).size, codes.length)
  assert.deepEqual(
    codes.toSorted((a, b) => a - b),
    codes,
  )
})

test('kafkaErrorName() quotes name and number', () => {
  assert.equal(kafkaErrorName(16), 'NOT_COORDINATOR (16)')
  assert.equal(kafkaErrorName(-1), 'UNKNOWN_SERVER_ERROR (-1)')
  assert.equal(kafkaErrorName(9999), 'error 9999')
})

test('isRetriableKafkaError() follows the retriable exceptions of Kafka', () => {
  assert.equal(isRetriableKafkaError(kafkaErrors.NOT_LEADER_OR_FOLLOWER), true)
  assert.equal(isRetriableKafkaError(kafkaErrors.CONCURRENT_TRANSACTIONS), true)
  assert.equal(isRetriableKafkaError(kafkaErrors.NONE), false)
  assert.equal(isRetriableKafkaError(kafkaErrors.PRODUCER_FENCED), false)
  assert.equal(isRetriableKafkaError(kafkaErrors.REBALANCE_IN_PROGRESS), false)
})
