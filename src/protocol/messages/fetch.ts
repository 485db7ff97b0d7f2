import type { ApiSchema, FieldSchema } from '../schema.ts'

/** The request of `Fetch`. */
export interface FetchRequest {
  readonly clusterId: string | null
  readonly replicaId: number
  readonly replicaState: FetchReplicaState
  readonly maxWaitMs: number
  readonly minBytes: number
  readonly maxBytes: number
  readonly isolationLevel: number
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly topics: readonly FetchTopic[]
  readonly forgottenTopicsData: readonly ForgottenTopic[]
  readonly rackId: string
}

/** Part of `FetchRequest.replicaState`. */
export interface FetchReplicaState {
  readonly replicaId: number
  readonly replicaEpoch: number
}

/** Part of `FetchRequest.topics`. */
export interface FetchTopic {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly FetchPartition[]
}

/** Part of `FetchTopic.partitions`. */
export interface FetchPartition {
  readonly partition: number
  readonly currentLeaderEpoch: number
  readonly fetchOffset: number
  readonly lastFetchedEpoch: number
  readonly logStartOffset: number
  readonly partitionMaxBytes: number
  readonly replicaDirectoryId: string
  readonly highWatermark: number
}

/** Part of `FetchRequest.forgottenTopicsData`. */
export interface ForgottenTopic {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly number[]
}

/** The response of `Fetch`. */
export interface FetchResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly sessionId: number
  readonly responses: readonly FetchableTopicResponse[]
  readonly nodeEndpoints: readonly NodeEndpoint[]
}

/** Part of `FetchResponse.responses`. */
export interface FetchableTopicResponse {
  readonly topic: string
  readonly topicId: string
  readonly partitions: readonly FetchPartitionData[]
}

/** Part of `FetchableTopicResponse.partitions`. */
export interface FetchPartitionData {
  readonly partitionIndex: number
  readonly errorCode: number
  readonly highWatermark: number
  readonly lastStableOffset: number
  readonly logStartOffset: number
  readonly divergingEpoch: FetchDivergingEpoch
  readonly currentLeader: LeaderIdAndEpoch
  readonly snapshotId: FetchSnapshotId
  readonly abortedTransactions: readonly AbortedTransaction[] | null
  readonly preferredReadReplica: number
  readonly records: Buffer | null
}

/** Part of `FetchPartitionData.divergingEpoch`. */
export interface FetchDivergingEpoch {
  readonly epoch: number
  readonly endOffset: number
}

/** Part of `FetchPartitionData.currentLeader`. */
export interface LeaderIdAndEpoch {
  readonly leaderId: number
  readonly leaderEpoch: number
}

/** Part of `FetchPartitionData.snapshotId`. */
export interface FetchSnapshotId {
  readonly endOffset: number
  readonly epoch: number
}

/** Part of `FetchPartitionData.abortedTransactions`. */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** Part of `FetchResponse.nodeEndpoints`. */
export interface NodeEndpoint {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** The fields of `LeaderIdAndEpoch`. */
export const leaderIdAndEpochFields: readonly FieldSchema[] = [
  { name: 'leaderId', type: 'int32', default: -1 },
  { name: 'leaderEpoch', type: 'int32', default: -1 },
]

/** The fields of `NodeEndpoint`. */
export const nodeEndpointFields: readonly FieldSchema[] = [
  { name: 'nodeId', type: 'int32' },
  { name: 'host', type: 'string' },
  { name: 'port', type: 'int32' },
  { name: 'rack', type: 'string', nullable: true, default: null },
]

/** Reads record batches from partitions, as part of a fetch session from version 7. Topics by name up to version 12, by id from 13. */
export const fetchApi: ApiSchema = {
  name: 'Fetch',
  key: 1,
  versions: [4, 18],
  flexibleSince: 12,
  request: [
    { name: 'clusterId', type: 'string', since: 12, nullable: true, tag: 0, default: null, ignorable: true },
    { name: 'replicaId', type: 'int32', until: 14, default: -1 },
    {
      name: 'replicaState',
      type: 'struct',
      since: 15,
      tag: 1,
      fields: [
        { name: 'replicaId', type: 'int32', default: -1 },
        { name: 'replicaEpoch', type: 'int64', default: -1 },
      ],
    },
    { name: 'maxWaitMs', type: 'int32' },
    { name: 'minBytes', type: 'int32' },
    { name: 'maxBytes', type: 'int32', default: 2147483647 },
    { name: 'isolationLevel', type: 'int8' },
    { name: 'sessionId', type: 'int32', since: 7, ignorable: true },
    { name: 'sessionEpoch', type: 'int32', since: 7, default: -1, ignorable: true },
    {
      name: 'topics',
      type: '[]struct',
      fields: [
        { name: 'topic', type: 'string', until: 12, ignorable: true },
        { name: 'topicId', type: 'uuid', since: 13, ignorable: true },
        {
          name: 'partitions',
          type: '[]struct',
          fields: [
            { name: 'partition', type: 'int32' },
            { name: 'currentLeaderEpoch', type: 'int32', since: 9, default: -1, ignorable: true },
            { name: 'fetchOffset', type: 'int64' },
            { name: 'lastFetchedEpoch', type: 'int32', since: 12, default: -1 },
            { name: 'logStartOffset', type: 'int64', since: 5, default: -1, ignorable: true },
            { name: 'partitionMaxBytes', type: 'int32' },
            { name: 'replicaDirectoryId', type: 'uuid', since: 17, tag: 0, ignorable: true },
            { name: 'highWatermark', type: 'int64', since: 18, tag: 1, default: Infinity, ignorable: true },
          ],
        },
      ],
    },
    {
      name: 'forgottenTopicsData',
      type: '[]struct',
      since: 7,
      fields: [
        { name: 'topic', type: 'string', until: 12, ignorable: true },
        { name: 'topicId', type: 'uuid', since: 13, ignorable: true },
        { name: 'partitions', type: '[]int32' },
      ],
    },
    { name: 'rackId', type: 'string', since: 11, ignorable: true },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16', since: 7, ignorable: true },
    { name: 'sessionId', type: 'int32', since: 7 },
    {
      name: 'responses',
      type: '[]struct',
      fields: [
        { name: 'topic', type: 'string', until: 12, ignorable: true },
        { name: 'topicId', type: 'uuid', since: 13, ignorable: true },
        {
          name: 'partitions',
          type: '[]struct',
          fields: [
            { name: 'partitionIndex', type: 'int32' },
            { name: 'errorCode', type: 'int16' },
            { name: 'highWatermark', type: 'int64' },
            { name: 'lastStableOffset', type: 'int64', default: -1 },
            { name: 'logStartOffset', type: 'int64', since: 5, default: -1, ignorable: true },
            {
              name: 'divergingEpoch',
              type: 'struct',
              since: 12,
              tag: 0,
              fields: [
                { name: 'epoch', type: 'int32', default: -1 },
                { name: 'endOffset', type: 'int64', default: -1 },
              ],
            },
            { name: 'currentLeader', type: 'struct', since: 12, tag: 1, fields: leaderIdAndEpochFields },
            {
              name: 'snapshotId',
              type: 'struct',
              since: 12,
              tag: 2,
              fields: [
                { name: 'endOffset', type: 'int64', default: -1 },
                { name: 'epoch', type: 'int32', default: -1 },
              ],
            },
            {
              name: 'abortedTransactions',
              type: '[]struct',
              nullable: true,
              fields: [
                { name: 'producerId', type: 'int64' },
                { name: 'firstOffset', type: 'int64' },
              ],
            },
            { name: 'preferredReadReplica', type: 'int32', since: 11, default: -1 },
            { name: 'records', type: 'records', nullable: true },
          ],
        },
      ],
    },
    { name: 'nodeEndpoints', type: '[]struct', since: 16, tag: 0, fields: nodeEndpointFields },
  ],
}
