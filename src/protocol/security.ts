import type { Secret } from '../base/secret.ts'

/** How connections are encrypted, and how a client knows the broker and is known by it. All PEM texts. */
export interface TlsOptions {
  /** The certificates that are trusted; `null`: those that come with Node. */
  readonly ca: readonly string[] | null
  /** The client's own certificate, with those between it and its authority. */
  readonly cert: string | null
  readonly key: Secret | null
  readonly passphrase: Secret | null
  /** The name that is asked for and that the certificate must hold for; `null`: the host that is connected to. */
  readonly serverName: string | null
  /** Whether the certificate must hold for that name (`ssl.endpoint.identification.algorithm` is `https`). */
  readonly verifiesHost: boolean
}

/** A user with a password. */
export interface PasswordSasl {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: Secret
}

/** A bearer of tokens (RFC 7628, KIP-255). */
export interface TokenSasl {
  readonly mechanism: 'OAUTHBEARER'
  /** Gives a valid token: asked for each connection, and again before a session ends. */
  readonly token: () => string | Promise<string>
  /** What goes along with the token (KIP-342). */
  readonly extensions: Readonly<Record<string, string>>
}

/** How a client says who it is. */
export type SaslOptions = PasswordSasl | TokenSasl

/** What makes connections secure; `null`: not asked for. */
export interface SecurityOptions {
  readonly tls: TlsOptions | null
  readonly sasl: SaslOptions | null
}
