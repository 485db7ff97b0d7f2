import { Admin } from '../../client/admin.ts'
import { Coordinator } from '../../client/coordinator.ts'
import { type FetchProblem, Fetcher } from '../../client/fetcher.ts'
import type { Membership } from '../../client/membership/membership.ts'
import { fetchOffsets } from '../../client/offsets.ts'
import type { CommittedOffset } from '../../client/offset-to-commit.ts'
import { type FailedBatch, Producer } from '../../client/producer.ts'
import type { TaskOffsetSum } from '../../protocol/classic/subscription-info.ts'
import { type TopicPartition, TopicPartitionMap } from '../../protocol/topic-partition.ts'
import { fullTopicName } from '../../topology/physical-topology.ts'
import { AtLeastOnceCommitter } from '../commit/at-least-once-committer.ts'
import type { Committer } from '../commit/committer.ts'
import { ExactlyOnceCommitter } from '../commit/exactly-once-committer.ts'
import { RepartitionPurge } from '../commit/repartition-purge.ts'
import { Restorer } from '../restore/restorer.ts'
import { ProducerCollector } from '../task/producer-collector.ts'
import { createMembership } from './create-membership.ts'
import { SourceTopics } from './source-topics.ts'
import type { ThreadParts } from './thread-parts.ts'
import { within } from './within.ts'

/** `max.block.ms` of Kafka's producer. */
const MAX_BLOCK_MS = 60_000

/** Everything of a stream thread that talks to the cluster. */
export class ThreadClients {
  readonly membership: Membership
  readonly fetcher: Fetcher
  readonly restorer: Restorer
  readonly admin: Admin
  readonly sources: SourceTopics
  readonly purge: RepartitionPurge
  /** What the main fetcher could not settle; the thread's input takes it. */
  onInputProblem: ((problem: FetchProblem) => void) | null = null
  /** What becomes of a batch that the cluster refuses; the thread's input knows the tasks and their handlers. */
  onFailedBatch: ((failure: FailedBatch) => 'fail' | 'skip' | 'retry') | null = null
  /** How far the tasks are; the thread's input knows them. */
  taskOffsets: (() => readonly TaskOffsetSum[]) | null = null
  readonly #parts: ThreadParts
  readonly #closeMembership: () => void
  readonly #group: Coordinator
  readonly #restoreFetcher: Fetcher
  /** Where the tasks write; it outlives the producer. */
  readonly collector: ProducerCollector
  #producer: Producer
  #committer: Committer
  #isProducerReady = false

  constructor(parts: ThreadParts, wake: () => void) {
    this.#parts = parts
    const { client, config, environment } = parts
    this.#group = new Coordinator(client, 'group', config.applicationId)
    this.admin = new Admin(client)
    this.sources = new SourceTopics(parts.topology, client, config.applicationId)
    const open = (parts.worker?.openMembership ?? createMembership)({
      thread: parts,
      coordinator: this.#group,
      admin: this.admin,
      sources: this.sources,
      taskOffsets: () => this.taskOffsets?.() ?? [],
    })
    this.membership = open.membership
    this.#closeMembership = open.close
    this.membership.onEvent = wake
    this.fetcher = new Fetcher(client, { ...config.fetch, purpose: 'fetch' }, (problem) => {
      this.onInputProblem?.(problem)
      wake()
    })
    this.fetcher.onReady = wake
    // Changelogs are read read_committed under both guarantees: a restore waits until what it reads is decided (N§3.6).
    this.#restoreFetcher = new Fetcher(client, { ...config.restoreFetch, purpose: 'restore', isolation: 'read_committed' }, (problem) => {
      this.restorer.onProblem(problem)
      wake()
    })
    this.#restoreFetcher.onReady = wake
    this.restorer = new Restorer({
      fetcher: this.#restoreFetcher,
      admin: this.admin,
      clock: environment.clock,
      logger: environment.logger,
      listener: parts.restoreListener,
      committedOffsets: async (partitions) => offsetsOf(await this.fetchCommitted(partitions)),
    })
    this.purge = new RepartitionPurge({
      admin: this.admin,
      clock: environment.clock,
      logger: environment.logger,
      intervalMs: config.thread.repartitionPurgeIntervalMs,
      repartitionTopics: new Set(
        parts.topology.subtopologies.flatMap(({ repartitionTopics }) =>
          repartitionTopics.map(({ topic }) => fullTopicName(topic, config.applicationId)),
        ),
      ),
    })
    this.#producer = this.#createProducer()
    this.collector = new ProducerCollector({
      producer: this.#producer,
      metadata: client.metadata,
      environment,
      maxBlockMs: MAX_BLOCK_MS,
      retryBackoffMs: config.client.retryBackoffMs,
      stickyBytes: config.producer.batchBytesMax,
    })
    this.#committer = this.#createCommitter()
  }

  get producer(): Producer {
    return this.#producer
  }

  get committer(): Committer {
    return this.#committer
  }

  /** Initialises the producer before the first task runs on it. Whether it had to. */
  async prepare(isNeeded: boolean): Promise<boolean> {
    if (!isNeeded || this.#isProducerReady || !this.#parts.config.exactlyOnce) return false
    await this.#producer.initTransactions()
    this.#isProducerReady = true
    return true
  }

  /** What is committed for these inputs. Waits for transactions of a last owner that are not decided yet. */
  fetchCommitted(partitions: readonly TopicPartition[]): Promise<TopicPartitionMap<CommittedOffset>> {
    return fetchOffsets(this.#group, () => this.membership.groupMetadata(), partitions, {
      requireStable: true,
      timeoutMs: this.#parts.config.client.requestTimeoutMs,
    })
  }

  /**
   * Makes a new producer. Under exactly-once it is initialised with the same transactional id before it is used, which ends whatever the
   * old one had begun; under at-least-once what the old one had written stays.
   */
  async replaceProducer(): Promise<void> {
    await this.#producer.close({ timeoutMs: 0 })
    this.#producer = this.#createProducer()
    this.collector.continueWith(this.#producer)
    this.#committer = this.#createCommitter()
    this.#isProducerReady = false
  }

  /** Ends everything: leaves the group as told, closes producer and fetchers. */
  async close(leaveGroup: boolean | undefined, isFailed: boolean): Promise<void> {
    if (isFailed) await this.#endWriting()
    await this.membership.leave(leaveKind(leaveGroup, isFailed))
    this.collector.close()
    await this.#producer.close(isFailed ? { timeoutMs: 0 } : {})
    await Promise.all([this.fetcher.close(), this.#restoreFetcher.close()])
    this.#closeMembership()
    this.sources.close()
    this.#group.close()
  }

  /**
   * After a failure, as far as it can be done in the time of a request: exactly-once aborts, so that no reader waits until the transaction
   * times out; at-least-once delivers what was written, the dead letter of the record that failed among it.
   */
  async #endWriting(): Promise<void> {
    const { config, environment } = this.#parts
    const written = config.exactlyOnce ? this.committer.abort() : this.collector.settle().then(() => this.producer.flush())
    const ended = written.catch((error: unknown) => environment.logger.warn({ err: error }, 'what was written last may be lost'))
    await within(environment.scheduler, config.client.requestTimeoutMs, ended)
  }

  #createProducer(): Producer {
    const { client, config, transactionalId } = this.#parts
    return new Producer(client, {
      ...config.producer,
      transactionalId: config.exactlyOnce ? transactionalId : null,
      onFailedBatch: (failure) => this.onFailedBatch?.(failure) ?? 'fail',
    })
  }

  #createCommitter(): Committer {
    const group = () => this.membership.groupMetadata()
    return this.#parts.config.exactlyOnce
      ? new ExactlyOnceCommitter({ producer: this.#producer, collector: this.collector, group })
      : new AtLeastOnceCommitter({
          producer: this.#producer,
          collector: this.collector,
          coordinator: this.#group,
          group,
          timeoutMs: this.#parts.config.client.requestTimeoutMs,
        })
  }
}

function leaveKind(leaveGroup: boolean | undefined, isFailed: boolean): 'default' | 'leave' | 'remain' {
  // A thread that dies of an error leaves, so that its tasks go on elsewhere at once.
  if (leaveGroup === undefined) return isFailed ? 'leave' : 'default'
  return leaveGroup ? 'leave' : 'remain'
}

function offsetsOf(committed: TopicPartitionMap<CommittedOffset>): TopicPartitionMap<number> {
  const offsets = new TopicPartitionMap<number>()
  for (const [{ topic, partition }, { offset }] of committed.entries()) offsets.set(topic, partition, offset)
  return offsets
}
