// Goal: what a client with TLS and SASL makes of brokers that have neither, or others than it expects. The rest is shown on a real broker.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { isMillraceError, type MillraceError } from '../base/errors.ts'
import { createRealEnvironment } from '../base/real-environment.ts'
import { Secret } from '../base/secret.ts'
import type { SaslOptions, TlsOptions } from '../protocol/security.ts'
import type { Connection, Endpoint } from '../protocol/transport.ts'
import { zeroUuid } from '../protocol/uuid.ts'
import { CertificateAuthority } from '../../tools/kafka/certificate-authority.ts'
import { abilities, answer, asked, located, ScriptedBroker, type Seen } from './scripted-broker.test.ts'
import { TcpTransport, type TcpTransportOptions } from './tcp-transport.ts'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const PASSWORD = 'p4ss-Sekret'
const authority = new CertificateAuthority('the authority')
const hosts = ['localhost', '127.0.0.1']
const trusting: TlsOptions = { ca: [authority.cert], cert: null, key: null, passphrase: null, serverName: null, verifiesHost: true }

function open(at: Endpoint, options: TcpTransportOptions): Promise<Connection> {
  const environment = createRealEnvironment({ logger: silent })
  return new TcpTransport({ clientId: 'test', environment }, { connectTimeoutMs: 2_000, ...options }).connect(at)
}

/** The error of a connection that must not come about. */
async function refusal(at: Endpoint, options: TcpTransportOptions): Promise<MillraceError> {
  const error: unknown = await open(at, options).then(
    () => assert.fail('it connected'),
    (reason: unknown) => reason,
  )
  assert.ok(isMillraceError(error), inspect(error))
  assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /Sekret|PRIVATE KEY/)
  return error
}

async function talk(at: Endpoint, options: TcpTransportOptions): Promise<string> {
  const connection = await open(at, options)
  try {
    const { coordinators } = await connection.send('FindCoordinator', 4, { key: '', keyType: 0, coordinatorKeys: ['a'] }, 2_000)
    return coordinators[0]!.host
  } finally {
    connection.close()
  }
}

function tlsBroker(tls: object): ScriptedBroker {
  const broker = new ScriptedBroker(undefined, { ...authority.issue({ commonName: 'broker', hosts }), ...tls })
  broker.onRequest = (seen) => answer(seen, 'FindCoordinator', located('found'))
  return broker
}

test('TcpTransport speaks TLS with a broker whose authority it trusts, by name and by address', async () => {
  await using broker = tlsBroker({})
  const at = await broker.listen()
  assert.equal(await talk(at, { tls: trusting }), 'found')
  assert.equal(await talk({ ...at, host: 'localhost' }, { tls: trusting }), 'found')
  assert.equal(await talk(at, { tls: { ...trusting, ca: [new CertificateAuthority('another').cert + authority.cert] } }), 'found')
})

test('TcpTransport shows its certificate to a broker that asks for one', async () => {
  await using broker = tlsBroker({ ca: authority.cert, requestCert: true, rejectUnauthorized: true })
  const at = await broker.listen()
  const { cert, key } = authority.issue({ commonName: 'client' })
  assert.equal(await talk(at, { tls: { ...trusting, cert, key: new Secret(key) } }), 'found')
  const none = await refusal(at, { tls: trusting })
  assert.equal(none.code, 'TLS_FAILED')
  assert.match(none.message, /certificate/)
})

test('TcpTransport rejects TLS_FAILED for a certificate that is not trusted, has expired or is for another host', async () => {
  const past = Date.now() - 3_600_000
  await using broker = tlsBroker({})
  await using expired = tlsBroker(authority.issue({ commonName: 'broker', hosts, validUntilMs: past }))
  await using elsewhere = tlsBroker(authority.issue({ commonName: 'broker', hosts: ['kafka.example'] }))
  const [at, expiredAt, elsewhereAt] = [await broker.listen(), await expired.listen(), await elsewhere.listen()]
  for (const [place, tls, reason] of [
    [
      at,
      { ...trusting, ca: [new CertificateAuthority('another').cert] },
      /authority of the broker's certificate is not trusted, set tls.ca/,
    ],
    [at, { ...trusting, ca: null }, /authority of the broker's certificate is not trusted, set tls.ca/],
    [expiredAt, trusting, /the broker's certificate has expired/],
    [elsewhereAt, trusting, /for DNS:kafka.example and not for 127.0.0.1, connect by a name that it holds for or set tls.serverName/],
  ] as const) {
    const error = await refusal(place, { tls })
    assert.deepEqual([error.code, error.retriable], ['TLS_FAILED', false])
    assert.match(error.message, reason)
    assert.ok(error.message.includes(`${place.host}:${place.port}`))
  }
  assert.equal(await talk(elsewhereAt, { tls: { ...trusting, serverName: 'kafka.example' } }), 'found')
  assert.equal(await talk(elsewhereAt, { tls: { ...trusting, verifiesHost: false } }), 'found')
})

test('TcpTransport refuses certificates and keys that cannot be read, and does not show them', async () => {
  const { cert, key } = authority.issue({ commonName: 'client' })
  const broken = '-----BEGIN CERTIFICATE-----\nSekret==\n-----END CERTIFICATE-----\n'
  const other = new Secret(authority.issue({ commonName: 'other' }).key)
  const at = { host: '127.0.0.1', port: 1 }
  for (const tls of [
    { ...trusting, ca: [authority.cert, broken] },
    { ...trusting, ca: ['-----BEGIN NOTHING-----'] },
    { ...trusting, cert: broken, key: new Secret(key) },
    { ...trusting, cert, key: new Secret(`-----BEGIN PRIVATE KEY-----\n${PASSWORD}\n-----END PRIVATE KEY-----\n`) },
    { ...trusting, cert, key: other },
  ]) {
    const error = await refusal(at, { tls })
    assert.deepEqual([error.code, error.configKey], ['CONFIG_INVALID', 'tls'])
  }
})

test('TcpTransport says so when one side speaks TLS and the other does not', async () => {
  // What Java's TLS says to bytes that are none of it: a fatal alert.
  const secure = createServer((socket) =>
    socket.on('data', () => socket.end(Buffer.from('15030300020246', 'hex'))).on('error', () => undefined),
  )
  const web = createServer((socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).on('error', () => undefined))
  // A broker closes what looks like a request of 350 MB.
  const kafka = createServer((socket) => socket.on('data', () => socket.destroy()).on('error', () => undefined))
  for (const [server, tls, code, reason] of [
    [secure, null, 'TLS_FAILED', /without TLS: the answer is one of TLS, set tls/],
    [web, trusting, 'TLS_FAILED', /does not speak TLS, leave out tls/],
    [kafka, trusting, 'NOT_SENT', /does the port speak TLS\?/],
  ] as const) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const error = await refusal({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }, { tls }).finally(() => server.close())
    assert.equal(error.code, code)
    assert.match(error.message, reason)
  }
})

test('TcpTransport rejects NOT_SENT when a broker does not go on with the handshake of TLS', async () => {
  const mute = createServer(() => undefined)
  mute.listen(0, '127.0.0.1')
  await once(mute, 'listening')
  const sockets: { destroy(): void }[] = []
  mute.on('connection', (socket) => void sockets.push(socket))
  const at = { host: '127.0.0.1', port: (mute.address() as AddressInfo).port }
  const error = await refusal(at, { tls: trusting, connectTimeoutMs: 50 })
  assert.equal(error.code, 'NOT_SENT')
  for (const socket of sockets) socket.destroy()
  mute.close()
})

const user: SaslOptions = { mechanism: 'PLAIN', username: 'alice', password: new Secret(PASSWORD) }

/** A broker that takes `alice` with her password, and answers everything else only to her. */
function saslBroker(sessionLifetimeMs: number, seen: string[] = []): ScriptedBroker {
  const broker = new ScriptedBroker(() => abilities)
  const known = new Set<unknown>()
  const respond = (request: Seen): void => {
    seen.push(request.api)
    if (request.api === 'SaslHandshake') return answer(request, 'SaslHandshake', { errorCode: 0, mechanisms: ['PLAIN'] })
    if (request.api === 'FindCoordinator')
      return known.has(request.socket) ? answer(request, 'FindCoordinator', located('found')) : void request.socket.end()
    const isRight = asked(request, 'SaslAuthenticate').authBytes.toString() === `\0alice\0${PASSWORD}`
    if (isRight) known.add(request.socket)
    const errorMessage = isRight ? null : 'who are you?'
    answer(request, 'SaslAuthenticate', { errorCode: isRight ? 0 : 58, errorMessage, authBytes: Buffer.alloc(0), sessionLifetimeMs })
  }
  broker.onRequest = respond
  return broker
}

test('TcpTransport.connect() authenticates, or rejects AUTHENTICATION_FAILED', async () => {
  await using broker = saslBroker(0)
  const at = await broker.listen()
  assert.equal(await talk(at, { sasl: user }), 'found')
  const error = await refusal(at, { sasl: { ...user, password: new Secret('wrong-Sekret') } })
  assert.deepEqual([error.code, error.kafkaCode, error.retriable], ['AUTHENTICATION_FAILED', 58, false])
  assert.match(error.message, /Cannot connect to 127.0.0.1:\d+: Cannot authenticate with PLAIN: .* "who are you\?"/)
})

test('TcpConnection says what may be missing when a broker hangs up at the first request', async () => {
  await using broker = saslBroker(0)
  const at = await broker.listen()
  const error: unknown = await talk(at, {}).catch((reason: unknown) => reason)
  assert.ok(isMillraceError(error))
  assert.equal(error.code, 'OUTCOME_UNKNOWN')
  assert.match(error.message, /before it answered anything: it may want TLS or SASL on this port/)
})

test('TcpConnection keeps requests back while its session is renewed, and loses none', async () => {
  const seen: string[] = []
  await using broker = saslBroker(40, seen)
  const at = await broker.listen()
  const respond = broker.onRequest
  let renewing: Seen | null = null
  const began = Promise.withResolvers<void>()
  broker.onRequest = (request) => {
    if (request.api !== 'SaslHandshake' || renewing !== null || seen.filter((api) => api === 'SaslAuthenticate').length !== 1)
      return respond(request)
    renewing = request
    began.resolve()
  }
  const connection = await open(at, { sasl: user })
  await began.promise
  const request = { key: '', keyType: 0, coordinatorKeys: ['a'] }
  const answers = [1, 2, 3].map(() => connection.send('FindCoordinator', 4, request, 5_000))
  // The first round trip of the renewal is still open: nothing else may have come.
  await new Promise<void>((resolve) => setImmediate(resolve))
  assert.equal(seen.includes('FindCoordinator'), false)
  respond(renewing!)
  for (const { coordinators } of await Promise.all(answers)) assert.equal(coordinators[0]!.host, 'found')
  const order = seen.slice(0, seen.indexOf('FindCoordinator'))
  assert.deepEqual(order, ['SaslHandshake', 'SaslAuthenticate', 'SaslHandshake', 'SaslAuthenticate'])
  connection.close()
})

test('TcpConnection rejects NOT_SENT what it kept back when the renewal fails', async () => {
  await using broker = saslBroker(40)
  const at = await broker.listen()
  const respond = broker.onRequest
  const began = Promise.withResolvers<Seen>()
  let handshakes = 0
  broker.onRequest = (request) => {
    if (request.api === 'SaslHandshake' && ++handshakes === 2) began.resolve(request)
    else respond(request)
  }
  const connection = await open(at, { sasl: user })
  const renewing = await began.promise
  const kept = connection.send('FindCoordinator', 4, { key: '', keyType: 0, coordinatorKeys: ['a'] }, 5_000)
  answer(renewing, 'SaslHandshake', { errorCode: 33, mechanisms: ['SCRAM-SHA-512'] })
  const error: unknown = await kept.catch((reason: unknown) => reason)
  assert.ok(isMillraceError(error))
  assert.equal(error.code, 'NOT_SENT')
  assert.match(error.message, /does not offer it here, but SCRAM-SHA-512/)
  assert.ok(connection.isClosed)
})

for (const tls of [null, trusting]) {
  test(`TcpConnection sends batches as they are, ${tls === null ? 'without' : 'with'} TLS, however slowly they are taken`, async () => {
    await using broker = tls === null ? new ScriptedBroker() : tlsBroker({})
    const sizes = [1_500, 33_000, 1_600, 200_000, 500, 16_000, 16_500, 20_000]
    const wrong: number[] = []
    let count = 0
    broker.onRequest = (seen) => {
      const index = count++
      const { records } = asked(seen, 'Produce').topicData[0]!.partitionData[0]!
      const isRight = records!.length === sizes[index % sizes.length]! && records!.every((byte) => byte === index % 251)
      if (!isRight) wrong.push(index)
      if (index % 50 === 0) setTimeout(() => seen.socket.resume(), 5)
      if (index % 50 === 0) seen.socket.pause()
      answer(seen, 'Produce', { responses: [], throttleTimeMs: 0, nodeEndpoints: [] })
    }
    const connection = await open(await broker.listen(), { tls })
    const sent = Array.from({ length: 600 }, (_, index) => {
      const records = Buffer.alloc(sizes[index % sizes.length]!, index % 251)
      const topicData = [{ name: 't', topicId: zeroUuid, partitionData: [{ index: 0, records }] }]
      return connection.send('Produce', 9, { transactionalId: null, acks: -1, timeoutMs: 1_000, topicData }, 20_000)
    })
    await Promise.all(sent)
    connection.close()
    assert.deepEqual(wrong, [])
    assert.equal(count, 600)
  })
}
