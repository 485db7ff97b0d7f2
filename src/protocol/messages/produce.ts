import { type LeaderIdAndEpoch, type NodeEndpoint, leaderIdAndEpochFields, nodeEndpointFields } from './fetch.ts'
import type { ApiSchema } from '../schema.ts'

/** The request of `Produce`. */
export interface ProduceRequest {
  readonly transactionalId: string | null
  readonly acks: number
  readonly timeoutMs: number
  readonly topicData: readonly TopicProduceData[]
}

/** Part of `ProduceRequest.topicData`. */
export interface TopicProduceData {
  readonly name: string
  readonly topicId: string
  readonly partitionData: readonly PartitionProduceData[]
}

/** Part of `TopicProduceData.partitionData`. */
export interface PartitionProduceData {
  readonly index: number
  readonly records: Buffer | null
}

/** The response of `Produce`. */
export interface ProduceResponse {
  readonly responses: readonly TopicProduceResponse[]
  readonly throttleTimeMs: number
  readonly nodeEndpoints: readonly NodeEndpoint[]
}

/** Part of `ProduceResponse.responses`. */
export interface TopicProduceResponse {
  readonly name: string
  readonly topicId: string
  readonly partitionResponses: readonly PartitionProduceResponse[]
}

/** Part of `TopicProduceResponse.partitionResponses`. */
export interface PartitionProduceResponse {
  readonly index: number
  readonly errorCode: number
  readonly baseOffset: number
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
  readonly recordErrors: readonly BatchIndexAndErrorMessage[]
  readonly errorMessage: string | null
  readonly currentLeader: LeaderIdAndEpoch
}

/** Part of `PartitionProduceResponse.recordErrors`. */
export interface BatchIndexAndErrorMessage {
  readonly batchIndex: number
  readonly batchIndexErrorMessage: string | null
}

/** Appends record batches to partitions. `records` is one or more batches of format v2; topics by name up to version 12, by id from 13. */
export const produceApi: ApiSchema = {
  name: 'Produce',
  key: 0,
  versions: [3, 13],
  flexibleSince: 9,
  request: [
    { name: 'transactionalId', type: 'string', nullable: true, default: null },
    { name: 'acks', type: 'int16' },
    { name: 'timeoutMs', type: 'int32' },
    {
      name: 'topicData',
      type: '[]struct',
      fields: [
        { name: 'name', type: 'string', until: 12, ignorable: true },
        { name: 'topicId', type: 'uuid', since: 13, ignorable: true },
        {
          name: 'partitionData',
          type: '[]struct',
          fields: [
            { name: 'index', type: 'int32' },
            { name: 'records', type: 'records', nullable: true },
          ],
        },
      ],
    },
  ],
  response: [
    {
      name: 'responses',
      type: '[]struct',
      fields: [
        { name: 'name', type: 'string', until: 12, ignorable: true },
        { name: 'topicId', type: 'uuid', since: 13, ignorable: true },
        {
          name: 'partitionResponses',
          type: '[]struct',
          fields: [
            { name: 'index', type: 'int32' },
            { name: 'errorCode', type: 'int16' },
            { name: 'baseOffset', type: 'int64' },
            { name: 'logAppendTimeMs', type: 'int64', default: -1 },
            { name: 'logStartOffset', type: 'int64', since: 5, default: -1, ignorable: true },
            {
              name: 'recordErrors',
              type: '[]struct',
              since: 8,
              ignorable: true,
              fields: [
                { name: 'batchIndex', type: 'int32' },
                { name: 'batchIndexErrorMessage', type: 'string', nullable: true, default: null },
              ],
            },
            { name: 'errorMessage', type: 'string', since: 8, nullable: true, default: null, ignorable: true },
            { name: 'currentLeader', type: 'struct', since: 10, tag: 0, fields: leaderIdAndEpochFields },
          ],
        },
      ],
    },
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'nodeEndpoints', type: '[]struct', since: 10, tag: 0, fields: nodeEndpointFields },
  ],
}
