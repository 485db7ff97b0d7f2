import type { Timer } from '../base/environment.ts'
import { kafkaErrors as kafka } from '../protocol/kafka-errors.ts'
import { kafkaError } from './kafka-error.ts'
import type { MetadataResponse, MetadataResponseTopic } from '../protocol/messages/metadata.ts'
import type { NodeEndpoint } from '../protocol/messages/fetch.ts'
import { Backoff } from './backoff.ts'
import type { ClientOptions } from './client-options.ts'
import { retrying } from './retry.ts'

/** A broker as metadata knows it. */
export interface BrokerNode {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** A partition as metadata knows it. */
export interface PartitionMetadata {
  readonly partition: number
  /** -1: no leader at present. */
  readonly leaderId: number
  /** -1: unknown. */
  readonly leaderEpoch: number
  readonly replicas: readonly number[]
}

/** A topic as metadata knows it; `partitions[n].partition` is n. */
export interface TopicMetadata {
  readonly name: string
  readonly topicId: string
  readonly isInternal: boolean
  readonly partitions: readonly PartitionMetadata[]
}

/** Sends one Metadata request to any node; `null` asks for all topics. */
export type AskMetadata = (topics: readonly string[] | null, timeoutMs: number) => Promise<MetadataResponse>

/**
 * What is known of brokers and topics. Topics that somebody watches are refreshed when something about them turned out wrong
 * (`invalidate`) and when they are older than the maximum age; others only when they are asked for.
 */
export class MetadataCache {
  readonly #options: ClientOptions
  readonly #ask: AskMetadata
  readonly #topics = new Map<string, TopicMetadata>()
  readonly #nodes = new Map<number, BrokerNode>()
  readonly #watched = new Map<string, number>()
  readonly #listeners = new Set<() => void>()
  readonly #backoff: Backoff
  #clusterId: string | null = null
  #timer: Timer | null = null
  #timerAtMs = Infinity
  #isRefreshing = false
  #mustRefreshAgain = false
  #refreshedAtMs = -Infinity
  #isClosed = false

  constructor(options: ClientOptions, ask: AskMetadata) {
    this.#options = options
    this.#ask = ask
    this.#backoff = new Backoff(options.retryBackoffMs, options.retryBackoffMaxMs, options.environment.random)
  }

  /** `null` until the first answer. */
  get clusterId(): string | null {
    return this.#clusterId
  }

  brokers(): readonly BrokerNode[] {
    return [...this.#nodes.values()]
  }

  node(nodeId: number): BrokerNode | undefined {
    return this.#nodes.get(nodeId)
  }

  /** What is known of `name` now; does not ask. */
  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name)
  }

  partition(topic: string, partition: number): PartitionMetadata | undefined {
    return this.#topics.get(topic)?.partitions[partition]
  }

  /** Keeps `topic` known and fresh until `unwatch` was called as often. */
  watch(topic: string): void {
    this.#watched.set(topic, (this.#watched.get(topic) ?? 0) + 1)
    if (!this.#topics.has(topic)) this.invalidate(topic)
  }

  unwatch(topic: string): void {
    const count = this.#watched.get(topic) ?? 0
    if (count > 1) this.#watched.set(topic, count - 1)
    else this.#watched.delete(topic)
  }

  /** Calls `listener` after each change. Returns a function that removes it. */
  onUpdate(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /**
   * Asks the cluster. A topic that does not exist is absent. Retries what passes until `timeoutMs` (default: the request time-out), then
   * rejects with the last error; rejects NOT_AUTHORIZED and REQUEST_REFUSED at once.
   */
  fetchTopics(names: readonly string[], options: { readonly timeoutMs?: number } = {}): Promise<ReadonlyMap<string, TopicMetadata>> {
    if (names.length === 0) return Promise.resolve(new Map())
    return this.#fetch([...new Set(names)], options.timeoutMs ?? this.#options.requestTimeoutMs)
  }

  /** Asks the cluster for all topics that this client may see. */
  fetchAllTopics(options: { readonly timeoutMs?: number } = {}): Promise<ReadonlyMap<string, TopicMetadata>> {
    return this.#fetch(null, options.timeoutMs ?? this.#options.requestTimeoutMs)
  }

  /** Something known about `topic` (or about anything) is wrong: refreshes what is watched soon, but not more often than the back-off. */
  invalidate(topic?: string): void {
    if (topic !== undefined && !this.#watched.has(topic)) this.#topics.delete(topic)
    if (this.#isRefreshing) this.#mustRefreshAgain = true
    else this.#refreshAfter(this.#refreshedAtMs + this.#options.retryBackoffMs - this.#options.environment.clock.monotonic())
  }

  /** Takes over a leader that a broker named in an answer (KIP-951). Whether that was news. */
  learnLeader(topic: string, partition: number, leader: { readonly leaderId: number; readonly leaderEpoch: number }): boolean {
    const known = this.#topics.get(topic)
    const old = known?.partitions[partition]
    if (known === undefined || old === undefined || leader.leaderId < 0 || leader.leaderEpoch <= old.leaderEpoch) return false
    const partitions = known.partitions.with(partition, { ...old, leaderId: leader.leaderId, leaderEpoch: leader.leaderEpoch })
    this.#topics.set(topic, { ...known, partitions })
    this.#notify()
    return true
  }

  /** Takes over addresses that a broker named in an answer. */
  learnNodes(endpoints: readonly NodeEndpoint[]): void {
    for (const { nodeId, host, port, rack } of endpoints) this.#nodes.set(nodeId, { nodeId, host, port, rack })
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#listeners.clear()
  }

  #fetch(names: readonly string[] | null, timeoutMs: number): Promise<ReadonlyMap<string, TopicMetadata>> {
    return retrying(this.#options, timeoutMs, async () => {
      const response = await this.#ask(names, timeoutMs)
      this.#apply(response)
      const found = new Map<string, TopicMetadata>()
      for (const { name, errorCode } of response.topics) {
        if (name === null || errorCode === kafka.UNKNOWN_TOPIC_OR_PARTITION) continue
        if (errorCode !== kafka.NONE) throw kafkaError(errorCode, `read the metadata of topic '${name}'`, { topic: name })
        const topic = this.#topics.get(name)
        if (topic !== undefined) found.set(name, topic)
      }
      return found
    })
  }

  #refreshAfter(delayMs: number): void {
    const { clock, scheduler } = this.#options.environment
    const atMs = clock.monotonic() + Math.max(0, delayMs)
    if (this.#isClosed || this.#isRefreshing || atMs >= this.#timerAtMs) return
    this.#timer?.cancel()
    this.#timerAtMs = atMs
    this.#timer = scheduler.after(Math.max(0, delayMs), () => {
      this.#timer = null
      this.#timerAtMs = Infinity
      void this.#refresh()
    })
  }

  async #refresh(): Promise<void> {
    this.#isRefreshing = true
    this.#mustRefreshAgain = false
    let isComplete = false
    try {
      const response = await this.#ask([...this.#watched.keys()], this.#options.requestTimeoutMs)
      if (!this.#isClosed) this.#apply(response)
      isComplete = this.#knowsWhatIsWatched()
    } catch (error) {
      this.#options.environment.logger.debug({ error }, 'metadata could not be refreshed')
    }
    this.#isRefreshing = false
    this.#refreshedAtMs = this.#options.environment.clock.monotonic()
    if (isComplete) this.#backoff.reset()
    if (!isComplete || this.#mustRefreshAgain) this.#refreshAfter(this.#backoff.nextMs())
    else if (this.#watched.size > 0) this.#refreshAfter(this.#options.metadataMaxAgeMs)
  }

  #knowsWhatIsWatched(): boolean {
    for (const name of this.#watched.keys()) {
      const topic = this.#topics.get(name)
      if (topic === undefined || topic.partitions.some((partition) => partition.leaderId < 0)) return false
    }
    return true
  }

  #apply(response: MetadataResponse): void {
    if (response.errorCode !== kafka.NONE) throw kafkaError(response.errorCode, 'read the metadata of the cluster')
    if (response.clusterId !== null) this.#clusterId = response.clusterId
    if (response.brokers.length > 0) {
      this.#nodes.clear()
      for (const { nodeId, host, port, rack } of response.brokers) this.#nodes.set(nodeId, { nodeId, host, port, rack })
    }
    for (const topic of response.topics) {
      if (topic.name === null) continue
      if (topic.errorCode === kafka.NONE) this.#topics.set(topic.name, merge(this.#topics.get(topic.name), topic, topic.name))
      else if (topic.errorCode === kafka.UNKNOWN_TOPIC_OR_PARTITION) this.#topics.delete(topic.name)
    }
    this.#notify()
  }

  #notify(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** Metadata of one topic id never goes back to an older leader epoch: a broker that lags behind may have answered (N§4.5). */
function merge(old: TopicMetadata | undefined, news: MetadataResponseTopic, name: string): TopicMetadata {
  const partitions = news.partitions.map((partition): PartitionMetadata => ({
    partition: partition.partitionIndex,
    leaderId: partition.errorCode === kafka.LEADER_NOT_AVAILABLE ? -1 : partition.leaderId,
    leaderEpoch: partition.leaderEpoch,
    replicas: partition.replicaNodes,
  }))
  partitions.sort((a, b) => a.partition - b.partition)
  if (old?.topicId === news.topicId) {
    for (const known of old.partitions) {
      const heard = partitions[known.partition]
      if (heard !== undefined && heard.leaderEpoch < known.leaderEpoch) partitions[known.partition] = known
    }
  }
  return { name, topicId: news.topicId, isInternal: news.isInternal, partitions }
}
