import type { NodeEndpoint } from '../../protocol/messages/fetch.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import type { Nodes } from '../nodes.ts'
import type { Partition, TopicCatalog } from '../topics/topic-catalog.ts'

/** What a request says about the partition that it wants. */
export interface PartitionRequest {
  readonly topic: string
  readonly partition: number
  /** The node that got the request. */
  readonly node: number
  /** The leader epoch that the client knows, -1: none. */
  readonly leaderEpoch: number
}

/** The partition that a request may use, or why it may not. */
export type PartitionAccess =
  | { readonly errorCode: 0; readonly partition: Partition }
  | { readonly errorCode: number; readonly partition: Partition | null }

/** Finds a partition for a request that only its leader answers. */
export function accessPartition(topics: TopicCatalog, request: PartitionRequest): PartitionAccess {
  const partition = topics.findPartition(request.topic, request.partition)
  if (partition === undefined) return { errorCode: kafkaErrors.UNKNOWN_TOPIC_OR_PARTITION, partition: null }
  if (partition.leader !== request.node) return { errorCode: kafkaErrors.NOT_LEADER_OR_FOLLOWER, partition }
  if (request.leaderEpoch === -1 || request.leaderEpoch === partition.leaderEpoch) return { errorCode: kafkaErrors.NONE, partition }
  const isOld = request.leaderEpoch < partition.leaderEpoch
  return { errorCode: isOld ? kafkaErrors.FENCED_LEADER_EPOCH : kafkaErrors.UNKNOWN_LEADER_EPOCH, partition }
}

/** The leader that an answer names beside an error: -1 and -1 where there is nothing to correct. */
export function leaderHint(errorCode: number, partition: Partition | null): { readonly leaderId: number; readonly leaderEpoch: number } {
  const isWrongNode = errorCode === kafkaErrors.NOT_LEADER_OR_FOLLOWER || errorCode === kafkaErrors.FENCED_LEADER_EPOCH
  return isWrongNode && partition !== null
    ? { leaderId: partition.leader, leaderEpoch: partition.leaderEpoch }
    : { leaderId: -1, leaderEpoch: -1 }
}

/** The end points of the leaders that hints name, each once. */
export function hintedEndpoints(nodes: Nodes, hints: Iterable<{ readonly leaderId: number }>): readonly NodeEndpoint[] {
  const ids = new Set<number>()
  for (const { leaderId } of hints) if (leaderId >= 0) ids.add(leaderId)
  return [...ids].map((id) => ({ nodeId: id, ...nodes.get(id).endpoint, rack: nodes.get(id).rack }))
}
