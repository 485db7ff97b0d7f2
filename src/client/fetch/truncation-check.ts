import { kafkaErrors as kafka } from '../../protocol/kafka-errors.ts'
import type { ApiVersionRange } from '../../protocol/transport.ts'
import { byTopic } from '../by-topic.ts'
import type { Client } from '../client.ts'
import type { FetchTarget } from './fetch-session.ts'

const versions: ApiVersionRange = { min: 3, max: 4 }

/** What the leader says about a position: in its log, cut off at `endOffset` (-1 unknown), or an error code. */
export type TruncationVerdict =
  | { readonly kind: 'valid' }
  | { readonly kind: 'truncated'; readonly endOffset: number }
  | { readonly kind: 'error'; readonly errorCode: number }

/**
 * Asks the leader `nodeId` whether the log still has what was read before each position (OffsetForLeaderEpoch, N§4.3): where the last
 * leader epoch that was read ends before the position, records that were read are gone. Rejects as `Client.sendToNode`.
 */
export async function checkTruncation(
  client: Client,
  nodeId: number,
  targets: readonly FetchTarget[],
): Promise<ReadonlyMap<FetchTarget, TruncationVerdict>> {
  const topics = [...byTopic(targets.map((target) => ({ topic: target.partition.topic, target })))].map(([topic, list]) => ({
    topic,
    partitions: list.map(({ target }) => ({
      partition: target.partition.partition,
      currentLeaderEpoch: target.leaderEpoch,
      leaderEpoch: target.partition.leaderEpoch,
    })),
  }))
  const asked = new Map(targets.map((target) => [target, target.partition.fetchOffset]))
  const response = await client.sendToNode(nodeId, 'OffsetForLeaderEpoch', versions, () => ({ replicaId: -1, topics }))
  const verdicts = new Map<FetchTarget, TruncationVerdict>()
  for (const { topic, partitions } of response.topics) {
    for (const { partition, errorCode, leaderEpoch, endOffset } of partitions) {
      const target = targets.find((candidate) => candidate.partition.topic === topic && candidate.partition.partition === partition)
      if (target === undefined) continue
      if (errorCode !== kafka.NONE) verdicts.set(target, { kind: 'error', errorCode })
      else if (leaderEpoch < 0 || endOffset < 0) verdicts.set(target, { kind: 'truncated', endOffset: -1 })
      else if (endOffset < asked.get(target)!) verdicts.set(target, { kind: 'truncated', endOffset })
      else verdicts.set(target, { kind: 'valid' })
    }
  }
  return verdicts
}
