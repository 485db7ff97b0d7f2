// Goal: when a session is renewed, and what happens when it cannot be, on virtual time. That Kafka agrees is shown on a real broker.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { saslAuthenticateV2 } from '@platformatic/kafka'
import { type VirtualEnvironment, VirtualWorld } from '../../base/virtual-environment.ts'
import { isMillraceError } from '../../base/errors.ts'
import { Secret } from '../../base/secret.ts'
import { kafkaErrors as kafka } from '../../protocol/kafka-errors.ts'
import type { SaslOptions } from '../../protocol/security.ts'
import { Deadline } from '../deadline.ts'
import { loadLibrary } from '../library.ts'
import { Authenticator } from './authenticator.ts'
import { createMechanism } from './create-mechanism.ts'
import type { SaslAnswer, SaslMechanism } from './mechanism.ts'
import { saslFailure } from './refusal.ts'
import { SaslSession, type SessionAuthentication, type SessionConnection } from './sasl-session.ts'

const TIMEOUT_MS = 1_000
const LIFETIME_MS = 60_000
const library = await loadLibrary()

/** A connection and a broker that authenticates on it, which note what is asked of them. */
class ScriptedConnection implements SessionConnection, SessionAuthentication {
  readonly world = new VirtualWorld({ seed: 1 })
  readonly environment: VirtualEnvironment = this.world.environment('client')
  readonly events: string[] = []
  isClosed = false
  /** When what is under way has been answered. */
  quiet: Promise<void> = Promise.resolve()
  authenticated: Partial<SaslAnswer> = { sessionLifetimeMs: BigInt(LIFETIME_MS) }
  readonly #mechanism: SaslMechanism
  readonly #authenticator: Authenticator
  readonly #deadline: Deadline
  readonly #endListeners: (() => void)[] = []

  constructor(options: SaslOptions) {
    const client = { clientId: 'c', environment: this.environment }
    this.#mechanism = createMechanism(options, this.environment.random, library)
    this.#authenticator = new Authenticator(client, this.#mechanism, TIMEOUT_MS)
    this.#deadline = new Deadline(this.environment.scheduler, TIMEOUT_MS, () => this.note('a message took too long'))
  }

  /** Authenticates and keeps the session from then on. */
  async begin(): Promise<void> {
    const client = { clientId: 'c', environment: this.environment }
    new SaslSession(client, this, this).begin(await this.settle(this.renew()))
  }

  prepare(): Promise<void> {
    return this.#authenticator.prepare()
  }

  /** What the package does when it has sent SaslHandshake. */
  renew(): Promise<number> {
    const authenticate = this.#authenticator.options(this.#deadline).authenticate!
    return new Promise((resolve, reject) => {
      authenticate(this.#mechanism.name, new library.Connection(), this.#api(), undefined, undefined, undefined, (error) => {
        this.#deadline.stop()
        if (error === null) resolve(this.#authenticator.sessionLifetimeMs)
        else reject(saslFailure(this.#mechanism, error) as Error)
      })
    })
  }

  /** SaslAuthenticate of the package, with errors as it makes them. */
  #api(): saslAuthenticateV2.SASLAuthenticationAPI {
    const ask = (bytes: Buffer): Promise<SaslAnswer> => {
      this.note(`SaslAuthenticate ${bytes.toString().replaceAll('\0', '|').replaceAll('\u0001', '|')}`)
      const response = { errorCode: 0, errorMessage: null, authBytes: Buffer.alloc(0), sessionLifetimeMs: 0n, ...this.authenticated }
      if (response.errorCode === 0) return Promise.resolve(response)
      return Promise.reject(Object.assign(new Error('refused'), { code: 'PLT_KFK_RESPONSE', response }))
    }
    const api: Pick<saslAuthenticateV2.SASLAuthenticationAPI, 'async' | 'key' | 'version'> = {
      key: 36,
      version: 2,
      async: (_connection, bytes) => ask(bytes),
    }
    return Object.assign((_connection: unknown, bytes: Buffer, done?: (error: Error | null, answer?: SaslAnswer) => void) => {
      ask(bytes).then(
        (answer) => done?.(null, answer),
        (error: Error) => done?.(error),
      )
    }, api)
  }

  hold(): Promise<void> {
    this.note('hold')
    return this.quiet
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
  const connection = new ScriptedConnection(plain)
  await connection.begin()
  assert.deepEqual(connection.take(), ['0 s: SaslAuthenticate |u|p'])
  let beganMs = 0
  for (let turn = 0; turn < 5; turn++) {
    while (connection.events.length === 0) await connection.wait(500)
    const nowMs = connection.environment.clock.monotonic()
    assert.ok(nowMs - beganMs >= 0.85 * LIFETIME_MS && nowMs - beganMs <= 0.95 * LIFETIME_MS + 500, `after ${nowMs - beganMs} ms`)
    beganMs = nowMs
    assert.deepEqual(
      connection.take().map((event) => event.split(': ')[1]),
      ['hold', 'SaslAuthenticate |u|p', 'release'],
    )
  }
})

test('SaslSession that is short is renewed a second before its end, or half-way', async () => {
  for (const [lifetimeMs, renewedMs] of [
    [3_000, 2_000],
    [1_000, 500],
  ] as const) {
    const connection = new ScriptedConnection(plain)
    connection.authenticated = { sessionLifetimeMs: BigInt(lifetimeMs) }
    await connection.begin()
    connection.take()
    await connection.wait(renewedMs - 1)
    assert.deepEqual(connection.take(), [])
    await connection.wait(2)
    assert.equal(connection.take().length, 3)
  }
})

test('SaslSession without an end is not renewed, nor one whose connection has ended', async () => {
  const endless = new ScriptedConnection(plain)
  endless.authenticated = { sessionLifetimeMs: 0n }
  await endless.begin()
  const ended = new ScriptedConnection(plain)
  await ended.begin()
  ended.close()
  for (const connection of [endless, ended]) {
    connection.take()
    await connection.wait(LIFETIME_MS * 2)
    assert.deepEqual(connection.take(), [])
  }
})

test('SaslSession waits for what is under way, and does not authenticate on a connection that has ended meanwhile', async () => {
  const quiet = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const
  const [waiting, ended] = [new ScriptedConnection(plain), new ScriptedConnection(plain)]
  for (const [index, connection] of [waiting, ended].entries()) {
    await connection.begin()
    connection.quiet = quiet[index]!.promise
    await connection.wait(LIFETIME_MS)
    assert.deepEqual(
      connection.take().map((event) => event.split(': ')[1]),
      ['SaslAuthenticate |u|p', 'hold'],
    )
  }
  ended.close()
  for (const { resolve } of quiet) resolve()
  await waiting.wait(1)
  assert.deepEqual(
    waiting.take().map((event) => event.split(': ')[1]),
    ['SaslAuthenticate |u|p', 'release'],
  )
  await ended.wait(1)
  assert.deepEqual(ended.take(), [])
})

test('SaslSession asks for a new token each time, and again soon when there is none', async () => {
  const failing = new Set([2, 3])
  const options = bearer((turn) => (failing.has(turn) ? Promise.reject(new Error('the identity provider is down')) : `token-${turn}`))
  const connection = new ScriptedConnection(options)
  await connection.begin()
  assert.deepEqual(connection.take(), ['0 s: SaslAuthenticate n,,|auth=Bearer token-1||'])
  await connection.wait(LIFETIME_MS * 1.1)
  assert.deepEqual(
    connection.take().map((event) => event.split(': ')[1]),
    ['hold', 'SaslAuthenticate n,,|auth=Bearer token-4||', 'release'],
  )
  const warnings = connection.environment.logEntries.filter(({ level }) => level === 'warn')
  assert.equal(warnings.length, 2)
})

test('SaslSession ends the connection when the broker does not renew it', async () => {
  const connection = new ScriptedConnection(plain)
  await connection.begin()
  connection.authenticated = { errorCode: kafka.SASL_AUTHENTICATION_FAILED, errorMessage: 'no more' }
  connection.take()
  await connection.wait(LIFETIME_MS * 3)
  assert.match(connection.take().at(-1)!, /fail: Cannot authenticate with PLAIN: .*SASL_AUTHENTICATION_FAILED \(58\), "no more"/)
  assert.ok(connection.isClosed)
})

test('Authenticator says what a broker refuses, without what is secret', async () => {
  const secret = new ScriptedConnection(bearer((turn) => `token-${turn}`))
  secret.authenticated = { errorCode: kafka.SASL_AUTHENTICATION_FAILED, errorMessage: 'token-1 is none' }
  const refused = await refusal(secret.begin())
  assert.deepEqual([refused.code, refused.kafkaCode], ['AUTHENTICATION_FAILED', 58])
  assert.match(refused.message, /"\[secret\] is none"/)

  const endless = new ScriptedConnection(bearer(() => 'a'))
  endless.authenticated = { authBytes: Buffer.from('{"status":"invalid_token"}') }
  assert.match((await refusal(endless.begin())).message, /asks on and on/)
  assert.match(endless.events[1]!, /SaslAuthenticate \|$/)
})

test('Authenticator is NOT_SENT while there is no token, and refuses what is none', async () => {
  const failing = new ScriptedConnection(bearer(() => Promise.reject(new Error('down'))))
  assert.equal((await refusal(failing.begin())).code, 'NOT_SENT')
  const hanging = new ScriptedConnection(bearer(() => new Promise(() => undefined)))
  const late = await refusal(hanging.begin())
  assert.deepEqual([late.code, hanging.environment.clock.monotonic()], ['NOT_SENT', TIMEOUT_MS])
  const wrong = new ScriptedConnection(bearer(() => 'to\u0001ken'))
  const refused = await refusal(wrong.begin())
  assert.equal(refused.code, 'AUTHENTICATION_FAILED')
  assert.match(refused.message, /gave a text with characters that no token has/)
  for (const connection of [failing, hanging, wrong]) assert.deepEqual(connection.take(), [])
})
