// A broker on a real socket whose every answer a test writes itself. No tests here.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { decodeRequestBody, decodeRequestHeader, encodeResponseFrame, type RequestHeader } from '../protocol/frame.ts'
import { MessageReader } from '../protocol/message-reader.ts'
import { type Api, apiKeys, findApi, type RequestOf, type ResponseOf } from '../protocol/messages.ts'
import type { Endpoint } from '../protocol/transport.ts'
import { FrameAssembler } from './frame-assembler.ts'

/** What the broker can. */
export const abilities: ResponseOf<'ApiVersions'> = {
  errorCode: 0,
  apiKeys: [
    { apiKey: apiKeys.ApiVersions, minVersion: 0, maxVersion: 9 },
    { apiKey: apiKeys.FindCoordinator, minVersion: 0, maxVersion: 4 },
    { apiKey: apiKeys.SaslHandshake, minVersion: 0, maxVersion: 1 },
    { apiKey: apiKeys.SaslAuthenticate, minVersion: 0, maxVersion: 2 },
    { apiKey: 9_999, minVersion: 0, maxVersion: 1 },
  ],
  throttleTimeMs: 0,
  supportedFeatures: [],
  finalizedFeaturesEpoch: 7,
  finalizedFeatures: [{ name: 'transaction.version', minVersionLevel: 0, maxVersionLevel: 2 }],
  zkMigrationReady: false,
}

/** One request as the broker sees it. */
export interface Seen {
  readonly api: Api
  readonly header: RequestHeader
  readonly body: MessageReader
  readonly socket: Socket
}

/** A broker that answers ApiVersions and leaves the rest to the test. */
export class ScriptedBroker implements AsyncDisposable {
  readonly seen: Seen[] = []
  readonly sockets: Socket[] = []
  onRequest: (seen: Seen) => void = () => undefined
  readonly #versions: (header: RequestHeader) => ResponseOf<'ApiVersions'> | null
  readonly #server: Server

  /** With `tls` it listens for TLS only; where `versions` gives `null` it does not answer. */
  constructor(versions: (header: RequestHeader) => ResponseOf<'ApiVersions'> | null = () => abilities, tls: TlsOptions | null = null) {
    this.#versions = versions
    const accept = (socket: Socket): void => this.#accept(socket)
    this.#server = tls === null ? createServer(accept) : createTlsServer(tls, accept)
  }

  async listen(): Promise<Endpoint> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return { host: '127.0.0.1', port: (this.#server.address() as AddressInfo).port }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #accept(socket: Socket): void {
    this.sockets.push(socket)
    socket.on('error', () => undefined)
    const frames = new FrameAssembler((frame) => {
      const body = new MessageReader(frame)
      const header = decodeRequestHeader(body)
      const seen = { api: findApi(header.apiKey)!, header, body, socket }
      this.seen.push(seen)
      if (header.apiKey !== apiKeys.ApiVersions) return this.onRequest(seen)
      const versions = this.#versions(header)
      if (versions !== null) answer(seen, 'ApiVersions', versions)
    }, 0x7fff_ffff)
    socket.on('data', (chunk) => {
      // What is no request is no concern of the broker: a client without TLS, for one.
      if (!socket.destroyed) frames.push(chunk as Buffer)
    })
  }
}

/** Answers `seen`, which is a request of `api`. */
export function answer<A extends Api>({ header, socket }: Seen, api: A, response: ResponseOf<A>): void {
  socket.write(Buffer.concat(encodeResponseFrame({ api, version: header.version, correlationId: header.correlationId }, response)))
}

/** What was asked in `seen`, which is a request of `api`. */
export function asked<A extends Api>({ header, body }: Seen, api: A): RequestOf<A> {
  return decodeRequestBody(api, header.version, body)
}

/** An answer that names `host` as coordinator. */
export function located(host: string): ResponseOf<'FindCoordinator'> {
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    errorMessage: null,
    nodeId: 0,
    host: '',
    port: 0,
    coordinators: [{ key: host, nodeId: 1, host, port: 1, errorCode: 0, errorMessage: null }],
  }
}
