import type { Socket } from 'node:net'
import type { Environment } from '../base/environment.ts'
import { ClusterError, isMillraceError } from '../base/errors.ts'
import { decodeRequestBody, decodeRequestHeader, encodeResponseFrame, type RequestHeader } from '../protocol/frame.ts'
import { kafkaErrors } from '../protocol/kafka-errors.ts'
import { MessageReader } from '../protocol/message-reader.ts'
import { type Api, apiKeys, apis, findApi, type RequestOf, type ResponseOf } from '../protocol/messages.ts'
import type { Cluster, Connection, Endpoint } from '../protocol/transport.ts'
import { FrameAssembler } from './frame-assembler.ts'

/** `socket.request.max.bytes` of a broker. */
const REQUEST_BYTES_MAX = 100 * 1024 * 1024
/** Whoever asks decides how long to wait for an answer: the longest time that a timer takes. */
const ANSWER_WITHIN_MS = 0x7fff_ffff

/**
 * What a broker does for one client that has connected over TCP: requests are handed to a connection of the cluster one after the other,
 * as a broker does (it reads the next one when the one before is answered), and the answers written back. What a broker answers by hanging
 * up ends it here too: bytes that are no request, an API that is not served, a version out of range; only for ApiVersions every version
 * gets an answer, from which the client learns which ones it may ask in (KIP-511).
 */
export class ServedConnection {
  readonly #cluster: Cluster
  readonly #environment: Environment
  readonly #at: Endpoint
  readonly #socket: Socket
  readonly #frames: FrameAssembler
  readonly #inbox: Buffer[] = []
  #connection: Connection | null = null
  #isServing = false
  #isOver = false

  /** `socket` belongs to the connection from now on; `at` is the end point of the node that it has reached. */
  constructor(cluster: Cluster, environment: Environment, at: Endpoint, socket: Socket) {
    this.#cluster = cluster
    this.#environment = environment
    this.#at = at
    this.#socket = socket
    this.#frames = new FrameAssembler((frame) => void this.#inbox.push(ownBytes(frame)), REQUEST_BYTES_MAX, 'request')
    socket.on('data', (chunk: Buffer) => this.#receive(chunk))
    socket.on('error', () => this.end())
    socket.on('close', () => this.end())
  }

  /** Hangs up. Does nothing the second time. */
  end(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#socket.destroy()
    this.#connection?.close()
  }

  #receive(chunk: Buffer): void {
    try {
      this.#frames.push(chunk)
    } catch (error) {
      return this.#refuse(error)
    }
    void this.#serve()
  }

  /** Serves what has come in, in its order. The socket is not read meanwhile, so that a client cannot fill the memory. */
  async #serve(): Promise<void> {
    if (this.#isServing) return
    this.#isServing = true
    this.#socket.pause()
    try {
      for (let frame = this.#inbox.shift(); frame !== undefined && !this.#isOver; frame = this.#inbox.shift()) await this.#answer(frame)
    } catch (error) {
      this.#refuse(error)
    }
    this.#isServing = false
    if (!this.#isOver) this.#socket.resume()
  }

  async #answer(frame: Buffer): Promise<void> {
    const reader = new MessageReader(frame)
    const header = decodeRequestHeader(reader)
    const connection = (this.#connection ??= await this.#connect(header.clientId ?? ''))
    const api = findApi(header.apiKey)
    const range = api === undefined ? undefined : connection.versions[api]
    if (api === undefined || range === undefined) throw malformed(header, 'the cluster has no such API')
    if (header.version < range.min || header.version > range.max) {
      if (api !== 'ApiVersions') throw malformed(header, `the cluster takes ${api} in versions ${range.min} to ${range.max}`)
      return this.#write(api, 0, header.correlationId, unsupportedVersion(connection))
    }
    const request = decodeRequestBody(api, header.version, reader)
    const response = await connection.send(api, header.version, request, ANSWER_WITHIN_MS)
    const isAnswered = api !== 'Produce' || (request as RequestOf<'Produce'>).acks !== 0
    if (isAnswered) await this.#write(api, header.version, header.correlationId, response)
  }

  async #connect(clientId: string): Promise<Connection> {
    const connection = await this.#cluster.transport({ clientId, environment: this.#environment }).connect(this.#at, 'control')
    // Who has gone meanwhile needs none.
    if (this.#isOver) connection.close()
    return connection
  }

  /** Resolves when the socket has taken what was written. */
  async #write<A extends Api>(api: A, version: number, correlationId: number, response: ResponseOf<A>): Promise<void> {
    if (this.#isOver) return
    this.#socket.cork()
    let hasRoom = true
    for (const piece of encodeResponseFrame({ api, version, correlationId }, response)) hasRoom = this.#socket.write(piece)
    this.#socket.uncork()
    if (!hasRoom && this.#socket.writableNeedDrain) await drained(this.#socket)
  }

  #refuse(error: unknown): void {
    const isNews = !this.#isOver && isMillraceError(error) && error.code === 'MALFORMED_MESSAGE'
    this.end()
    if (!isMillraceError(error)) throw error
    if (isNews) this.#environment.logger.warn({ host: this.#at.host, port: this.#at.port, error: error.message }, 'a client was cut off')
  }
}

/** Bytes that do not keep a larger buffer alive: a cluster keeps the records of a request for as long as its topic lasts. */
function ownBytes(frame: Buffer): Buffer {
  return frame.buffer.byteLength <= 2 * frame.length ? frame : Buffer.from(new Uint8Array(frame).buffer)
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done)
      socket.off('close', done)
      resolve()
    }
    socket.on('drain', done)
    socket.on('close', done)
  })
}

function malformed({ apiKey, version }: RequestHeader, reason: string): ClusterError {
  return new ClusterError('MALFORMED_MESSAGE', `Cannot serve a request of API ${apiKey} in version ${version}: ${reason}`)
}

function unsupportedVersion({ versions }: Connection): ResponseOf<'ApiVersions'> {
  return {
    errorCode: kafkaErrors.UNSUPPORTED_VERSION,
    apiKeys: apis.flatMap((api) => {
      const range = versions[api]
      return range === undefined ? [] : [{ apiKey: apiKeys[api], minVersion: range.min, maxVersion: range.max }]
    }),
    throttleTimeMs: 0,
    supportedFeatures: [],
    finalizedFeaturesEpoch: -1,
    finalizedFeatures: [],
    zkMigrationReady: false,
  }
}
