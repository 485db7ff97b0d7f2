// Goal: what a connection makes of a broker that answers late, wrongly or not at all. The rest is the client contract on a real broker.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { test } from 'node:test'
import type { Environment } from '../base/environment.ts'
import { isMillraceError } from '../base/errors.ts'
import { createRealEnvironment } from '../base/real-environment.ts'
import { kafkaErrors as kafka } from '../protocol/kafka-errors.ts'
import { apiKeys, type RequestOf } from '../protocol/messages.ts'
import type { Connection, Endpoint } from '../protocol/transport.ts'
import { abilities, answer, located, ScriptedBroker, type Seen } from './scripted-broker.test.ts'
import { TcpTransport } from './tcp-transport.ts'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
const WAIT_MS = 10_000

async function open(at: Endpoint, environment: Environment = createRealEnvironment({ logger: silent })): Promise<Connection> {
  return new TcpTransport({ clientId: 'test', environment }, { connectTimeoutMs: 2_000 }).connect(at)
}

function ask(connection: Connection, key: string, timeoutMs = WAIT_MS): Promise<string> {
  const request: RequestOf<'FindCoordinator'> = { key: '', keyType: 0, coordinatorKeys: [key] }
  return connection.send('FindCoordinator', 4, request, timeoutMs).then(({ coordinators }) => coordinators[0]!.host, codeIn)
}

function codeIn(error: unknown): string {
  assert.ok(isMillraceError(error))
  return error.code
}

test('TcpTransport.connect() learns versions and finalized features', async () => {
  await using broker = new ScriptedBroker()
  const connection = await open(await broker.listen())
  assert.deepEqual(connection.versions, {
    ApiVersions: { min: 0, max: 9 },
    FindCoordinator: { min: 0, max: 4 },
    SaslHandshake: { min: 0, max: 1 },
    SaslAuthenticate: { min: 0, max: 2 },
  })
  assert.deepEqual([...connection.features], [['transaction.version', 2]])
  assert.deepEqual(
    broker.seen.map(({ header }) => header.clientId),
    ['test'],
  )
  connection.close()
  assert.ok(connection.isClosed)
})

test('TcpTransport.connect() asks an older broker in a version that it knows', async () => {
  const older = [{ apiKey: apiKeys.ApiVersions, minVersion: 0, maxVersion: 2 }]
  const refusal = { ...abilities, errorCode: kafka.UNSUPPORTED_VERSION, apiKeys: older }
  await using broker = new ScriptedBroker(({ version }) => (version > 2 ? refusal : { ...abilities, apiKeys: older }))
  const connection = await open(await broker.listen())
  assert.deepEqual(
    broker.seen.map(({ header }) => header.version),
    [4, 2],
  )
  assert.deepEqual([...connection.features], [])
  connection.close()
})

test('TcpTransport.connect() rejects NOT_SENT where nobody listens, and where no broker does', async () => {
  const closed = new ScriptedBroker()
  const at = await closed.listen()
  await closed[Symbol.asyncDispose]()
  assert.equal(await open(at).catch(codeIn), 'NOT_SENT')
  const web = createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1')
  await once(web, 'listening')
  assert.equal(await open({ host: '127.0.0.1', port: (web.address() as AddressInfo).port }).catch(codeIn), 'NOT_SENT')
  web.close()
})

test('TcpConnection pipelines: requests leave at once, answers come in their order', async () => {
  await using broker = new ScriptedBroker()
  const connection = await open(await broker.listen())
  const waiting: Seen[] = []
  broker.onRequest = (seen) => {
    waiting.push(seen)
    if (waiting.length === 3) for (const [index, each] of waiting.entries()) answer(each, 'FindCoordinator', located(`answer-${index}`))
  }
  assert.deepEqual(await Promise.all(['a', 'b', 'c'].map((key) => ask(connection, key))), ['answer-0', 'answer-1', 'answer-2'])
  connection.close()
})

test('TcpConnection ends at a time-out, for all that is under way', async () => {
  await using broker = new ScriptedBroker()
  const connection = await open(await broker.listen())
  const asked = [ask(connection, 'slow'), ask(connection, 'slower', 20)]
  assert.deepEqual(await Promise.all(asked), ['OUTCOME_UNKNOWN', 'OUTCOME_UNKNOWN'])
  assert.ok(connection.isClosed)
  assert.equal(await ask(connection, 'late'), 'NOT_SENT')
})

test('TcpConnection rejects OUTCOME_UNKNOWN when it is cut, and at an answer that is not the one due', async () => {
  await using broker = new ScriptedBroker()
  const at = await broker.listen()
  const cut = await open(at)
  broker.onRequest = ({ socket }) => void socket.resetAndDestroy()
  assert.equal(await ask(cut, 'cut'), 'OUTCOME_UNKNOWN')
  assert.ok(cut.isClosed)
  const confused = await open(at)
  broker.onRequest = (seen) =>
    answer({ ...seen, header: { ...seen.header, correlationId: seen.header.correlationId + 1 } }, 'FindCoordinator', located('other'))
  assert.equal(await ask(confused, 'confused'), 'OUTCOME_UNKNOWN')
  assert.ok(confused.isClosed)
})

test('TcpConnection rejects NOT_SENT what the socket had no room for', async () => {
  await using broker = new ScriptedBroker()
  const connection = await open(await broker.listen())
  broker.sockets[0]!.pause()
  const large = 'x'.repeat(32_000)
  const asked = Array.from({ length: 2_000 }, () => ask(connection, large))
  // What is sent in a turn goes to the socket at its end.
  await Promise.resolve()
  connection.close()
  const codes = await Promise.all(asked)
  const firstUnsent = codes.indexOf('NOT_SENT')
  assert.ok(firstUnsent > 0, `${firstUnsent} were given to the socket`)
  assert.ok(codes.slice(0, firstUnsent).every((code) => code === 'OUTCOME_UNKNOWN'))
  assert.ok(codes.slice(firstUnsent).every((code) => code === 'NOT_SENT'))
})

test('TcpConnection of an instance that was killed settles nothing and is gone at the broker', async () => {
  await using broker = new ScriptedBroker()
  const environment = createRealEnvironment({ logger: silent })
  const connection = await open(await broker.listen(), environment)
  let isSettled = false
  void ask(connection, 'never').finally(() => (isSettled = true))
  const gone = once(broker.sockets[0]!, 'close')
  environment.lifeline.cut()
  await gone
  assert.ok(connection.isClosed)
  assert.equal(isSettled, false)
})
