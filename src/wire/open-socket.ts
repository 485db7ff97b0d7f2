import { X509Certificate } from 'node:crypto'
import { connect, isIP, type Socket } from 'node:net'
import { checkServerIdentity, connect as connectTls, createSecureContext, type SecureContext } from 'node:tls'
import { ClusterError, ConfigError } from '../base/errors.ts'
import type { TlsOptions } from '../protocol/security.ts'
import type { Endpoint, TransportClient } from '../protocol/transport.ts'
import { isTlsFailure, tlsFailure } from './tls-failure.ts'

const TLS_VERSION_MIN = 'TLSv1.2'

/** Opens the connections of one transport, with TLS where that is asked for. The only file that makes sockets. */
export class SocketOpener {
  readonly #client: TransportClient
  readonly #timeoutMs: number
  readonly #tls: TlsOptions | null
  /** Read once from the options. */
  #secureContext: SecureContext | null = null

  /** `timeoutMs` is for one connection, the handshake of TLS included. */
  constructor(client: TransportClient, timeoutMs: number, tls: TlsOptions | null) {
    this.#client = client
    this.#timeoutMs = timeoutMs
    this.#tls = tls
  }

  /** Rejects NOT_SENT, TLS_FAILED, or `ConfigError` `CONFIG_INVALID` for certificates that cannot be read. */
  open(at: Endpoint): Promise<Socket> {
    const { scheduler, lifeline } = this.#client.environment
    return new Promise((resolve, reject) => {
      const socket = this.#tls === null ? connect({ host: at.host, port: at.port, noDelay: true }) : this.#openTls(at, this.#tls)
      const forget = lifeline.onCut(() => socket.destroy())
      const fail = (error: ClusterError): void => {
        timer.cancel()
        forget()
        socket.destroy()
        reject(error)
      }
      const timer = scheduler.after(this.#timeoutMs, () => fail(notSent(at, `it took more than ${this.#timeoutMs} ms`)))
      const failOn = (cause: Error): void => {
        if (!lifeline.isCut) fail(this.#failureOf(at, cause))
      }
      socket.once('error', failOn)
      socket.once(this.#tls === null ? 'connect' : 'secureConnect', () => {
        timer.cancel()
        forget()
        socket.off('error', failOn)
        resolve(socket)
      })
    })
  }

  #openTls(at: Endpoint, { serverName, verifiesHost }: TlsOptions): Socket {
    this.#secureContext ??= readCertificates(this.#tls!)
    // An address is no name that could be asked for (RFC 6066, 3).
    const name = serverName ?? (isIP(at.host) === 0 ? at.host : null)
    const socket = connectTls({
      host: at.host,
      port: at.port,
      secureContext: this.#secureContext,
      ...(name === null ? {} : { servername: name }),
      checkServerIdentity: (_host, certificate) => (verifiesHost ? checkServerIdentity(serverName ?? at.host, certificate) : undefined),
    })
    socket.setNoDelay(true)
    return socket
  }

  #failureOf(at: Endpoint, cause: Error): ClusterError {
    if (this.#tls !== null && isTlsFailure(cause)) return tlsFailure(at, cause)
    const reason = cause.message === '' ? String(cause) : cause.message
    // Kafka closes a plain port without a word when it gets the first message of TLS.
    const isReset = 'code' in cause && cause.code === 'ECONNRESET'
    return notSent(at, this.#tls !== null && isReset ? `${reason}: does the port speak TLS?` : reason, cause)
  }
}

function notSent(at: Endpoint, reason: string, cause?: Error): ClusterError {
  return new ClusterError('NOT_SENT', `Cannot connect to ${at.host}:${at.port}: ${reason}`, { cause })
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
