import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { inspect } from 'node:util'
import { isMillraceError, KafkaStreams, type Logger, type StreamsConfig, serdes, StreamsBuilder, topic } from 'millrace'
import { createRealEnvironment } from '../../src/base/real-environment.ts'
import { Secret } from '../../src/base/secret.ts'
import { append, type Scene } from '../../src/client/contract-scene.test.ts'
import type { PasswordSasl, SaslOptions, TlsOptions } from '../../src/protocol/security.ts'
import { TcpTransport, type TcpTransportOptions } from '../../src/wire/tcp-transport.ts'
import { CertificateAuthority } from '../../tools/kafka/certificate-authority.ts'
import { kafkaSkipReason } from '../../tools/kafka/class-path.ts'
import { KafkaNode } from '../../tools/kafka/kafka-node.ts'
import type { SecureListener } from '../../tools/kafka/node-security.ts'
import { openWireScene } from './wire-scene.ts'

// One broker with a listener of every kind: what a client and an application make of TLS, SASL and ACLs, and that no log tells a secret.

const PASSWORD = 'alice-Sekret'
const WRONG = 'wrong-Sekret'
/** How long a SASL session lives: less than some of the tests. */
const SESSION_MS = 3_000
const WAIT_MS = 20_000

const authority = new CertificateAuthority('Millrace test authority')
const client = authority.issue({ commonName: 'client' })

/** Everything that was logged, and every error that was seen. */
const told: string[] = []
const logger: Logger = Object.fromEntries(
  ['debug', 'info', 'warn', 'error'].map((level) => [
    level,
    (fields: object, message: string) => void told.push(`${level} ${message} ${inspect(fields, { depth: 9, showHidden: true })}`),
  ]),
) as unknown as Logger

function noted(error: unknown): unknown {
  told.push(inspect(error, { depth: 9, showHidden: true }))
  return error
}

const tls: TlsOptions = { ca: [authority.cert], cert: null, key: null, passphrase: null, serverName: null, verifiesHost: true }

function user(mechanism: PasswordSasl['mechanism'], password = PASSWORD): SaslOptions {
  return { mechanism, username: 'alice', password: new Secret(password) }
}

/** An unsecured token of `name` (RFC 7515, `alg` none), with the secret in a claim that nobody reads. */
function tokenOf(name: string): string {
  const nowS = Math.floor(Date.now() / 1_000)
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'none' })}.${part({ sub: name, iat: nowS - 5, exp: nowS + 600, secret: 'Sekret' })}.`
}

const bearer: SaslOptions = { mechanism: 'OAUTHBEARER', token: () => Promise.resolve(tokenOf('alice')), extensions: { traceId: '7' } }

describe('a broker with TLS, SASL and ACLs', { skip: kafkaSkipReason() }, () => {
  let node: KafkaNode
  before(async () => {
    node = await KafkaNode.start({ shortTimeouts: true, security: { authority, users: { alice: PASSWORD }, sessionMs: SESSION_MS } })
    await prepare()
  })
  after(() => node.stop())

  function scene(listener: SecureListener | 'PLAINTEXT', options: TcpTransportOptions = {}): Scene {
    return openWireScene([node.portOf(listener)], { transport: options, logger })
  }

  const ways: readonly (readonly [SecureListener, TcpTransportOptions])[] = [
    ['SSL', { tls }],
    ['MUTUAL', { tls: { ...tls, cert: client.cert, key: new Secret(client.key) } }],
    ['SASL_PLAINTEXT', { sasl: user('SCRAM-SHA-256') }],
    ['SASL_SSL', { tls, sasl: user('PLAIN') }],
    ['SASL_SSL', { tls, sasl: user('SCRAM-SHA-256') }],
    ['SASL_SSL', { tls, sasl: user('SCRAM-SHA-512') }],
    ['SASL_SSL', { tls, sasl: bearer }],
  ]
  const refusals: readonly (readonly [what: string, SecureListener | 'PLAINTEXT', TcpTransportOptions, code: string, message: RegExp])[] = [
    [
      'a wrong password with PLAIN',
      'SASL_SSL',
      { tls, sasl: user('PLAIN', WRONG) },
      'AUTHENTICATION_FAILED',
      /SASL_AUTHENTICATION_FAILED \(58\)/,
    ],
    [
      'a wrong password with SCRAM-SHA-256',
      'SASL_SSL',
      { tls, sasl: user('SCRAM-SHA-256', WRONG) },
      'AUTHENTICATION_FAILED',
      /invalid credentials/,
    ],
    [
      'a wrong password with SCRAM-SHA-512',
      'SASL_PLAINTEXT',
      { sasl: user('SCRAM-SHA-512', WRONG) },
      'AUTHENTICATION_FAILED',
      /invalid credentials/,
    ],
    [
      'a wrong token',
      'SASL_SSL',
      { tls, sasl: { ...bearer, token: () => 'Sekret-token' } as SaslOptions },
      'AUTHENTICATION_FAILED',
      /invalid_token/,
    ],
    ['SASL where there is none', 'SSL', { tls, sasl: user('PLAIN') }, 'AUTHENTICATION_FAILED', /wants no authentication on this port/],
    ['another authority', 'SSL', { tls: { ...tls, ca: [new CertificateAuthority('other').cert] } }, 'TLS_FAILED', /set tls.ca/],
    ['another host', 'SSL', { tls: { ...tls, serverName: 'kafka.example' } }, 'TLS_FAILED', /not for kafka.example/],
    ['no certificate where one is asked for', 'MUTUAL', { tls }, 'TLS_FAILED', /certificate/],
    ['no TLS where it is asked for', 'SSL', {}, 'TLS_FAILED', /without TLS: the answer is one of TLS/],
    ['TLS where there is none', 'PLAINTEXT', { tls }, 'NOT_SENT', /does the port speak TLS\?/],
  ]
  function application(id: string, output: string, config: Partial<StreamsConfig> = {}): KafkaStreams {
    const builder = new StreamsBuilder()
    const text = { key: serdes.string, value: serdes.string }
    builder
      .stream(topic('input', text))
      .mapValues((value) => value.toUpperCase())
      .to(topic(output, text))
    return new KafkaStreams(builder, {
      applicationId: id,
      bootstrapServers: `127.0.0.1:1,localhost:${node.portOf('SASL_SSL')}`,
      tls: { ca: authority.cert },
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'alice', password: PASSWORD },
      commitIntervalMs: 100,
      logger,
      ...config,
    })
  }

  /** Makes topics, writes to `input`, and denies alice to write to `forbidden`; over the plain port, as the operator of the cluster. */
  async function prepare(): Promise<void> {
    const operator = scene('PLAINTEXT')
    const names = ['input', 'output', 'forbidden']
    for (const name of names) await operator.admin.createTopics([{ name, partitions: 1, replicationFactor: -1 }])
    await operator.until(async () => (await operator.admin.describeTopics(names)).size === names.length)
    const creation = { resourceType: 2, resourceName: 'forbidden', resourcePatternType: 3, principal: 'User:alice', host: '*' }
    const response = await operator.client.sendToAny('CreateAcls', { min: 2, max: 3 }, () => ({
      creations: [{ ...creation, operation: 4, permissionType: 2 }],
    }))
    assert.deepEqual(
      response.results.map(({ errorCode }) => errorCode),
      [0],
    )
    const producer = operator.producer()
    append(producer, 'input', ['a', 'b', 'c'])
    await producer.close()
    operator.close()
  }

  describe('each thing by itself', { concurrency: true }, () => {
    for (const [listener, options] of ways) {
      test(`a client writes and reads over ${listener}${options.sasl ? ` with ${options.sasl.mechanism}` : ''}`, async () => {
        const world = scene(listener, options)
        try {
          const name = await world.topic()
          const producer = world.producer()
          append(producer, name, ['a', 'b'])
          await producer.close()
          assert.deepEqual(await world.values(name), ['a', 'b'])
        } finally {
          world.close()
        }
      })
    }

    test('a connection outlives its session, whatever is under way on it', async () => {
      const transport = new TcpTransport(
        { clientId: 'long', environment: createRealEnvironment({ logger }) },
        { tls, sasl: user('SCRAM-SHA-512') },
      )
      const connection = await transport.connect({ host: '127.0.0.1', port: node.portOf('SASL_SSL') })
      const request = {
        topics: [],
        allowAutoTopicCreation: false,
        includeClusterAuthorizedOperations: false,
        includeTopicAuthorizedOperations: false,
      }
      let answers = 0
      const endMs = performance.now() + 1.5 * SESSION_MS
      const asking = Array.from({ length: 5 }, async () => {
        while (performance.now() < endMs) {
          assert.equal((await connection.send('Metadata', 12, request, WAIT_MS)).brokers.length, 1)
          answers++
        }
      })
      await Promise.all(asking)
      assert.ok(answers > 50, `${answers} answers`)
      assert.equal(connection.isClosed, false)
      connection.close()
    })

    for (const [what, listener, options, code, message] of refusals) {
      test(`${what} is ${code}`, async () => {
        const transport = new TcpTransport({ clientId: 'refused', environment: createRealEnvironment({ logger }) }, options)
        const error = noted(
          await transport.connect({ host: '127.0.0.1', port: node.portOf(listener) }).then(
            () => null,
            (reason: unknown) => reason,
          ),
        )
        assert.ok(isMillraceError(error))
        assert.equal(error.code, code)
        assert.match(error.message, message)
      })
    }

    test('no SASL where it is asked for is said in the log', async () => {
      const world = scene('SASL_PLAINTEXT')
      await assert.rejects(world.admin.describeTopics(['t'], { timeoutMs: 500 }))
      world.close()
      assert.ok(told.some((line) => line.startsWith('warn') && line.includes('it may want TLS or SASL on this port')))
    })

    test('an application runs over TLS and SASL, one of its bootstrap servers being down', async () => {
      const operator = scene('PLAINTEXT')
      await using streams = application('allowed', 'output', { processingGuarantee: 'exactly_once_v2' })
      await streams.start()
      await operator.until(async () => (await operator.values('output')).length === 3, WAIT_MS)
      assert.deepEqual(await operator.values('output'), ['A', 'B', 'C'])
      operator.close()
      assert.doesNotMatch(inspect(streams, { depth: 9, showHidden: true }), /Sekret/)
    })

    test('an application that is refused ends with the reason at its start', async () => {
      for (const [config, code] of [
        [{ sasl: { mechanism: 'SCRAM-SHA-512', username: 'alice', password: WRONG } }, 'AUTHENTICATION_FAILED'],
        [{ tls: { ca: new CertificateAuthority('other').cert } }, 'TLS_FAILED'],
      ] as const) {
        const streams = application('refused', 'output', config)
        const error = noted(
          await streams.start().then(
            () => null,
            (reason: unknown) => reason,
          ),
        )
        assert.ok(isMillraceError(error))
        assert.equal(codes(error).includes(code), true, inspect(error))
        await streams.close()
      }
    })

    test('a topic that is refused ends the application, or goes on with another thread, as the handler says', async () => {
      const answers: string[] = []
      const ended = Promise.withResolvers<unknown>()
      const streams = application('forbidden', 'forbidden', {
        uncaughtExceptionHandler: (error) => {
          answers.push(...codes(error))
          return answers.filter((code) => code === 'NOT_AUTHORIZED').length < 2 ? 'replace-thread' : 'shutdown-client'
        },
      })
      streams.on('error', ended.resolve)
      await streams.start()
      const error = noted(await ended.promise)
      assert.ok(isMillraceError(error))
      assert.ok(codes(error).includes('NOT_AUTHORIZED'), inspect(error))
      assert.match(inspect(error), /forbidden/)
      assert.equal(answers.filter((code) => code === 'NOT_AUTHORIZED').length, 2)
      await streams.close()
      assert.equal(streams.state, 'ERROR')
    })
  })

  test('no log and no error has told a secret', () => {
    assert.ok(told.length > 20, `${told.length} lines`)
    const token = tokenOf('alice').split('.')[1]!.slice(-12)
    const key = client.key.split('\n')[1]!
    for (const line of told) for (const secret of ['Sekret', token, key]) assert.ok(!line.includes(secret), line)
  })
})

/** The codes of an error and of what caused it. */
function codes(error: unknown): readonly string[] {
  return isMillraceError(error) ? [error.code, ...codes(error.cause)] : []
}
