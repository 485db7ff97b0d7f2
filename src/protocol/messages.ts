import { type AddOffsetsToTxnRequest, type AddOffsetsToTxnResponse, addOffsetsToTxnApi } from './messages/add-offsets-to-txn.ts'
import { type AddPartitionsToTxnRequest, type AddPartitionsToTxnResponse, addPartitionsToTxnApi } from './messages/add-partitions-to-txn.ts'
import { type ApiVersionsRequest, type ApiVersionsResponse, apiVersionsApi } from './messages/api-versions.ts'
import { type CreateAclsRequest, type CreateAclsResponse, createAclsApi } from './messages/create-acls.ts'
import { type CreatePartitionsRequest, type CreatePartitionsResponse, createPartitionsApi } from './messages/create-partitions.ts'
import { type CreateTopicsRequest, type CreateTopicsResponse, createTopicsApi } from './messages/create-topics.ts'
import { type DeleteGroupsRequest, type DeleteGroupsResponse, deleteGroupsApi } from './messages/delete-groups.ts'
import { type DeleteRecordsRequest, type DeleteRecordsResponse, deleteRecordsApi } from './messages/delete-records.ts'
import { type DeleteTopicsRequest, type DeleteTopicsResponse, deleteTopicsApi } from './messages/delete-topics.ts'
import { type DescribeClusterRequest, type DescribeClusterResponse, describeClusterApi } from './messages/describe-cluster.ts'
import { type DescribeConfigsRequest, type DescribeConfigsResponse, describeConfigsApi } from './messages/describe-configs.ts'
import { type DescribeGroupsRequest, type DescribeGroupsResponse, describeGroupsApi } from './messages/describe-groups.ts'
import { type EndTxnRequest, type EndTxnResponse, endTxnApi } from './messages/end-txn.ts'
import { type FetchRequest, type FetchResponse, fetchApi } from './messages/fetch.ts'
import { type FindCoordinatorRequest, type FindCoordinatorResponse, findCoordinatorApi } from './messages/find-coordinator.ts'
import { type HeartbeatRequest, type HeartbeatResponse, heartbeatApi } from './messages/heartbeat.ts'
import {
  type IncrementalAlterConfigsRequest,
  type IncrementalAlterConfigsResponse,
  incrementalAlterConfigsApi,
} from './messages/incremental-alter-configs.ts'
import { type InitProducerIdRequest, type InitProducerIdResponse, initProducerIdApi } from './messages/init-producer-id.ts'
import { type JoinGroupRequest, type JoinGroupResponse, joinGroupApi } from './messages/join-group.ts'
import { type LeaveGroupRequest, type LeaveGroupResponse, leaveGroupApi } from './messages/leave-group.ts'
import { type ListGroupsRequest, type ListGroupsResponse, listGroupsApi } from './messages/list-groups.ts'
import { type ListOffsetsRequest, type ListOffsetsResponse, listOffsetsApi } from './messages/list-offsets.ts'
import { type MetadataRequest, type MetadataResponse, metadataApi } from './messages/metadata.ts'
import { type OffsetCommitRequest, type OffsetCommitResponse, offsetCommitApi } from './messages/offset-commit.ts'
import { type OffsetDeleteRequest, type OffsetDeleteResponse, offsetDeleteApi } from './messages/offset-delete.ts'
import { type OffsetFetchRequest, type OffsetFetchResponse, offsetFetchApi } from './messages/offset-fetch.ts'
import {
  type OffsetForLeaderEpochRequest,
  type OffsetForLeaderEpochResponse,
  offsetForLeaderEpochApi,
} from './messages/offset-for-leader-epoch.ts'
import { type ProduceRequest, type ProduceResponse, produceApi } from './messages/produce.ts'
import { type SaslAuthenticateRequest, type SaslAuthenticateResponse, saslAuthenticateApi } from './messages/sasl-authenticate.ts'
import { type SaslHandshakeRequest, type SaslHandshakeResponse, saslHandshakeApi } from './messages/sasl-handshake.ts'
import {
  type StreamsGroupDescribeRequest,
  type StreamsGroupDescribeResponse,
  streamsGroupDescribeApi,
} from './messages/streams-group-describe.ts'
import {
  type StreamsGroupHeartbeatRequest,
  type StreamsGroupHeartbeatResponse,
  streamsGroupHeartbeatApi,
} from './messages/streams-group-heartbeat.ts'
import {
  type StreamsGroupTopologyDescriptionUpdateRequest,
  type StreamsGroupTopologyDescriptionUpdateResponse,
  streamsGroupTopologyDescriptionUpdateApi,
} from './messages/streams-group-topology-description-update.ts'
import { type SyncGroupRequest, type SyncGroupResponse, syncGroupApi } from './messages/sync-group.ts'
import { type TxnOffsetCommitRequest, type TxnOffsetCommitResponse, txnOffsetCommitApi } from './messages/txn-offset-commit.ts'
import type { ApiSchema } from './schema.ts'

/** The request and the response of every API that Millrace knows. Names are those of Kafka, fields with a lower-case first letter. */
export interface ApiMessages {
  readonly AddOffsetsToTxn: { readonly request: AddOffsetsToTxnRequest; readonly response: AddOffsetsToTxnResponse }
  readonly AddPartitionsToTxn: { readonly request: AddPartitionsToTxnRequest; readonly response: AddPartitionsToTxnResponse }
  readonly ApiVersions: { readonly request: ApiVersionsRequest; readonly response: ApiVersionsResponse }
  readonly CreateAcls: { readonly request: CreateAclsRequest; readonly response: CreateAclsResponse }
  readonly CreatePartitions: { readonly request: CreatePartitionsRequest; readonly response: CreatePartitionsResponse }
  readonly CreateTopics: { readonly request: CreateTopicsRequest; readonly response: CreateTopicsResponse }
  readonly DeleteGroups: { readonly request: DeleteGroupsRequest; readonly response: DeleteGroupsResponse }
  readonly DeleteRecords: { readonly request: DeleteRecordsRequest; readonly response: DeleteRecordsResponse }
  readonly DeleteTopics: { readonly request: DeleteTopicsRequest; readonly response: DeleteTopicsResponse }
  readonly DescribeCluster: { readonly request: DescribeClusterRequest; readonly response: DescribeClusterResponse }
  readonly DescribeConfigs: { readonly request: DescribeConfigsRequest; readonly response: DescribeConfigsResponse }
  readonly DescribeGroups: { readonly request: DescribeGroupsRequest; readonly response: DescribeGroupsResponse }
  readonly EndTxn: { readonly request: EndTxnRequest; readonly response: EndTxnResponse }
  readonly Fetch: { readonly request: FetchRequest; readonly response: FetchResponse }
  readonly FindCoordinator: { readonly request: FindCoordinatorRequest; readonly response: FindCoordinatorResponse }
  readonly Heartbeat: { readonly request: HeartbeatRequest; readonly response: HeartbeatResponse }
  readonly IncrementalAlterConfigs: { readonly request: IncrementalAlterConfigsRequest; readonly response: IncrementalAlterConfigsResponse }
  readonly InitProducerId: { readonly request: InitProducerIdRequest; readonly response: InitProducerIdResponse }
  readonly JoinGroup: { readonly request: JoinGroupRequest; readonly response: JoinGroupResponse }
  readonly LeaveGroup: { readonly request: LeaveGroupRequest; readonly response: LeaveGroupResponse }
  readonly ListGroups: { readonly request: ListGroupsRequest; readonly response: ListGroupsResponse }
  readonly ListOffsets: { readonly request: ListOffsetsRequest; readonly response: ListOffsetsResponse }
  readonly Metadata: { readonly request: MetadataRequest; readonly response: MetadataResponse }
  readonly OffsetCommit: { readonly request: OffsetCommitRequest; readonly response: OffsetCommitResponse }
  readonly OffsetDelete: { readonly request: OffsetDeleteRequest; readonly response: OffsetDeleteResponse }
  readonly OffsetFetch: { readonly request: OffsetFetchRequest; readonly response: OffsetFetchResponse }
  readonly OffsetForLeaderEpoch: { readonly request: OffsetForLeaderEpochRequest; readonly response: OffsetForLeaderEpochResponse }
  readonly Produce: { readonly request: ProduceRequest; readonly response: ProduceResponse }
  readonly SaslAuthenticate: { readonly request: SaslAuthenticateRequest; readonly response: SaslAuthenticateResponse }
  readonly SaslHandshake: { readonly request: SaslHandshakeRequest; readonly response: SaslHandshakeResponse }
  readonly StreamsGroupDescribe: { readonly request: StreamsGroupDescribeRequest; readonly response: StreamsGroupDescribeResponse }
  readonly StreamsGroupHeartbeat: { readonly request: StreamsGroupHeartbeatRequest; readonly response: StreamsGroupHeartbeatResponse }
  readonly StreamsGroupTopologyDescriptionUpdate: {
    readonly request: StreamsGroupTopologyDescriptionUpdateRequest
    readonly response: StreamsGroupTopologyDescriptionUpdateResponse
  }
  readonly SyncGroup: { readonly request: SyncGroupRequest; readonly response: SyncGroupResponse }
  readonly TxnOffsetCommit: { readonly request: TxnOffsetCommitRequest; readonly response: TxnOffsetCommitResponse }
}

/** The name of an API. */
export type Api = keyof ApiMessages

/** The request message of the API `A`: the fields of all versions; those that a version lacks must have their default. */
export type RequestOf<A extends Api> = ApiMessages[A]['request']

/** The response message of the API `A`: the fields of all versions; those that a version lacks have their default. */
export type ResponseOf<A extends Api> = ApiMessages[A]['response']

/** The schema tables by API. */
export const apiSchemas: Readonly<Record<Api, ApiSchema>> = {
  AddOffsetsToTxn: addOffsetsToTxnApi,
  AddPartitionsToTxn: addPartitionsToTxnApi,
  ApiVersions: apiVersionsApi,
  CreateAcls: createAclsApi,
  CreatePartitions: createPartitionsApi,
  CreateTopics: createTopicsApi,
  DeleteGroups: deleteGroupsApi,
  DeleteRecords: deleteRecordsApi,
  DeleteTopics: deleteTopicsApi,
  DescribeCluster: describeClusterApi,
  DescribeConfigs: describeConfigsApi,
  DescribeGroups: describeGroupsApi,
  EndTxn: endTxnApi,
  Fetch: fetchApi,
  FindCoordinator: findCoordinatorApi,
  Heartbeat: heartbeatApi,
  IncrementalAlterConfigs: incrementalAlterConfigsApi,
  InitProducerId: initProducerIdApi,
  JoinGroup: joinGroupApi,
  LeaveGroup: leaveGroupApi,
  ListGroups: listGroupsApi,
  ListOffsets: listOffsetsApi,
  Metadata: metadataApi,
  OffsetCommit: offsetCommitApi,
  OffsetDelete: offsetDeleteApi,
  OffsetFetch: offsetFetchApi,
  OffsetForLeaderEpoch: offsetForLeaderEpochApi,
  Produce: produceApi,
  SaslAuthenticate: saslAuthenticateApi,
  SaslHandshake: saslHandshakeApi,
  StreamsGroupDescribe: streamsGroupDescribeApi,
  StreamsGroupHeartbeat: streamsGroupHeartbeatApi,
  StreamsGroupTopologyDescriptionUpdate: streamsGroupTopologyDescriptionUpdateApi,
  SyncGroup: syncGroupApi,
  TxnOffsetCommit: txnOffsetCommitApi,
}

/** The numeric key of each API. */
export const apiKeys: Readonly<Record<Api, number>> = {
  Produce: 0,
  Fetch: 1,
  ListOffsets: 2,
  Metadata: 3,
  OffsetCommit: 8,
  OffsetFetch: 9,
  FindCoordinator: 10,
  JoinGroup: 11,
  Heartbeat: 12,
  LeaveGroup: 13,
  SyncGroup: 14,
  DescribeGroups: 15,
  ListGroups: 16,
  SaslHandshake: 17,
  ApiVersions: 18,
  CreateTopics: 19,
  DeleteTopics: 20,
  DeleteRecords: 21,
  InitProducerId: 22,
  OffsetForLeaderEpoch: 23,
  AddPartitionsToTxn: 24,
  AddOffsetsToTxn: 25,
  EndTxn: 26,
  TxnOffsetCommit: 28,
  CreateAcls: 30,
  DescribeConfigs: 32,
  SaslAuthenticate: 36,
  CreatePartitions: 37,
  DeleteGroups: 42,
  IncrementalAlterConfigs: 44,
  OffsetDelete: 47,
  DescribeCluster: 60,
  StreamsGroupHeartbeat: 88,
  StreamsGroupDescribe: 89,
  StreamsGroupTopologyDescriptionUpdate: 93,
}

/** Every API, in the order of the keys. */
export const apis: readonly Api[] = Object.keys(apiKeys) as Api[]

const apisByKey: ReadonlyMap<number, Api> = new Map(apis.map((api) => [apiKeys[api], api]))

/** The API with the numeric `key`, or undefined when Millrace does not know it. */
export function findApi(key: number): Api | undefined {
  return apisByKey.get(key)
}
