import { assert } from '../../base/assert.ts'
import type { Environment } from '../../base/environment.ts'
import { kafkaIdOf } from '../../base/uuids.ts'
import type { NewTopic, NewTopicResult, TopicView } from '../group-host.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { LogConfig } from '../log/log-config.ts'
import { PartitionLog } from '../log/partition-log.ts'
import type { Nodes } from '../nodes.ts'
import { logConfigOf, problemOfTopicConfig } from './topic-configs.ts'

/** One partition and who leads it. */
export interface Partition {
  readonly topic: Topic
  readonly index: number
  readonly log: PartitionLog
  leader: number
  leaderEpoch: number
}

/** A topic. A topic that is made anew under the same name is another one, with another id. */
export interface Topic {
  readonly name: string
  readonly id: string
  readonly replicationFactor: number
  /** What was set; everything else has its default. */
  readonly configs: Map<string, string>
  logConfig: LogConfig
  readonly partitions: Partition[]
  isDeleted: boolean
}

/** What a cluster decides where a request does not. */
export interface TopicDefaults {
  readonly partitions: number
  readonly replicationFactor: number
  readonly producerExpirationMs: number
}

const NAME_LENGTH_MAX = 249
const namePattern = /^[a-zA-Z0-9._-]+$/

/** The topics of a cluster, and who is told when they change. */
export class TopicCatalog implements TopicView {
  readonly #topics = new Map<string, Topic>()
  readonly #byId = new Map<string, Topic>()
  readonly #listeners = new Set<(topic: string) => void>()
  readonly #environment: Environment
  readonly #nodes: Nodes
  readonly #defaults: TopicDefaults
  #createdCount = 0

  constructor(environment: Environment, nodes: Nodes, defaults: TopicDefaults) {
    this.#environment = environment
    this.#nodes = nodes
    this.#defaults = defaults
  }

  find(name: string): Topic | undefined {
    return this.#topics.get(name)
  }

  findById(id: string): Topic | undefined {
    return this.#byId.get(id)
  }

  findPartition(name: string, index: number): Partition | undefined {
    return this.#topics.get(name)?.partitions[index]
  }

  /** All topics, by name. */
  all(): readonly Topic[] {
    return this.names().map((name) => this.#topics.get(name)!)
  }

  names(): readonly string[] {
    return [...this.#topics.keys()].sort()
  }

  partitions(topic: string): number {
    return this.#topics.get(topic)?.partitions.length ?? 0
  }

  idOf(topic: string): string | null {
    return this.#topics.get(topic)?.id ?? null
  }

  nameOf(topicId: string): string | null {
    return this.#byId.get(topicId)?.name ?? null
  }

  /** Calls `listener` after a topic was made, deleted or got more partitions. Returns a function that removes it. */
  onChanged(listener: (topic: string) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Makes a topic, or only says whether it could be made. */
  create(topic: NewTopic, validateOnly = false): NewTopicResult {
    const problem = this.#problemOf(topic)
    if (problem !== null) return { name: topic.name, ...problem }
    if (!validateOnly) this.#add(topic)
    return { name: topic.name, errorCode: kafkaErrors.NONE, errorMessage: null }
  }

  /** False: there is no such topic. */
  delete(name: string): boolean {
    const topic = this.#topics.get(name)
    if (topic === undefined) return false
    this.#topics.delete(name)
    this.#byId.delete(topic.id)
    topic.isDeleted = true
    for (const partition of topic.partitions) partition.log.wake()
    this.#changed(name)
    return true
  }

  /** Adds partitions until there are `count`, which is more than there are. */
  grow(topic: Topic, count: number): void {
    assert(count > topic.partitions.length, 'A topic only grows')
    this.#addPartitions(topic, count)
    this.#changed(topic.name)
  }

  /** Replaces what is set of a topic's configs. */
  configure(topic: Topic, configs: ReadonlyMap<string, string>): void {
    topic.configs.clear()
    for (const [name, value] of configs) topic.configs.set(name, value)
    topic.logConfig = logConfigOf(topic.configs)
  }

  /** Makes `node` the leader, with the next leader epoch. */
  moveLeader(partition: Partition, node: number): void {
    partition.leader = this.#nodes.get(node).id
    partition.leaderEpoch++
    partition.log.epochs.start(partition.leaderEpoch, partition.log.endOffset)
    partition.log.wake()
  }

  /** The nodes that hold a partition, its leader first. */
  replicasOf(partition: Partition): readonly number[] {
    return this.#nodes.ring(partition.leader, partition.topic.replicationFactor)
  }

  #add(topic: NewTopic): void {
    const added: Topic = {
      name: topic.name,
      id: kafkaIdOf(this.#environment.random.uuid()),
      replicationFactor: topic.replicationFactor === -1 ? this.#defaults.replicationFactor : topic.replicationFactor,
      configs: new Map(topic.configs),
      logConfig: logConfigOf(topic.configs),
      partitions: [],
      isDeleted: false,
    }
    this.#addPartitions(added, topic.partitions === -1 ? this.#defaults.partitions : topic.partitions)
    this.#createdCount++
    this.#topics.set(added.name, added)
    this.#byId.set(added.id, added)
    this.#changed(added.name)
  }

  #addPartitions(topic: Topic, count: number): void {
    for (let index = topic.partitions.length; index < count; index++) {
      const log = new PartitionLog(() => topic.logConfig, this.#defaults.producerExpirationMs)
      log.epochs.start(0, 0)
      const leader = (this.#createdCount + index) % this.#nodes.count
      topic.partitions.push({ topic, index, log, leader, leaderEpoch: 0 })
    }
  }

  #problemOf(topic: NewTopic): { readonly errorCode: number; readonly errorMessage: string } | null {
    const { name, partitions, replicationFactor } = topic
    const nameProblem = problemOfTopicName(name)
    if (nameProblem !== null) return { errorCode: kafkaErrors.INVALID_TOPIC_EXCEPTION, errorMessage: nameProblem }
    if (this.#topics.has(name)) return { errorCode: kafkaErrors.TOPIC_ALREADY_EXISTS, errorMessage: `Topic '${name}' already exists.` }
    if (partitions !== -1 && partitions < 1) {
      return { errorCode: kafkaErrors.INVALID_PARTITIONS, errorMessage: 'Number of partitions must be larger than 0.' }
    }
    if (replicationFactor !== -1 && (replicationFactor < 1 || replicationFactor > this.#nodes.count)) {
      const errorMessage = `Replication factor: ${replicationFactor} larger than available brokers: ${this.#nodes.count}.`
      return { errorCode: kafkaErrors.INVALID_REPLICATION_FACTOR, errorMessage }
    }
    for (const [key, value] of topic.configs) {
      const errorMessage = problemOfTopicConfig(key, value)
      if (errorMessage !== null) return { errorCode: kafkaErrors.INVALID_CONFIG, errorMessage }
    }
    return null
  }

  #changed(topic: string): void {
    for (const listener of Array.from(this.#listeners)) listener(topic)
  }
}

/** Why `name` cannot name a topic, `null` if it can. */
export function problemOfTopicName(name: string): string | null {
  if (name === '') return 'Topic name is invalid: the empty string is not allowed'
  if (name === '.' || name === '..') return `Topic name is invalid: '${name}' is not allowed`
  if (name.length > NAME_LENGTH_MAX) return `Topic name is invalid: the length of '${name}' is longer than ${NAME_LENGTH_MAX}`
  if (!namePattern.test(name)) return `Topic name is invalid: '${name}' has characters other than ASCII alphanumerics, '.', '_' and '-'`
  return null
}
