import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callSite } from './call-site.ts'

class Api {
  readonly notCallable = 1

  call(): string | null {
    return callSite(this, 'call')
  }
}

test('callSite() gives file and line of the call of the public method', () => {
  const site = new Api().call()
  assert.match(site ?? '', /^\/.*\/src\/topology\/call-site\.test\.ts:14$/)
  const nested = [1].map(() => new Api().call())[0]
  assert.match(nested ?? '', /call-site\.test\.ts:16$/)
})

test('callSite() gives null for what is no method', () => {
  assert.equal(callSite(new Api(), 'notCallable'), null)
})
