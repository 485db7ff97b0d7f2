import type { MetadataRequestTopic, MetadataResponseTopic } from '../../protocol/messages/metadata.ts'
import { zeroUuid } from '../../protocol/uuid.ts'
import type { Handler } from '../handler.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { Nodes } from '../nodes.ts'
import { problemOfTopicName, type Topic, type TopicCatalog } from './topic-catalog.ts'

/** Kafka's value for "operations were not asked for". */
const NO_OPERATIONS = -2147483648

/** Answers Metadata. Topics are never made by asking for them. */
export function metadataHandler(clusterId: string, nodes: Nodes, topics: TopicCatalog): Handler<'Metadata'> {
  const describe = (topic: Topic): MetadataResponseTopic => ({
    errorCode: kafkaErrors.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: false,
    topicAuthorizedOperations: NO_OPERATIONS,
    partitions: topic.partitions.map((partition) => {
      const replicas = topics.replicasOf(partition)
      return {
        errorCode: kafkaErrors.NONE,
        partitionIndex: partition.index,
        leaderId: partition.leader,
        leaderEpoch: partition.leaderEpoch,
        replicaNodes: replicas,
        isrNodes: replicas,
        offlineReplicas: [],
      }
    }),
  })
  const missing = (name: string | null, topicId: string, errorCode: number): MetadataResponseTopic => ({
    errorCode,
    name,
    topicId,
    isInternal: false,
    partitions: [],
    topicAuthorizedOperations: NO_OPERATIONS,
  })
  const answer = ({ name, topicId }: MetadataRequestTopic): MetadataResponseTopic => {
    if (name === null) {
      const topic = topics.findById(topicId)
      return topic === undefined ? missing(null, topicId, kafkaErrors.UNKNOWN_TOPIC_ID) : describe(topic)
    }
    const topic = topics.find(name)
    if (topic !== undefined) return describe(topic)
    const isValid = problemOfTopicName(name) === null
    return missing(name, zeroUuid, isValid ? kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION : kafkaErrors.INVALID_TOPIC_EXCEPTION)
  }
  return (request, version) => {
    const isAll = request.topics === null || (version === 0 && request.topics.length === 0)
    return {
      throttleTimeMs: 0,
      brokers: nodes.all.map((node) => ({ nodeId: node.id, ...node.endpoint, rack: node.rack })),
      clusterId,
      controllerId: 0,
      topics: isAll ? topics.all().map(describe) : (request.topics ?? []).map(answer),
      clusterAuthorizedOperations: NO_OPERATIONS,
      errorCode: kafkaErrors.NONE,
    }
  }
}

/** Answers DescribeCluster. */
export function describeClusterHandler(clusterId: string, nodes: Nodes): Handler<'DescribeCluster'> {
  return (request) => ({
    throttleTimeMs: 0,
    errorCode: kafkaErrors.NONE,
    errorMessage: null,
    endpointType: request.endpointType,
    clusterId,
    controllerId: 0,
    brokers: nodes.all.map((node) => ({ brokerId: node.id, ...node.endpoint, rack: node.rack, isFenced: false })),
    clusterAuthorizedOperations: NO_OPERATIONS,
  })
}
