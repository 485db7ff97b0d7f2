import assert from 'node:assert/strict'
import { test } from 'node:test'
import { requireKnownOptions } from './known-options.ts'

test('requireKnownOptions() names the call, the option and those that are known', () => {
  const known = { name: true, key: true } as const
  requireKnownOptions('count()', undefined, known)
  requireKnownOptions('count()', { name: 'n', other: undefined }, known)
  const refused = (options: unknown): string => {
    try {
      requireKnownOptions('count()', options, known)
    } catch (error) {
      assert.ok(error instanceof TypeError)
      return error.message
    }
    return 'not refused'
  }
  assert.equal(refused({ nmae: 'n' }), 'Cannot call count(): the option "nmae" is unknown, known are "name", "key"')
  assert.equal(refused({ toString: 'n' }), 'Cannot call count(): the option "toString" is unknown, known are "name", "key"')
  assert.equal(refused('n'), 'Cannot call count(): its options are a string, an object is required')
  assert.equal(refused(null), 'Cannot call count(): its options are null, an object is required')
})
