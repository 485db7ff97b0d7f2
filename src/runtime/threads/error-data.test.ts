import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isMillraceError, TaskError } from '../../base/errors.ts'
import { errorFromData, errorToData } from './error-data.ts'

test('errorFromData() gives what errorToData() was given, over a clone: class, code, details, stack and causes', () => {
  const cause = Object.assign(new RangeError('too far'), { code: 'ERR_FAR' })
  const error = new TaskError('PROCESSING_FAILED', 'Cannot process', { taskId: '0_1', processor: 'map', offset: 7, cause })
  const back = errorFromData(structuredClone(errorToData(error)))
  assert.ok(back instanceof TaskError && isMillraceError(back))
  assert.deepEqual(
    [back.code, back.message, back.taskId, back.processor, back.offset],
    ['PROCESSING_FAILED', 'Cannot process', '0_1', 'map', 7],
  )
  assert.equal(back.stack, error.stack)
  const inner = back.cause as Error & { readonly code?: unknown }
  assert.deepEqual([inner.name, inner.message, inner.code, inner.stack], ['RangeError', 'too far', 'ERR_FAR', cause.stack])
})

test('errorToData() takes whatever was thrown, and ends where causes go round in a circle', () => {
  assert.equal(errorFromData(errorToData('just text')).message, 'just text')
  const circular = new Error('round')
  circular.cause = circular
  let depth = 0
  for (let error: unknown = errorFromData(errorToData(circular)); error instanceof Error; error = error.cause) depth++
  assert.equal(depth, 9)
})
