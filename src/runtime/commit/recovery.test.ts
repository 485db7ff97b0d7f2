import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ErrorCode } from '../../base/error-codes.ts'
import { ClusterError, ConfigError, StoreError, TaskError } from '../../base/errors.ts'
import { decideRecovery } from './recovery.ts'

/** What each code means for a thread: under exactly-once, and under at-least-once. */
const cases: readonly (readonly [code: ErrorCode, exactlyOnce: string, atLeastOnce: string])[] = [
  ['TASK_MIGRATED', 'migrated', 'migrated'],
  ['PRODUCER_FENCED', 'migrated', 'migrated'],
  ['TRANSACTION_ABORTABLE', 'roll-back', 'roll-back'],
  ['COMMIT_OUTCOME_UNKNOWN', 'replay', 'replay'],
  ['STORE_CORRUPTED', 'replay', 'replay'],
  ['NOT_SENT', 'roll-back', 'replay'],
  ['OUTCOME_UNKNOWN', 'roll-back', 'replay'],
  ['BROKER_NOT_READY', 'roll-back', 'replay'],
  ['DELIVERY_TIMEOUT', 'roll-back', 'replay'],
  ['PROCESSING_FAILED', 'fatal', 'fatal'],
  ['NOT_AUTHORIZED', 'fatal', 'fatal'],
]

for (const [code, exactlyOnce, atLeastOnce] of cases) {
  test(`decideRecovery() of ${code} is ${exactlyOnce} under exactly-once, ${atLeastOnce} under at-least-once`, () => {
    for (const error of [new ClusterError(code, 'x'), new TaskError(code, 'x'), new StoreError(code, 'x')]) {
      assert.equal(decideRecovery(error, true), exactlyOnce)
      assert.equal(decideRecovery(error, false), atLeastOnce)
    }
  })
}

test('decideRecovery() is fatal for what is not an error of Millrace', () => {
  assert.equal(decideRecovery(new Error('bug'), true), 'fatal')
  assert.equal(decideRecovery('thrown text', false), 'fatal')
  assert.equal(decideRecovery(new ConfigError('CONFIG_INVALID', 'x'), true), 'fatal')
})
