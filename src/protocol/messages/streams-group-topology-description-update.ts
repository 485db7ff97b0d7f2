import type { ApiSchema, FieldSchema } from '../schema.ts'

/** The request of `StreamsGroupTopologyDescriptionUpdate`. */
export interface StreamsGroupTopologyDescriptionUpdateRequest {
  readonly groupId: string
  readonly memberId: string
  readonly topologyEpoch: number
  readonly topologyDescription: TopologyDescription
}

/** Part of `StreamsGroupTopologyDescriptionUpdateRequest.topologyDescription`. */
export interface TopologyDescription {
  readonly subtopologies: readonly TopologyDescriptionSubtopology[]
  readonly globalStores: readonly TopologyDescriptionGlobalStore[]
}

/** Part of `TopologyDescription.subtopologies`. */
export interface TopologyDescriptionSubtopology {
  readonly subtopologyId: string
  readonly nodes: readonly TopologyDescriptionNode[]
}

/** Part of `TopologyDescriptionSubtopology.nodes`. */
export interface TopologyDescriptionNode {
  readonly name: string
  readonly nodeType: number
  readonly sourceTopics: readonly string[]
  readonly sinkTopic: string | null
  readonly stores: readonly string[]
  readonly successors: readonly string[]
}

/** Part of `TopologyDescription.globalStores`. */
export interface TopologyDescriptionGlobalStore {
  readonly source: TopologyDescriptionNode
  readonly processor: TopologyDescriptionNode
}

/** The response of `StreamsGroupTopologyDescriptionUpdate`. */
export interface StreamsGroupTopologyDescriptionUpdateResponse {
  readonly throttleTimeMs: number
  readonly errorCode: number
  readonly errorMessage: string | null
}

const topologyDescriptionNodeFields: readonly FieldSchema[] = [
  { name: 'name', type: 'string' },
  { name: 'nodeType', type: 'int8' },
  { name: 'sourceTopics', type: '[]string' },
  { name: 'sinkTopic', type: 'string', nullable: true, default: null },
  { name: 'stores', type: '[]string' },
  { name: 'successors', type: '[]string' },
]

const topologyDescriptionSubtopologyFields: readonly FieldSchema[] = [
  { name: 'subtopologyId', type: 'string' },
  { name: 'nodes', type: '[]struct', fields: topologyDescriptionNodeFields },
]

const topologyDescriptionGlobalStoreFields: readonly FieldSchema[] = [
  { name: 'source', type: 'struct', fields: topologyDescriptionNodeFields },
  { name: 'processor', type: 'struct', fields: topologyDescriptionNodeFields },
]

/** The fields of `TopologyDescription`. */
export const topologyDescriptionFields: readonly FieldSchema[] = [
  { name: 'subtopologies', type: '[]struct', fields: topologyDescriptionSubtopologyFields },
  { name: 'globalStores', type: '[]struct', fields: topologyDescriptionGlobalStoreFields },
]

/** Gives the broker a description of the topology when it asked for one (protocol.md 1.17). Of Kafka 4.4. */
export const streamsGroupTopologyDescriptionUpdateApi: ApiSchema = {
  name: 'StreamsGroupTopologyDescriptionUpdate',
  key: 93,
  versions: [0, 0],
  flexibleSince: 0,
  request: [
    { name: 'groupId', type: 'string' },
    { name: 'memberId', type: 'string' },
    { name: 'topologyEpoch', type: 'int32' },
    { name: 'topologyDescription', type: 'struct', fields: topologyDescriptionFields },
  ],
  response: [
    { name: 'throttleTimeMs', type: 'int32' },
    { name: 'errorCode', type: 'int16' },
    { name: 'errorMessage', type: 'string', nullable: true, default: null },
  ],
}
