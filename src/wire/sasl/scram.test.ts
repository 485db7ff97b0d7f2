import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { test } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import type { Random } from '../../base/environment.ts'
import { isMillraceError } from '../../base/errors.ts'
import { Secret } from '../../base/secret.ts'
import type { SaslDialogue } from './dialogue.ts'
import { ScramMechanism } from './scram.ts'

/** A source of chance whose first word is `nonce`. */
function chance(nonce: string): Random {
  const words = [nonce]
  return { next: () => 0, uuid: () => words.shift() ?? '' }
}

function mechanism(
  name: 'SCRAM-SHA-256' | 'SCRAM-SHA-512',
  password: string,
  username = 'user',
  nonce = 'rOprNGfwEbeRWgbNEkqO',
): ScramMechanism {
  return new ScramMechanism(name, { mechanism: name, username, password: new Secret(password) }, chance(nonce))
}

function say(dialogue: SaslDialogue, text: string | null): string | null {
  return (text === null ? dialogue.first : dialogue.next(Buffer.from(text)))?.toString() ?? null
}

function reasonOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    assert.ok(isMillraceError(error))
    assert.equal(error.code, 'AUTHENTICATION_FAILED')
    return error.message
  }
  return assert.fail('it was trusted')
}

const SERVER_NONCE = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
const FIRST = `r=${SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`

test('ScramMechanism says what RFC 7677 says', () => {
  const dialogue = mechanism('SCRAM-SHA-256', 'pencil').converse()
  assert.equal(say(dialogue, null), 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
  assert.equal(say(dialogue, FIRST), `c=biws,r=${SERVER_NONCE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`)
  assert.equal(say(dialogue, 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='), null)
})

test('ScramMechanism trusts no broker that does not know the password', () => {
  for (const [final, reason] of [
    ['v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=', /signature is wrong/],
    ['v=AAAA', /signature is wrong/],
    ['', /signature is wrong/],
    ['e=invalid-proof', /it refused: invalid-proof/],
    ['e=pencil is no password', /it refused: \[secret\] is no password/],
  ] as const) {
    const dialogue = mechanism('SCRAM-SHA-256', 'pencil').converse()
    say(dialogue, null)
    say(dialogue, FIRST)
    assert.match(
      reasonOf(() => say(dialogue, final)),
      reason,
    )
  }
})

test('ScramMechanism refuses a challenge that answers somebody else, and iterations that are too few or too many', () => {
  for (const [first, reason] of [
    [FIRST.replace('i=4096', 'i=4095'), /4095 iterations, 4096 to 100000/],
    [FIRST.replace('i=4096', 'i=100001'), /100001 iterations/],
    [FIRST.replace('i=4096', 'i=9999999999999'), /cannot be read/],
    [FIRST.replace('r=r', 'r=s'), /another client/],
    ['r=rOprNGfwEbeRWgbNEkqO,s=W22Z,i=4096', /another client/],
    ['m=extension,r=x,s=W22Z,i=4096', /cannot be read/],
    ['', /cannot be read/],
  ] as const) {
    const dialogue = mechanism('SCRAM-SHA-256', 'pencil').converse()
    say(dialogue, null)
    assert.match(
      reasonOf(() => say(dialogue, first)),
      reason,
    )
  }
})

test('ScramMechanism escapes names, and shows no password', () => {
  const scram = mechanism('SCRAM-SHA-512', 'hunter2', 'a=b,c')
  const dialogue = scram.converse()
  assert.equal(say(dialogue, null), 'n,,n=a=3Db=2Cc,r=rOprNGfwEbeRWgbNEkqO')
  say(dialogue, FIRST)
  assert.doesNotMatch(inspect([scram, dialogue], { depth: 9, showHidden: true }), /hunter2/)
})

// Configuration allows no NUL, and a key of HMAC is the same with NULs after it.
const passwords = fc.string({ minLength: 1, unit: 'binary' }).filter((text) => !text.includes('\0'))

/** What a server does that has nothing but salted keys (RFC 5802, 3): whether the proof is that of `password`. */
function serverAccepts(
  name: 'SCRAM-SHA-256' | 'SCRAM-SHA-512',
  password: string,
  spoken: readonly [string, string, string],
): string | null {
  const [hash, bytes] = name === 'SCRAM-SHA-256' ? (['sha256', 32] as const) : (['sha512', 64] as const)
  const [first, challenge, final] = spoken
  const salted = pbkdf2Sync(password, Buffer.from(/s=([^,]*)/.exec(challenge)![1]!, 'base64'), 4_096, bytes, hash)
  const hmac = (key: Buffer, text: string): Buffer => createHmac(hash, key).update(text).digest()
  const stored = createHash(hash).update(hmac(salted, 'Client Key')).digest()
  const [bare, proof] = final.split(',p=') as [string, string]
  const all = [first.slice(3), challenge, bare].join(',')
  const mask = hmac(stored, all)
  const clientKey = Buffer.from(proof, 'base64').map((byte, index) => byte ^ mask[index]!)
  if (!createHash(hash).update(clientKey).digest().equals(stored)) return null
  return `v=${hmac(hmac(salted, 'Server Key'), all).toString('base64')}`
}

test('ScramMechanism and a server agree exactly when their passwords are equal', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('SCRAM-SHA-256' as const, 'SCRAM-SHA-512' as const),
      passwords,
      passwords,
      fc.string({ minLength: 1 }),
      (name, password, other, user) => {
        const dialogue = mechanism(name, password, user).converse()
        const first = say(dialogue, null)!
        const final = say(dialogue, FIRST)!
        const signature = serverAccepts(name, password, [first, FIRST, final])
        assert.ok(signature !== null)
        assert.equal(serverAccepts(name, other, [first, FIRST, final]) !== null, other === password)
        assert.equal(say(dialogue, signature), null)
      },
    ),
    { numRuns: 20 },
  )
})
