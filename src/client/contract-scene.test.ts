// The scene of the client contract: the cluster under test, clients of it, and shorthand for what they do. No tests here.
import assert from 'node:assert/strict'
import { type Environment, sleep } from '../base/environment.ts'
import { isMillraceError } from '../base/errors.ts'
import type { ErrorCode } from '../base/error-codes.ts'
import type { Api } from '../protocol/messages.ts'
import type { Cluster } from '../protocol/transport.ts'
import { RecordCursor } from '../record/record-cursor.ts'
import { recordHeaders } from '../record/record-headers.ts'
import { Admin, type NewTopic } from './admin.ts'
import { Client } from './client.ts'
import { Coordinator } from './coordinator.ts'
import type { FetchedChunk } from './fetched-chunk.ts'
import { type FetchProblem, Fetcher } from './fetcher.ts'
import type { FetcherOptions } from './fetcher-options.ts'
import type { GroupMetadata } from './group-metadata.ts'
import type { OutgoingRecord } from './outgoing-record.ts'
import { Producer, type ProducerOptions } from './producer.ts'

/** A connection that is to be cut at a request. */
export interface CutRule {
  readonly api: Api
  /** Before the request has any effect, or after its effect and before its answer. */
  readonly when: 'before' | 'after'
  readonly clientId?: string
  /** Default 1. */
  readonly times?: number
  /** How many matching requests pass before. Default 0. */
  readonly skip?: number
}

/** Trouble that a test may ask of a cluster. */
export interface ContractFaults {
  moveLeader(topic: string, partition: number): void
  moveCoordinator(kind: 'group' | 'transaction', key: string): void
  loseFetchSessions(): void
  /** Transaction markers take this long from now on. */
  slowMarkers(delayMs: number): void
}

/** A cluster with nothing in it that the test did not make. */
export interface ClusterUnderTest {
  readonly cluster: Cluster
  /** The environment of one more client. */
  environment(name: string): Environment
  /** Lets time pass until `work` has settled. */
  settle<T>(work: Promise<T>): Promise<T>
  /** Has a connection cut, by the cluster or by what is between it and the client. `null`: that cannot be done. */
  readonly cut: ((rule: CutRule) => void) | null
  /** `null`: the cluster cannot be troubled. */
  readonly faults: ContractFaults | null
  /** Makes the cleaner compact a topic, if the cluster can be told to. */
  readonly compact: ((topic: string) => void) | null
  dispose(): Promise<void>
}

/** What a cluster can do, and what it cannot. */
export interface ContractCapabilities {
  /** The finalized `transaction.version`. */
  readonly transactionVersion: 1 | 2
  /** What it cannot do -> why not: the cases that need it do not apply, with this reason. */
  readonly lacks?: Readonly<Partial<Record<ContractNeed, string>>>
  /** Only the cases in which the client does something else than with other releases. Default: all. */
  readonly onlyDiffering?: boolean
  /** How many cases apply: a test of its own, so that none gets lost. */
  readonly applicable: number
  /** How many cases run at once. Default 1; in real time most of them wait for something. */
  readonly concurrency?: number
}

/** One promise of the contract. It gets a scene of its own. */
export type ContractCase = (title: string, traits: CaseTraits, body: (scene: Scene) => Promise<void>) => void

/** What is particular about a case. */
export interface CaseTraits {
  /** Default: nothing. */
  readonly needs?: readonly ContractNeed[]
  /** What the client does otherwise with another release of Kafka: versions of requests, steps of the protocol. Default: nothing. */
  readonly differs?: 'metadata' | 'offsets' | 'writing' | 'reading' | 'transactions'
}

/** What a case needs of the cluster beside the protocol. */
export type ContractNeed = 'cuts' | 'leader moves' | 'coordinator moves' | 'lost sessions' | 'slow markers' | 'compaction'

/** A record as tests write it down. */
export interface TestRecord {
  readonly key?: string | null
  readonly value: string | null
  readonly timestamp?: number
  readonly headers?: readonly (readonly [string, string | null])[]
}

/** A record as tests read it. */
export interface ReadRecord {
  readonly offset: number
  readonly timestamp: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [string, string | null])[]
}

/** A fetcher with what it reported. */
export interface WatchedFetcher {
  readonly fetcher: Fetcher
  readonly problems: FetchProblem[]
}

/** Who commits from outside of any group. */
export function outsider(groupId: string): GroupMetadata {
  return { groupId, memberId: '', generation: -1, instanceId: null }
}

/** A cluster with clients that end with it. */
export class Scene {
  readonly world: ClusterUnderTest
  readonly transactionVersion: 1 | 2
  readonly client: Client
  readonly admin: Admin
  readonly #clients: Client[] = []
  #topics = 0
  #names = 0

  constructor(world: ClusterUnderTest, capabilities: Pick<ContractCapabilities, 'transactionVersion'>) {
    this.world = world
    this.transactionVersion = capabilities.transactionVersion
    this.client = this.openClient('contract')
    this.admin = new Admin(this.client)
  }

  get faults(): ContractFaults {
    assert(this.world.faults !== null)
    return this.world.faults
  }

  cut(rule: CutRule): void {
    assert(this.world.cut !== null)
    this.world.cut(rule)
  }

  openClient(clientId: string): Client {
    const environment = this.world.environment(clientId)
    const client = new Client({
      clientId,
      bootstrap: this.world.cluster.bootstrap,
      transport: this.world.cluster.transport({ clientId, environment }),
      environment,
      requestTimeoutMs: 5_000,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1_000,
      metadataMaxAgeMs: 300_000,
    })
    this.#clients.push(client)
    return client
  }

  /** A name that nobody else uses. */
  unique(prefix: string): string {
    return `${prefix}-${this.client.options.environment.random.uuid().slice(0, 8)}-${this.#names++}`
  }

  async topic(options: Partial<NewTopic> = {}): Promise<string> {
    const name = this.unique(`topic-${this.#topics++}`)
    const failed = await this.admin.createTopics([{ name, partitions: 1, replicationFactor: -1, ...options }])
    assert.deepEqual([...failed], [])
    const partitions = options.partitions ?? 1
    await this.until(async () => (await this.admin.describeTopics([name])).get(name)?.partitions.length === partitions)
    // Until every leader answers. Kafka 3.6 asks whether a batch must be verified, and appends it even when there was no leader to ask: if
    // there is one by then, the first batch of a transaction may be refused with INVALID_TXN_STATE, whoever the client is.
    const all = Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition }))
    await this.admin.listOffsets(all, 'latest', 'read_uncommitted')
    return name
  }

  /** Waits until `isSo`, `timeoutMs` at most. Brokers hear of a change only after the controller has answered. */
  async until(isSo: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> {
    const deadlineMs = this.nowMs + timeoutMs
    while (!(await isSo())) {
      assert.ok(this.nowMs < deadlineMs, `it is so within ${timeoutMs} ms`)
      await this.sleep(20)
    }
  }

  producer(options: Partial<ProducerOptions> = {}, client: Client = this.client): Producer {
    return new Producer(client, {
      transactionalId: null,
      transactionTimeoutMs: 10_000,
      lingerMs: 5,
      batchBytesMax: 16_384,
      bufferBytesMax: 32 * 1024 * 1024,
      requestBytesMax: 1024 * 1024,
      deliveryTimeoutMs: Infinity,
      compression: 'none',
      maxInFlight: 5,
      maxBlockMs: 20_000,
      onFailedBatch: () => 'fail',
      ...options,
    })
  }

  async transactional(transactionalId: string, options: Partial<ProducerOptions> = {}, client?: Client): Promise<Producer> {
    const producer = this.producer({ transactionalId, ...options }, client)
    await producer.initTransactions()
    return producer
  }

  fetcher(options: Partial<FetcherOptions> = {}, client: Client = this.client): WatchedFetcher {
    const problems: FetchProblem[] = []
    const settings: FetcherOptions = {
      purpose: 'fetch',
      isolation: 'read_committed',
      fetchMaxBytes: 8 * 1024 * 1024,
      partitionMaxBytes: 1024 * 1024,
      minBytes: 1,
      maxWaitMs: 500,
      bufferBytesMax: 64 * 1024 * 1024,
      checkCrcs: true,
      ...options,
    }
    return { fetcher: new Fetcher(client, settings, (problem) => problems.push(problem)), problems }
  }

  groupCoordinator(groupId: string, client: Client = this.client): Coordinator {
    return new Coordinator(client, 'group', groupId)
  }

  /** Everything that a reader sees of a partition, from its start to the end that it has now. */
  async read(topic: string, partition = 0, options: Partial<FetcherOptions> = {}): Promise<ReadRecord[]> {
    const isolation = options.isolation ?? 'read_committed'
    const at = { topic, partition }
    const end = (await this.admin.listOffsets([at], 'latest', isolation)).get(topic, partition)!
    const start = (await this.admin.listOffsets([at], 'earliest', isolation)).get(topic, partition)!
    const { fetcher, problems } = this.fetcher({ ...options, isolation })
    fetcher.add(at, start)
    const records: ReadRecord[] = []
    while (fetcher.position(at) < end) {
      await fetcher.whenReady()
      assert.deepEqual(problems, [])
      for (const chunk of fetcher.poll()) {
        records.push(...recordsOf(chunk))
        chunk.release()
      }
    }
    await fetcher.close()
    return records
  }

  async values(topic: string, partition = 0, options: Partial<FetcherOptions> = {}): Promise<(string | null)[]> {
    return (await this.read(topic, partition, options)).map(({ value }) => value)
  }

  /** Waits until the markers of all transactions on the topic are written. */
  async settled(topic: string): Promise<void> {
    const count = (await this.admin.describeTopics([topic])).get(topic)!.partitions.length
    const partitions = Array.from({ length: count }, (_, partition) => ({ topic, partition }))
    for (;;) {
      const stable = await this.admin.listOffsets(partitions, 'latest', 'read_committed')
      const end = await this.admin.listOffsets(partitions, 'latest', 'read_uncommitted')
      if (partitions.every(({ partition }) => stable.get(topic, partition) === end.get(topic, partition))) return
      await this.sleep(50)
    }
  }

  sleep(ms: number): Promise<void> {
    return sleep(this.client.options.environment.scheduler, ms)
  }

  get nowMs(): number {
    return this.client.options.environment.clock.monotonic()
  }

  close(): void {
    for (const client of this.#clients) client.close()
  }
}

/** Appends records, each with its index as source offset. */
export function append(producer: Producer, topic: string, values: readonly (string | TestRecord)[], partition = 0): void {
  const target = producer.target(topic, partition)
  for (const [index, value] of values.entries()) {
    producer.append(target, outgoing(typeof value === 'string' ? { key: 'k', value } : value, index))
  }
}

/** What `append` hands over for a record. */
export function outgoing(record: TestRecord, sourceOffset = 0): OutgoingRecord {
  const key = record.key === undefined || record.key === null ? null : Buffer.from(record.key)
  const value = record.value === null ? null : Buffer.from(record.value)
  const keyLength = key?.length ?? 0
  return {
    timestamp: record.timestamp ?? 1_000,
    bytes: Buffer.concat([key ?? Buffer.alloc(0), value ?? Buffer.alloc(0)]),
    keyStart: key === null ? -1 : 0,
    keyEnd: key === null ? -1 : keyLength,
    valueStart: value === null ? -1 : keyLength,
    valueEnd: value === null ? -1 : keyLength + value.length,
    headers: record.headers === undefined ? null : recordHeaders(record.headers),
    node: 7,
    sourcePartition: 3,
    sourceOffset,
  }
}

/** The records of a chunk, without those below what was asked for. */
export function recordsOf(chunk: FetchedChunk): ReadRecord[] {
  const records: ReadRecord[] = []
  const cursor = new RecordCursor()
  for (const batch of chunk.batches) {
    cursor.open(batch)
    while (cursor.next()) {
      if (cursor.offset < chunk.from) continue
      records.push({
        offset: cursor.offset,
        timestamp: cursor.timestamp,
        key: cursor.key()?.toString() ?? null,
        value: cursor.value()?.toString() ?? null,
        headers: [...cursor.headers()].map(({ key, value }) => [key, value === null ? null : Buffer.from(value).toString()]),
      })
    }
  }
  return records
}

/** Takes chunks until there are `count` records. */
export async function take(fetcher: Fetcher, count: number): Promise<ReadRecord[]> {
  const records: ReadRecord[] = []
  while (records.length < count) {
    await fetcher.whenReady()
    for (const chunk of fetcher.poll()) {
      records.push(...recordsOf(chunk))
      chunk.release()
    }
  }
  return records
}

/** The error code that `work` rejects with. */
export async function codeOf(work: Promise<unknown>): Promise<ErrorCode | 'resolved'> {
  try {
    await work
  } catch (error) {
    if (isMillraceError(error)) return error.code
    throw error
  }
  return 'resolved'
}

/** `prefix-0`, `prefix-1`, ... */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
}
