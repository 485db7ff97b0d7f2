import { ConfigError } from '../base/errors.ts'
import type { ErrorCode } from '../base/error-codes.ts'
import { Secret } from '../base/secret.ts'
import type { SaslOptions, SecurityOptions, TlsOptions } from '../protocol/security.ts'
import { checkConfig, type ConfigValues } from './check-config.ts'
import { parseJaas } from './parse-jaas.ts'
import type { SaslConfig } from './security-config.ts'
import { passwordKeys, tlsKeys, tokenKeys } from './security-keys.ts'

/** Keys that say the same as parts of `tls`, as texts. */
const pemKeys = {
  ca: 'sslTruststoreCertificates',
  cert: 'sslKeystoreCertificateChain',
  key: 'sslKeystoreKey',
  passphrase: 'sslKeyPassword',
}

/** Characters that end a name or a password in PLAIN, and a field in OAUTHBEARER. */
const separators = ['\u0000', '\u0001']

/**
 * What `tls`, `sasl` and Kafka's keys for the same ask for. `values` are checked one by one. Throws `ConfigError` `CONFIG_INVALID`,
 * `CONFIG_MISSING`, `CONFIG_UNKNOWN_KEY` or `CONFIG_UNSUPPORTED`; no message has a secret in it.
 */
export function resolveSecurity(values: ConfigValues): SecurityOptions {
  const protocol = values['securityProtocol'] as string | undefined
  return { tls: resolveTls(values, protocol), sasl: resolveSasl(values, protocol) }
}

function resolveTls(values: ConfigValues, protocol: string | undefined): TlsOptions | null {
  const given = values['tls']
  if (given !== undefined && typeof given !== 'boolean' && (typeof given !== 'object' || given === null || Array.isArray(given))) {
    throw problem('tls', 'it must be true, false or an object with ca, cert, key, passphrase, serverName or verifyHost')
  }
  const java = Object.values(pemKeys).find((name) => values[name] !== undefined)
  const isWanted = protocol === undefined ? given !== undefined && given !== false : protocol.endsWith('SSL')
  if (!isWanted) {
    if (given !== undefined && given !== false) throw problem('tls', `securityProtocol is ${protocol}, SSL or SASL_SSL is required with it`)
    if (java !== undefined) throw problem(java, 'no TLS is asked for, set securityProtocol to SSL or SASL_SSL, or use tls')
    return null
  }
  if (given === false) throw problem('tls', `it is false and securityProtocol is ${protocol}, which is with TLS`)
  if (java !== undefined && given !== undefined) throw problem(java, 'tls is set, too, one of them is required')
  const tls = typeof given === 'object' ? checkConfig(given as ConfigValues, tlsKeys, 'tls.') : {}
  return tlsOptions(java === undefined ? tls : javaTls(values), java !== undefined, values['sslEndpointIdentificationAlgorithm'] !== '')
}

function javaTls(values: ConfigValues): ConfigValues {
  return Object.fromEntries(Object.entries(pemKeys).map(([part, name]) => [part, values[name]]))
}

function tlsOptions(tls: ConfigValues, isJava: boolean, verifiesHost: boolean): TlsOptions {
  const name = (part: keyof typeof pemKeys): string => (isJava ? pemKeys[part] : `tls.${part}`)
  const ca = tls['ca'] === undefined ? null : (Array.isArray(tls['ca']) ? tls['ca'] : [tls['ca']]).map((text) => pemText(text, name('ca')))
  const cert = tls['cert'] === undefined ? null : pemText(tls['cert'], name('cert'))
  const key = tls['key'] === undefined ? null : new Secret(pemText(tls['key'], name('key')))
  if (cert === null && key !== null) throw problem(name('cert'), `${name('key')} is set, both are required or none`, 'CONFIG_MISSING')
  if (cert !== null && key === null) throw problem(name('key'), `${name('cert')} is set, both are required or none`, 'CONFIG_MISSING')
  return {
    ca,
    cert,
    key,
    passphrase: tls['passphrase'] === undefined ? null : new Secret(tls['passphrase'] as string),
    serverName: (tls['serverName'] as string | undefined) ?? null,
    verifiesHost: (tls['verifyHost'] as boolean | undefined) ?? verifiesHost,
  }
}

function pemText(value: unknown, name: string): string {
  const text = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value
  if (typeof text === 'string' && text.includes('-----BEGIN ')) return text
  throw problem(name, 'it must be PEM text, which has a line "-----BEGIN ...-----"; a path must be read first')
}

function resolveSasl(values: ConfigValues, protocol: string | undefined): SaslOptions | null {
  const given = values['sasl'] as SaslConfig | undefined
  const java = ['saslMechanism', 'saslJaasConfig'].find((name) => values[name] !== undefined)
  const isWanted = protocol === undefined ? given !== undefined : protocol.startsWith('SASL_')
  if (!isWanted) {
    if (given !== undefined) throw problem('sasl', `securityProtocol is ${protocol}, SASL_PLAINTEXT or SASL_SSL is required with it`)
    if (java !== undefined) throw problem(java, 'no SASL is asked for, set securityProtocol to SASL_PLAINTEXT or SASL_SSL, or use sasl')
    return null
  }
  if (given === undefined) return javaSasl(values)
  if (values['saslMechanism'] !== undefined && values['saslMechanism'] !== given.mechanism) {
    throw problem('saslMechanism', 'sasl has another mechanism, one of them is enough')
  }
  // A Java file names the login module of OAUTHBEARER, which says nothing about the token.
  if (values['saslJaasConfig'] !== undefined && given.mechanism !== 'OAUTHBEARER')
    throw problem('saslJaasConfig', 'sasl is set, too, one of them is required')
  return saslOptions(given)
}

function javaSasl(values: ConfigValues): SaslOptions {
  const mechanism = values['saslMechanism'] as SaslConfig['mechanism'] | undefined
  if (mechanism === undefined) {
    throw problem('sasl', `it is missing and securityProtocol is ${String(values['securityProtocol'])}, set sasl`, 'CONFIG_MISSING')
  }
  if (mechanism === 'OAUTHBEARER') throw problem('sasl', 'it is missing, set it to { mechanism: "OAUTHBEARER", token }', 'CONFIG_MISSING')
  const { username, password } = parseJaas(values['saslJaasConfig'] as string | undefined)
  return saslOptions({ mechanism, username, password })
}

function saslOptions(given: SaslConfig): SaslOptions {
  const untyped: unknown = given
  if (typeof untyped !== 'object' || untyped === null) throw problem('sasl', 'it must be an object with a mechanism')
  if (given.mechanism === 'OAUTHBEARER') {
    const { token, extensions } = checkConfig({ ...given }, tokenKeys, 'sasl.')
    if (token === undefined) throw problem('sasl.token', 'a function that gives a token is required', 'CONFIG_MISSING')
    return { mechanism: given.mechanism, token: given.token, extensions: checkExtensions(extensions as Readonly<Record<string, string>>) }
  }
  const checked = checkConfig({ ...given }, passwordKeys, 'sasl.')
  for (const name of ['mechanism', 'username', 'password']) {
    const value = checked[name] as string | undefined
    if (value === undefined || value === '') throw problem(`sasl.${name}`, 'it is missing or empty', 'CONFIG_MISSING')
    if (separators.some((character) => value.includes(character)))
      throw problem(`sasl.${name}`, 'it has a control character, which none can have')
  }
  return { mechanism: given.mechanism, username: given.username, password: new Secret(given.password) }
}

/** RFC 7628, 3.1; `auth` is the token itself. */
function checkExtensions(extensions: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  for (const [name, value] of Object.entries(extensions)) {
    if (!/^[A-Za-z]+$/.test(name) || name === 'auth' || !/^[\x21-\x7e\s]*$/.test(value)) {
      throw problem('sasl.extensions', `${JSON.stringify(name)} must be letters only and not "auth", and its value printable`)
    }
  }
  return extensions
}

function problem(
  configKey: string,
  reason: string,
  code: Extract<ErrorCode, 'CONFIG_INVALID' | 'CONFIG_MISSING'> = 'CONFIG_INVALID',
): ConfigError {
  return new ConfigError(code, `Cannot use configuration key "${configKey}": ${reason}`, { configKey })
}
