import type { Api, RequestOf, ResponseOf } from '../../src/protocol/messages.ts'
import { kafkaErrors as kafka } from '../../src/protocol/kafka-errors.ts'
import type { Connection } from '../../src/protocol/transport.ts'
import { codeName, type DifferCluster } from './differ-cluster.ts'
import { describeBatches, lastOffset } from './fetched-batches.ts'
import { FetchSession } from './fetch-session.ts'
import { GroupSession } from './group-session.ts'
import { type Operation, PARTITIONS, type ProducerName, producerNames } from './operation.ts'
import { ProducerState } from './producer-state.ts'
import { StaticGroupSession } from './static-group-session.ts'
import { type StreamsNames, StreamsGroupSession } from './streams-group-session.ts'

const TIMEOUT_MS = 30_000
const RETRIES = 500
const RETRY_MS = 10
/** The records are of 1970 and the markers of today: a segment must not end between them, since a fetch reads one segment. */
const SEGMENT_MS = String(Number.MAX_SAFE_INTEGER)
/** Above it a timestamp is not of a record but of the clock. */
const CLOCK_MS_MIN = 1_000_000_000
const ZERO_UUID = '00000000-0000-0000-0000-000000000000'

/** Codes that pass: how often they are seen depends on how fast a cluster is. */
const passing: readonly number[] = [
  kafka.CONCURRENT_TRANSACTIONS,
  kafka.COORDINATOR_LOAD_IN_PROGRESS,
  kafka.COORDINATOR_NOT_AVAILABLE,
  kafka.NOT_COORDINATOR,
  kafka.NOT_ENOUGH_REPLICAS,
  kafka.LEADER_NOT_AVAILABLE,
  kafka.NOT_LEADER_OR_FOLLOWER,
]

/**
 * Runs operations on one cluster and writes down what it answers, in words that do not depend on ids. Names of topic, group and
 * transactions are its own, so that many sessions may use one cluster.
 */
export class Session {
  readonly #cluster: DifferCluster
  readonly #connection: Connection
  readonly #group: GroupSession
  readonly #statics: StaticGroupSession
  readonly #streams: StreamsGroupSession
  readonly #fetches: FetchSession
  readonly #prefix: string
  readonly #topic: string
  readonly #groupId: string
  readonly #producers = new Map<ProducerName, ProducerState>(producerNames.map((name) => [name, new ProducerState(name)]))
  readonly #ids = new Map<number, string>()
  /** Partitions of which records were deleted. */
  readonly #shortened = new Set<number>()
  #mayHaveMarkers = false

  private constructor(cluster: DifferCluster, connection: Connection, prefix: string) {
    this.#cluster = cluster
    this.#connection = connection
    this.#prefix = prefix
    this.#topic = `${prefix}-topic`
    this.#groupId = `${prefix}-group`
    this.#group = new GroupSession(cluster, connection, this.#groupId)
    this.#statics = new StaticGroupSession(cluster, connection, { groupId: `${prefix}-statics`, topic: this.#topic })
    this.#streams = new StreamsGroupSession(connection, this.#streamsNames())
    this.#fetches = new FetchSession(connection, {
      topic: this.#topic,
      offsetAt: (partition, place) => this.#offsetAt(partition, place),
      nameOf: (id) => this.#ids.get(id) ?? 'nobody',
    })
  }

  /** Makes the topic and waits until it, and the coordinators, are there. */
  static async open(cluster: DifferCluster, prefix: string): Promise<Session> {
    const session = new Session(cluster, await cluster.connect(), prefix)
    await session.#prepare()
    return session
  }

  /** What the cluster answers to the operation. */
  async run(operation: Operation, index: number): Promise<string> {
    switch (operation.kind) {
      case 'init':
        return this.#init(operation)
      case 'produce':
        return this.#produce(operation, index)
      case 'add partitions':
        return this.#addPartitions(operation)
      case 'add offsets':
        return this.#addOffsets(operation)
      case 'commit in transaction':
        return this.#commitInTransaction(operation)
      case 'end':
        return this.#end(operation)
      case 'fetch':
        return this.#fetch(operation)
      case 'list':
        return this.#list(operation)
      case 'delete records':
        return this.#deleteRecords(operation)
      case 'commit':
        return this.#commit(operation)
      case 'committed':
        return this.#committed(operation.isStable)
      case 'fetch session':
        return this.#fetches.run(operation)
      case 'streams beat':
      case 'streams commit':
      case 'streams describe':
        return this.#streams.run(operation)
      case 'static rebalance':
      case 'static restart':
      case 'static leave':
      case 'static heartbeat':
      case 'static sync':
      case 'static commit':
        return this.#statics.run(operation)
      default:
        return this.#group.run(operation)
    }
  }

  /** Ends the fetch session, of which a cluster keeps a limited number, and the connections. */
  async close(): Promise<void> {
    await this.#fetches.close().catch(() => undefined)
    this.#connection.close()
    this.#group.close()
    this.#statics.close()
  }

  async #prepare(): Promise<void> {
    const topics = [this.#topic, `${this.#prefix}-changelog`].map((name) => ({
      name,
      numPartitions: PARTITIONS,
      replicationFactor: 1,
      assignments: [],
      configs: [{ name: 'segment.ms', value: SEGMENT_MS }],
    }))
    await this.#send('CreateTopics', 7, { topics, timeoutMs: TIMEOUT_MS, validateOnly: false })
    for (const [keyType, key] of [
      [0, this.#groupId],
      [0, `${this.#prefix}-statics`],
      [0, `${this.#prefix}-streams`],
      [0, `${this.#prefix}-probe`],
      [1, this.#transactionalId('new')!],
      [1, this.#transactionalId('old')!],
    ] as const) {
      const ask = (): Promise<ResponseOf<'FindCoordinator'>> =>
        this.#send('FindCoordinator', 4, { key: '', keyType, coordinatorKeys: [key] })
      await this.#insist(ask, ({ coordinators }) => coordinators[0]!.errorCode)
    }
    // The coordinator of groups hears of topics later than who made them.
    const probe = new StreamsGroupSession(this.#connection, { ...this.#streamsNames(), groupId: `${this.#prefix}-probe` })
    for (let tries = 0; tries < RETRIES && !(await probe.isReady()); tries++) await this.#cluster.sleep(RETRY_MS)
    for (let partition = 0; partition < PARTITIONS; partition++) {
      for (let tries = 0; tries < RETRIES; tries++) {
        const { errorCode } = await this.#listAt(partition, -1, 0)
        if (errorCode === kafka.NONE) break
        await this.#cluster.sleep(RETRY_MS)
      }
    }
  }

  async #init({ producer, from }: Extract<Operation, { kind: 'init' }>): Promise<string> {
    const state = this.#producer(producer)
    const present =
      from === 'nothing' || producer === 'plain'
        ? { producerId: -1, producerEpoch: -1 }
        : { producerId: state.producerId, producerEpoch: from === 'half' ? -1 : state.producerEpoch - (from === 'stale' ? 1 : 0) }
    // Whoever comes back may have ended a transaction of his own, or of a rival.
    if (state.producerId >= 0) this.#mayHaveMarkers = true
    const request = { transactionalId: this.#transactionalId(producer), transactionTimeoutMs: 600_000, ...present }
    const answer = await this.#insist(
      () => this.#send('InitProducerId', 5, request),
      ({ errorCode }) => errorCode,
    )
    if (answer.errorCode !== kafka.NONE) return codeName(answer.errorCode)
    const { producerId } = answer
    if (!this.#ids.has(producerId)) this.#ids.set(producerId, `id${this.#ids.size}`)
    state.adopt(answer)
    return `ok ${this.#ids.get(producerId)}/${answer.producerEpoch}`
  }

  async #produce(operation: Extract<Operation, { kind: 'produce' }>, index: number): Promise<string> {
    const { producer, partition } = operation
    const state = this.#producer(producer)
    const { bytes, sent } = state.batch(operation, index)
    // Version 12 is what puts a partition into a transaction by itself.
    const version = producer === 'old' ? 11 : 12
    const topicData = [{ name: this.#topic, topicId: ZERO_UUID, partitionData: [{ index: partition, records: bytes }] }]
    const request = { transactionalId: this.#transactionalId(producer), acks: -1, timeoutMs: TIMEOUT_MS, topicData }
    const response = await this.#insist(
      () => this.#send('Produce', version, request),
      ({ responses }) => responses[0]!.partitionResponses[0]!.errorCode,
    )
    const answer = response.responses[0]!.partitionResponses[0]!
    if (answer.errorCode !== kafka.NONE) return codeName(answer.errorCode)
    if (operation.epoch === 0) state.written(partition, sent)
    return `ok at ${answer.baseOffset}, log from ${answer.logStartOffset}`
  }

  async #addPartitions({ producer, partitions, epoch }: Extract<Operation, { kind: 'add partitions' }>): Promise<string> {
    const state = this.#producer(producer)
    const request = {
      transactions: [],
      v3AndBelowTransactionalId: this.#transactionalId(producer)!,
      v3AndBelowProducerId: state.producerId,
      v3AndBelowProducerEpoch: state.producerEpoch + epoch,
      v3AndBelowTopics: [{ name: this.#topic, partitions }],
    }
    const codes = (response: ResponseOf<'AddPartitionsToTxn'>): readonly number[] =>
      response.resultsByTopicV3AndBelow.flatMap(({ resultsByPartition }) => resultsByPartition.map((result) => result.partitionErrorCode))
    const response = await this.#insist(
      () => this.#send('AddPartitionsToTxn', 3, request),
      (answer) => codes(answer).find((code) => passing.includes(code)) ?? 0,
    )
    return codes(response).map(codeName).toSorted().join(', ')
  }

  async #addOffsets({ producer, epoch }: Extract<Operation, { kind: 'add offsets' }>): Promise<string> {
    const request = { ...this.#identity(producer, epoch), groupId: this.#groupId }
    const answer = await this.#insist(
      () => this.#send('AddOffsetsToTxn', 4, request),
      ({ errorCode }) => errorCode,
    )
    return codeName(answer.errorCode)
  }

  async #commitInTransaction(operation: Extract<Operation, { kind: 'commit in transaction' }>): Promise<string> {
    const { producer, partition, offset, asker, generation, epoch } = operation
    const partitions = [{ partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: -1, committedMetadata: `${offset}` }]
    const { memberId, generation: generationId } = this.#group.asker(asker, generation)
    const request = {
      ...this.#identity(producer, epoch),
      groupId: this.#groupId,
      generationId,
      memberId,
      groupInstanceId: null,
      topics: [{ name: this.#topic, partitions }],
    }
    const answer = await this.#insist(
      () => this.#send('TxnOffsetCommit', producer === 'old' ? 4 : 5, request),
      ({ topics }) => topics[0]!.partitions[0]!.errorCode,
    )
    return codeName(answer.topics[0]!.partitions[0]!.errorCode)
  }

  async #end({ producer, isCommit, epoch }: Extract<Operation, { kind: 'end' }>): Promise<string> {
    const request = { ...this.#identity(producer, epoch), committed: isCommit }
    const version = producer === 'old' ? 4 : 5
    const ask = (): Promise<ResponseOf<'EndTxn'>> =>
      this.#insist(
        () => this.#send('EndTxn', version, request),
        ({ errorCode }) => errorCode,
      )
    const answer = await ask()
    if (answer.errorCode !== kafka.NONE) return codeName(answer.errorCode)
    this.#mayHaveMarkers = true
    if (version === 5) this.#producer(producer).adopt(answer)
    // As a client that got no answer would: it is told that it is done once the markers are written.
    const again = await ask()
    const epochs = version === 5 ? ` ${this.#ids.get(answer.producerId)}/${answer.producerEpoch}` : ''
    return `ok${epochs}, again ${codeName(again.errorCode)}`
  }

  async #fetch({ partition, place, isCommitted, bytesMax }: Extract<Operation, { kind: 'fetch' }>): Promise<string> {
    const offset = await this.#offsetAt(partition, place)
    const at = {
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: offset,
      lastFetchedEpoch: -1,
      logStartOffset: -1,
      partitionMaxBytes: bytesMax,
      replicaDirectoryId: ZERO_UUID,
      highWatermark: Infinity,
    }
    const request: RequestOf<'Fetch'> = {
      clusterId: null,
      replicaId: -1,
      replicaState: { replicaId: -1, replicaEpoch: -1 },
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 10_000_000,
      isolationLevel: isCommitted ? 1 : 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topic: this.#topic, topicId: ZERO_UUID, partitions: [at] }],
      forgottenTopicsData: [],
      rackId: '',
    }
    const { responses } = await this.#send('Fetch', 12, request)
    const answer = responses[0]!.partitions[0]!
    // Kafka leaves the last stable offset behind the start until something is written.
    const stable = Math.max(answer.lastStableOffset, answer.logStartOffset)
    const ends = `high watermark ${answer.highWatermark}, stable ${stable}, start ${answer.logStartOffset}`
    const nameOf = (id: number): string => this.#ids.get(id) ?? 'nobody'
    // Kafka's index is sparse: it may name transactions behind what it gives.
    const end = lastOffset(answer.records)
    const aborted = (answer.abortedTransactions ?? [])
      .filter(({ firstOffset }) => firstOffset <= end)
      .map(({ producerId, firstOffset }) => `${nameOf(producerId)}@${firstOffset}`)
    return `from ${offset}: ${codeName(answer.errorCode)}, ${ends}, aborted [${aborted.toSorted().join()}], ${describeBatches(answer.records, nameOf)}`
  }

  async #list({ partition, at, isCommitted }: Extract<Operation, { kind: 'list' }>): Promise<string> {
    // Kafka finds the greatest among deleted records too, as long as their segment is there; between markers the clock decides.
    if (at === 'greatest' && (this.#shortened.has(partition) || this.#mayHaveMarkers)) return 'not asked'
    const timestamp = at === 'earliest' ? -2 : at === 'latest' ? -1 : at === 'greatest' ? -3 : at
    const answer = await this.#listAt(partition, timestamp, isCommitted ? 1 : 0)
    if (at === 'latest' && answer.errorCode === kafka.NONE) {
      const start = await this.#listAt(partition, -2, 0)
      return `ok, offset ${Math.max(answer.offset, start.offset)}`
    }
    const found = answer.timestamp > CLOCK_MS_MIN ? 'of a marker' : answer.timestamp
    return `${codeName(answer.errorCode)}, offset ${answer.offset}, timestamp ${found}`
  }

  async #deleteRecords({ partition, place }: Extract<Operation, { kind: 'delete records' }>): Promise<string> {
    const offset = await this.#offsetAt(partition, place)
    const topics = [{ name: this.#topic, partitions: [{ partitionIndex: partition, offset }] }]
    const response = await this.#send('DeleteRecords', 2, { topics, timeoutMs: TIMEOUT_MS })
    const answer = response.topics[0]!.partitions[0]!
    if (answer.errorCode === kafka.NONE) this.#shortened.add(partition)
    return `before ${offset}: ${codeName(answer.errorCode)}, start ${answer.lowWatermark}`
  }

  async #commit({ partition, offset, asker, generation }: Extract<Operation, { kind: 'commit' }>): Promise<string> {
    const partitions = [{ partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: 0, committedMetadata: `${offset}` }]
    const { memberId, generation: generationIdOrMemberEpoch } = this.#group.asker(asker, generation)
    const response = await this.#send('OffsetCommit', 9, {
      groupId: this.#groupId,
      generationIdOrMemberEpoch,
      memberId,
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [{ name: this.#topic, topicId: ZERO_UUID, partitions }],
    })
    return codeName(response.topics[0]!.partitions[0]!.errorCode)
  }

  async #committed(isStable: boolean): Promise<string> {
    const partitionIndexes = Array.from({ length: PARTITIONS + 1 }, (_, partition) => partition)
    const topics = [{ name: this.#topic, topicId: ZERO_UUID, partitionIndexes }]
    const groups = [{ groupId: this.#groupId, memberId: null, memberEpoch: -1, topics }]
    const response = await this.#send('OffsetFetch', 9, { groupId: '', topics: [], groups, requireStable: isStable })
    const group = response.groups[0]!
    const partitions = (group.topics[0]?.partitions ?? []).map(
      ({ partitionIndex, committedOffset, committedLeaderEpoch, metadata, errorCode }) =>
        `${partitionIndex}: ${codeName(errorCode)} ${committedOffset} '${metadata}' in ${committedLeaderEpoch}`,
    )
    return [codeName(group.errorCode), ...partitions.toSorted()].join(', ')
  }

  #streamsNames(): StreamsNames {
    return { groupId: `${this.#prefix}-streams`, source: this.#topic, changelog: `${this.#prefix}-changelog` }
  }

  /** An offset between the start and two behind the end. */
  async #offsetAt(partition: number, place: number): Promise<number> {
    const { offset } = await this.#listAt(partition, -1, 0)
    return Math.floor(place * (offset + 3))
  }

  async #listAt(partitionIndex: number, timestamp: number, isolationLevel: number) {
    const topics = [{ name: this.#topic, partitions: [{ partitionIndex, currentLeaderEpoch: -1, timestamp }] }]
    const response = await this.#send('ListOffsets', 7, { replicaId: -1, isolationLevel, topics, timeoutMs: TIMEOUT_MS })
    return response.topics[0]!.partitions[0]!
  }

  /** Asks until the answer is one that stays. */
  async #insist<T>(ask: () => Promise<T>, codeOf: (answer: T) => number): Promise<T> {
    for (let tries = 0; ; tries++) {
      const answer = await ask()
      if (tries === RETRIES || !passing.includes(codeOf(answer))) return answer
      await this.#cluster.sleep(RETRY_MS)
    }
  }

  #send<A extends Api>(api: A, version: number, request: RequestOf<A>): Promise<ResponseOf<A>> {
    return this.#connection.send(api, version, request, TIMEOUT_MS)
  }

  #producer(name: ProducerName): ProducerState {
    return this.#producers.get(name)!
  }

  #transactionalId(producer: ProducerName): string | null {
    if (producer === 'plain') return null
    return `${this.#prefix}-${producer === 'rival' ? 'new' : producer}`
  }

  #identity(producer: ProducerName, shift: number): { transactionalId: string; producerId: number; producerEpoch: number } {
    const { producerId, producerEpoch } = this.#producer(producer)
    return { transactionalId: this.#transactionalId(producer)!, producerId, producerEpoch: producerEpoch + shift }
  }
}
