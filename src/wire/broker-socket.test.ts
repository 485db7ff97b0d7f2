// Goal: what a connection that is being made, or authenticated anew, tells of brokers that fail at each step of it, and that nothing is left of it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { test } from 'node:test'
import { inspect } from 'node:util'
import type { Environment } from '../base/environment.ts'
import { isMillraceError, type MillraceError } from '../base/errors.ts'
import { createRealEnvironment } from '../base/real-environment.ts'
import { Secret } from '../base/secret.ts'
import { kafkaErrors as kafka } from '../protocol/kafka-errors.ts'
import type { Api } from '../protocol/messages.ts'
import type { SaslOptions, TlsOptions } from '../protocol/security.ts'
import type { Connection, Endpoint } from '../protocol/transport.ts'
import { BrokerSocket } from './broker-socket.ts'
import { Authenticator } from './sasl/authenticator.ts'
import { createMechanism } from './sasl/create-mechanism.ts'
import { abilities, answer, asked, located, ScriptedBroker, type Seen } from './scripted-broker.test.ts'
import { TcpTransport } from './tcp-transport.ts'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const PASSWORD = 'p4ss-Sekret'
const plain: SaslOptions = { mechanism: 'PLAIN', username: 'alice', password: new Secret(PASSWORD) }
const scram: SaslOptions = { mechanism: 'SCRAM-SHA-256', username: 'a,b,c=d', password: new Secret(PASSWORD) }
const QUICK_MS = 60
const SLOW_MS = 10_000

const SESSION_MS = 60_000

function environment(): Environment {
  return createRealEnvironment({ logger: silent })
}

/** An environment whose sessions are renewed when the test says so. */
function steppedEnvironment(): { readonly environment: Environment; readonly renew: () => Promise<void> } {
  const real = environment()
  let due = (): void => assert.fail('there is no session')
  return {
    environment: {
      ...real,
      scheduler: {
        soon: (callback) => real.scheduler.soon(callback),
        after: (delayMs, callback) => {
          if (delayMs < SESSION_MS / 2) return real.scheduler.after(delayMs, callback)
          due = callback
          return { cancel: () => undefined }
        },
      },
    },
    // What there is to be done before the first message needs no event.
    renew: () => {
      due()
      return new Promise((resolve) => setImmediate(resolve))
    },
  }
}

interface Opening {
  readonly timeoutMs?: number
  readonly within?: Environment
  readonly tls?: TlsOptions | null
}

function open(
  at: Endpoint,
  sasl: SaslOptions | null,
  { timeoutMs = SLOW_MS, within = environment(), tls = null }: Opening = {},
): Promise<Connection> {
  return new TcpTransport({ clientId: 'test', environment: within }, { connectTimeoutMs: timeoutMs, sasl, tls }).connect(at)
}

async function failure(work: Promise<unknown>): Promise<MillraceError> {
  const error: unknown = await work.then(
    () => assert.fail('it came about'),
    (reason: unknown) => reason,
  )
  assert.ok(isMillraceError(error), inspect(error))
  assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /Sekret/)
  return error
}

function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'answered',
    (error: unknown) => (isMillraceError(error) ? error.code : inspect(error)),
  )
}

function ask(connection: Connection, key: string): Promise<unknown> {
  return connection.send('FindCoordinator', 4, { key: '', keyType: 0, coordinatorKeys: [key] }, SLOW_MS)
}

/** A broker that lets everybody in, for `sessionLifetimeMs`, and gives requests to `onRequest` before it answers them itself, unless that says so. */
class LenientBroker {
  readonly broker = new ScriptedBroker(() => abilities)
  readonly seen: Api[] = []
  onRequest: (seen: Seen) => boolean = () => false

  constructor(sessionLifetimeMs: number) {
    this.broker.onRequest = (seen) => {
      this.seen.push(seen.api)
      if (!this.onRequest(seen)) this.respond(seen, sessionLifetimeMs)
    }
  }

  respond(seen: Seen, sessionLifetimeMs = 0): void {
    if (seen.api === 'SaslHandshake') return answer(seen, 'SaslHandshake', { errorCode: 0, mechanisms: ['PLAIN'] })
    if (seen.api === 'FindCoordinator') return answer(seen, 'FindCoordinator', located('found'))
    answer(seen, 'SaslAuthenticate', { errorCode: 0, errorMessage: null, authBytes: Buffer.alloc(0), sessionLifetimeMs })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.broker[Symbol.asyncDispose]()
  }
}

async function listen(onSocket: (socket: Socket) => void): Promise<{ readonly server: Server; readonly at: Endpoint }> {
  const server = createServer((socket) => onSocket(socket.on('error', () => undefined))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, at: { host: '127.0.0.1', port: (server.address() as AddressInfo).port } }
}

test('BrokerSocket tells why a broker does not authenticate', async () => {
  for (const [errorCode, mechanisms, reason] of [
    [kafka.UNSUPPORTED_SASL_MECHANISM, ['GSSAPI', 'OAUTHBEARER'], /does not offer it here, but GSSAPI, OAUTHBEARER/],
    [kafka.UNSUPPORTED_SASL_MECHANISM, [], /does not offer it here, but nothing/],
    [kafka.ILLEGAL_SASL_STATE, [], /wants no authentication on this port/],
    [kafka.UNKNOWN_SERVER_ERROR, [], /answered UNKNOWN_SERVER_ERROR/],
  ] as const) {
    await using broker = new LenientBroker(0)
    broker.onRequest = (seen) => seen.api === 'SaslHandshake' && (answer(seen, 'SaslHandshake', { errorCode, mechanisms }), true)
    const error = await failure(open(await broker.broker.listen(), plain))
    assert.deepEqual([error.code, error.kafkaCode], ['AUTHENTICATION_FAILED', errorCode])
    assert.match(error.message, /^Cannot connect to 127.0.0.1:\d+: Cannot authenticate with PLAIN: /)
    assert.match(error.message, reason)
  }
})

test('BrokerSocket takes answers to SCRAM that cannot be read as what they are, and escapes names', async () => {
  for (const text of ['', '=', 'nothing', 'r=,s=,i=', 'e=other-error', `r=x,s=W22Z,i=4096`]) {
    await using broker = new LenientBroker(0)
    let first = ''
    broker.onRequest = (seen) => {
      if (seen.api !== 'SaslAuthenticate') return false
      first ||= asked(seen, 'SaslAuthenticate').authBytes.toString()
      answer(seen, 'SaslAuthenticate', { errorCode: 0, errorMessage: null, authBytes: Buffer.from(text), sessionLifetimeMs: 0 })
      return true
    }
    assert.equal((await failure(open(await broker.broker.listen(), scram))).code, 'AUTHENTICATION_FAILED', text)
    assert.match(first, /^n,,n=a=2Cb=2Cc=3Dd,r=[0-9a-f]{64}$/)
  }
})

test('BrokerSocket rejects NOT_SENT when a broker is silent or hangs up, whatever it was asked', async () => {
  for (const step of ['ApiVersions', 'SaslHandshake', 'SaslAuthenticate'] as const) {
    for (const [fail, reason] of [
      [() => undefined, /Cannot connect to 127.0.0.1:\d+: it took more than 60 ms/],
      [(socket: Socket) => void socket.end(), /the broker closed the connection: it may want TLS, or no SASL, on this port/],
      [(socket: Socket) => void socket.resetAndDestroy(), /ECONNRESET/],
    ] as const) {
      const isSilent = fail.length === 0
      await using broker = new ScriptedBroker(({ version }) => {
        if (step !== 'ApiVersions' || version !== 1) return abilities
        fail(broker.sockets[0]!)
        return null
      })
      const lenient = new LenientBroker(0)
      broker.onRequest = (seen) => (seen.api === step ? fail(seen.socket) : lenient.respond(seen))
      const error = await failure(open(await broker.listen(), plain, { timeoutMs: isSilent ? QUICK_MS : SLOW_MS }))
      assert.equal(error.code, 'NOT_SENT')
      assert.match(error.message, reason)
    }
  }
})

test('BrokerSocket with SASL sees at the first bytes that there is no broker, or one with TLS', async () => {
  for (const [bytes, code, reason] of [
    [Buffer.from('15030300020246', 'hex'), 'TLS_FAILED', /without TLS: the answer is one of TLS, set tls/],
    [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'NOT_SENT', /does a Kafka broker listen there without TLS\?/],
  ] as const) {
    const sockets: Socket[] = []
    const { server, at } = await listen((socket) => {
      sockets.push(socket)
      socket.on('data', () => socket.write(bytes))
    })
    const error = await failure(open(at, plain))
    assert.equal(error.code, code)
    assert.match(error.message, reason)
    for (const socket of sockets) socket.destroy()
    server.close()
  }
})

test('BrokerSocket rejects NOT_SENT for a port that is none', async () => {
  for (const port of [-1, 65_536, 1.5, Number.NaN]) {
    assert.match((await failure(open({ host: '127.0.0.1', port }, null))).message, /Cannot connect to 127.0.0.1:.*: .* is no port/)
  }
})

test('BrokerSocket leaves no timer of the package behind, whether it fails, is closed or is killed', async (t) => {
  const [set, clear] = [t.mock.method(globalThis, 'setTimeout').mock, t.mock.method(globalThis, 'clearTimeout').mock]
  const { server, at } = await listen(() => undefined)
  server.close()
  await once(server, 'close')
  assert.equal(await codeOf(open(at, null)), 'NOT_SENT')
  const sockets: Socket[] = []
  const tls: TlsOptions = { ca: null, cert: null, key: null, passphrase: null, serverName: null, verifiesHost: true }
  const silentServer = await listen((socket) => void sockets.push(socket))
  assert.equal(await codeOf(open(silentServer.at, null, { timeoutMs: QUICK_MS, tls })), 'NOT_SENT')
  for (const socket of sockets) socket.destroy()
  silentServer.server.close()
  await using broker = new LenientBroker(SESSION_MS)
  const place = await broker.broker.listen()
  const connection = await open(place, plain)
  connection.close()
  const killed = environment()
  const mute = Promise.withResolvers<void>()
  broker.onRequest = ({ api }) => api === 'SaslHandshake' && (mute.resolve(), true)
  let isSettled = false
  void open(place, plain, { within: killed }).finally(() => (isSettled = true))
  await mute.promise
  const gone = once(broker.broker.sockets.at(-1)!, 'close')
  killed.lifeline.cut()
  await gone
  await new Promise<void>((resolve) => setImmediate(resolve))
  assert.equal(isSettled, false)
  // The package would authenticate anew after 80 % of a session, whatever is under way.
  assert.equal(set.calls.filter(({ arguments: [, delayMs] }) => delayMs === 0.8 * SESSION_MS).length, 0)
  // Its other timers never end by themselves, and those of sessions may be cut short only.
  const begun = set.calls.filter(({ arguments: [, delayMs] }) => delayMs! > SLOW_MS).map(({ result }) => result)
  const ended = new Set(clear.calls.map(({ arguments: [timer] }) => timer))
  assert.ok(begun.length > 5, `${begun.length} timers`)
  assert.equal(begun.filter((timer) => !ended.has(timer)).length, 0)
})

test('TcpConnection authenticates anew when what is under way has been answered, and sends the rest after that', async () => {
  await using broker = new LenientBroker(SESSION_MS)
  const slow = Promise.withResolvers<Seen>()
  broker.onRequest = (seen) => seen.api === 'FindCoordinator' && (slow.resolve(seen), true)
  const stepped = steppedEnvironment()
  const connection = await open(await broker.broker.listen(), plain, { within: stepped.environment })
  const first = ask(connection, 'slow')
  const waiting = await slow.promise
  broker.onRequest = () => false
  await stepped.renew()
  const second = ask(connection, 'held')
  assert.deepEqual(broker.seen, ['SaslHandshake', 'SaslAuthenticate', 'FindCoordinator'])
  broker.respond(waiting)
  await Promise.all([first, second])
  assert.deepEqual(broker.seen.slice(3), ['SaslHandshake', 'SaslAuthenticate', 'FindCoordinator'])
  await stepped.renew()
  await ask(connection, 'again')
  assert.deepEqual(broker.seen.slice(6), ['SaslHandshake', 'SaslAuthenticate', 'FindCoordinator'])
  connection.close()
})

test('TcpConnection that ends before its renewal says OUTCOME_UNKNOWN for what was sent and NOT_SENT for what was kept back', async () => {
  await using broker = new LenientBroker(SESSION_MS)
  const came = Promise.withResolvers<Seen>()
  broker.onRequest = (seen) => seen.api === 'FindCoordinator' && (came.resolve(seen), true)
  const stepped = steppedEnvironment()
  const connection = await open(await broker.broker.listen(), plain, { within: stepped.environment })
  const sent = codeOf(ask(connection, 'sent'))
  const { socket } = await came.promise
  await stepped.renew()
  const kept = codeOf(ask(connection, 'kept'))
  socket.destroy()
  assert.deepEqual([await sent, await kept], ['OUTCOME_UNKNOWN', 'NOT_SENT'])
  assert.ok(connection.isClosed)
  assert.equal(await codeOf(ask(connection, 'late')), 'NOT_SENT')
})

test('TcpConnection that ends in its renewal says NOT_SENT for what was kept back', async () => {
  for (const step of ['SaslHandshake', 'SaslAuthenticate'] as const) {
    for (const [end, timeoutMs, reason] of [
      [(socket: Socket) => void socket.destroy(), SLOW_MS, /Cannot send FindCoordinator/],
      [() => undefined, QUICK_MS, /Cannot authenticate anew with .*: it took more than 60 ms/],
    ] as const) {
      await using broker = new LenientBroker(SESSION_MS)
      const stepped = steppedEnvironment()
      const connection = await open(await broker.broker.listen(), plain, { timeoutMs, within: stepped.environment })
      const came = Promise.withResolvers<Seen>()
      broker.onRequest = (seen) => seen.api === step && (came.resolve(seen), true)
      await stepped.renew()
      const kept = failure(ask(connection, 'kept'))
      end((await came.promise).socket)
      const error = await kept
      assert.equal(error.code, 'NOT_SENT')
      assert.match(error.message, reason)
      assert.ok(connection.isClosed)
    }
  }
})

test('TcpConnection of an instance that is killed in its renewal settles nothing and is gone at the broker', async () => {
  await using broker = new LenientBroker(SESSION_MS)
  const stepped = steppedEnvironment()
  const connection = await open(await broker.broker.listen(), plain, { within: stepped.environment })
  const renewing = Promise.withResolvers<void>()
  broker.onRequest = ({ api }) => api === 'SaslHandshake' && (renewing.resolve(), true)
  await stepped.renew()
  await renewing.promise
  let isSettled = false
  void ask(connection, 'kept').finally(() => (isSettled = true))
  const gone = once(broker.broker.sockets[0]!, 'close')
  stepped.environment.lifeline.cut()
  await gone
  assert.ok(connection.isClosed)
  assert.equal(isSettled, false)
})

test('BrokerSocket works with the package as a whole, which is what a bundle has', async () => {
  const whole = await import('@platformatic/kafka')
  await using broker = new LenientBroker(SESSION_MS)
  const client = { clientId: 'test', environment: environment() }
  const authenticator = new Authenticator(client, createMechanism(plain, client.environment.random, whole), SLOW_MS)
  const socket = new BrokerSocket(client, await broker.broker.listen(), whole, { timeoutMs: SLOW_MS, tls: null, authenticator })
  await socket.connect()
  assert.equal(socket.sessionLifetimeMs, SESSION_MS)
  await socket.prepare()
  assert.equal(await socket.renew(), SESSION_MS)
  assert.deepEqual(broker.seen, ['SaslHandshake', 'SaslAuthenticate', 'SaslHandshake', 'SaslAuthenticate'])
  socket.destroy()
})
