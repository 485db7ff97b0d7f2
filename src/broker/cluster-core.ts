import type { Environment } from '../base/environment.ts'
import { kafkaIdOf } from '../base/uuids.ts'
import type { Api, RequestOf, ResponseOf } from '../protocol/messages.ts'
import type { ApiVersionRanges, FinalizedFeatures } from '../protocol/transport.ts'
import { Accounting } from './accounting.ts'
import { acceptedVersions, apiVersionsHandler, finalizedFeatures } from './api-versions.ts'
import type { ClusterSettings } from './cluster-options.ts'
import { CoordinatorPlacement } from './coordinator-placement.ts'
import type { CodecMode, RequestServer } from './connection/request-server.ts'
import { fetchHandler } from './data/fetch-handler.ts'
import { FetchSessions } from './data/fetch-session.ts'
import { deleteRecordsHandler, listOffsetsHandler, offsetForLeaderEpochHandler } from './data/offset-handlers.ts'
import { produceHandler } from './data/produce-handler.ts'
import type { FaultDecision, FaultPoint } from './faults/fault-rules.ts'
import { findCoordinatorHandler } from './find-coordinator-handler.ts'
import type { GroupCoordinator, GroupHost } from './group-host.ts'
import { createGroupCoordinator } from './groups/group-coordinator.ts'
import type { Handler, Handlers, RequestContext } from './handler.ts'
import { Nodes } from './nodes.ts'
import { describeConfigsHandler, incrementalAlterConfigsHandler } from './topics/config-handlers.ts'
import { describeClusterHandler, metadataHandler } from './topics/metadata-handlers.ts'
import { TopicCatalog } from './topics/topic-catalog.ts'
import { createPartitionsHandler, createTopicsHandler, deleteTopicsHandler } from './topics/topic-handlers.ts'
import { createMarkerWriter } from './transactions/marker-writer.ts'
import { TransactionCoordinator } from './transactions/transaction-coordinator.ts'
import { TransactionGate } from './transactions/transaction-gate.ts'
import {
  addOffsetsToTxnHandler,
  addPartitionsToTxnHandler,
  endTxnHandler,
  initProducerIdHandler,
} from './transactions/transaction-handlers.ts'

/** What strikes connections and markers; `null` or 0: nothing. */
export interface FaultHooks {
  decide(point: FaultPoint): FaultDecision | null
  markerDelayMs(): number
}

/** The parts of a cluster, put together, behind the connections. */
export class ClusterCore implements RequestServer {
  readonly environment: Environment
  readonly settings: ClusterSettings
  readonly clusterId: string
  readonly nodes: Nodes
  readonly topics: TopicCatalog
  readonly groupPlacement: CoordinatorPlacement
  readonly transactionPlacement: CoordinatorPlacement
  readonly transactions: TransactionCoordinator
  readonly groups: GroupCoordinator
  readonly sessions: readonly FetchSessions[]
  readonly traffic: Accounting = new Accounting()
  readonly versions: ApiVersionRanges
  readonly features: FinalizedFeatures
  readonly codec: CodecMode
  readonly latencyMs: number
  readonly #handlers: Handlers
  readonly #faults: FaultHooks
  #producerIds = 0

  constructor(settings: ClusterSettings, faults: FaultHooks) {
    const { environment } = settings
    this.environment = environment
    this.settings = settings
    this.codec = settings.codec
    this.latencyMs = settings.latencyMs
    this.#faults = faults
    this.clusterId = kafkaIdOf(environment.random.uuid())
    this.nodes = new Nodes(settings.nodes, settings.racks)
    this.topics = new TopicCatalog(environment, this.nodes, settings.topics)
    this.groupPlacement = new CoordinatorPlacement(this.nodes, environment.clock)
    this.transactionPlacement = new CoordinatorPlacement(this.nodes, environment.clock)
    this.sessions = this.nodes.all.map(() => new FetchSessions(() => 1 + Math.floor(environment.random.next() * 0x7fff_fffe)))
    this.features = finalizedFeatures(settings.transactionVersion, settings.streamsGroups)
    const writeMarkers = createMarkerWriter({
      environment,
      topics: this.topics,
      completeOffsets: (partition, producerId, isCommit) => this.groups.completeTransaction(partition, producerId, isCommit),
      delayMs: () => faults.markerDelayMs(),
    })
    this.transactions = new TransactionCoordinator(environment, settings.transactions, () => this.#nextProducerId(), writeMarkers)
    const gate = new TransactionGate(this.transactions, this.transactionPlacement, this.groupPlacement)
    this.groups = createGroupCoordinator(this.#groupHost(gate))
    this.#handlers = {
      ...withoutStreams(this.groups.handlers, settings.streamsGroups),
      ...this.#clusterHandlers(),
      ...this.#dataHandlers(gate),
    }
    this.versions = acceptedVersions(settings.release, this.#handlers)
  }

  serve<A extends Api>(api: A, version: number, request: RequestOf<A>, context: RequestContext): ResponseOf<A> | Promise<ResponseOf<A>> {
    this.traffic.count(api)
    // The table has for each API the handler of that API, which the compiler cannot follow through a type parameter.
    const handler = this.#handlers[api] as Handler<A> | undefined
    if (handler === undefined) throw new Error(`Cannot serve ${api}: the cluster did not advertise it`)
    return handler(request, version, context)
  }

  decideFault(point: FaultPoint): FaultDecision | null {
    return this.#faults.decide(point)
  }

  close(): void {
    this.transactions.close()
    this.groups.close()
  }

  #nextProducerId(): number {
    return this.#producerIds++
  }

  #groupHost(gate: TransactionGate): GroupHost {
    return {
      environment: this.environment,
      settings: this.settings.groups,
      topics: this.topics,
      createTopics: (topics) => topics.map((topic) => this.topics.create(topic)),
      onTopicsChanged: (listener) => this.topics.onChanged(listener),
      coordinatorError: (groupId, node) => this.groupPlacement.errorFor(groupId, node),
      offsetsPartition: (groupId) => this.groupPlacement.partitionOf(groupId),
      joinTransaction: (transaction) => gate.joinOffsets(transaction),
    }
  }

  #clusterHandlers(): Handlers {
    const { nodes, topics, clusterId } = this
    const configs = { topics, groups: this.groups, broker: this.#brokerConfigs(), nodeCount: nodes.count }
    return {
      ApiVersions: apiVersionsHandler(() => this.versions, this.features),
      Metadata: metadataHandler(clusterId, nodes, topics),
      DescribeCluster: describeClusterHandler(clusterId, nodes),
      FindCoordinator: findCoordinatorHandler(nodes, this.groupPlacement, this.transactionPlacement),
      CreateTopics: createTopicsHandler(topics),
      DeleteTopics: deleteTopicsHandler(topics),
      CreatePartitions: createPartitionsHandler(topics),
      DescribeConfigs: describeConfigsHandler(configs),
      IncrementalAlterConfigs: incrementalAlterConfigsHandler(configs),
    }
  }

  #dataHandlers(gate: TransactionGate): Handlers {
    const { environment, nodes, topics, sessions, traffic } = this
    const produce = produceHandler({ environment, nodes, topics, transactions: gate })
    const fetch = fetchHandler({ environment, nodes, topics, sessions })
    const transactionHost = {
      coordinator: this.transactions,
      placement: this.transactionPlacement,
      groups: this.groupPlacement,
      topics,
      nextProducerId: () => this.#nextProducerId(),
    }
    return {
      Produce: (request, version, context) => {
        traffic.countProduced(request)
        return produce(request, version, context)
      },
      Fetch: (request, version, context) => {
        const response = fetch(request, version, context)
        const counted = (answer: ResponseOf<'Fetch'>): ResponseOf<'Fetch'> => {
          traffic.countFetched(answer)
          return answer
        }
        return response instanceof Promise ? response.then(counted) : counted(response)
      },
      ListOffsets: listOffsetsHandler(topics),
      DeleteRecords: deleteRecordsHandler(topics),
      OffsetForLeaderEpoch: offsetForLeaderEpochHandler(topics),
      InitProducerId: initProducerIdHandler(transactionHost),
      AddPartitionsToTxn: addPartitionsToTxnHandler(transactionHost),
      AddOffsetsToTxn: addOffsetsToTxnHandler(transactionHost),
      EndTxn: endTxnHandler(transactionHost),
    }
  }

  #brokerConfigs(): ReadonlyMap<string, string> {
    const { topics, transactions, groups } = this.settings
    return new Map([
      ['auto.create.topics.enable', 'false'],
      ['default.replication.factor', String(topics.replicationFactor)],
      ['group.streams.heartbeat.interval.ms', String(groups.heartbeatIntervalMs)],
      ['group.streams.session.timeout.ms', String(groups.sessionTimeoutMs)],
      ['num.partitions', String(topics.partitions)],
      ['producer.id.expiration.ms', String(topics.producerExpirationMs)],
      ['transaction.abort.timed.out.transaction.cleanup.interval.ms', String(transactions.scanIntervalMs)],
      ['transaction.max.timeout.ms', String(transactions.timeoutMaxMs)],
    ])
  }
}

function withoutStreams(handlers: Handlers, hasStreamsGroups: boolean): Handlers {
  if (hasStreamsGroups) return handlers
  const { StreamsGroupHeartbeat: _heartbeat, StreamsGroupDescribe: _describe, ...others } = handlers
  return others
}
