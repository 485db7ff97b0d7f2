import assert from 'node:assert/strict'
import test from 'node:test'
import { hasOlder } from './upgrade-from.ts'

test('hasOlder compares versions by their age, not as texts', () => {
  assert.equal(hasOlder(null, '3.5'), false)
  assert.equal(hasOlder('2.8', '3.5'), true)
  assert.equal(hasOlder('3.4', '3.5'), true)
  assert.equal(hasOlder('3.5', '3.5'), false)
  assert.equal(hasOlder('4.2', '3.5'), false)
})
