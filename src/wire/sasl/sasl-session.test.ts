// Goal: when a session is renewed, and what happens when it cannot be, on virtual time. That Kafka agrees is shown on a real broker.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type VirtualEnvironment, VirtualWorld } from '../../base/virtual-environment.ts'
import { isMillraceError } from '../../base/errors.ts'
import { Secret } from '../../base/secret.ts'
import { kafkaErrors as kafka } from '../../protocol/kafka-errors.ts'
import type { Api, RequestOf, ResponseOf } from '../../protocol/messages.ts'
import type { SaslOptions } from '../../protocol/security.ts'
import type { Connection } from '../../protocol/transport.ts'
import { createMechanism } from './create-mechanism.ts'
import { SaslSession, type SessionConnection } from './sasl-session.ts'

const TIMEOUT_MS = 1_000
const LIFETIME_MS = 60_000

/** The other side of a session, which notes what is asked of it. */
class ScriptedConnection implements SessionConnection {
  readonly world = new VirtualWorld({ seed: 1 })
  readonly environment: VirtualEnvironment = this.world.environment('client')
  readonly events: string[] = []
  readonly versions: Connection['versions'] = { SaslHandshake: { min: 0, max: 1 }, SaslAuthenticate: { min: 0, max: 2 } }
  readonly direct = this
  isClosed = false
  handshake: ResponseOf<'SaslHandshake'> = { errorCode: 0, mechanisms: ['PLAIN', 'OAUTHBEARER'] }
  authenticated: Partial<ResponseOf<'SaslAuthenticate'>> = { sessionLifetimeMs: LIFETIME_MS }
  readonly #endListeners: (() => void)[] = []

  send<A extends Api>(api: A, _version: number, request: RequestOf<A>): Promise<ResponseOf<A>> {
    const bytes = (request as Partial<RequestOf<'SaslAuthenticate'>>).authBytes
    this.note(bytes === undefined ? api : `${api} ${bytes.toString().replaceAll('\0', '|').replaceAll('\u0001', '|')}`)
    const answer = { errorCode: 0, errorMessage: null, authBytes: Buffer.alloc(0), sessionLifetimeMs: 0, ...this.authenticated }
    return Promise.resolve((api === 'SaslHandshake' ? this.handshake : answer) as ResponseOf<A>)
  }

  hold(): void {
    this.note('hold')
  }

  release(): void {
    this.note('release')
  }

  fail(reason: string): void {
    this.note(`fail: ${reason}`)
    this.close()
  }

  onEnd(listener: () => void): void {
    this.#endListeners.push(listener)
  }

  close(): void {
    this.isClosed = true
    for (const listener of this.#endListeners) listener()
  }

  note(what: string): void {
    this.events.push(`${Math.round(this.environment.clock.monotonic() / 1_000)} s: ${what}`)
  }

  /** What was noted since the last call. */
  take(): readonly string[] {
    return this.events.splice(0)
  }

  async settle<T>(work: Promise<T>): Promise<T> {
    let isSettled = false
    work.then(
      () => (isSettled = true),
      () => (isSettled = true),
    )
    await this.world.run(() => isSettled, { maxTimeMs: 1_000_000 })
    return work
  }

  async wait(timeMs: number): Promise<void> {
    await this.settle(new Promise<void>((resolve) => void this.environment.scheduler.after(timeMs, resolve)))
  }
}

function begin(connection: ScriptedConnection, options: SaslOptions): Promise<void> {
  const { environment } = connection
  const session = new SaslSession({ clientId: 'c', environment }, connection, createMechanism(options, environment.random), TIMEOUT_MS)
  return connection.settle(session.begin())
}

const plain: SaslOptions = { mechanism: 'PLAIN', username: 'u', password: new Secret('p') }

/** A bearer whose tokens are numbered; an odd-numbered one is `null` if the function fails then. */
function bearer(give: (turn: number) => string | Promise<string>): SaslOptions {
  let turn = 0
  return { mechanism: 'OAUTHBEARER', token: () => give(++turn), extensions: {} }
}

async function refusal(
  work: Promise<unknown>,
): Promise<{ readonly code: string; readonly message: string; readonly kafkaCode: number | undefined }> {
  const error: unknown = await work.then(
    () => assert.fail('it was accepted'),
    (reason: unknown) => reason,
  )
  assert.ok(isMillraceError(error))
  return error
}

test('SaslSession is renewed before it ends, again and again, while nothing else is sent', async () => {
  const connection = new ScriptedConnection()
  await begin(connection, plain)
  assert.deepEqual(connection.take(), ['0 s: SaslHandshake', '0 s: SaslAuthenticate |u|p'])
  let beganMs = 0
  for (let turn = 0; turn < 5; turn++) {
    while (connection.events.length === 0) await connection.wait(500)
    const nowMs = connection.environment.clock.monotonic()
    assert.ok(nowMs - beganMs >= 0.85 * LIFETIME_MS && nowMs - beganMs <= 0.95 * LIFETIME_MS + 500, `after ${nowMs - beganMs} ms`)
    beganMs = nowMs
    assert.deepEqual(
      connection.take().map((event) => event.split(': ')[1]),
      ['hold', 'SaslHandshake', 'SaslAuthenticate |u|p', 'release'],
    )
  }
})

test('SaslSession that is short is renewed a second before its end, or half-way', async () => {
  for (const [lifetimeMs, renewedMs] of [
    [3_000, 2_000],
    [1_000, 500],
  ] as const) {
    const connection = new ScriptedConnection()
    connection.authenticated = { sessionLifetimeMs: lifetimeMs }
    await begin(connection, plain)
    connection.take()
    await connection.wait(renewedMs - 1)
    assert.deepEqual(connection.take(), [])
    await connection.wait(2)
    assert.equal(connection.take().length, 4)
  }
})

test('SaslSession without an end is not renewed, nor one whose connection has ended', async () => {
  const endless = new ScriptedConnection()
  endless.authenticated = { sessionLifetimeMs: 0 }
  await begin(endless, plain)
  const ended = new ScriptedConnection()
  await begin(ended, plain)
  ended.close()
  for (const connection of [endless, ended]) {
    connection.take()
    await connection.wait(LIFETIME_MS * 2)
    assert.deepEqual(connection.take(), [])
  }
})

test('SaslSession asks for a new token each time, and again soon when there is none', async () => {
  const connection = new ScriptedConnection()
  const failing = new Set([2, 3])
  const options = bearer((turn) => (failing.has(turn) ? Promise.reject(new Error('the identity provider is down')) : `token-${turn}`))
  await begin(connection, options)
  assert.deepEqual(connection.take(), ['0 s: SaslHandshake', '0 s: SaslAuthenticate n,,|auth=Bearer token-1||'])
  await connection.wait(LIFETIME_MS * 1.1)
  assert.deepEqual(
    connection.take().map((event) => event.split(': ')[1]),
    ['hold', 'SaslHandshake', 'SaslAuthenticate n,,|auth=Bearer token-4||', 'release'],
  )
  const warnings = connection.environment.logEntries.filter(({ level }) => level === 'warn')
  assert.equal(warnings.length, 2)
})

test('SaslSession ends the connection when the broker does not renew it', async () => {
  const connection = new ScriptedConnection()
  await begin(connection, plain)
  connection.authenticated = { errorCode: kafka.SASL_AUTHENTICATION_FAILED, errorMessage: 'no more' }
  connection.take()
  await connection.wait(LIFETIME_MS * 3)
  assert.match(connection.take().at(-1)!, /fail: Cannot authenticate with PLAIN: .*SASL_AUTHENTICATION_FAILED \(58\), "no more"/)
  assert.ok(connection.isClosed)
})

test('SaslSession.begin() says what a broker refuses, without what is secret', async () => {
  const secret = new ScriptedConnection()
  secret.authenticated = { errorCode: kafka.SASL_AUTHENTICATION_FAILED, errorMessage: 'token-1 is none' }
  const refused = await refusal(
    begin(
      secret,
      bearer((turn) => `token-${turn}`),
    ),
  )
  assert.deepEqual([refused.code, refused.kafkaCode], ['AUTHENTICATION_FAILED', 58])
  assert.match(refused.message, /"\[secret\] is none"/)

  const other = new ScriptedConnection()
  other.handshake = { errorCode: kafka.UNSUPPORTED_SASL_MECHANISM, mechanisms: ['GSSAPI', 'OAUTHBEARER'] }
  assert.match((await refusal(begin(other, plain))).message, /does not offer it here, but GSSAPI, OAUTHBEARER/)
  other.handshake = { errorCode: kafka.ILLEGAL_SASL_STATE, mechanisms: [] }
  assert.match((await refusal(begin(other, plain))).message, /wants no authentication on this port/)

  const endless = new ScriptedConnection()
  endless.authenticated = { authBytes: Buffer.from('{"status":"invalid_token"}') }
  assert.match(
    (
      await refusal(
        begin(
          endless,
          bearer(() => 'a'),
        ),
      )
    ).message,
    /asks on and on/,
  )
  assert.match(endless.events[2]!, /SaslAuthenticate \|$/)

  const old = new ScriptedConnection()
  Reflect.deleteProperty(old.versions, 'SaslAuthenticate')
  assert.equal((await refusal(begin(old, plain))).code, 'UNSUPPORTED_VERSION')
})

test('SaslSession.begin() is NOT_SENT while there is no token, and refuses what is none', async () => {
  const connection = new ScriptedConnection()
  assert.equal(
    (
      await refusal(
        begin(
          connection,
          bearer(() => Promise.reject(new Error('down'))),
        ),
      )
    ).code,
    'NOT_SENT',
  )
  const late = await refusal(
    begin(
      connection,
      bearer(() => new Promise(() => undefined)),
    ),
  )
  assert.deepEqual([late.code, connection.environment.clock.monotonic()], ['NOT_SENT', TIMEOUT_MS])
  const wrong = await refusal(
    begin(
      connection,
      bearer(() => 'to\u0001ken'),
    ),
  )
  assert.equal(wrong.code, 'AUTHENTICATION_FAILED')
  assert.match(wrong.message, /gave a text with characters that no token has/)
  assert.deepEqual(connection.take(), [])
})
