/** One authentication as the client sees it: a message for each thing that the broker says. */
export interface SaslExchange {
  /**
   * What to send next, or `null` when the exchange is over. Called with `null` first, then with each answer of the broker. Throws
   * `ClusterError` `AUTHENTICATION_FAILED` for an answer that cannot be trusted.
   */
  next(answer: Buffer | null): Buffer | null
}

/** A way to authenticate, with what it needs for that. */
export interface SaslMechanism {
  readonly name: string
  /** Begins an exchange. Rejects NOT_SENT when what it needs cannot be had now. */
  start(): Promise<SaslExchange>
  /** `text` of a broker without what is secret in it. */
  redact(text: string): string
}
