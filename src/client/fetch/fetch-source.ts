import { ClusterError, isMillraceError } from '../../base/errors.ts'
import { kafkaErrorName, kafkaErrors as kafka } from '../../protocol/kafka-errors.ts'
import type { FetchRequest, FetchResponse } from '../../protocol/messages/fetch.ts'
import type { ApiVersionRange } from '../../protocol/transport.ts'
import { zeroUuid } from '../../protocol/uuid.ts'
import { Backoff } from '../backoff.ts'
import type { Client } from '../client.ts'
import type { FetcherOptions } from '../fetcher-options.ts'
import type { Link } from '../link.ts'
import type { NodeLinks } from '../node-links.ts'
import type { FetchBudget } from './fetch-budget.ts'
import { FetchSession, type FetchTarget } from './fetch-session.ts'
import type { PartitionAnswer } from './partition-answer.ts'

/** Topics by id from 13, by name in 12; 18 adds nothing for consumers. */
const versions: ApiVersionRange = { min: 12, max: 17 }
/** The first wait at the broker while something of it is left out; doubles while nothing comes. */
const SHORT_WAIT_MS = 5

/** What may be asked of a node now. */
export interface FetchSelection {
  readonly targets: readonly FetchTarget[]
  /** Whether a partition of the node is left out for now (paused, full): a long wait at the broker would then keep it waiting. */
  readonly isPartial: boolean
  readonly bytesMax: number
}

/** What a source needs of its fetcher. */
export interface SourceOwner {
  readonly client: Client
  readonly options: FetcherOptions
  readonly links: NodeLinks
  readonly budget: FetchBudget
  /** What may be asked of `nodeId` now; `null`: nothing. */
  select(nodeId: number): FetchSelection | null
  /** Takes over the answers for the partitions of one response. */
  take(answers: readonly PartitionAnswer[], byteLength: number): void
  /** `nodeId` could not be asked: what was read from it as a follower is read from the leader. */
  lost(nodeId: number): void
  /** The partitions cannot be read from any broker like this one. */
  refuse(targets: readonly FetchTarget[], error: ClusterError): void
  /** Something may be sent that could not be sent before. */
  wake(delayMs: number): void
}

/** The inbox from one broker: one fetch session, one request in flight, and the next one right after it. */
export class FetchSource {
  readonly nodeId: number
  readonly #owner: SourceOwner
  readonly #backoff: Backoff
  #session = new FetchSession(true)
  #isBusy = false
  #isEnded = false
  #shortWaitMs = SHORT_WAIT_MS
  #retryAtMs = 0

  constructor(nodeId: number, owner: SourceOwner) {
    this.nodeId = nodeId
    this.#owner = owner
    const { retryBackoffMs, retryBackoffMaxMs, environment } = owner.client.options
    this.#backoff = new Backoff(retryBackoffMs, retryBackoffMaxMs, environment.random)
  }

  /** Sends the next request, unless one is in flight or there is nothing to ask. */
  pump(): void {
    const now = this.#owner.client.options.environment.clock.monotonic()
    if (this.#isBusy || now < this.#retryAtMs || this.#owner.select(this.nodeId) === null) return
    this.#isBusy = true
    void this.#run()
  }

  /** Somebody has room again, or wants more: do not keep them waiting at the broker. */
  hurry(): void {
    this.#shortWaitMs = SHORT_WAIT_MS
  }

  /** Closes the session at the broker, if no request is in flight; a session that is left behind is evicted there in time. */
  async close(): Promise<void> {
    this.#isEnded = true
    const link = this.#owner.links.peek(this.nodeId)
    if (this.#isBusy || link === undefined || this.#session.sessionId === 0) return
    this.#isBusy = true
    const version = this.#versionOf(link, this.#session.usesTopicIds)
    const end = { sessionId: this.#session.sessionId, sessionEpoch: -1, topics: [], forgottenTopicsData: [] }
    const { requestTimeoutMs } = this.#owner.client.options
    await link.send('Fetch', version, this.#request(end, 0, 0), requestTimeoutMs).catch(() => undefined)
  }

  async #run(): Promise<void> {
    try {
      const link = await this.#owner.links.get(this.nodeId)
      // Partitions may have moved while the connection was made.
      const selection = this.#owner.select(this.nodeId)
      if (selection !== null && this.#hasVersion(link, selection)) await this.#fetch(link, selection)
    } catch (error) {
      if (this.#isEnded) return
      this.#session.reset()
      this.#postpone()
      this.#owner.lost(this.nodeId)
      this.#owner.client.metadata.invalidate()
      const { logger } = this.#owner.client.options.environment
      if (!isMillraceError(error)) logger.error({ error, nodeId: this.nodeId }, 'a fetch failed for an unexpected reason')
      else if (!error.retriable) logger.warn({ error, nodeId: this.nodeId }, 'a fetch failed')
    }
    this.#isBusy = false
    this.#owner.wake(Math.max(0, this.#retryAtMs - this.#owner.client.options.environment.clock.monotonic()))
  }

  /** Whether the broker has a version that can be used; if not, whoever reads hears of it. */
  #hasVersion(link: Link, { targets }: FetchSelection): boolean {
    try {
      return link.version('Fetch', versions) >= 0
    } catch (error) {
      if (!(error instanceof ClusterError)) throw error
      this.#owner.refuse(targets, error)
      return false
    }
  }

  async #fetch(link: Link, { targets, isPartial, bytesMax }: FetchSelection): Promise<void> {
    const usesTopicIds = link.version('Fetch', versions) >= 13 && targets.every((target) => target.topicId !== zeroUuid)
    if (usesTopicIds !== this.#session.usesTopicIds) this.#session = new FetchSession(usesTopicIds)
    const waitMs = isPartial ? Math.min(this.#shortWaitMs, this.#owner.options.maxWaitMs) : this.#owner.options.maxWaitMs
    const parts = this.#session.next(targets)
    const isFull = parts.sessionEpoch === 0
    this.#owner.budget.reserve(bytesMax)
    let response: FetchResponse
    try {
      const timeoutMs = this.#owner.client.options.requestTimeoutMs + waitMs
      response = await link.send('Fetch', this.#versionOf(link, usesTopicIds), this.#request(parts, bytesMax, waitMs), timeoutMs)
    } finally {
      this.#owner.budget.unreserve(bytesMax)
    }
    if (response.errorCode !== kafka.NONE) this.#sessionFailed(response.errorCode)
    else this.#answered(response, isFull ? targets.length : -1)
  }

  #answered(response: FetchResponse, targetCount: number): void {
    const { metadata } = this.#owner.client
    metadata.learnNodes(response.nodeEndpoints)
    const answers: PartitionAnswer[] = []
    let byteLength = 0
    let count = 0
    let isExpected = true
    for (const { topic, topicId, partitions } of response.responses) {
      const key = this.#session.usesTopicIds ? topicId : topic
      for (const data of partitions) {
        count++
        if (!this.#session.learnEnds(key, data)) isExpected = false
        byteLength += data.records?.length ?? 0
        const target = this.#session.findAsked(key, data.partitionIndex)
        if (target !== undefined) answers.push({ target, data })
      }
    }
    // A full response names every partition; an incremental one none that the session does not have (N§4.3 rule 6).
    if (!isExpected || (targetCount >= 0 && count !== targetCount)) {
      this.#session.restart()
      return this.#postpone()
    }
    this.#session.accept(response.sessionId)
    this.#backoff.reset()
    this.#shortWaitMs = byteLength > 0 ? SHORT_WAIT_MS : Math.min(this.#shortWaitMs * 2, this.#owner.options.maxWaitMs)
    this.#owner.take(answers, byteLength)
  }

  #sessionFailed(errorCode: number): void {
    const { metadata, options } = this.#owner.client
    switch (errorCode) {
      case kafka.FETCH_SESSION_ID_NOT_FOUND:
        // At once: the next request is a full one, nothing else is wrong.
        return this.#session.reset()
      case kafka.INVALID_FETCH_SESSION_EPOCH:
        return this.#session.restart()
      case kafka.FETCH_SESSION_TOPIC_ID_ERROR:
      case kafka.UNKNOWN_TOPIC_ID:
      case kafka.INCONSISTENT_TOPIC_ID:
        this.#session.restart()
        metadata.invalidate()
        return this.#postpone()
      default:
        options.environment.logger.warn({ nodeId: this.nodeId }, `a fetch was answered ${kafkaErrorName(errorCode)}`)
        this.#session.restart()
        return this.#postpone()
    }
  }

  #postpone(): void {
    this.#retryAtMs = this.#owner.client.options.environment.clock.monotonic() + this.#backoff.nextMs()
  }

  #versionOf(link: Link, usesTopicIds: boolean): number {
    return usesTopicIds ? link.version('Fetch', versions) : link.version('Fetch', { min: versions.min, max: 12 })
  }

  #request(
    parts: Pick<FetchRequest, 'sessionId' | 'sessionEpoch' | 'topics' | 'forgottenTopicsData'>,
    bytesMax: number,
    waitMs: number,
  ): FetchRequest {
    return {
      clusterId: null,
      replicaId: -1,
      replicaState: { replicaId: -1, replicaEpoch: -1 },
      maxWaitMs: Math.round(waitMs),
      minBytes: this.#owner.options.minBytes,
      maxBytes: bytesMax,
      isolationLevel: this.#owner.options.isolation === 'read_committed' ? 1 : 0,
      ...parts,
      // Without a rack the broker never sends us to a follower (KIP-392).
      rackId: this.#owner.client.options.rackId ?? '',
    }
  }
}
