import { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { checkServerIdentity, type ConnectionOptions, createSecureContext, type SecureContext } from 'node:tls'
import { ConfigError } from '../base/errors.ts'
import { whileAlive } from '../base/lifeline.ts'
import type { SecurityOptions, TlsOptions } from '../protocol/security.ts'
import type { Endpoint, TransportClient } from '../protocol/transport.ts'
import { BrokerSocket } from './broker-socket.ts'
import { type Library, loadLibrary } from './library.ts'
import { Authenticator } from './sasl/authenticator.ts'
import { createMechanism } from './sasl/create-mechanism.ts'
import type { SaslMechanism } from './sasl/mechanism.ts'

const TLS_VERSION_MIN = 'TLSv1.2'

/** Opens the connections of one transport, with TLS and SASL where that is asked for. */
export class SocketOpener {
  readonly #client: TransportClient
  readonly #timeoutMs: number
  readonly #security: SecurityOptions
  #library: Promise<Library> | null = null
  /** Read once from the options. */
  #secureContext: SecureContext | null = null
  #mechanism: SaslMechanism | null = null

  /** `timeoutMs` is for one connection, the handshake of TLS included, and again for each message of an authentication. */
  constructor(client: TransportClient, timeoutMs: number, security: SecurityOptions) {
    this.#client = client
    this.#timeoutMs = timeoutMs
    this.#security = security
  }

  /**
   * Rejects NOT_SENT, TLS_FAILED, AUTHENTICATION_FAILED, or `ConfigError` `CONFIG_INVALID` for certificates that cannot be read. Never
   * settles once the lifeline is cut.
   */
  async open(at: Endpoint): Promise<BrokerSocket> {
    const library = await whileAlive(this.#client.environment.lifeline, (this.#library ??= loadLibrary()))
    const { tls } = this.#security
    const options = {
      timeoutMs: this.#timeoutMs,
      tls: tls === null ? null : this.#tlsFor(at, tls),
      authenticator: this.#authenticator(library),
    }
    const socket = new BrokerSocket(this.#client, at, library, options)
    await socket.connect()
    return socket
  }

  #tlsFor(at: Endpoint, tls: TlsOptions): ConnectionOptions {
    const { serverName, verifiesHost } = tls
    this.#secureContext ??= readCertificates(tls)
    // An address is no name that could be asked for (RFC 6066, 3).
    const name = serverName ?? (isIP(at.host) === 0 ? at.host : null)
    return {
      secureContext: this.#secureContext,
      ...(name === null ? {} : { servername: name }),
      checkServerIdentity: (_host, certificate) => (verifiesHost ? checkServerIdentity(serverName ?? at.host, certificate) : undefined),
    }
  }

  #authenticator(library: Library): Authenticator | null {
    if (this.#security.sasl === null) return null
    this.#mechanism ??= createMechanism(this.#security.sasl, this.#client.environment.random, library)
    return new Authenticator(this.#client, this.#mechanism, this.#timeoutMs)
  }
}

/** Throws `ConfigError` `CONFIG_INVALID`; what OpenSSL says has nothing of the texts in it. */
function readCertificates({ ca, cert, key, passphrase }: TlsOptions): SecureContext {
  try {
    // Node leaves out what it cannot read of these, without a word.
    for (const text of ca ?? []) for (const each of certificatesIn(text)) new X509Certificate(each)
    return createSecureContext({
      minVersion: TLS_VERSION_MIN,
      ...(ca === null ? {} : { ca: [...ca] }),
      ...(cert === null ? {} : { cert }),
      ...(key === null ? {} : { key: key.reveal() }),
      ...(passphrase === null ? {} : { passphrase: passphrase.reveal() }),
    })
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new ConfigError('CONFIG_INVALID', `Cannot use configuration key "tls": its certificates or its key cannot be read: ${reason}`, {
      configKey: 'tls',
      cause,
    })
  }
}

function certificatesIn(text: string): readonly string[] {
  const found = text.match(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^]*?-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g)
  if (found === null) throw new Error('there is no certificate in tls.ca')
  return found
}
