import type { AssignorChoice } from '../assignor/task-assigner.ts'
import type { Environment, Logger } from '../base/environment.ts'
import type { ErrorHandler } from '../model/exception-handlers.ts'
import type { TimestampExtractor } from '../model/timestamp-extractor.ts'
import type { UpgradeFrom } from '../model/upgrade-from.ts'
import type { Cluster } from '../protocol/transport.ts'
import type { EngineChoice } from '../state/engines/state-engine.ts'
import type { SecurityConfig } from './security-config.ts'

/** Keys that every client understands. Where one stands at the top level it holds for all of them. */
export interface ClientConfig {
  /** `metadata.max.age.ms`, default 300000. */
  readonly metadataMaxAgeMs?: number | undefined
  /** `request.timeout.ms`, default 40000. */
  readonly requestTimeoutMs?: number | undefined
  /** `retry.backoff.ms`, default 100. */
  readonly retryBackoffMs?: number | undefined
  /** `retry.backoff.max.ms`, default 1000. */
  readonly retryBackoffMaxMs?: number | undefined
}

/** Keys of the producer of a stream thread (prefix `producer.`). */
export interface ProducerConfig {
  /** `batch.size` in bytes, default 65536 (Java 16384: with larger batches both sides do less work per record). */
  readonly batchSize?: number | undefined
  /** `buffer.memory` in bytes, default 33554432: processing pauses when so much waits to be acknowledged. */
  readonly bufferMemory?: number | undefined
  /** `compression.type`, default `none`. */
  readonly compressionType?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd' | undefined
  /** `delivery.timeout.ms`, default 120000, with exactly-once no limit. */
  readonly deliveryTimeoutMs?: number | undefined
  /**
   * `linger.ms`, as in Kafka where it is set. By default records leave at once when nothing is in flight to the broker that leads their partition, and
   * wait for more while something is, 100 ms at most.
   */
  readonly lingerMs?: number | undefined
  /** `max.in.flight.requests.per.connection`, 1 to 5, default 5. */
  readonly maxInFlightRequestsPerConnection?: number | undefined
  /** `max.request.size` in bytes, default 1048576. */
  readonly maxRequestSize?: number | undefined
  /** `transaction.timeout.ms`, default 10000; must not be less than `commitIntervalMs`. */
  readonly transactionTimeoutMs?: number | undefined
}

/** Keys of a consumer that reads batches (prefixes `consumer.`, `restore.consumer.`). */
export interface FetchConfig {
  /** `check.crcs`, default true. */
  readonly checkCrcs?: boolean | undefined
  /** `fetch.max.bytes`, default 8388608. */
  readonly fetchMaxBytes?: number | undefined
  /** `fetch.max.wait.ms`, default 500. */
  readonly fetchMaxWaitMs?: number | undefined
  /** `fetch.min.bytes`, default 1. */
  readonly fetchMinBytes?: number | undefined
  /** `max.partition.fetch.bytes`, default 1048576. */
  readonly maxPartitionFetchBytes?: number | undefined
}

/** Keys of the main consumer (prefixes `consumer.` and `main.consumer.`; the second wins). */
export interface ConsumerConfig extends FetchConfig {
  /** `auto.offset.reset`, default `earliest`; `by_duration:PT1H` begins an hour ago (ISO 8601, KIP-1106). A source's own `offsetReset` wins. */
  readonly autoOffsetReset?: 'earliest' | 'latest' | 'none' | `by_duration:${string}` | undefined
  /** `client.rack`. */
  readonly clientRack?: string | undefined
  /** `group.instance.id`: makes the member static. Under the streams protocol it needs a broker of 4.4 or later. */
  readonly groupInstanceId?: string | undefined
  /** `heartbeat.interval.ms` of the classic protocol, default 3000; under the streams protocol the group's own configuration decides. */
  readonly heartbeatIntervalMs?: number | undefined
  /**
   * `isolation.level`, default `read_uncommitted` with at-least-once: `read_committed` reads no records of transactions that are open or
   * aborted, and begins at an open one where the offset reset is `latest`. With exactly-once it always is `read_committed`.
   */
  readonly isolationLevel?: IsolationLevel | undefined
  /** `max.poll.interval.ms`, default 300000: a thread that does not come round for so long leaves the group. */
  readonly maxPollIntervalMs?: number | undefined
  /** `session.timeout.ms` of the classic protocol, default 45000; under the streams protocol the group's own configuration decides. */
  readonly sessionTimeoutMs?: number | undefined
}

/** Keys of the consumer that reads the topics of global stores (prefixes `consumer.` and `global.consumer.`; the second wins). */
export interface GlobalConsumerConfig extends FetchConfig {
  /** `isolation.level`, as of the main consumer. */
  readonly isolationLevel?: IsolationLevel | undefined
}

/** Which records of transactions a consumer reads. */
export type IsolationLevel = 'read_committed' | 'read_uncommitted'

/** What the uncaught-exception handler may answer (P§7.9). */
export type UncaughtAnswer = 'replace-thread' | 'shutdown-client' | 'shutdown-application'

/**
 * The configuration of an application. Each key is Kafka's in camel case (`commit.interval.ms` is `commitIntervalMs`), with the defaults
 * of Kafka Streams unless said otherwise. An unknown key is a `ConfigError` that names the nearest known one.
 */
export interface StreamsConfig extends ClientConfig, SecurityConfig {
  /** `application.id`, required: group id, prefix of internal topics, client ids and transactional ids. */
  readonly applicationId: string
  /** An embedded cluster (`millrace/broker`) to run on, instead of `bootstrapServers`. */
  readonly cluster?: Cluster | undefined
  /** `bootstrap.servers`: where to find a Kafka cluster, `host:port`, several with commas or as a list. */
  readonly bootstrapServers?: string | readonly string[] | undefined
  /** `application.server`, `host:port` under which other instances reach this one. */
  readonly applicationServer?: string | undefined
  /** `buffered.records.per.partition`, default 1000: above it the partition is paused. */
  readonly bufferedRecordsPerPartition?: number | undefined
  /** `input.buffer.max.bytes`, default 64 MiB: bytes of fetched responses that the instance holds. */
  readonly inputBufferMaxBytes?: number | undefined
  /** `client.id`; default the application id and the process id. */
  readonly clientId?: string | undefined
  /** `client.tag.<name>`. */
  readonly clientTags?: Readonly<Record<string, string>> | undefined
  /** `commit.interval.ms`, default 30000, with exactly-once 100. */
  readonly commitIntervalMs?: number | undefined
  /** `default.timestamp.extractor`, default: the record's timestamp, an error where it is negative. */
  readonly defaultTimestampExtractor?: TimestampExtractor<unknown, unknown> | undefined
  /** `deserialization.exception.handler`, default `fail`. */
  readonly deserializationExceptionHandler?: ErrorHandler | undefined
  /** `processing.exception.handler`, default `fail`. */
  readonly processingExceptionHandler?: ErrorHandler | undefined
  /** `production.exception.handler`, default `fail` (a retriable error is retried first). */
  readonly productionExceptionHandler?: ErrorHandler<'fail' | 'skip' | 'retry' | 'dead-letter'> | undefined
  /** What to do when a stream thread dies of an error; default `shutdown-client`. */
  readonly uncaughtExceptionHandler?: ((error: Error) => UncaughtAnswer) | undefined
  /** `errors.dead.letter.queue.topic.name`: with it `fail` and `skip` write the record there. */
  readonly errorsDeadLetterQueueTopicName?: string | undefined
  /** `ensure.explicit.internal.resource.naming`, default false (KIP-1111). */
  readonly ensureExplicitInternalResourceNaming?: boolean | undefined
  /**
   * `__emit.interval.ms.kstreams.windowed.aggregation__`, an internal key of Kafka Streams, default 1000: how long after it has looked for
   * closed windows an aggregation that emits on window close looks again. Wall clock; looks are made when a record arrives.
   */
  readonly emitIntervalMsKstreamsWindowedAggregation?: number | undefined
  /**
   * `__emit.interval.ms.kstreams.outer.join.spurious.results.fix__`, an internal key of Kafka Streams, default 1000: how long after it has
   * looked for records without a partner a left or outer join of streams looks again. Wall clock; looks are made when a record arrives.
   */
  readonly emitIntervalMsKstreamsOuterJoinSpuriousResultsFix?: number | undefined
  /**
   * `__iq.consistency.offset.vector.enabled__`, an internal key of Kafka Streams, default false: the records of changelogs say in two
   * headers which input records their store reflects, so that standbys know their position, too. The same for all instances.
   */
  readonly iqConsistencyOffsetVectorEnabled?: boolean | undefined
  /**
   * `group.protocol`: `streams` is the streams rebalance protocol (KIP-1071), which brokers have from 4.2 on; `classic` is the one of all
   * brokers, in which Java members can be in the same group. Default `auto`: what the members of the group use, else `streams` if the
   * broker has it.
   */
  readonly groupProtocol?: 'auto' | 'streams' | 'classic' | undefined
  /** `acceptable.recovery.lag` in records, default 10000: an instance that lags less may run a task. Classic protocol. */
  readonly acceptableRecoveryLag?: number | undefined
  /** `max.warmup.replicas`, default 2: extra copies of tasks that may catch up at a time, in the whole group. Classic protocol. */
  readonly maxWarmupReplicas?: number | undefined
  /** `num.standby.replicas`, default 0: copies of each task's state on other instances. Classic protocol. */
  readonly numStandbyReplicas?: number | undefined
  /** `probing.rebalance.interval.ms`, default 600000: how often is looked whether a copy has caught up. Classic protocol. */
  readonly probingRebalanceIntervalMs?: number | undefined
  /** `rack.aware.assignment.strategy`, default `none`. Classic protocol. */
  readonly rackAwareAssignmentStrategy?: 'none' | 'min_traffic' | 'balance_subtopology' | undefined
  /** `rack.aware.assignment.tags`: keys of `clientTags` over whose values standbys are spread. Classic protocol. */
  readonly rackAwareAssignmentTags?: string | readonly string[] | undefined
  /** `rack.aware.assignment.traffic_cost`, default the assignor's. Classic protocol. */
  readonly rackAwareAssignmentTrafficCost?: number | undefined
  /** `rack.aware.assignment.non_overlap_cost`, default the assignor's. Classic protocol. */
  readonly rackAwareAssignmentNonOverlapCost?: number | undefined
  /** `task.assignor.class`: who gets which task, default `high-availability`; or an assignor of your own (KIP-924). Classic protocol. */
  readonly taskAssignorClass?: AssignorChoice | undefined
  /** `log.summary.interval.ms`, default 120000; negative: never. */
  readonly logSummaryIntervalMs?: number | undefined
  /** `max.task.idle.ms`, default 0; -1: never wait for another partition's records. */
  readonly maxTaskIdleMs?: number | undefined
  /** `num.stream.threads`, default 1. More than one, each a worker thread, need a topology that is given as a module (docs/threads.md). */
  readonly numStreamThreads?: number | undefined
  /** `poll.ms`, default 100: how long an idle thread sleeps at most. */
  readonly pollMs?: number | undefined
  /** `processing.guarantee`, default `at_least_once`. */
  readonly processingGuarantee?: 'at_least_once' | 'exactly_once_v2' | undefined
  /** `repartition.purge.interval.ms`, default 30000. */
  readonly repartitionPurgeIntervalMs?: number | undefined
  /** `replication.factor` of internal topics, default -1: the broker's. */
  readonly replicationFactor?: number | undefined
  /** Shows on the standard output how far restores are, on a line that is written over; default false. For logs and dashboards listen to the events. */
  readonly restoreProgress?: boolean | undefined
  /** `state.cleanup.delay.ms`, default 600000: what is kept of a task that runs elsewhere for so long is removed. */
  readonly stateCleanupDelayMs?: number | undefined
  /** `state.cleanup.dir.max.age.ms`, default -1: when an instance starts it removes what is kept of tasks that were last committed longer ago; -1: it does not. */
  readonly stateCleanupDirMaxAgeMs?: number | undefined
  /**
   * `state.dir`: the directory under which state is kept, in `<applicationId>`; each instance on a machine needs one of its own. Default
   * `millrace` in the directory for temporary files, which the system may empty; a second instance there takes `<applicationId>.2`. With an embedded `cluster`, whose topics end with the process, stores are in memory unless it is set.
   */
  readonly stateDir?: string | undefined
  /** Where stores are that do not say so themselves and whose supplier is persistent: `lsm` (`auto`, the default), `rocksdb`, `memory`, or an engine of your own. */
  readonly stateEngine?: EngineChoice | undefined
  /** What the stores of this instance may keep in memory, in bytes, default 512 MiB: caches of blocks, filters and rows that are not written yet. Stores on `memory` are not counted. */
  readonly stateMemoryMaxBytes?: number | undefined
  /** `default.interactive.query.isolation.level`, default `READ_UNCOMMITTED`: queries also see what is not committed, unless they say (KIP-892). */
  readonly defaultInteractiveQueryIsolationLevel?: 'READ_UNCOMMITTED' | 'READ_COMMITTED' | undefined
  /** `statestore.cache.max.bytes`, default 10 MiB. */
  readonly statestoreCacheMaxBytes?: number | undefined
  /** `statestore.uncommitted.max.bytes`, default 64 MiB: above it the thread commits early; -1: no limit. */
  readonly statestoreUncommittedMaxBytes?: number | undefined
  /** `task.timeout.ms`, default 300000: how long a task may go on timing out before it fails (KIP-572). */
  readonly taskTimeoutMs?: number | undefined
  /** `topology.optimization`, default `none`. */
  readonly topologyOptimization?: 'none' | 'all' | readonly string[] | undefined
  /**
   * `upgrade.from`: the version of Kafka Streams that instances of this application still run, of which this one takes over. What goes through
   * topics between them is written so that they can read it. Default: there are none.
   */
  readonly upgradeFrom?: UpgradeFrom | undefined
  /** `windowstore.changelog.additional.retention.ms`, default one day: for how long the changelog of a window store keeps more than it does. */
  readonly windowstoreChangelogAdditionalRetentionMs?: number | undefined
  readonly producer?: (ProducerConfig & ClientConfig) | undefined
  readonly consumer?: ConsumerConfig | undefined
  readonly mainConsumer?: ConsumerConfig | undefined
  readonly restoreConsumer?: FetchConfig | undefined
  /** For the topics of global stores. */
  readonly globalConsumer?: GlobalConsumerConfig | undefined
  /** `topic.*`: configs of internal topics, e.g. `{ retentionMs: 1000 }`. */
  readonly topic?: Readonly<Record<string, string | number | boolean>> | undefined
  /** Where log lines go; `false`: nowhere. Default: warnings and errors to standard error. */
  readonly logger?: Logger | false | undefined
  /** The outside world (clock, timers, files, ...): for tests and simulation; default the real one. */
  readonly environment?: Environment | undefined
}
