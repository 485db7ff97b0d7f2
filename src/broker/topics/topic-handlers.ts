import type { CreatableTopicResult } from '../../protocol/messages/create-topics.ts'
import type { DeletableTopicResult, DeleteTopicState } from '../../protocol/messages/delete-topics.ts'
import { zeroUuid } from '../../protocol/uuid.ts'
import type { Handler } from '../handler.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { Topic, TopicCatalog } from './topic-catalog.ts'
import { describeTopicConfigs } from './topic-config-entries.ts'

/** Answers CreateTopics. */
export function createTopicsHandler(topics: TopicCatalog): Handler<'CreateTopics'> {
  return (request) => {
    const counts = countNames(request.topics.map((topic) => topic.name))
    const results = request.topics.map((topic): CreatableTopicResult => {
      if (counts.get(topic.name)! > 1) {
        return failedCreation(topic.name, kafkaErrors.INVALID_REQUEST, 'Duplicate topic name.')
      }
      if (topic.assignments.length > 0) {
        return failedCreation(topic.name, kafkaErrors.INVALID_REQUEST, 'The embedded cluster places replicas itself.')
      }
      const nullConfig = topic.configs.find((config) => config.value === null)
      if (nullConfig !== undefined) {
        return failedCreation(topic.name, kafkaErrors.INVALID_CONFIG, `Null value not supported for topic configs: ${nullConfig.name}`)
      }
      const created = topics.create(
        {
          name: topic.name,
          partitions: topic.numPartitions,
          replicationFactor: topic.replicationFactor,
          configs: new Map(topic.configs.map((config) => [config.name, config.value!])),
        },
        request.validateOnly,
      )
      if (created.errorCode !== kafkaErrors.NONE) return failedCreation(topic.name, created.errorCode, created.errorMessage)
      const found = topics.find(topic.name)
      return found === undefined ? validated(topic.name, topic.numPartitions, topic.replicationFactor) : createdTopic(found)
    })
    return { throttleTimeMs: 0, topics: results }
  }
}

function failedCreation(name: string, errorCode: number, errorMessage: string | null): CreatableTopicResult {
  const none = { topicConfigErrorCode: 0, numPartitions: -1, replicationFactor: -1, configs: null }
  return { name, topicId: zeroUuid, errorCode, errorMessage, ...none }
}

function validated(name: string, numPartitions: number, replicationFactor: number): CreatableTopicResult {
  const none = { errorCode: 0, errorMessage: null, topicConfigErrorCode: 0 }
  return { name, topicId: zeroUuid, ...none, numPartitions, replicationFactor, configs: [] }
}

function createdTopic(topic: Topic): CreatableTopicResult {
  return {
    name: topic.name,
    topicId: topic.id,
    errorCode: kafkaErrors.NONE,
    errorMessage: null,
    topicConfigErrorCode: kafkaErrors.NONE,
    numPartitions: topic.partitions.length,
    replicationFactor: topic.replicationFactor,
    configs: describeTopicConfigs(topic).map((entry) => ({
      name: entry.name,
      value: entry.value,
      readOnly: false,
      configSource: entry.source,
      isSensitive: false,
    })),
  }
}

/** Answers DeleteTopics. */
export function deleteTopicsHandler(topics: TopicCatalog): Handler<'DeleteTopics'> {
  const remove = (state: DeleteTopicState): DeletableTopicResult => {
    const topic = state.name === null ? topics.findById(state.topicId) : topics.find(state.name)
    if (topic === undefined) {
      const errorCode = state.name === null ? kafkaErrors.UNKNOWN_TOPIC_ID : kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION
      return { name: state.name, topicId: state.topicId, errorCode, errorMessage: null }
    }
    topics.delete(topic.name)
    return { name: topic.name, topicId: topic.id, errorCode: kafkaErrors.NONE, errorMessage: null }
  }
  return (request, version) => {
    const states = version >= 6 ? request.topics : request.topicNames.map((name) => ({ name, topicId: zeroUuid }))
    return { throttleTimeMs: 0, responses: states.map(remove) }
  }
}

/** Answers CreatePartitions. */
export function createPartitionsHandler(topics: TopicCatalog): Handler<'CreatePartitions'> {
  return (request) => {
    const counts = countNames(request.topics.map((topic) => topic.name))
    const results = request.topics.map(({ name, count, assignments }) => {
      const fail = (errorCode: number, errorMessage: string | null) => ({ name, errorCode, errorMessage })
      if (counts.get(name)! > 1) return fail(kafkaErrors.INVALID_REQUEST, 'Duplicate topic name.')
      const topic = topics.find(name)
      if (topic === undefined) return fail(kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION, null)
      if (assignments !== null && assignments.length > 0) {
        return fail(kafkaErrors.INVALID_REQUEST, 'The embedded cluster places replicas itself.')
      }
      if (count <= topic.partitions.length) {
        const message = `The topic ${name} currently has ${topic.partitions.length} partition(s); ${count} would not be an increase.`
        return fail(kafkaErrors.INVALID_PARTITIONS, message)
      }
      if (!request.validateOnly) topics.grow(topic, count)
      return fail(kafkaErrors.NONE, null)
    })
    return { throttleTimeMs: 0, results }
  }
}

function countNames(names: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return counts
}
