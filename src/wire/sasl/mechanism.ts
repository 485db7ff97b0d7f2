import type { Connection, SASLMechanismValue, saslAuthenticateV2 } from '@platformatic/kafka'

/** What a broker answers to a message of an exchange. */
export type SaslAnswer = saslAuthenticateV2.SaslAuthenticateResponse

/** Where an exchange takes place: a connection of the package that waits for it. */
export interface SaslChannel {
  readonly connection: Connection
  /** SaslAuthenticate of the package, in the version that the broker has. */
  readonly authenticate: saslAuthenticateV2.SASLAuthenticationAPI
  /** Sends a message with it. */
  readonly ask: (message: Buffer) => Promise<SaslAnswer>
}

/**
 * One authentication: resolves with the broker's last answer. Rejects `ClusterError` `AUTHENTICATION_FAILED` for an answer that cannot be
 * trusted, and with an error of the package for a refusal or a connection that has ended.
 */
export type SaslExchange = (channel: SaslChannel) => Promise<SaslAnswer>

/** A way to authenticate, with what it needs for that. */
export interface SaslMechanism {
  readonly name: SASLMechanismValue
  /** Begins an exchange. Rejects NOT_SENT when what it needs cannot be had now. */
  start(): Promise<SaslExchange>
  /** `text` of a broker without what is secret in it. */
  redact(text: string): string
}
