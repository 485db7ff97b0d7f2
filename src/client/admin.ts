import type { ClusterError } from '../base/errors.ts'
import { kafkaErrors as kafka } from '../protocol/kafka-errors.ts'
import type { ListOffsetsRequest } from '../protocol/messages/list-offsets.ts'
import type { TopicPartition, TopicPartitionMap } from '../protocol/topic-partition.ts'
import type { ApiVersionRange } from '../protocol/transport.ts'
import { byTopic } from './by-topic.ts'
import type { Client } from './client.ts'
import { Coordinator } from './coordinator.ts'
import { kafkaError } from './kafka-error.ts'
import { type LedPartition, askLeaders } from './leader-requests.ts'
import type { TopicMetadata } from './metadata-cache.ts'
import { isPassing, retrying } from './retry.ts'

/** A topic to create. */
export interface NewTopic {
  readonly name: string
  /** -1: broker default. */
  readonly partitions: number
  /** -1: broker default. */
  readonly replicationFactor: number
  readonly configs?: Readonly<Record<string, string>>
}

/** Which offset to list: a number is the first offset whose timestamp is at least that. */
export type OffsetSpec = 'earliest' | 'latest' | number

/** What a group is: `type` is 'classic', 'consumer', 'streams'; empty where the broker does not say. */
export interface GroupListing {
  readonly groupId: string
  readonly protocolType: string
  readonly state: string
  readonly type: string
}

/** `timeoutMs`: how long to try; the request time-out of the client if absent. */
export interface AdminOptions {
  readonly timeoutMs?: number
}

const versions = {
  createTopics: { min: 5, max: 7 },
  deleteTopics: { min: 4, max: 5 },
  createPartitions: { min: 2, max: 3 },
  listOffsets: { min: 4, max: 10 },
  deleteRecords: { min: 1, max: 2 },
  describeConfigs: { min: 1, max: 4 },
  alterConfigs: { min: 0, max: 1 },
  listGroups: { min: 4, max: 5 },
} as const satisfies Record<string, ApiVersionRange>

const TOPIC_RESOURCE = 2
const GROUP_RESOURCE = 32

/** Administration of a cluster. Everything retries what passes until the time is up, then rejects with the last error. */
export class Admin {
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  /** Resolves with the errors of those that could not be created. `kafkaCode` 36 = it exists, perhaps made by an earlier try of this call. */
  createTopics(topics: readonly NewTopic[], options: AdminOptions = {}): Promise<ReadonlyMap<string, ClusterError>> {
    const list = topics.map(({ name, partitions, replicationFactor, configs }) => ({
      name,
      numPartitions: partitions,
      replicationFactor,
      assignments: [],
      configs: Object.entries(configs ?? {}).map(([key, value]) => ({ name: key, value })),
    }))
    return this.#perTopic('create', list, options, async (rest, timeoutMs) => {
      const response = await this.#client.sendToAny('CreateTopics', versions.createTopics, () => ({
        topics: rest,
        timeoutMs,
        validateOnly: false,
      }))
      return response.topics
    })
  }

  /** Resolves with the errors of those that could not be deleted. */
  deleteTopics(names: readonly string[], options: AdminOptions = {}): Promise<ReadonlyMap<string, ClusterError>> {
    const list = names.map((name) => ({ name }))
    return this.#perTopic('delete', list, options, async (rest, timeoutMs) => {
      const topicNames = rest.map(({ name }) => name)
      const response = await this.#client.sendToAny('DeleteTopics', versions.deleteTopics, () => ({ topics: [], topicNames, timeoutMs }))
      for (const name of topicNames) this.#client.metadata.invalidate(name)
      return response.responses
    })
  }

  /** Grows topics to the given numbers of partitions. Resolves with the errors of those that could not be grown. */
  createPartitions(counts: ReadonlyMap<string, number>, options: AdminOptions = {}): Promise<ReadonlyMap<string, ClusterError>> {
    const list = [...counts].map(([name, count]) => ({ name, count, assignments: null }))
    return this.#perTopic('grow', list, options, async (rest, timeoutMs) => {
      const response = await this.#client.sendToAny('CreatePartitions', versions.createPartitions, () => ({
        topics: rest,
        timeoutMs,
        validateOnly: false,
      }))
      for (const { name } of rest) this.#client.metadata.invalidate(name)
      return response.results
    })
  }

  /** Topics that do not exist are absent. */
  describeTopics(names: readonly string[], options: AdminOptions = {}): Promise<ReadonlyMap<string, TopicMetadata>> {
    return this.#client.metadata.fetchTopics(names, options)
  }

  listTopics(options: AdminOptions = {}): Promise<ReadonlyMap<string, TopicMetadata>> {
    return this.#client.metadata.fetchAllTopics(options)
  }

  /** The offset by partition; -1 where a timestamp lies beyond the end. 'latest' is the last stable offset under read_committed, else the high watermark. */
  listOffsets(
    partitions: readonly TopicPartition[],
    spec: OffsetSpec,
    isolation: 'read_committed' | 'read_uncommitted',
    options: AdminOptions = {},
  ): Promise<TopicPartitionMap<number>> {
    const timeoutMs = this.#timeoutMs(options)
    const isolationLevel = isolation === 'read_committed' ? 1 : 0
    const timestamp = spec === 'earliest' ? -2 : spec === 'latest' ? -1 : spec
    return askLeaders(this.#client, {
      partitions,
      timeoutMs,
      action: 'list offsets',
      ask: async (nodeId, led) => {
        const request: ListOffsetsRequest = { replicaId: -1, isolationLevel, topics: listOffsetsTopics(led, timestamp), timeoutMs }
        const response = await this.#client.sendToNode(nodeId, 'ListOffsets', versions.listOffsets, () => request)
        return response.topics.flatMap(({ name, partitions: answered }) =>
          answered.map(({ partitionIndex, errorCode, offset }) => ({ topic: name, partition: partitionIndex, errorCode, value: offset })),
        )
      },
    })
  }

  /** Deletes the records before the offset of each partition (-1: the high watermark). Resolves with the new log starts. */
  deleteRecords(before: TopicPartitionMap<number>, options: AdminOptions = {}): Promise<TopicPartitionMap<number>> {
    const timeoutMs = this.#timeoutMs(options)
    return askLeaders(this.#client, {
      partitions: [...before.entries()].map(([at]) => at),
      timeoutMs,
      action: 'delete records',
      ask: async (nodeId, led) => {
        const topics = [...byTopic(led)].map(([name, list]) => ({
          name,
          partitions: list.map(({ topic, partition }) => ({ partitionIndex: partition, offset: before.get(topic, partition)! })),
        }))
        const response = await this.#client.sendToNode(nodeId, 'DeleteRecords', versions.deleteRecords, () => ({ topics, timeoutMs }))
        return response.topics.flatMap(({ name, partitions }) =>
          partitions.map(({ partitionIndex, errorCode, lowWatermark }) => ({
            topic: name,
            partition: partitionIndex,
            errorCode,
            value: lowWatermark,
          })),
        )
      },
    })
  }

  /** Every config by topic, defaults included; topics that do not exist are absent. */
  describeTopicConfigs(
    names: readonly string[],
    options: AdminOptions = {},
  ): Promise<ReadonlyMap<string, ReadonlyMap<string, string | null>>> {
    return retrying(this.#client.options, this.#timeoutMs(options), async () => {
      const response = await this.#client.sendToAny('DescribeConfigs', versions.describeConfigs, () => ({
        resources: names.map((resourceName) => ({ resourceType: TOPIC_RESOURCE, resourceName, configurationKeys: null })),
        includeSynonyms: false,
        includeDocumentation: false,
      }))
      const found = new Map<string, ReadonlyMap<string, string | null>>()
      for (const { errorCode, resourceName, configs } of response.results) {
        if (errorCode === kafka.UNKNOWN_TOPIC_OR_PARTITION) continue
        if (errorCode !== kafka.NONE)
          throw kafkaError(errorCode, `read the configuration of topic '${resourceName}'`, { topic: resourceName })
        found.set(resourceName, new Map(configs.map(({ name, value }) => [name, value])))
      }
      return found
    })
  }

  /** Sets configs of a topic; `null` takes one back to its default. */
  alterTopicConfigs(name: string, configs: Readonly<Record<string, string | null>>, options: AdminOptions = {}): Promise<void> {
    return this.#alterConfigs(TOPIC_RESOURCE, name, configs, options)
  }

  /** Sets configs of a group, e.g. `streams.session.timeout.ms`; `null` takes one back to its default. */
  alterGroupConfigs(groupId: string, configs: Readonly<Record<string, string | null>>, options: AdminOptions = {}): Promise<void> {
    return this.#alterConfigs(GROUP_RESOURCE, groupId, configs, options)
  }

  /** What the group is; `null` if there is none. */
  async findGroup(groupId: string, options: AdminOptions = {}): Promise<GroupListing | null> {
    const coordinator = new Coordinator(this.#client, 'group', groupId)
    try {
      return await retrying(this.#client.options, this.#timeoutMs(options), async () => {
        const { response } = await coordinator.send('ListGroups', versions.listGroups, () => ({ statesFilter: [], typesFilter: [] }))
        if (response.errorCode !== kafka.NONE) throw kafkaError(response.errorCode, `read about group '${groupId}'`)
        const found = response.groups.find((group) => group.groupId === groupId)
        if (found === undefined) return null
        return { groupId, protocolType: found.protocolType, state: found.groupState, type: found.groupType }
      })
    } finally {
      coordinator.close()
    }
  }

  #timeoutMs(options: AdminOptions): number {
    return options.timeoutMs ?? this.#client.options.requestTimeoutMs
  }

  /** Repeats for the topics whose error passes. */
  async #perTopic<T extends { readonly name: string }>(
    verb: string,
    topics: readonly T[],
    options: AdminOptions,
    ask: (rest: readonly T[], timeoutMs: number) => Promise<readonly { readonly name: string | null; readonly errorCode: number }[]>,
  ): Promise<ReadonlyMap<string, ClusterError>> {
    const failed = new Map<string, ClusterError>()
    const timeoutMs = this.#timeoutMs(options)
    let rest = topics
    const attempt = async (): Promise<void> => {
      if (rest.length === 0) return
      const again = new Map<string, ClusterError>()
      for (const { name, errorCode } of await ask(rest, timeoutMs)) {
        if (name === null || errorCode === kafka.NONE) continue
        const error = kafkaError(errorCode, `${verb} topic '${name}'`, { topic: name })
        if (isPassing(error)) again.set(name, error)
        else failed.set(name, error)
      }
      rest = rest.filter(({ name }) => again.has(name))
      for (const error of again.values()) throw error
    }
    await retrying(this.#client.options, timeoutMs, attempt)
    return failed
  }

  async #alterConfigs(
    resourceType: number,
    resourceName: string,
    configs: Readonly<Record<string, string | null>>,
    options: AdminOptions,
  ): Promise<void> {
    const list = Object.entries(configs).map(([name, value]) => ({ name, configOperation: value === null ? 1 : 0, value }))
    await retrying(this.#client.options, this.#timeoutMs(options), async () => {
      const response = await this.#client.sendToAny('IncrementalAlterConfigs', versions.alterConfigs, () => ({
        resources: [{ resourceType, resourceName, configs: list }],
        validateOnly: false,
      }))
      const failed = response.responses.find(({ errorCode }) => errorCode !== kafka.NONE)
      if (failed !== undefined) throw kafkaError(failed.errorCode, `change the configuration of '${resourceName}'`)
    })
  }
}

function listOffsetsTopics(partitions: readonly LedPartition[], timestamp: number): ListOffsetsRequest['topics'] {
  return [...byTopic(partitions)].map(([name, list]) => ({
    name,
    partitions: list.map(({ partition, leaderEpoch }) => ({ partitionIndex: partition, currentLeaderEpoch: leaderEpoch, timestamp })),
  }))
}
