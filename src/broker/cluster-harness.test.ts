// What the tests of the cluster have in common: a virtual world with a cluster in it, and a client that speaks requests. No tests here.
import assert from 'node:assert/strict'
import { type VirtualEnvironment, VirtualWorld } from '../base/virtual-environment.ts'
import type { FetchPartitionData, FetchResponse } from '../protocol/messages/fetch.ts'
import type { PartitionProduceResponse } from '../protocol/messages/produce.ts'
import type { Api, RequestOf, ResponseOf } from '../protocol/messages.ts'
import type { Connection, ConnectionPurpose } from '../protocol/transport.ts'
import { zeroUuid } from '../protocol/uuid.ts'
import { BatchBuilder, type SealOptions } from '../record/batch-builder.ts'
import { readBatches } from '../record/batch-reader.ts'
import { RecordCursor } from '../record/record-cursor.ts'
import type { EmbeddedClusterOptions } from './cluster-options.ts'
import { EmbeddedCluster } from './embedded-cluster.ts'

/** A key and a value as text, `null` where there is none. */
export type Pair = readonly [key: string | null, value: string | null]

/** A world with one cluster. Messages go through the codec unless the options say otherwise. */
export class Harness {
  readonly world: VirtualWorld
  readonly cluster: EmbeddedCluster
  #clients = 0

  constructor(options: EmbeddedClusterOptions = {}, seed = 1) {
    this.world = new VirtualWorld({ seed })
    this.cluster = new EmbeddedCluster({ codec: 'encode', environment: this.world.environment('cluster'), ...options })
  }

  /** A client with an environment of its own. */
  client(name = `client-${++this.#clients}`): TestClient {
    return new TestClient(this, name)
  }

  /** Lets events happen until the promise settles. */
  async settle<T>(promise: Promise<T>): Promise<T> {
    let isSettled = false
    const note = (): void => {
      isSettled = true
    }
    promise.then(note, note)
    await this.world.run(() => isSettled)
    return promise
  }
}

/** A client that sends what a test says, at the highest version unless told otherwise. */
export class TestClient {
  readonly environment: VirtualEnvironment
  readonly #harness: Harness
  readonly #clientId: string
  readonly #connections = new Map<string, Connection>()

  constructor(harness: Harness, clientId: string) {
    this.#harness = harness
    this.#clientId = clientId
    this.environment = harness.world.environment(clientId)
  }

  /** A connection that stays open, one per node and purpose. */
  async connection(node = 0, purpose: ConnectionPurpose = 'control'): Promise<Connection> {
    const key = `${node}/${purpose}`
    let connection = this.#connections.get(key)
    if (connection === undefined || connection.isClosed) {
      connection = await this.connect(node, purpose)
      this.#connections.set(key, connection)
    }
    return connection
  }

  connect(node = 0, purpose: ConnectionPurpose = 'control'): Promise<Connection> {
    const transport = this.#harness.cluster.transport({ clientId: this.#clientId, environment: this.environment })
    return this.#harness.settle(transport.connect(this.#harness.cluster.bootstrap[node]!, purpose))
  }

  /** Sends and waits for the answer. */
  async call<A extends Api>(api: A, request: RequestOf<A>, options: { version?: number; node?: number } = {}): Promise<ResponseOf<A>> {
    const connection = await this.connection(options.node)
    return this.#harness.settle(connection.send(api, options.version ?? connection.versions[api]!.max, request, 30_000))
  }

  /** Produces one batch to one partition. */
  async produce(topic: string, batch: Buffer, options: ProduceOptions = {}): Promise<PartitionProduceResponse> {
    const response = await this.call('Produce', produceRequest(topic, batch, options), {
      version: options.version ?? 12,
      node: options.node ?? 0,
    })
    return response.responses[0]!.partitionResponses[0]!
  }

  /** Fetches one partition, without a session and without waiting. */
  async fetch(topic: string, options: FetchOptions = {}): Promise<FetchPartitionData> {
    const response = await this.fetchAll(topic, options)
    assert.equal(response.errorCode, 0)
    return response.responses[0]!.partitions[0]!
  }

  fetchAll(topic: string, options: FetchOptions = {}): Promise<FetchResponse> {
    return this.call('Fetch', fetchRequest(topic, options), { version: 12, node: options.node ?? 0 })
  }

  async initProducerId(transactionalId: string | null, options: InitOptions = {}): Promise<ResponseOf<'InitProducerId'>> {
    const { producerId = -1, producerEpoch = -1, transactionTimeoutMs = 60_000, version } = options
    const request = { transactionalId, transactionTimeoutMs, producerId, producerEpoch }
    return this.call('InitProducerId', request, version === undefined ? {} : { version })
  }
}

export interface ProduceOptions {
  readonly partition?: number
  readonly node?: number
  readonly version?: number
  readonly transactionalId?: string | null
  readonly acks?: number
}

export interface FetchOptions {
  readonly partition?: number
  readonly partitions?: readonly number[]
  readonly node?: number
  readonly offset?: number
  readonly isCommittedOnly?: boolean
  readonly bytesMax?: number
  readonly partitionBytesMax?: number
  readonly minBytes?: number
  readonly maxWaitMs?: number
  readonly sessionId?: number
  readonly sessionEpoch?: number
  readonly leaderEpoch?: number
}

export interface InitOptions {
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly transactionTimeoutMs?: number
  readonly version?: number
}

/** The request that `TestClient.produce` sends. */
export function produceRequest(topic: string, records: Buffer, options: ProduceOptions = {}): RequestOf<'Produce'> {
  const { partition = 0, transactionalId = null, acks = -1 } = options
  return {
    transactionalId,
    acks,
    timeoutMs: 30_000,
    topicData: [{ name: topic, topicId: zeroUuid, partitionData: [{ index: partition, records }] }],
  }
}

/** The request that `TestClient.fetch` sends. */
export function fetchRequest(topic: string, options: FetchOptions = {}): RequestOf<'Fetch'> {
  const partitions = options.partitions ?? [options.partition ?? 0]
  return {
    clusterId: null,
    replicaId: -1,
    replicaState: { replicaId: -1, replicaEpoch: -1 },
    maxWaitMs: options.maxWaitMs ?? 0,
    minBytes: options.minBytes ?? 1,
    maxBytes: options.bytesMax ?? 50_000_000,
    isolationLevel: options.isCommittedOnly === true ? 1 : 0,
    sessionId: options.sessionId ?? 0,
    sessionEpoch: options.sessionEpoch ?? -1,
    topics:
      partitions.length === 0
        ? []
        : [
            {
              topic,
              topicId: zeroUuid,
              partitions: partitions.map((partition) => ({
                partition,
                currentLeaderEpoch: options.leaderEpoch ?? -1,
                fetchOffset: options.offset ?? 0,
                lastFetchedEpoch: -1,
                logStartOffset: -1,
                partitionMaxBytes: options.partitionBytesMax ?? 1_000_000,
                replicaDirectoryId: zeroUuid,
                highWatermark: Infinity,
              })),
            },
          ],
    forgottenTopicsData: [],
    rackId: '',
  }
}

/** A batch of records with timestamps 1000, 1001, ... unless told otherwise. */
export function batchOf(pairs: readonly Pair[], options: SealOptions & { timestamp?: number } = {}): Buffer {
  const builder = new BatchBuilder()
  let timestamp = options.timestamp ?? 1_000
  for (const [key, value] of pairs) {
    const keyBytes = Buffer.from(key ?? '')
    const bytes = Buffer.concat([keyBytes, Buffer.from(value ?? '')])
    builder.append({
      timestamp: timestamp++,
      bytes,
      keyStart: 0,
      keyEnd: key === null ? -1 : keyBytes.length,
      valueStart: keyBytes.length,
      valueEnd: value === null ? -1 : bytes.length,
      headers: null,
    })
  }
  return builder.seal(options)
}

/** The values of a fetched view, with their offsets, as `offset:value`; a marker is `offset:commit` or `offset:abort`. */
export function describeRecords(records: Buffer | null): readonly string[] {
  const found: string[] = []
  if (records === null) return found
  const cursor = new RecordCursor()
  for (const batch of readBatches(records, 0, records.length)) {
    cursor.open(batch)
    while (cursor.next()) {
      const text = batch.isControl ? (cursor.key()!.readInt16BE(2) === 1 ? 'commit' : 'abort') : (cursor.value()?.toString() ?? 'null')
      found.push(`${cursor.offset}:${text}`)
    }
  }
  return found
}
