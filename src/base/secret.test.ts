import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Secret } from './secret.ts'

test('Secret shows itself to nobody who does not ask for it', () => {
  const secret = new Secret('hunter2')
  const held = { password: secret, list: [secret] }
  for (const text of [String(secret), JSON.stringify(held), inspect(held, { depth: 9, showHidden: true }), `${secret.toString()}`]) {
    assert.doesNotMatch(text, /hunter2/)
    assert.match(text, /\[secret\]/)
  }
  assert.equal(secret.reveal(), 'hunter2')
})

test('Secret.redact() blacks out every place', () => {
  assert.equal(new Secret('ab').redact('xabyab'), 'x[secret]y[secret]')
  assert.equal(new Secret('').redact('xaby'), 'xaby')
})
