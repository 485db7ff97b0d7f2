import { type Environment, sleep } from '../../base/environment.ts'
import { ClusterError } from '../../base/errors.ts'
import type { MetadataCache } from '../../client/metadata-cache.ts'
import type { OutgoingRecord } from '../../client/outgoing-record.ts'
import type { Producer } from '../../client/producer.ts'
import type { ProducerTarget } from '../../client/producer-target.ts'
import type { OutgoingTopic, RecordCollector, RecordOrigin } from './record-collector.ts'

/** What a {@link ProducerCollector} sends with. */
export interface ProducerCollectorParts {
  readonly producer: Producer
  readonly metadata: MetadataCache
  readonly environment: Environment
  /** How long a record waits for a topic that does not exist, Java's `max.block.ms`; and how long between two looks. */
  readonly maxBlockMs: number
  readonly retryBackoffMs: number
  /** Bytes after which records without a key go to another partition: the size of a batch. */
  readonly stickyBytes: number
}

/** A topic with what is sent to it. */
class ProducerTopic implements OutgoingTopic {
  readonly name: string
  partitionCount = 0
  /** By partition. */
  readonly targets: ProducerTarget[] = []
  stickyPartition = -1
  stickyBytesLeft = 0
  waiting: (() => void)[] = []

  constructor(name: string) {
    this.name = name
  }
}

/**
 * The collector of a stream thread, over its producer. Records for a topic whose partition count is not known yet wait here, in order:
 * call `settle` before the producer is flushed or commits.
 */
export class ProducerCollector implements RecordCollector {
  readonly #parts: ProducerCollectorParts
  #producer: Producer
  readonly #topics = new Map<string, ProducerTopic>()
  readonly #origins: RecordOrigin[] = []
  readonly #originNumbers = new Map<string, number>()
  readonly #lookUps = new Set<Promise<void>>()
  readonly #unsubscribe: () => void
  #failure: unknown = null

  constructor(parts: ProducerCollectorParts) {
    this.#parts = parts
    this.#producer = parts.producer
    this.#unsubscribe = parts.metadata.onUpdate(() => this.#takeMetadata())
  }

  topic(name: string): OutgoingTopic {
    const known = this.#topics.get(name)
    if (known !== undefined) return known
    const { metadata } = this.#parts
    const topic = new ProducerTopic(name)
    this.#topics.set(name, topic)
    metadata.watch(name)
    topic.partitionCount = metadata.topic(name)?.partitions.length ?? 0
    return topic
  }

  send(topic: OutgoingTopic, partition: number, record: OutgoingRecord): void {
    if (this.#failure !== null) throw this.#takeFailure()
    const known = topic as ProducerTopic
    const target = (known.targets[partition] ??= this.#producer.target(known.name, partition))
    this.#producer.append(target, record)
    if (partition === known.stickyPartition) {
      known.stickyBytesLeft -= Math.max(0, record.keyEnd - record.keyStart) + Math.max(0, record.valueEnd - record.valueStart)
    }
  }

  acknowledgedOffset(topic: OutgoingTopic, partition: number): number {
    const target = (topic as ProducerTopic).targets[partition]
    return target === undefined ? -1 : this.#producer.acknowledgedOffset(target)
  }

  stickyPartition(topic: OutgoingTopic): number {
    const known = topic as ProducerTopic
    if (known.stickyPartition < 0 || known.stickyBytesLeft <= 0) {
      known.stickyPartition = Math.floor(this.#parts.environment.random.next() * known.partitionCount)
      known.stickyBytesLeft = this.#parts.stickyBytes
    }
    return known.stickyPartition
  }

  whenKnown(topic: OutgoingTopic, send: () => void): void {
    const known = topic as ProducerTopic
    known.waiting.push(send)
    if (known.waiting.length > 1) return
    const lookUp = this.#lookUp(known).finally(() => this.#lookUps.delete(lookUp))
    this.#lookUps.add(lookUp)
  }

  originNumber(origin: RecordOrigin): number {
    // The parts of the key have no newline in them.
    const key = `${origin.taskId}\n${origin.node}\n${origin.topic ?? ''}`
    let number = this.#originNumbers.get(key)
    if (number === undefined) {
      number = this.#origins.push(origin) - 1
      this.#originNumbers.set(key, number)
    }
    return number
  }

  /** What a number of `originNumber` stands for. */
  origin(number: number): RecordOrigin {
    return this.#origins[number]!
  }

  /** Whether records wait for the metadata of their topic. Nothing is to be processed then: what waits has no bound of its own. */
  get isWaiting(): boolean {
    return this.#lookUps.size > 0
  }

  /** Resolves when no record waits for metadata any more; rejects with `UNKNOWN_TOPIC` if a topic does not exist, or what else failed. */
  async settle(): Promise<void> {
    while (this.#lookUps.size > 0) await Promise.all(this.#lookUps)
    if (this.#failure !== null) throw this.#takeFailure()
  }

  /** Drops what waits: after an abort it is written again. */
  drop(): void {
    for (const topic of this.#topics.values()) topic.waiting = []
    this.#failure = null
  }

  /** Writes with another producer from now on; what waits is dropped. */
  continueWith(producer: Producer): void {
    this.drop()
    this.#producer = producer
    for (const topic of this.#topics.values()) topic.targets.length = 0
  }

  close(): void {
    this.drop()
    this.#unsubscribe()
    for (const name of this.#topics.keys()) this.#parts.metadata.unwatch(name)
  }

  async #lookUp(topic: ProducerTopic): Promise<void> {
    const { environment, metadata, maxBlockMs, retryBackoffMs } = this.#parts
    const endMs = environment.clock.monotonic() + maxBlockMs
    try {
      while (topic.waiting.length > 0) {
        const found = await metadata.fetchTopics([topic.name])
        topic.partitionCount = found.get(topic.name)?.partitions.length ?? 0
        if (topic.partitionCount > 0) {
          this.#release(topic)
        } else if (environment.clock.monotonic() >= endMs) {
          const message = `Cannot write to topic "${topic.name}": it does not exist, and did not come to exist within ${maxBlockMs} ms`
          throw new ClusterError('UNKNOWN_TOPIC', message, { topic: topic.name })
        } else {
          await sleep(environment.scheduler, retryBackoffMs)
        }
      }
    } catch (error) {
      topic.waiting = []
      this.#failure ??= error
      environment.logger.error({ topic: topic.name, err: error }, 'Cannot write to a topic')
    }
  }

  #release(topic: ProducerTopic): void {
    const { waiting } = topic
    topic.waiting = []
    for (const send of waiting) send()
  }

  #takeMetadata(): void {
    for (const topic of this.#topics.values()) {
      const count = this.#parts.metadata.topic(topic.name)?.partitions.length ?? 0
      // Records that wait go first: the look-up releases them. Partitions are never taken away, whatever an old broker says.
      if (topic.waiting.length === 0 && count > topic.partitionCount) topic.partitionCount = count
    }
  }

  #takeFailure(): unknown {
    const failure = this.#failure
    this.#failure = null
    return failure
  }
}
