// Goal: what a listener makes of clients that are unlike ours. What it serves well is shown by the client contract and by Java's clients.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { createRealEnvironment } from '../base/real-environment.ts'
import { ClusterError } from '../base/errors.ts'
import { produceRequest } from '../broker/cluster-harness.test.ts'
import { EmbeddedCluster } from '../broker/embedded-cluster.ts'
import { listen } from '../entry/listen.ts'
import { decodeResponseFrame, encodeRequestFrame } from '../protocol/frame.ts'
import { kafkaErrors } from '../protocol/kafka-errors.ts'
import { MessageWriter } from '../protocol/message-writer.ts'
import type { Api, RequestOf, ResponseOf } from '../protocol/messages.ts'
import { FrameAssembler } from './frame-assembler.ts'
import { Listener } from './listener.ts'

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

/** A client of bytes. */
class RawClient {
  readonly socket: Socket
  readonly #frames: Buffer[] = []
  #wake: () => void = () => undefined
  readonly hasEnded: Promise<void>

  private constructor(socket: Socket) {
    this.socket = socket
    const frames = new FrameAssembler((frame) => this.#frames.push(frame), 0x7fff_ffff)
    socket.on('data', (chunk: Buffer) => {
      frames.push(chunk)
      this.#wake()
    })
    this.hasEnded = once(socket, 'close').then(() => undefined)
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect({ host: '127.0.0.1', port })
    await once(socket, 'connect')
    return new RawClient(socket)
  }

  send<A extends Api>(api: A, version: number, request: RequestOf<A>, correlationId: number): void {
    this.socket.write(Buffer.concat(encodeRequestFrame({ api, version, correlationId, clientId: 'raw' }, request)))
  }

  async answer<A extends Api>(api: A, version: number, correlationId: number): Promise<ResponseOf<A>> {
    while (this.#frames.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve))
    return decodeResponseFrame({ api, version, correlationId }, this.#frames.shift()!)
  }
}

async function withListener(body: (port: number, cluster: EmbeddedCluster) => Promise<void>): Promise<void> {
  const cluster = new EmbeddedCluster()
  const environment = createRealEnvironment({ logger: silent })
  const listener = await Listener.open(cluster, environment, { host: '127.0.0.1', port: 0 })
  cluster.advertise(0, listener.endpoint)
  try {
    await body(listener.endpoint.port, cluster)
  } finally {
    await listener.close()
    cluster.close()
  }
}

const versionsRequest = { clientSoftwareName: 'raw', clientSoftwareVersion: '1' }

test('Listener answers ApiVersions of a version that it does not know in version 0, with what it takes (KIP-511)', async () => {
  await withListener(async (port) => {
    const client = await RawClient.open(port)
    const frame = Buffer.concat(encodeRequestFrame({ api: 'ApiVersions', version: 4, correlationId: 1, clientId: 'raw' }, versionsRequest))
    // The version of the request, behind size and API.
    frame.writeInt16BE(99, 6)
    client.socket.write(frame)
    const refused = await client.answer('ApiVersions', 0, 1)
    assert.equal(refused.errorCode, kafkaErrors.UNSUPPORTED_VERSION)
    assert.ok(refused.apiKeys.length > 20)
    client.send('ApiVersions', 3, versionsRequest, 2)
    assert.deepEqual((await client.answer('ApiVersions', 3, 2)).apiKeys, refused.apiKeys)
    client.socket.destroy()
  })
})

test('Listener answers requests that come at once in their order, and a produce request without acknowledgement not at all', async () => {
  await withListener(async (port, cluster) => {
    cluster.createTopic('t')
    const client = await RawClient.open(port)
    // No records: the log refuses them, and nobody hears of it.
    client.send('Produce', 9, produceRequest('t', Buffer.alloc(61), { acks: 0 }), 1)
    for (const correlationId of [2, 3, 4]) client.send('ApiVersions', 3, versionsRequest, correlationId)
    for (const correlationId of [2, 3, 4]) assert.equal((await client.answer('ApiVersions', 3, correlationId)).errorCode, 0)
    client.socket.destroy()
  })
})

test('Listener hangs up on bytes that are no request, on an unknown API and on a version out of range', async () => {
  const unknownApi = Buffer.from([0, 0, 0, 12, 0x27, 0x0f, 0, 0, 0, 0, 0, 1, 0, 2, 97, 98])
  const http = Buffer.from('GET / HTTP/1.1\r\n\r\n')
  const writer = new MessageWriter()
  writer.out.int32(10)
  const cutShort = Buffer.concat([...writer.chunks(), Buffer.from([0, 3, 0, 99, 0, 0, 0, 7, 0xff, 0xff])])
  for (const bytes of [unknownApi, http, cutShort]) {
    await withListener(async (port) => {
      const client = await RawClient.open(port)
      client.socket.write(bytes)
      await client.hasEnded
    })
  }
})

test('Listener.close() hangs up on its clients', async () => {
  const cluster = new EmbeddedCluster()
  const listening = await listen(cluster)
  const client = await RawClient.open(cluster.bootstrap[0]!.port)
  client.send('ApiVersions', 3, versionsRequest, 1)
  await client.answer('ApiVersions', 3, 1)
  await listening.close()
  await client.hasEnded
  cluster.close()
})

test('listen() gives each node a port of its own, and says when it cannot be had', async () => {
  const first = new EmbeddedCluster({ nodes: 2 })
  await using listening = await listen(first)
  const ports = listening.bootstrapServers.split(',').map((server) => Number(server.split(':')[1]))
  assert.equal(new Set(ports).size, 2)
  assert.deepEqual(
    first.bootstrap.map(({ port }) => port),
    ports,
  )
  const second = new EmbeddedCluster()
  await assert.rejects(listen(second, { port: ports[0]! }), (error) => {
    assert.ok(error instanceof ClusterError)
    assert.equal(error.code, 'CANNOT_LISTEN')
    assert.match(error.message, /^Cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/)
    return true
  })
  second.close()
  first.close()
})
