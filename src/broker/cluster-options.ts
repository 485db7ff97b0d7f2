import { assert } from '../base/assert.ts'
import type { Environment } from '../base/environment.ts'
import { createRealEnvironment } from '../base/real-environment.ts'
import type { CodecMode } from './connection/request-server.ts'
import type { GroupSettings, Release } from './group-host.ts'
import { defaultGroupSettings } from './groups/group-settings.ts'
import type { TopicDefaults } from './topics/topic-catalog.ts'
import type { TransactionSettings } from './transactions/transaction-coordinator.ts'

/** How an embedded cluster is made. Everything has a default; the settings of groups are those of `GroupSettings`. */
export interface EmbeddedClusterOptions extends Partial<Omit<GroupSettings, 'release'>> {
  /** Partitions of a topic that does not say how many. Default 1. */
  readonly partitions?: number | undefined
  /** Virtual nodes. Default 1. */
  readonly nodes?: number | undefined
  /** Racks of the nodes, in their order. Default: none. */
  readonly racks?: readonly string[] | undefined
  /** Default: the real one. A simulation gives the cluster an environment of its virtual world. */
  readonly environment?: Environment | undefined
  /** The broker release that is imitated. Default 4.3. */
  readonly release?: Release | undefined
  /** Whether `streams.version` is finalized: without it there are classic groups only. Default true. */
  readonly streamsGroups?: boolean | undefined
  /** Finalized level of `transaction.version`: 1 (TV1) or 2 (TV2). Default 2. */
  readonly transactionVersion?: 1 | 2 | undefined
  /** `transaction.max.timeout.ms`. Default 900000. */
  readonly transactionTimeoutMaxMs?: number | undefined
  /** `transaction.abort.timed.out.transaction.cleanup.interval.ms`: how often timed-out transactions are looked for. Default 10000. */
  readonly transactionScanIntervalMs?: number | undefined
  /** `producer.id.expiration.ms`. Default one day. */
  readonly producerExpirationMs?: number | undefined
  /** `encode` sends every message through the codec at its version, as a test of both sides; records are not copied. Default `pass-through`. */
  readonly codec?: CodecMode | undefined
  /** How long a message takes each way. Default 0: it arrives after what is ready now. */
  readonly latencyMs?: number | undefined
}

/** All options, decided. */
export interface ClusterSettings {
  readonly environment: Environment
  readonly nodes: number
  readonly racks: readonly string[]
  readonly release: Release
  readonly streamsGroups: boolean
  readonly transactionVersion: 1 | 2
  readonly codec: CodecMode
  readonly latencyMs: number
  readonly topics: TopicDefaults
  readonly groups: GroupSettings
  readonly transactions: TransactionSettings
}

const REPLICATION_FACTOR_MAX = 3
const DAY_MS = 86_400_000

/** Fills in the defaults. */
export function settingsOf(options: EmbeddedClusterOptions): ClusterSettings {
  const release = options.release ?? '4.3'
  const nodes = options.nodes ?? 1
  assert(Number.isSafeInteger(nodes) && nodes > 0, 'A cluster has at least one node')
  const groups = defaultGroupSettings(release)
  return {
    environment: options.environment ?? createRealEnvironment(),
    nodes,
    racks: options.racks ?? [],
    release,
    streamsGroups: options.streamsGroups ?? true,
    transactionVersion: options.transactionVersion ?? 2,
    codec: options.codec ?? 'pass-through',
    latencyMs: options.latencyMs ?? 0,
    topics: {
      partitions: options.partitions ?? 1,
      replicationFactor: Math.min(nodes, REPLICATION_FACTOR_MAX),
      producerExpirationMs: options.producerExpirationMs ?? DAY_MS,
    },
    groups: {
      release,
      sessionTimeoutMs: options.sessionTimeoutMs ?? groups.sessionTimeoutMs,
      heartbeatIntervalMs: options.heartbeatIntervalMs ?? groups.heartbeatIntervalMs,
      initialRebalanceDelayMs: options.initialRebalanceDelayMs ?? groups.initialRebalanceDelayMs,
      sessionTimeoutMinMs: options.sessionTimeoutMinMs ?? groups.sessionTimeoutMinMs,
      sessionTimeoutMaxMs: options.sessionTimeoutMaxMs ?? groups.sessionTimeoutMaxMs,
      assignmentIntervalMs: options.assignmentIntervalMs ?? groups.assignmentIntervalMs,
      lostResponses: options.lostResponses ?? groups.lostResponses,
      standbyReplicas: options.standbyReplicas ?? groups.standbyReplicas,
      membersMax: options.membersMax ?? groups.membersMax,
      offsetsRetentionMs: options.offsetsRetentionMs ?? groups.offsetsRetentionMs,
      offsetMetadataBytesMax: options.offsetMetadataBytesMax ?? groups.offsetMetadataBytesMax,
    },
    transactions: {
      timeoutMaxMs: options.transactionTimeoutMaxMs ?? 900_000,
      scanIntervalMs: options.transactionScanIntervalMs ?? 10_000,
      version: options.transactionVersion ?? 2,
    },
  }
}
