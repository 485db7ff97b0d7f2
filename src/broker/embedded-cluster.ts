import { ClusterError } from '../base/errors.ts'
import { kafkaErrorName, kafkaErrors } from '../protocol/kafka-errors.ts'
import type { Cluster, Connection, ConnectionPurpose, Endpoint, Transport, TransportClient } from '../protocol/transport.ts'
import type { ClusterTraffic } from './accounting.ts'
import { ClusterCore } from './cluster-core.ts'
import { type EmbeddedClusterOptions, settingsOf } from './cluster-options.ts'
import { EmbeddedConnection } from './connection/embedded-connection.ts'
import { ClusterFaults } from './faults/cluster-faults.ts'
import type { TopicView } from './group-host.ts'
import { compact } from './log/compaction.ts'
import { appendRecords, type NewRecord } from './log/direct-append.ts'
import { type ReadOptions, readRecords, type StoredRecord } from './log/direct-read.ts'
import { expireSegments } from './log/retention.ts'
import type { Partition, Topic } from './topics/topic-catalog.ts'
import type { TransactionState } from './transactions/transaction.ts'

/** How a topic is made. */
export interface CreateTopicOptions {
  /** Default: the `partitions` of the cluster. */
  readonly partitions?: number | undefined
  /** Default: three, or as many as there are nodes. */
  readonly replicationFactor?: number | undefined
  /** Topic configs by Kafka's names, e.g. `cleanup.policy`. */
  readonly configs?: Readonly<Record<string, string>> | undefined
}

/** A topic by its name, or anything that has one, such as what `topic()` makes. */
export type TopicName = string | { readonly name: string }

/** The offsets of a partition. */
export interface PartitionOffsets {
  /** The first offset that can be read. */
  readonly logStart: number
  /** Where read_committed readers stop. */
  readonly lastStable: number
  /** The offset of the next record. */
  readonly end: number
}

/**
 * A Kafka cluster inside the process, without sockets: real record batches, groups, transactions, several virtual nodes, faults on
 * demand. What a client sees of it is what it sees of a real one (N§6). All its time and chance come from one environment.
 *
 * ```ts
 * await using cluster = new EmbeddedCluster({ nodes: 3 })
 * cluster.createTopic('orders', { partitions: 4 })
 * ```
 */
export class EmbeddedCluster implements Cluster {
  /** Trouble on demand. */
  readonly faults: ClusterFaults
  readonly #core: ClusterCore
  readonly #connections = new Set<EmbeddedConnection>()
  #isClosed = false

  constructor(options: EmbeddedClusterOptions = {}) {
    const settings = settingsOf(options)
    this.faults = new ClusterFaults(settings.environment.random, () => ({ core: this.#core, connections: this.#connections }))
    this.#core = new ClusterCore(settings, this.faults)
  }

  get clusterId(): string {
    return this.#core.clusterId
  }

  /** Where a client begins: every node. */
  get bootstrap(): readonly Endpoint[] {
    return this.#core.nodes.all.map((node) => node.endpoint)
  }

  /** What is there: partition counts and ids of topics. */
  get topics(): TopicView {
    return this.#core.topics
  }

  /** Requests and bytes so far. */
  get traffic(): ClusterTraffic {
    return this.#core.traffic
  }

  transport(client: TransportClient): Transport {
    return { connect: (at, purpose) => this.#connect(client, at, purpose) }
  }

  /** Tells clients to reach `node` at `endpoint` from now on: what a listener does that serves it to other processes. */
  advertise(node: number, endpoint: Endpoint): void {
    this.#core.nodes.get(node).endpoint = endpoint
  }

  /** Makes a topic. Throws `ClusterError` `REQUEST_REFUSED` if it exists or cannot be as it is asked for. */
  createTopic(topic: TopicName, options: CreateTopicOptions = {}): void {
    const name = nameOf(topic)
    const { errorCode, errorMessage } = this.#core.topics.create({
      name,
      partitions: options.partitions ?? -1,
      replicationFactor: options.replicationFactor ?? -1,
      configs: new Map(Object.entries(options.configs ?? {})),
    })
    if (errorCode === kafkaErrors.NONE) return
    const reason = errorMessage ?? 'the cluster refused it'
    throw new ClusterError('REQUEST_REFUSED', `Cannot create the topic "${name}": ${kafkaErrorName(errorCode)}, ${reason}`, {
      topic: name,
      kafkaCode: errorCode,
    })
  }

  /** Deletes a topic with all its records. Throws `ClusterError` `UNKNOWN_TOPIC` if there is none. */
  deleteTopic(topic: TopicName): void {
    this.#core.topics.delete(this.#topic(topic).name)
  }

  /** Adds partitions until the topic has `count`. Throws `ClusterError` `UNKNOWN_TOPIC` if there is none. */
  growTopic(topic: TopicName, count: number): void {
    this.#core.topics.grow(this.#topic(topic), count)
  }

  /** The configs of a topic that were set when it was made or later. Throws `ClusterError` `UNKNOWN_TOPIC` if there is none. */
  topicConfigs(topic: TopicName): ReadonlyMap<string, string> {
    return new Map(this.#topic(topic).configs)
  }

  /** The offsets of a partition. Throws `ClusterError` `UNKNOWN_TOPIC` if there is none. */
  offsets(topic: TopicName, partition: number): PartitionOffsets {
    const { log } = this.#partition(topic, partition)
    return { logStart: log.logStart, lastStable: log.lastStableOffset, end: log.endOffset }
  }

  /** The offset of the next record of a partition. Throws `ClusterError` `UNKNOWN_TOPIC` if there is none. */
  logEndOffset(topic: TopicName, partition: number): number {
    return this.#partition(topic, partition).log.endOffset
  }

  /** The records of a partition as they are in the log now, decided by `isolation`. Throws `ClusterError` `UNKNOWN_TOPIC` if there is none. */
  read(topic: TopicName, partition: number, options: ReadOptions = {}): readonly StoredRecord[] {
    return readRecords(this.#partition(topic, partition).log, options)
  }

  /** The committed offset of a partition, `null` if the group has committed none. */
  committedOffset(groupId: string, topic: TopicName, partition: number): number | null {
    return this.#core.groups.progressOf(groupId)?.committed.get(nameOf(topic), partition)?.offset ?? null
  }

  /** How many offsets the group has still to commit, over all topics that it reads or has committed; `null` if there is no such group. */
  lag(groupId: string): number | null {
    const progress = this.#core.groups.progressOf(groupId)
    if (progress === null) return null
    let lag = 0
    for (const topic of progress.topics) {
      for (let partition = 0; partition < this.topics.partitions(topic); partition++) {
        const { log } = this.#partition(topic, partition)
        lag += Math.max(0, log.endOffset - (progress.committed.get(topic, partition)?.offset ?? log.logStart))
      }
    }
    return lag
  }

  /**
   * Appends records as one batch, as a producer without idempotence would, and returns the offset of the first. Throws `ClusterError`
   * `UNKNOWN_TOPIC` if there is no such partition, `REQUEST_REFUSED` if the topic does not take the records.
   */
  append(topic: TopicName, partition: number, records: readonly NewRecord[]): number {
    return appendRecords(this.#partition(topic, partition), records, this.#core.environment.clock.now())
  }

  /**
   * Compacts the partitions of a topic, as the cleaner of a broker would some time: everything but the open segment, which is closed
   * first unless `keepsOpenSegment`. Does nothing unless `cleanup.policy` has `compact`.
   */
  compact(topic: TopicName, options: { readonly keepsOpenSegment?: boolean } = {}): void {
    const nowMs = this.#core.environment.clock.now()
    for (const { log } of this.#topic(topic).partitions) {
      if (options.keepsOpenSegment !== true) log.roll(nowMs)
      compact(log, nowMs)
    }
  }

  /** Removes the segments of a topic that are past `retention.ms` or `retention.bytes`. Nothing is removed unless this is called. */
  enforceRetention(topic: TopicName): void {
    const nowMs = this.#core.environment.clock.now()
    for (const { log } of this.#topic(topic).partitions) expireSegments(log, nowMs)
  }

  /** The transactional ids that were ever used, with the state that their coordinator has them in. */
  transactions(): ReadonlyMap<string, TransactionState> {
    const { transactions } = this.#core
    return new Map(transactions.ids().map((id) => [id, transactions.find(id)!.state]))
  }

  /** Cuts all connections and stops all timers. Does nothing the second time. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.faults.stop()
    for (const connection of Array.from(this.#connections)) connection.cut()
    this.#core.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return Promise.resolve()
  }

  #connect(client: TransportClient, at: Endpoint, purpose: ConnectionPurpose): Promise<Connection> {
    const { scheduler } = client.environment
    const { latencyMs, nodes } = this.#core
    return new Promise((resolve, reject) => {
      const arrive = (): void => {
        const node = nodes.find(at)
        if (node === undefined || this.#isClosed) {
          const reason = this.#isClosed ? 'the cluster is closed' : 'no node of the embedded cluster is there'
          reject(new ClusterError('NOT_SENT', `Cannot connect to ${at.host}:${at.port}: ${reason}`))
          return
        }
        const peer = { clientId: client.clientId, node: node.id, purpose }
        const connection = new EmbeddedConnection(this.#core, client, peer, () => this.#connections.delete(connection))
        this.#connections.add(connection)
        resolve(connection)
      }
      if (latencyMs > 0) scheduler.after(latencyMs * 2, arrive)
      else scheduler.soon(arrive)
    })
  }

  #topic(topic: TopicName): Topic {
    const name = nameOf(topic)
    const found = this.#core.topics.find(name)
    if (found !== undefined) return found
    const details = { topic: name, kafkaCode: kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION }
    throw new ClusterError('UNKNOWN_TOPIC', `Cannot use the topic "${name}": the cluster has no such topic`, details)
  }

  #partition(topic: TopicName, index: number): Partition {
    const { name, partitions } = this.#topic(topic)
    const partition = partitions[index]
    if (partition !== undefined) return partition
    const details = { topic: name, partition: index, kafkaCode: kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION }
    const message = `Cannot use partition ${index} of the topic "${name}": it has ${partitions.length} partitions`
    throw new ClusterError('UNKNOWN_TOPIC', message, details)
  }
}

function nameOf(topic: TopicName): string {
  return typeof topic === 'string' ? topic : topic.name
}
