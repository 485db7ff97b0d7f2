import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { QueryError } from '../base/errors.ts'
import type { HttpHandler } from '../base/http/http.ts'

const HEADERS_BYTES_MAX = 96 * 1024
const HEADERS_MS_MAX = 10_000
const IDLE_MS_MAX = 30_000
const CONNECTIONS_MAX = 1_024

/** An HTTP server in front of a handler: GET without bodies, bounded in everything that strangers decide. */
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
  static open(handler: HttpHandler, host: string, port: number): Promise<QueryServer> {
    const server = createServer({ maxHeaderSize: HEADERS_BYTES_MAX, headersTimeout: HEADERS_MS_MAX, keepAliveTimeout: IDLE_MS_MAX })
    server.requestTimeout = HEADERS_MS_MAX
    server.maxConnections = CONNECTIONS_MAX
    server.on('request', (request, response) => void answer(handler, request, response))
    return new Promise((resolve, reject) => {
      server.once('error', (cause: Error) => {
        reject(new QueryError('CANNOT_SERVE', `Cannot serve queries at ${host}:${port}: ${cause.message}`, { cause }))
      })
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
