import { kafkaErrors as kafka } from '../../src/protocol/kafka-errors.ts'
import type { FetchPartitionData, FetchResponse } from '../../src/protocol/messages/fetch.ts'
import type { RequestOf } from '../../src/protocol/messages.ts'
import type { Connection } from '../../src/protocol/transport.ts'
import { codeName } from './differ-cluster.ts'
import { describeBatches, lastOffset } from './fetched-batches.ts'
import type { FetchSessionOperation } from './operation.ts'

const TIMEOUT_MS = 30_000
const ZERO_UUID = '00000000-0000-0000-0000-000000000000'
const FINAL_EPOCH = -1
/** Of the first request of a session. */
const FIRST_EPOCH = 0

/** What a fetch session needs to know of the sequence that it is part of. */
export interface FetchSessionOwner {
  readonly topic: string
  readonly offsetAt: (partition: number, place: number) => Promise<number>
  readonly nameOf: (producerId: number) => string
}

/** One fetch session: its id, and the epoch of its next request. */
export class FetchSession {
  readonly #connection: Connection
  readonly #owner: FetchSessionOwner
  #sessionId = 0
  #epoch = FIRST_EPOCH

  constructor(connection: Connection, owner: FetchSessionOwner) {
    this.#connection = connection
    this.#owner = owner
  }

  async run({ how, add, forget, isCommitted }: FetchSessionOperation): Promise<string> {
    if (how === 'close') return this.close()
    if (how === 'open') await this.close()
    const partitions = await Promise.all(
      add.map(async ({ partition, place }) => ({ partition, fetchOffset: await this.#owner.offsetAt(partition, place) })),
    )
    const epoch = this.#epoch + (how === 'wrong epoch' && this.#sessionId !== 0 ? 5 : 0)
    const sessionId = how === 'wrong id' && this.#sessionId !== 0 ? this.#sessionId ^ 1 : this.#sessionId
    const response = await this.#fetch({ sessionId, epoch, partitions, forget: epoch === FIRST_EPOCH ? [] : forget, isCommitted })
    if (response.errorCode !== kafka.NONE) {
      if (how !== 'wrong id') await this.close()
      return codeName(response.errorCode)
    }
    const isNew = this.#sessionId === 0 && response.sessionId !== 0
    this.#sessionId = response.sessionId
    this.#epoch = this.#sessionId === 0 ? FIRST_EPOCH : this.#epoch + 1
    const answered = response.responses.flatMap((topic) => topic.partitions).toSorted((a, b) => a.partitionIndex - b.partitionIndex)
    const session = isNew ? 'a new session' : this.#sessionId === 0 ? 'no session' : 'the session'
    return [session, ...answered.map((data) => this.#describe(data))].join('; ')
  }

  /** So that the cluster need not keep it. */
  async close(): Promise<string> {
    if (this.#sessionId === 0) return 'no session'
    const response = await this.#fetch({ sessionId: this.#sessionId, epoch: FINAL_EPOCH, partitions: [], forget: [], isCommitted: false })
    this.#sessionId = 0
    this.#epoch = FIRST_EPOCH
    return `closed: ${codeName(response.errorCode)}`
  }

  #fetch(of: {
    readonly sessionId: number
    readonly epoch: number
    readonly partitions: readonly { readonly partition: number; readonly fetchOffset: number }[]
    readonly forget: readonly number[]
    readonly isCommitted: boolean
  }): Promise<FetchResponse> {
    const { topic } = this.#owner
    const asked = of.partitions.map(({ partition, fetchOffset }) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset,
      lastFetchedEpoch: -1,
      logStartOffset: -1,
      partitionMaxBytes: 1_000_000,
      replicaDirectoryId: ZERO_UUID,
      highWatermark: Infinity,
    }))
    const request: RequestOf<'Fetch'> = {
      clusterId: null,
      replicaId: -1,
      replicaState: { replicaId: -1, replicaEpoch: -1 },
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 10_000_000,
      isolationLevel: of.isCommitted ? 1 : 0,
      sessionId: of.sessionId,
      sessionEpoch: of.epoch,
      topics: asked.length === 0 ? [] : [{ topic, topicId: ZERO_UUID, partitions: asked }],
      forgottenTopicsData: of.forget.length === 0 ? [] : [{ topic, topicId: ZERO_UUID, partitions: of.forget }],
      rackId: '',
    }
    return this.#connection.send('Fetch', 12, request, TIMEOUT_MS)
  }

  #describe(data: FetchPartitionData): string {
    const { partitionIndex, errorCode, highWatermark, lastStableOffset, logStartOffset, records } = data
    // Kafka leaves the last stable offset behind the start until something is written.
    const ends = `high watermark ${highWatermark}, stable ${Math.max(lastStableOffset, logStartOffset)}, start ${logStartOffset}`
    const end = lastOffset(records)
    const aborted = (data.abortedTransactions ?? [])
      .filter(({ firstOffset }) => firstOffset <= end)
      .map(({ producerId, firstOffset }) => `${this.#owner.nameOf(producerId)}@${firstOffset}`)
    const found = describeBatches(records, (id) => this.#owner.nameOf(id))
    return `${partitionIndex}: ${codeName(errorCode)}, ${ends}, aborted [${aborted.toSorted().join()}], ${found}`
  }
}
