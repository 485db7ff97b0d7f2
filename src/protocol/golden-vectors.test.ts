import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from './codec.ts'
import { encodeRequestHeader } from './frame.ts'
import { MessageReader } from './message-reader.ts'
import { MessageWriter } from './message-writer.ts'
import type { Api, RequestOf, ResponseOf } from './messages.ts'

// The vectors of protocol.md's appendix, made by Kafka's own classes.
const vectors: Readonly<Record<string, { readonly hex: string }>> = JSON.parse(
  readFileSync(new URL('../../test/golden/golden-vectors.json', import.meta.url), 'utf8'),
)

function hexOf(name: string): string {
  return vectors[name]!.hex
}

function checkRequest<A extends Api>(vector: string, api: A, version: number, request: RequestOf<A>): void {
  const writer = new MessageWriter()
  encodeRequest(api, version, request, writer)
  assert.equal(writer.toBuffer().toString('hex'), hexOf(vector))
  const reader = new MessageReader(Buffer.from(hexOf(vector), 'hex'))
  assert.deepEqual(decodeRequest(api, version, reader), request)
  assert.equal(reader.in.remaining, 0)
}

function checkResponse<A extends Api>(vector: string, api: A, version: number, response: ResponseOf<A>): void {
  const writer = new MessageWriter()
  encodeResponse(api, version, response, writer)
  assert.equal(writer.toBuffer().toString('hex'), hexOf(vector))
  const reader = new MessageReader(Buffer.from(hexOf(vector), 'hex'))
  assert.deepEqual(decodeResponse(api, version, reader), response)
  assert.equal(reader.in.remaining, 0)
}

const heartbeat: RequestOf<'StreamsGroupHeartbeat'> = {
  groupId: 'app',
  memberId: 'm1',
  memberEpoch: 5,
  endpointInformationEpoch: 3,
  instanceId: null,
  rackId: null,
  rebalanceTimeoutMs: -1,
  topology: null,
  activeTasks: null,
  standbyTasks: null,
  warmupTasks: null,
  processId: null,
  userEndpoint: null,
  clientTags: null,
  taskOffsets: null,
  taskEndOffsets: null,
  shutdownApplication: false,
}

const join: RequestOf<'StreamsGroupHeartbeat'> = {
  ...heartbeat,
  memberEpoch: 0,
  endpointInformationEpoch: -1,
  rebalanceTimeoutMs: 300_000,
  topology: {
    epoch: 0,
    subtopologies: [
      {
        subtopologyId: '0',
        sourceTopics: ['in'],
        sourceTopicRegex: [],
        stateChangelogTopics: [
          {
            name: 'app-s-changelog',
            partitions: 0,
            replicationFactor: -1,
            topicConfigs: [
              { key: 'cleanup.policy', value: 'compact' },
              { key: 'message.timestamp.type', value: 'CreateTime' },
            ],
          },
        ],
        repartitionSinkTopics: ['app-r-repartition'],
        repartitionSourceTopics: [],
        copartitionGroups: [],
      },
      {
        subtopologyId: '1',
        sourceTopics: ['b'],
        sourceTopicRegex: [],
        stateChangelogTopics: [],
        repartitionSinkTopics: [],
        repartitionSourceTopics: [
          { name: 'app-r-repartition', partitions: 0, replicationFactor: -1, topicConfigs: [{ key: 'cleanup.policy', value: 'delete' }] },
        ],
        copartitionGroups: [{ sourceTopics: [0], sourceTopicRegex: [], repartitionSourceTopics: [0] }],
      },
    ],
  },
  activeTasks: [],
  standbyTasks: [],
  warmupTasks: [],
  processId: '00000000-0000-0001-0000-000000000002',
  userEndpoint: { host: 'h', port: 65_535 },
  clientTags: [{ key: 'zone', value: 'a' }],
}

const answer: ResponseOf<'StreamsGroupHeartbeat'> = {
  throttleTimeMs: 0,
  errorCode: 0,
  errorMessage: null,
  memberId: 'm1',
  memberEpoch: 5,
  heartbeatIntervalMs: 5000,
  acceptableRecoveryLagLegacy: 0,
  taskOffsetIntervalMs: 0,
  acceptableRecoveryLag: -1,
  status: [{ statusCode: 3, statusDetail: 'x' }],
  activeTasks: [{ subtopologyId: '0', partitions: [0, 1] }],
  standbyTasks: [],
  warmupTasks: [],
  topologyDescriptionRequired: false,
  endpointInformationEpoch: 3,
  partitionsByUserEndpoint: [
    { userEndpoint: { host: 'h', port: 65_535 }, activePartitions: [{ topic: 'in', partitions: [0, 1] }], standbyPartitions: [] },
  ],
}

test('encodeRequest() writes a joining StreamsGroupHeartbeat of version 0 as Kafka does (G1)', () => {
  checkRequest('G1', 'StreamsGroupHeartbeat', 0, join)
})

test('encodeRequestHeader() writes a flexible header as Kafka does (G2)', () => {
  const writer = new MessageWriter()
  encodeRequestHeader({ apiKey: 88, version: 0, correlationId: 7, clientId: 'c' }, writer)
  encodeRequest('StreamsGroupHeartbeat', 0, join, writer)
  assert.equal(writer.toBuffer().toString('hex'), hexOf('G2'))
})

test('encodeRequest() writes a steady StreamsGroupHeartbeat of version 0 as Kafka does (G3)', () => {
  checkRequest('G3', 'StreamsGroupHeartbeat', 0, heartbeat)
})

test('encodeRequest() writes an acknowledging StreamsGroupHeartbeat of version 1 as Kafka does (G4)', () => {
  checkRequest('G4', 'StreamsGroupHeartbeat', 1, {
    ...heartbeat,
    instanceId: 'i',
    activeTasks: [{ subtopologyId: '0', partitions: [0, 1] }],
    standbyTasks: [{ subtopologyId: '1', partitions: [2] }],
    warmupTasks: [],
    taskOffsets: [{ subtopologyId: '1', partition: 2, offset: 100 }],
  })
})

test('encodeResponse() writes StreamsGroupHeartbeat of version 0 as Kafka does (G5)', () => {
  checkResponse('G5', 'StreamsGroupHeartbeat', 0, answer)
})

test('encodeResponse() writes StreamsGroupHeartbeat of version 1 as Kafka does (G6)', () => {
  const response = { ...answer, taskOffsetIntervalMs: 60_000, acceptableRecoveryLag: 10_000, topologyDescriptionRequired: true }
  checkResponse('G6', 'StreamsGroupHeartbeat', 1, response)
})

test('encodeResponse() writes a failed StreamsGroupHeartbeat as Kafka does (G7)', () => {
  checkResponse('G7', 'StreamsGroupHeartbeat', 0, {
    throttleTimeMs: 0,
    errorCode: 110,
    errorMessage: 'f',
    memberId: '',
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    acceptableRecoveryLagLegacy: 0,
    taskOffsetIntervalMs: 0,
    acceptableRecoveryLag: -1,
    status: null,
    activeTasks: null,
    standbyTasks: null,
    warmupTasks: null,
    topologyDescriptionRequired: false,
    endpointInformationEpoch: 0,
    partitionsByUserEndpoint: null,
  })
})

const zeroId = 'AAAAAAAAAAAAAAAAAAAAAA'
const committed = { partitionIndex: 0, committedOffset: 42, committedLeaderEpoch: -1, committedMetadata: '' }

test('encodeRequest() writes OffsetCommit of version 9 as Kafka does (G8)', () => {
  checkRequest('G8', 'OffsetCommit', 9, {
    groupId: 'app',
    generationIdOrMemberEpoch: 5,
    memberId: 'm1',
    groupInstanceId: null,
    retentionTimeMs: -1,
    topics: [{ name: 'in', topicId: zeroId, partitions: [committed] }],
  })
})

test('encodeRequest() writes TxnOffsetCommit of version 5 as Kafka does (G9)', () => {
  checkRequest('G9', 'TxnOffsetCommit', 5, {
    transactionalId: 't',
    groupId: 'app',
    producerId: 1000,
    producerEpoch: 2,
    generationId: 5,
    memberId: 'm1',
    groupInstanceId: null,
    topics: [{ name: 'in', partitions: [committed] }],
  })
})

test('encodeRequest() writes InitProducerId of version 4 as Kafka does (G10)', () => {
  const request = { transactionalId: 't', transactionTimeoutMs: 10_000, producerId: -1, producerEpoch: -1 }
  checkRequest('G10', 'InitProducerId', 4, request)
})

test('encodeResponse() writes EndTxn of version 5 as Kafka does (G11)', () => {
  checkResponse('G11', 'EndTxn', 5, { throttleTimeMs: 0, errorCode: 0, producerId: 1000, producerEpoch: 3 })
})

test('encodeRequest() writes AddPartitionsToTxn of version 3 as Kafka does (G12)', () => {
  checkRequest('G12', 'AddPartitionsToTxn', 3, {
    transactions: [],
    v3AndBelowTransactionalId: 't',
    v3AndBelowProducerId: 1000,
    v3AndBelowProducerEpoch: 2,
    v3AndBelowTopics: [{ name: 'out', partitions: [0, 3] }],
  })
})

test('encodeRequest() writes OffsetFetch of version 9 as Kafka does (G13)', () => {
  checkRequest('G13', 'OffsetFetch', 9, {
    groupId: '',
    topics: [],
    groups: [{ groupId: 'app', memberId: 'm1', memberEpoch: 5, topics: [{ name: 'in', topicId: zeroId, partitionIndexes: [0] }] }],
    requireStable: true,
  })
})
