import type { DeleteGroupsRequest, DeleteGroupsResponse } from '../../protocol/messages/delete-groups.ts'
import type { DescribeGroupsRequest, DescribeGroupsResponse } from '../../protocol/messages/describe-groups.ts'
import type { ListGroupsRequest, ListGroupsResponse, ListedGroup } from '../../protocol/messages/list-groups.ts'
import type { StreamsGroupDescribeRequest, StreamsGroupDescribeResponse } from '../../protocol/messages/streams-group-describe.ts'
import type { GroupConfigChange, GroupConfigEntry, GroupCoordinator, GroupHost, GroupProgress } from '../group-host.ts'
import type { Handlers, RequestContext } from '../handler.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { describeClassicGroup, describeMissingGroup } from './classic/classic-describe.ts'
import type { ClassicGroup } from './classic/classic-group.ts'
import { ClassicRequests } from './classic/classic-requests.ts'
import { GroupConfigs } from './group-configs.ts'
import { OffsetHandlers } from './offset-handlers.ts'
import { describeFailure, describeGroup } from './streams-describe.ts'
import type { StreamsGroup } from './streams-group.ts'
import { StreamsHeartbeats } from './streams-heartbeat.ts'
import { topicsOf } from '../../protocol/topology-configuration.ts'

/** Makes the group coordinator of an embedded cluster: streams groups, classic groups, and offsets of groups without members. */
export function createGroupCoordinator(host: GroupHost): GroupCoordinator {
  return new EmbeddedGroupCoordinator(host)
}

class EmbeddedGroupCoordinator implements GroupCoordinator {
  readonly handlers: Handlers
  readonly #host: GroupHost
  readonly #groups = new Map<string, StreamsGroup>()
  readonly #classicGroups = new Map<string, ClassicGroup>()
  readonly #classic: ClassicRequests
  readonly #configs: GroupConfigs
  readonly #heartbeats: StreamsHeartbeats
  readonly #offsets: OffsetHandlers
  readonly #forgetTopics: () => void

  constructor(host: GroupHost) {
    this.#host = host
    this.#configs = new GroupConfigs(host.settings)
    const groups = { streams: this.#groups, classic: this.#classicGroups }
    this.#offsets = new OffsetHandlers(host, groups)
    this.#heartbeats = new StreamsHeartbeats(host, this.#configs, { ...groups, hasOffsets: (groupId) => this.#offsets.has(groupId) })
    this.#classic = new ClassicRequests(host, {
      groups: this.#classicGroups,
      isTaken: (groupId) => this.#groups.get(groupId)?.isEmpty === false,
      drop: (groupId) => this.#dropStreamsGroup(groupId),
    })
    this.#forgetTopics = host.onTopicsChanged((topic) => {
      for (const group of this.#groups.values())
        if (group.topology !== null && topicsOf(group.topology).has(topic)) group.isMetadataStale = true
    })
    this.handlers = {
      StreamsGroupHeartbeat: (request, _version, context) => this.#heartbeats.handle(request, context),
      StreamsGroupDescribe: (request, _version, context) => this.#describeStreamsGroups(request, context),
      ...this.#classic.handlers,
      OffsetCommit: (request, version, context) => this.#offsets.commit(request, version, context),
      OffsetFetch: (request, version, context) => this.#offsets.fetch(request, version, context),
      OffsetDelete: (request, _version, context) => this.#offsets.delete(request, context),
      TxnOffsetCommit: (request, version, context) => this.#offsets.commitInTransaction(request, version, context),
      ListGroups: (request, _version, context) => this.#listGroups(request, context),
      DescribeGroups: (request, version, context) => this.#describeGroups(request, version, context),
      DeleteGroups: (request, _version, context) => this.#deleteGroups(request, context),
    }
  }

  describeConfigs(groupId: string): readonly GroupConfigEntry[] {
    return this.#configs.describe(groupId)
  }

  alterConfigs(
    groupId: string,
    changes: readonly GroupConfigChange[],
    validateOnly: boolean,
  ): { readonly errorCode: number; readonly errorMessage: string | null } {
    return this.#configs.alter(groupId, changes, validateOnly)
  }

  completeTransaction(offsetsPartition: number, producerId: number, isCommit: boolean): void {
    this.#offsets.complete(offsetsPartition, producerId, isCommit)
  }

  progressOf(groupId: string): GroupProgress | null {
    const committed = this.#offsets.committedBy(groupId)
    const classic = this.#classicGroups.get(groupId)
    if (classic !== undefined) return { topics: [...new Set([...classic.subscribedTopics(), ...committed.topics()])], committed }
    const group = this.#groups.get(groupId)
    if (group === undefined) return committed.size === 0 ? null : { topics: [...committed.topics()], committed }
    const topics = (group.topology?.subtopologies ?? []).flatMap(({ sourceTopics, repartitionSourceTopics }) => [
      ...sourceTopics,
      ...repartitionSourceTopics.map(({ name }) => name),
    ])
    return { topics: [...new Set(topics)], committed }
  }

  reload(offsetsPartition: number): void {
    for (const group of this.#groups.values())
      if (this.#host.offsetsPartition(group.groupId) === offsetsPartition) this.#heartbeats.reload(group)
    for (const group of this.#classicGroups.values())
      if (this.#host.offsetsPartition(group.groupId) === offsetsPartition) this.#classic.reload(group)
  }

  close(): void {
    this.#forgetTopics()
    for (const group of this.#groups.values()) group.cancelAllTimers()
    for (const group of this.#classicGroups.values()) group.cancelAllTimers()
  }

  #dropStreamsGroup(groupId: string): void {
    this.#groups.get(groupId)?.cancelAllTimers()
    this.#groups.delete(groupId)
  }

  #describeStreamsGroups({ groupIds }: StreamsGroupDescribeRequest, context: RequestContext): StreamsGroupDescribeResponse {
    const groups = groupIds.map((groupId) => {
      const errorCode = this.#host.coordinatorError(groupId, context.node)
      if (errorCode !== kafkaErrors.NONE) return describeFailure(groupId, errorCode, null)
      const group = this.#groups.get(groupId)
      if (group !== undefined) return describeGroup(group)
      const reason = this.#classicGroups.has(groupId) ? 'is not a streams group' : 'not found'
      return describeFailure(groupId, kafkaErrors.GROUP_ID_NOT_FOUND, `Group ${groupId} ${reason}.`)
    })
    return { throttleTimeMs: 0, groups }
  }

  #listGroups({ statesFilter, typesFilter }: ListGroupsRequest, context: RequestContext): ListGroupsResponse {
    const simpleIds = this.#offsets.groupIds().filter((groupId) => !this.#groups.has(groupId) && !this.#classicGroups.has(groupId))
    const all: ListedGroup[] = [
      ...[...this.#groups.values()].map(({ groupId, state }) => ({
        groupId,
        protocolType: 'streams',
        groupState: state,
        groupType: 'streams',
      })),
      ...[...this.#classicGroups.values()].map(({ groupId, protocolType, state }) => ({
        groupId,
        protocolType,
        groupState: state,
        groupType: 'classic',
      })),
      ...simpleIds.map((groupId) => ({ groupId, protocolType: '', groupState: 'Empty', groupType: 'classic' })),
    ]
    const isAsked = (filter: readonly string[], value: string): boolean =>
      filter.length === 0 || filter.some((wanted) => wanted.toLowerCase() === value.toLowerCase())
    const groups = all.filter(
      ({ groupId, groupState, groupType }) =>
        this.#host.coordinatorError(groupId, context.node) === kafkaErrors.NONE &&
        isAsked(statesFilter, groupState) &&
        isAsked(typesFilter, groupType),
    )
    return { throttleTimeMs: 0, errorCode: kafkaErrors.NONE, groups }
  }

  /** The classic API: knows classic groups, those of offsets only among them. */
  #describeGroups({ groups: groupIds }: DescribeGroupsRequest, version: number, context: RequestContext): DescribeGroupsResponse {
    const groups = groupIds.map((groupId) => {
      const errorCode = this.#host.coordinatorError(groupId, context.node)
      const classic = this.#classicGroups.get(groupId)
      if (errorCode === kafkaErrors.NONE && classic !== undefined) return describeClassicGroup(classic)
      const isSimple = this.#offsets.has(groupId) && !this.#groups.has(groupId)
      return describeMissingGroup(groupId, { errorCode, isSimple, version })
    })
    return { throttleTimeMs: 0, groups }
  }

  #deleteGroups({ groupsNames }: DeleteGroupsRequest, context: RequestContext): DeleteGroupsResponse {
    const results = groupsNames.map((groupId) => ({ groupId, errorCode: this.#deleteGroup(groupId, context) }))
    return { throttleTimeMs: 0, results }
  }

  #deleteGroup(groupId: string, context: RequestContext): number {
    const errorCode = this.#host.coordinatorError(groupId, context.node)
    if (errorCode !== kafkaErrors.NONE) return errorCode
    const group = this.#groups.get(groupId) ?? this.#classicGroups.get(groupId)
    if (group === undefined && !this.#offsets.has(groupId)) return kafkaErrors.GROUP_ID_NOT_FOUND
    if (group !== undefined && !group.isEmpty) return kafkaErrors.NON_EMPTY_GROUP
    group?.cancelAllTimers()
    this.#groups.delete(groupId)
    this.#classicGroups.delete(groupId)
    this.#offsets.drop(groupId)
    return kafkaErrors.NONE
  }
}
