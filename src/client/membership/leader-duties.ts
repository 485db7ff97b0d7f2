import { sleep } from '../../base/environment.ts'
import { ClusterError, isMillraceError, type MillraceError } from '../../base/errors.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { StreamsGroupTopology } from '../../protocol/messages/streams-group-heartbeat.ts'
import { statusCodes } from '../../protocol/streams-status-codes.ts'
import { formatTaskId } from '../../protocol/task-id.ts'
import { CircularTopology } from '../../protocol/repartition-counts.ts'
import { type ConfiguredSubtopology, type ConfiguredTopology, configureTopology, topicsOf } from '../../protocol/topology-configuration.ts'
import type { TopicPartition } from '../../protocol/topic-partition.ts'
import type { Admin } from '../admin.ts'
import type { Client } from '../client.ts'
import type { Coordinator } from '../coordinator.ts'
import type { TopicMetadata } from '../metadata-cache.ts'
import { fetchOffsets } from '../offsets.ts'
import { isPassing } from '../retry.ts'
import type { PartitionRacks, TaskToAssign } from './assign-tasks.ts'
import { type GroupTopology, leaderOrder } from './group-topology.ts'
import { writeTopology } from './topology-message.ts'
import { missingSources, wrongPartitions } from './topology-problems.ts'

/** What the duties of a leader need. */
export interface LeaderDutiesOptions {
  readonly client: Client
  readonly admin: Admin
  /** Of the group; for the offsets that it has committed. */
  readonly coordinator: Coordinator
  /** Where sources have patterns it changes with the topics that there are; the same object until it does. */
  readonly topology: () => GroupTopology
  /** Looks which topics there are, for sources with patterns. Rejects with `TopologyError` where a topic matches two. */
  readonly refreshTopology: () => Promise<void>
  /** Names of the stores by sub-topology, sorted. */
  readonly storeNames: ReadonlyMap<number, readonly string[]>
  /** How long a source topic may be missing before the application fails. Kafka Streams fails at once. */
  readonly missingSourcesMs: number
  /** How long it may take until the internal topics are there: half of `max.poll.interval.ms`. */
  readonly setupMs: number
}

/** What an assignment is made of. */
export interface PreparedTasks {
  /** Sorted by sub-topology and partition. */
  readonly tasks: readonly TaskToAssign[]
  readonly endOffsetSums: ReadonlyMap<string, number> | null
  readonly racks: readonly PartitionRacks[] | null
}

/** How long a node may need to hear of topics that were made, at first. */
const NEWS_MS = 10

type Topics = ReadonlyMap<string, TopicMetadata>

interface ReadyTopics {
  readonly topics: Topics
  readonly subtopologies: NonNullable<ConfiguredTopology['subtopologies']>
}

/**
 * What the leader of a classic Kafka Streams group does before it can assign: looks at the source topics, makes the internal topics, and
 * finds the tasks and how much there is to restore (N§2.7, 2.8). Under the streams protocol the broker does that.
 */
export class LeaderDuties {
  readonly #options: LeaderDutiesOptions
  /** Of the last assignment. */
  #assigned: GroupTopology
  #topology: StreamsGroupTopology
  #sources: ReadonlySet<string>
  #watched: ReadonlySet<string> = new Set()
  /** The partition counts of the source topics in the last assignment that was made here. */
  readonly #counts = new Map<string, number>()
  readonly #stopListening: () => void
  #hasNews = false
  #isOutdated = false

  constructor(options: LeaderDutiesOptions) {
    this.#options = options
    this.#assigned = options.topology()
    this.#topology = writeTopology(this.#assigned)
    this.#sources = sourcesOf(this.#assigned)
    this.#watch(this.#sources)
    this.#stopListening = options.client.metadata.onUpdate(() => this.#onUpdate())
  }

  /**
   * Makes everything ready for an assignment. Rejects with `TopologyError` SOURCE_TOPICS_MISSING or TOPIC_PARTITIONS, or with
   * `ClusterError` when a topic cannot be made, or the cluster does not answer in time.
   */
  async prepare(needs: { readonly endOffsets: boolean; readonly racks: boolean }): Promise<PreparedTasks> {
    await this.#options.refreshTopology()
    this.#takeTopology(this.#options.topology())
    const { topics, subtopologies } = await this.#setUp()
    this.#hasNews = false
    this.#isOutdated = false
    this.#counts.clear()
    for (const topic of this.#sources) this.#counts.set(topic, countOf(topics, topic))
    const tasks = [...subtopologies.values()]
      .map((configured) => this.#tasksOf(configured, topics))
      .sort(([a], [b]) => (a?.id.subtopology ?? 0) - (b?.id.subtopology ?? 0))
      .flat()
    return {
      tasks,
      endOffsetSums: needs.endOffsets ? await this.#endOffsetSums(tasks) : null,
      racks: needs.racks ? this.#racksOf(tasks, topics) : null,
    }
  }

  /** Whether the source topics are not any more as they were for the last assignment. Cheap while nothing is heard. */
  isOutdated(): boolean {
    if (this.#options.topology() !== this.#assigned) return true
    if (!this.#hasNews) return this.#isOutdated
    this.#hasNews = false
    const { metadata } = this.#options.client
    for (const [topic, count] of this.#counts) if ((metadata.topic(topic)?.partitions.length ?? 0) !== count) this.#isOutdated = true
    return this.#isOutdated
  }

  close(): void {
    this.#stopListening()
    this.#watch(new Set())
  }

  #onUpdate(): void {
    this.#hasNews = true
    // What a pattern matched may be gone, and is not to be asked for any more.
    if (this.#options.topology() !== this.#assigned) this.#watch(sourcesOf(this.#options.topology()))
  }

  #watch(topics: ReadonlySet<string>): void {
    const { metadata } = this.#options.client
    const old = this.#watched
    this.#watched = topics
    for (const topic of topics) if (!old.has(topic)) metadata.watch(topic)
    for (const topic of old) if (!topics.has(topic)) metadata.unwatch(topic)
  }

  #takeTopology(topology: GroupTopology): void {
    if (topology === this.#assigned) return
    this.#assigned = topology
    this.#topology = writeTopology(topology)
    this.#sources = sourcesOf(topology)
    this.#watch(this.#sources)
  }

  /** Looks and makes until everything is there. */
  async #setUp(): Promise<ReadyTopics> {
    const { client, missingSourcesMs, setupMs } = this.#options
    const { clock, scheduler, logger } = client.options.environment
    const startedAtMs = clock.monotonic()
    const { retryBackoffMs } = client.options
    let newsMs = NEWS_MS
    for (;;) {
      let waitMs = retryBackoffMs
      const elapsedMs = clock.monotonic() - startedAtMs
      try {
        const { topics, configured } = await this.#look()
        const { problem, subtopologies, missingTopics } = configured
        if (problem === null && subtopologies !== null) return { topics, subtopologies }
        const isMissingSource = problem?.statusCode === statusCodes.MISSING_SOURCE_TOPICS
        const isWrong = problem?.statusCode === statusCodes.INCORRECTLY_PARTITIONED_TOPICS
        const isLate = elapsedMs >= (isMissingSource ? missingSourcesMs : setupMs)
        if (isLate || isWrong) throw this.#problemOf(problem?.statusCode ?? -1, problem?.statusDetail ?? '')
        logger.info({ statusDetail: problem?.statusDetail }, 'The tasks of the group cannot be assigned yet')
        if (missingTopics.length > 0) {
          await this.#create(missingTopics)
          // They exist by now; the node that is asked hears of it in a moment, or takes its time.
          waitMs = Math.min(newsMs, retryBackoffMs)
          newsMs *= 2
        }
      } catch (error) {
        // A request without an answer is repeated: what it has made is then found.
        if (!isPassing(error) || elapsedMs >= setupMs) throw error
        logger.warn({ err: error }, 'The topics of the group cannot be set up yet')
      }
      await sleep(scheduler, waitMs)
    }
  }

  async #look(): Promise<{ readonly topics: Topics; readonly configured: ConfiguredTopology }> {
    const topics = await this.#options.admin.describeTopics([...topicsOf(this.#topology)])
    try {
      return { topics, configured: configureTopology(this.#topology, (topic) => countOf(topics, topic), leaderOrder(this.#assigned)) }
    } catch (error) {
      if (!(error instanceof CircularTopology)) throw error
      throw this.#problemOf(statusCodes.INCORRECTLY_PARTITIONED_TOPICS, error.message)
    }
  }

  async #create(missing: ConfiguredTopology['missingTopics']): Promise<void> {
    const news = missing.map(({ name, partitions, replicationFactor, configs }) => {
      return { name, partitions, replicationFactor, configs: Object.fromEntries(configs) }
    })
    const failures = await this.#options.admin.createTopics(news)
    for (const error of failures.values()) if (error.kafkaCode !== kafkaErrors.TOPIC_ALREADY_EXISTS) throw error
  }

  #problemOf(statusCode: number, statusDetail: string): MillraceError {
    const groupId = this.#options.coordinator.key
    switch (statusCode) {
      case statusCodes.MISSING_SOURCE_TOPICS:
        return missingSources(groupId, statusDetail)
      case statusCodes.INCORRECTLY_PARTITIONED_TOPICS:
        return wrongPartitions(groupId, statusDetail)
      default:
        return new ClusterError(
          'BROKER_NOT_READY',
          `Cannot run group "${groupId}": ${statusDetail.replace(/\.$/, '')}, they were created but did not come into being in time`,
        )
    }
  }

  #tasksOf({ subtopology, taskCount }: ConfiguredSubtopology, topics: Topics): TaskToAssign[] {
    const id = Number(subtopology.subtopologyId)
    const sources = [...subtopology.sourceTopics, ...subtopology.repartitionSourceTopics.map(({ name }) => name)].sort()
    const changelogs = subtopology.stateChangelogTopics.map(({ name }) => name).sort()
    const at = (names: readonly string[], partition: number): TopicPartition[] =>
      names.filter((topic) => countOf(topics, topic) > partition).map((topic) => ({ topic, partition }))
    return Array.from({ length: taskCount }, (_, partition) => ({
      id: { subtopology: id, partition },
      sources: at(sources, partition),
      changelogs: at(changelogs, partition),
      storeNames: this.#options.storeNames.get(id) ?? [],
    }))
  }

  /** Null if they cannot be found out: an assignment without them is better than none. */
  async #endOffsetSums(tasks: readonly TaskToAssign[]): Promise<ReadonlyMap<string, number> | null> {
    const { admin, coordinator, client } = this.#options
    const changelogs = tasks.flatMap((task) => task.changelogs)
    const isSource = ({ topic }: TopicPartition): boolean => this.#sources.has(topic)
    try {
      const fromOutside = { groupId: coordinator.key, memberId: '', generation: -1, instanceId: null }
      const { requestTimeoutMs: timeoutMs } = client.options
      const [ends, committed] = await Promise.all([
        admin.listOffsets(
          changelogs.filter((partition) => !isSource(partition)),
          'latest',
          'read_uncommitted',
        ),
        fetchOffsets(coordinator, () => fromOutside, changelogs.filter(isSource), { requireStable: false, timeoutMs }),
      ])
      const endOf = ({ topic, partition }: TopicPartition): number =>
        ends.get(topic, partition) ?? committed.get(topic, partition)?.offset ?? 0
      const stateful = tasks.filter((task) => task.changelogs.length > 0)
      return new Map(stateful.map((task) => [formatTaskId(task.id), task.changelogs.reduce((sum, partition) => sum + endOf(partition), 0)]))
    } catch (error) {
      if (!isMillraceError(error)) throw error
      const { logger } = client.options.environment
      logger.warn({ err: error }, 'The ends of the changelogs are not known: tasks stay where they are, and another rebalance looks again')
      return null
    }
  }

  #racksOf(tasks: readonly TaskToAssign[], topics: Topics): PartitionRacks[] {
    const { metadata } = this.#options.client
    const partitions = tasks.flatMap(({ sources, changelogs }) => [...sources, ...changelogs])
    return partitions.map(({ topic, partition }) => ({
      topic,
      partition,
      racks: (topics.get(topic)?.partitions[partition]?.replicas ?? []).map((nodeId) => metadata.node(nodeId)?.rack ?? null),
    }))
  }
}

function sourcesOf({ subtopologies }: GroupTopology): ReadonlySet<string> {
  return new Set(subtopologies.flatMap(({ sourceTopics }) => sourceTopics))
}

function countOf(topics: Topics, topic: string): number {
  return topics.get(topic)?.partitions.length ?? 0
}
