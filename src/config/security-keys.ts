import { type ConfigKey, type ConfigTable, configTable } from './config-key.ts'

const PEM_ONLY = 'only PEM is read'
const FILE = 'files are not read: give the PEM text that is in it as'
const NODE_TLS = 'Node decides it'
const TOKEN = 'give sasl with mechanism "OAUTHBEARER" and a function `token`'
const KERBEROS = 'Kerberos (GSSAPI) is not part of this version'

const refused = (kafka: string, why: string): ConfigKey => ({ kafka, kind: 'any', refused: why, isSecret: kafka.endsWith('.password') })

/** The mechanisms of SASL that there are. */
export const saslMechanisms: readonly string[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']

/** Kafka's keys for TLS and SASL, at the top level only: an instance reaches its cluster in one way. */
export const securityKeys: ConfigTable = configTable([
  { kafka: 'security.protocol', kind: 'string', words: ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'], isAnyCase: true },
  { kafka: 'sasl.mechanism', kind: 'string', words: saslMechanisms, refusedWords: { GSSAPI: KERBEROS } },
  { kafka: 'sasl.jaas.config', kind: 'string', isSecret: true },
  { kafka: 'ssl.endpoint.identification.algorithm', kind: 'string', fallback: 'https', words: ['https', ''] },
  { kafka: 'ssl.truststore.certificates', kind: 'string' },
  { kafka: 'ssl.truststore.type', kind: 'string', words: ['PEM'], refusedWords: { JKS: PEM_ONLY, PKCS12: PEM_ONLY } },
  { kafka: 'ssl.keystore.certificate.chain', kind: 'string' },
  { kafka: 'ssl.keystore.key', kind: 'string', isSecret: true },
  { kafka: 'ssl.keystore.type', kind: 'string', words: ['PEM'], refusedWords: { JKS: PEM_ONLY, PKCS12: PEM_ONLY } },
  { kafka: 'ssl.key.password', kind: 'string', isSecret: true },
  refused('ssl.truststore.location', `${FILE} tls.ca or sslTruststoreCertificates`),
  refused('ssl.truststore.password', PEM_ONLY),
  refused('ssl.keystore.location', `${FILE} tls.cert and tls.key or sslKeystoreCertificateChain and sslKeystoreKey`),
  refused('ssl.keystore.password', PEM_ONLY),
  refused('ssl.protocol', NODE_TLS),
  refused('ssl.enabled.protocols', NODE_TLS),
  refused('ssl.cipher.suites', NODE_TLS),
  refused('ssl.provider', NODE_TLS),
  refused('ssl.keymanager.algorithm', NODE_TLS),
  refused('ssl.trustmanager.algorithm', NODE_TLS),
  refused('ssl.secure.random.implementation', NODE_TLS),
  refused('ssl.engine.factory.class', NODE_TLS),
  refused('sasl.client.callback.handler.class', TOKEN),
  refused('sasl.login.callback.handler.class', TOKEN),
  refused('sasl.login.class', TOKEN),
  refused('sasl.oauthbearer.token.endpoint.url', TOKEN),
  refused('sasl.oauthbearer.scope.claim.name', TOKEN),
  refused('sasl.oauthbearer.sub.claim.name', TOKEN),
  refused('sasl.kerberos.service.name', KERBEROS),
  refused('sasl.kerberos.kinit.cmd', KERBEROS),
])

/** Keys of `tls`. */
export const tlsKeys: ConfigTable = {
  ca: { kafka: 'tls.ca', kind: 'any' },
  cert: { kafka: 'tls.cert', kind: 'any' },
  key: { kafka: 'tls.key', kind: 'any' },
  passphrase: { kafka: 'tls.passphrase', kind: 'string', isSecret: true },
  serverName: { kafka: 'tls.serverName', kind: 'string' },
  verifyHost: { kafka: 'tls.verifyHost', kind: 'boolean' },
}

/** Keys of `sasl` with a password. */
export const passwordKeys: ConfigTable = {
  mechanism: { kafka: 'sasl.mechanism', kind: 'string', words: saslMechanisms },
  username: { kafka: 'sasl.username', kind: 'string' },
  password: { kafka: 'sasl.password', kind: 'string', isSecret: true },
}

/** Keys of `sasl` with tokens. */
export const tokenKeys: ConfigTable = {
  mechanism: { kafka: 'sasl.mechanism', kind: 'string', words: saslMechanisms },
  token: { kafka: 'sasl.token', kind: 'function', isSecret: true },
  extensions: { kafka: 'sasl.extensions', kind: 'map', fallback: {}, isSecret: true },
}
