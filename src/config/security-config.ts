/** PEM text, or the bytes of it as they are in a file. */
export type PemText = string | Uint8Array

/** How the connections to the brokers are encrypted. Texts are PEM, not paths. */
export interface TlsConfig {
  /** The certificates of the authorities that are trusted instead of those that come with Node (`ssl.truststore.certificates`). */
  readonly ca?: PemText | readonly PemText[] | undefined
  /** The certificate of this client (`ssl.keystore.certificate.chain`), for brokers that ask for one. */
  readonly cert?: PemText | undefined
  /** Its private key (`ssl.keystore.key`). */
  readonly key?: PemText | undefined
  /** What the private key is encrypted with (`ssl.key.password`). */
  readonly passphrase?: string | undefined
  /** The name that the broker's certificate must hold for. Default: the host that is connected to. */
  readonly serverName?: string | undefined
  /** Whether the certificate must hold for the name, default true (`ssl.endpoint.identification.algorithm`). */
  readonly verifyHost?: boolean | undefined
}

/** Who this client is: a user with a password, or the bearer of tokens. */
export type SaslConfig =
  | { readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'; readonly username: string; readonly password: string }
  | {
      readonly mechanism: 'OAUTHBEARER'
      /** Gives a token that is valid now. Asked for each connection, and again before a session ends. */
      readonly token: () => string | Promise<string>
      /** What goes along with the token (KIP-342), e.g. `{ logicalCluster: 'lkc-1' }`. */
      readonly extensions?: Readonly<Record<string, string>> | undefined
    }

/** How a cluster is reached safely. `tls` and `sasl` say all of it; the other keys are those of a Java configuration, as texts. */
export interface SecurityConfig {
  /** TLS: `true`, or with certificates. Default false. */
  readonly tls?: boolean | TlsConfig | undefined
  /** Who this client is. Default: nobody. */
  readonly sasl?: SaslConfig | undefined
  /** `security.protocol`, default: what `tls` and `sasl` ask for. */
  readonly securityProtocol?: 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL' | undefined
  /** `ssl.endpoint.identification.algorithm`: `https` (default), or empty so that a certificate may be for any host. */
  readonly sslEndpointIdentificationAlgorithm?: 'https' | '' | undefined
  /** `ssl.truststore.certificates`, PEM. */
  readonly sslTruststoreCertificates?: string | undefined
  /** `ssl.truststore.type`. */
  readonly sslTruststoreType?: 'PEM' | undefined
  /** `ssl.keystore.certificate.chain`, PEM. */
  readonly sslKeystoreCertificateChain?: string | undefined
  /** `ssl.keystore.key`, PEM. */
  readonly sslKeystoreKey?: string | undefined
  /** `ssl.keystore.type`. */
  readonly sslKeystoreType?: 'PEM' | undefined
  /** `ssl.key.password`. */
  readonly sslKeyPassword?: string | undefined
  /** `sasl.mechanism`. */
  readonly saslMechanism?: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER' | undefined
  /** `sasl.jaas.config` with the login module of PLAIN or SCRAM. */
  readonly saslJaasConfig?: string | undefined
}
