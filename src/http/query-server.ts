import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from 'node:http'
import { createServer as createEncryptedServer } from 'node:https'
import { QueryError } from '../base/errors.ts'
import type { HttpHandler } from '../base/http/http.ts'

const HEADERS_BYTES_MAX = 96 * 1024
const HEADERS_MS_MAX = 10_000
const IDLE_MS_MAX = 30_000
const CONNECTIONS_MAX = 1_024

/** How a server does TLS: what Node's options of these names are. */
export interface ServerTls {
  /** The certificate of the server, those between it and its authority behind it, and its private key, as PEM. */
  readonly cert: string | Uint8Array
  readonly key: string | Uint8Array
  /** Of an encrypted key. */
  readonly passphrase?: string | undefined
  /** The certificates of the authorities by which others must be certified, as PEM: clients if `requestCert`. Default: those that Node knows. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[] | undefined
  /** Whether only clients are heard that have a certificate of such an authority. Default false. */
  readonly requestCert?: boolean | undefined
}

/** Where a server listens, and how. */
export interface Listening {
  readonly host: string
  readonly port: number
  /** `null`: HTTP, not encrypted. */
  readonly tls: ServerTls | null
}

/** An HTTP or HTTPS server in front of a handler: GET without bodies, bounded in everything that strangers decide. */
export class QueryServer {
  readonly host: string
  readonly port: number
  readonly #server: Server

  private constructor(server: Server, host: string, port: number) {
    this.#server = server
    this.host = host
    this.port = port
  }

  /** Listens. Rejects with `QueryError` `CANNOT_SERVE`. */
  static async open(handler: HttpHandler, { host, port, tls }: Listening): Promise<QueryServer> {
    const refuse = (cause: Error): QueryError =>
      new QueryError('CANNOT_SERVE', `Cannot serve queries at ${host}:${port}: ${cause.message}`, { cause })
    let server: Server
    try {
      server = create(tls)
    } catch (error) {
      throw refuse(error as Error)
    }
    server.requestTimeout = HEADERS_MS_MAX
    server.maxConnections = CONNECTIONS_MAX
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void answer(handler, request, response))
    return new Promise((resolve, reject) => {
      server.once('error', (cause: Error) => reject(refuse(cause)))
      server.listen(port, host, () => {
        const address = server.address()
        resolve(new QueryServer(server, host, typeof address === 'object' && address !== null ? address.port : port))
      })
    })
  }

  /** Ends connections, also those in use, and stops listening. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }
}

const limits: ServerOptions = { maxHeaderSize: HEADERS_BYTES_MAX, headersTimeout: HEADERS_MS_MAX, keepAliveTimeout: IDLE_MS_MAX }

/** Throws what is wrong with the certificate or the key. */
function create(tls: ServerTls | null): Server {
  if (tls === null) return createServer(limits)
  const { cert, key, passphrase, ca, requestCert = false } = tls
  const certificates = { cert: bytes(cert), key: bytes(key), passphrase, ca: ca === undefined ? undefined : list(ca).map(bytes) }
  return createEncryptedServer({
    ...limits,
    ...certificates,
    requestCert,
    rejectUnauthorized: requestCert,
    handshakeTimeout: HEADERS_MS_MAX,
  })
}

function list(pem: NonNullable<ServerTls['ca']>): readonly (string | Uint8Array)[] {
  return typeof pem === 'string' || pem instanceof Uint8Array ? [pem] : pem
}

function bytes(pem: string | Uint8Array): Buffer {
  return Buffer.from(pem)
}

async function answer(handler: HttpHandler, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A body is not read: the connection ends with the answer.
  if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined)
    response.shouldKeepAlive = false
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  )
  const question = { method: request.method ?? '', path: request.url ?? '/', headers, remoteAddress: request.socket.remoteAddress ?? null }
  const { status, headers: answered, body } = await handler(question)
  if (response.destroyed) return
  response.writeHead(status, { ...answered, 'content-length': body.length })
  response.end(body)
}
