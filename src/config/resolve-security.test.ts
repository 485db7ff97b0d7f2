import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { ConfigError } from '../base/errors.ts'
import type { SecurityOptions } from '../protocol/security.ts'
import { configFromProperties } from './properties.ts'
import { resolveConfig } from './resolve-config.ts'
import { securityKeys } from './security-keys.ts'

const PASSWORD = 'p4ss-Sekret'
const CERT = '-----BEGIN CERTIFICATE-----\nTUlJ\n-----END CERTIFICATE-----\n'
const KEY = '-----BEGIN PRIVATE KEY-----\nU2VrcmV0\n-----END PRIVATE KEY-----\n'
const user = { mechanism: 'SCRAM-SHA-512', username: 'alice', password: PASSWORD }

function security(config: Record<string, unknown>): SecurityOptions {
  return resolveConfig({ applicationId: 'app', ...config }).security
}

/** The error of a configuration that must not be accepted; it never tells a secret. */
function refused(config: Record<string, unknown>): ConfigError {
  try {
    security(config)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /Sekret|U2VrcmV0/)
    return error
  }
  return assert.fail(`${JSON.stringify(config)} was accepted`)
}

test('resolveConfig() without TLS and SASL asks for neither', () => {
  assert.deepEqual(security({}), { tls: null, sasl: null })
  assert.deepEqual(security({ tls: false, securityProtocol: 'PLAINTEXT' }), { tls: null, sasl: null })
})

test('resolveConfig() takes tls as it is', () => {
  const plain = { ca: null, cert: null, key: null, passphrase: null, serverName: null, verifiesHost: true }
  assert.deepEqual(security({ tls: true }).tls, plain)
  assert.deepEqual(security({ securityProtocol: 'SSL' }).tls, plain)
  assert.deepEqual(security({ tls: true, sslEndpointIdentificationAlgorithm: '' }).tls, { ...plain, verifiesHost: false })
  const full = security({
    tls: { ca: [CERT, Buffer.from(CERT)], cert: CERT, key: KEY, passphrase: PASSWORD, serverName: 'k', verifyHost: false },
  }).tls!
  assert.deepEqual(
    [full.ca, full.cert, full.key?.reveal(), full.passphrase?.reveal(), full.serverName, full.verifiesHost],
    [[CERT, CERT], CERT, KEY, PASSWORD, 'k', false],
  )
})

test('resolveConfig() takes sasl as it is', async () => {
  const { sasl, tls } = security({ sasl: user })
  assert.equal(tls, null)
  assert.ok(sasl?.mechanism === 'SCRAM-SHA-512')
  assert.deepEqual([sasl.username, sasl.password.reveal()], ['alice', PASSWORD])
  const bearer = security({ sasl: { mechanism: 'OAUTHBEARER', token: () => 'abc', extensions: { logicalCluster: 'lkc-1' } } }).sasl
  assert.ok(bearer?.mechanism === 'OAUTHBEARER')
  assert.deepEqual([await bearer.token(), bearer.extensions], ['abc', { logicalCluster: 'lkc-1' }])
})

test('resolveConfig() shows no secret of what it has resolved', () => {
  const resolved = resolveConfig({
    applicationId: 'app',
    tls: { cert: CERT, key: KEY, passphrase: PASSWORD },
    sasl: { mechanism: 'PLAIN', username: 'alice', password: PASSWORD },
  })
  assert.doesNotMatch(inspect(resolved, { depth: 9, showHidden: true }) + JSON.stringify(resolved), /Sekret|U2VrcmV0/)
})

test('configFromProperties() reads the TLS and SASL of a Java file', () => {
  const pem = (text: string): string => text.replaceAll('\n', '\\n')
  const { tls, sasl } = resolveConfig(
    configFromProperties(`
application.id=app
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-256
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \\
  username="al\\\\"ice" \\
  password="${PASSWORD};=";
ssl.truststore.type=PEM
ssl.truststore.certificates=${pem(CERT)}
ssl.keystore.type=PEM
ssl.keystore.certificate.chain=${pem(CERT)}
ssl.keystore.key=${pem(KEY)}
ssl.endpoint.identification.algorithm=
`),
  ).security
  assert.ok(sasl?.mechanism === 'SCRAM-SHA-256')
  assert.deepEqual([sasl.username, sasl.password.reveal()], ['al"ice', `${PASSWORD};=`])
  assert.deepEqual([tls?.ca, tls?.cert, tls?.key?.reveal().trimEnd(), tls?.verifiesHost].map(trimmed), [
    [CERT.trimEnd()],
    CERT.trimEnd(),
    KEY.trimEnd(),
    false,
  ])
})

function trimmed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(trimmed)
  return typeof value === 'string' ? value.trimEnd() : value
}

test('configFromProperties() does not tell a line that it cannot read', () => {
  assert.throws(() => configFromProperties(`application.id=app\n${PASSWORD}`), { message: /line 2 is not "key=value"/ })
})

test('resolveConfig() refuses what does not fit together, with the reason', () => {
  assert.match(
    refused({ tls: true, securityProtocol: 'SASL_PLAINTEXT', sasl: user }).message,
    /"tls".*SASL_PLAINTEXT, SSL or SASL_SSL is required/,
  )
  assert.match(refused({ tls: false, securityProtocol: 'SSL' }).message, /"tls".*false.*SSL/)
  assert.match(refused({ sslKeystoreKey: KEY }).message, /"sslKeystoreKey".*set securityProtocol/)
  assert.match(refused({ tls: true, sslTruststoreCertificates: CERT }).message, /tls is set, too/)
  assert.match(refused({ sasl: user, securityProtocol: 'SSL' }).message, /"sasl".*SASL_SSL is required/)
  assert.match(refused({ saslJaasConfig: PASSWORD }).message, /no SASL is asked for/)
  assert.match(refused({ sasl: user, saslMechanism: 'PLAIN' }).message, /sasl has another mechanism/)
  assert.match(refused({ sasl: user, saslJaasConfig: PASSWORD }).message, /sasl is set, too/)
  assert.match(refused({ securityProtocol: 'SASL_SSL' }).message, /"sasl".*missing/)
  assert.equal(refused({ securityProtocol: 'SASL_SSL', saslMechanism: 'OAUTHBEARER' }).code, 'CONFIG_MISSING')
  assert.equal(refused({ tls: { cert: CERT } }).configKey, 'tls.key')
  assert.equal(refused({ tls: { key: KEY } }).configKey, 'tls.cert')
})

test('resolveConfig() refuses values of TLS and SASL that cannot be, and tells none', () => {
  assert.match(refused({ tls: { ca: '/etc/ca.pem' } }).message, /"tls.ca".*a path must be read first/)
  assert.match(refused({ tls: { key: 'Sekret', cert: CERT } }).message, /"tls.key".*PEM/)
  assert.equal(refused({ tls: 'yes' }).configKey, 'tls')
  assert.match(refused({ tls: { certs: CERT } }).message, /"tls.certs".*did you mean "tls.cert"/)
  assert.match(refused({ tls: { passphrase: 5 } }).message, /"tls.passphrase" to the value given/)
  assert.equal(refused({ sasl: 'Sekret' }).code, 'CONFIG_INVALID')
  assert.match(refused({ sasl: { ...user, mechanism: 'SCRAM-SHA-1' } }).message, /one of "PLAIN"/)
  assert.equal(refused({ sasl: { ...user, password: '' } }).configKey, 'sasl.password')
  assert.equal(refused({ sasl: { ...user, password: 'Sekret\0' } }).configKey, 'sasl.password')
  assert.match(
    refused({ sasl: { mechanism: 'OAUTHBEARER', token: 'Sekret' } }).message,
    /"sasl.token" to the value given: it must be a function/,
  )
  assert.equal(refused({ sasl: { mechanism: 'OAUTHBEARER' } }).configKey, 'sasl.token')
  assert.match(refused({ sasl: { mechanism: 'OAUTHBEARER', token: () => 't', extensions: { auth: 'x' } } }).message, /"auth"/)
  assert.match(refused({ saslMechanism: 'GSSAPI' }).message, /Kerberos/)
  assert.match(refused({ sslKeystorePassword: 'Sekret' }).message, /the value given: only PEM is read/)
  const jaas = { securityProtocol: 'SASL_SSL', saslMechanism: 'PLAIN' }
  assert.equal(
    refused({ ...jaas, saslJaasConfig: `com.example.Module required username="a" password="${PASSWORD}";` }).code,
    'CONFIG_INVALID',
  )
  assert.equal(refused(jaas).code, 'CONFIG_MISSING')
  for (const [name, key] of Object.entries(securityKeys)) {
    if (key.refused !== undefined) assert.equal(refused({ [name]: 'x' }).code, 'CONFIG_UNSUPPORTED', name)
  }
})
