import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CertificateAuthority } from './certificate-authority.ts'
import type { Listener } from './server-properties.ts'

/** Listeners with encryption and users, besides the plain one. */
export interface NodeSecurity {
  /** Signs the certificate of the broker, which holds for `localhost` and `127.0.0.1`. */
  readonly authority: CertificateAuthority
  /** Passwords by user name, for PLAIN and SCRAM. OAUTHBEARER takes any unsecured token (RFC 7515, `alg` none). */
  readonly users: Readonly<Record<string, string>>
  /** `connections.max.reauth.ms` of the SASL listeners: how long a session lives. Default: for ever. */
  readonly sessionMs?: number | undefined
}

/**
 * The secure listeners: `SSL`, `MUTUAL` (TLS, and the client must show a certificate of the same authority), `SASL_PLAINTEXT` and
 * `SASL_SSL`, the last two with PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 and OAUTHBEARER.
 */
export const secureListeners = {
  SSL: 'SSL',
  MUTUAL: 'SSL',
  SASL_PLAINTEXT: 'SASL_PLAINTEXT',
  SASL_SSL: 'SASL_SSL',
} as const satisfies Readonly<Record<string, Listener['protocol']>>

/** The name of a secure listener. */
export type SecureListener = keyof typeof secureListeners

const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const
const JAVA_SECURITY = 'org.apache.kafka.common.security'

/**
 * Lines of `server.properties` for the secure listeners; writes the certificates to `folder`. Everybody may do everything that no ACL
 * speaks of; who comes over the plain listener may do everything.
 */
export function securityProperties(security: NodeSecurity, folder: string): Readonly<Record<string, string | number>> {
  const broker = security.authority.issue({ commonName: 'broker', hosts: ['localhost', '127.0.0.1'] })
  const keys = join(folder, 'broker.pem')
  const trusted = join(folder, 'authority.pem')
  writeFileSync(keys, broker.key + broker.cert, { mode: 0o600 })
  writeFileSync(trusted, security.authority.cert)
  return {
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keys,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': trusted,
    'listener.name.mutual.ssl.client.auth': 'required',
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'true',
    'super.users': 'User:ANONYMOUS',
    ...saslProperties('sasl_plaintext', security),
    ...saslProperties('sasl_ssl', security),
  }
}

/** Arguments of Kafka's storage tool that make the SCRAM users. */
export function scramArguments({ users }: NodeSecurity): readonly string[] {
  return Object.entries(users).flatMap(([name, password]) =>
    ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${name},password=${password}]`]),
  )
}

function saslProperties(listener: string, { users, sessionMs = 0 }: NodeSecurity): Readonly<Record<string, string | number>> {
  const known = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`)
  const modules: Readonly<Record<(typeof mechanisms)[number], string>> = {
    PLAIN: `${JAVA_SECURITY}.plain.PlainLoginModule required ${known.join(' ')};`,
    'SCRAM-SHA-256': `${JAVA_SECURITY}.scram.ScramLoginModule required;`,
    'SCRAM-SHA-512': `${JAVA_SECURITY}.scram.ScramLoginModule required;`,
    OAUTHBEARER: `${JAVA_SECURITY}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
  }
  return {
    [`listener.name.${listener}.sasl.enabled.mechanisms`]: mechanisms.join(','),
    ...Object.fromEntries(mechanisms.map((name) => [`listener.name.${listener}.${name.toLowerCase()}.sasl.jaas.config`, modules[name]])),
    ...(sessionMs === 0
      ? {}
      : Object.fromEntries(
          mechanisms.map((name) => [`listener.name.${listener}.${name.toLowerCase()}.connections.max.reauth.ms`, sessionMs]),
        )),
  }
}
