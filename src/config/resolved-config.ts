import type { AssignorOptions } from '../assignor/assignor-options.ts'
import type { AssignorChoice } from '../assignor/task-assigner.ts'
import type { ErrorHandler } from '../model/exception-handlers.ts'
import type { TimestampExtractor } from '../model/timestamp-extractor.ts'
import type { EmitIntervals } from '../processor/node-context.ts'
import type { SecurityOptions } from '../protocol/security.ts'
import type { Endpoint } from '../protocol/transport.ts'
import type { FetcherOptions } from '../client/fetcher-options.ts'
import type { ProducerOptions } from '../client/producer.ts'
import type { UpgradeFrom } from '../model/upgrade-from.ts'
import type { EngineChoice } from '../state/engines/state-engine.ts'
import type { IsolationLevel, UncaughtAnswer } from './streams-config.ts'
import type { ConfiguredReset } from './offset-reset.ts'

/** A checked configuration, cut into what each layer takes. */
export interface ResolvedConfig {
  readonly applicationId: string
  /** Empty: made from the application id and the process id. */
  readonly clientId: string
  readonly exactlyOnce: boolean
  readonly security: SecurityOptions
  readonly client: {
    readonly requestTimeoutMs: number
    readonly retryBackoffMs: number
    readonly retryBackoffMaxMs: number
    readonly metadataMaxAgeMs: number
  }
  readonly producer: Omit<ProducerOptions, 'transactionalId' | 'onFailedBatch'>
  readonly fetch: Omit<FetcherOptions, 'purpose'>
  readonly restoreFetch: Omit<FetcherOptions, 'purpose' | 'isolation'>
  /** For the topics of global stores. */
  readonly globalFetch: Omit<FetcherOptions, 'purpose'>
  /** Whether the processing handler is asked about the processors of global stores (KIP-1270). */
  readonly globalProcessingHandler: boolean
  readonly autoOffsetReset: ConfiguredReset
  readonly commitIntervalMs: number
  readonly thread: {
    /** `num.stream.threads`. */
    readonly count: number
    readonly pollMs: number
    readonly taskTimeoutMs: number
    readonly repartitionPurgeIntervalMs: number
    readonly logSummaryIntervalMs: number
    readonly bufferedRecordsPerPartition: number
    readonly maxTaskIdleMs: number
  }
  readonly group: {
    readonly protocol: 'auto' | 'streams' | 'classic'
    /** Keys that are set and that only a classic group has. */
    readonly classicKeys: readonly string[]
    /** How the leader of a classic group assigns tasks. */
    readonly assignor: AssignorOptions & { readonly choice: AssignorChoice }
    /** Of the classic protocol. */
    readonly sessionTimeoutMs: number
    /** Of the classic protocol. */
    readonly heartbeatIntervalMs: number
    readonly instanceId: string | null
    readonly maxPollIntervalMs: number
    readonly rackId: string | null
    readonly clientTags: Readonly<Record<string, string>>
    readonly endpoint: Endpoint | null
  }
  readonly handlers: {
    readonly deserialization: ErrorHandler
    readonly processing: ErrorHandler
    readonly production: ErrorHandler<'fail' | 'skip' | 'retry' | 'dead-letter'>
    readonly uncaught: (error: Error) => UncaughtAnswer
    readonly deadLetterTopic: string | null
    /** `null`: the record's own timestamp, an error where it is negative. */
    readonly timestampExtractor: TimestampExtractor<unknown, unknown> | null
  }
  readonly state: {
    /** Engine of persistent stores that choose none. */
    readonly engine: EngineChoice
    /** Absolute; `null`: the default. */
    readonly directory: string | null
    readonly memoryBytesMax: number
    readonly cleanupDelayMs: number
    /** `Infinity`: no limit. */
    readonly directoryMaxAgeMs: number
    /** Whether the progress of restores is written to the output. */
    readonly showsRestores: boolean
  }
  /** For all stores of the instance; 0: no caching. */
  readonly cacheBytesMax: number
  /** `Infinity`: no limit. */
  readonly uncommittedBytesMax: number
  /** What queries see that do not say. */
  readonly queryIsolation: IsolationLevel
  /** -1: the broker's. */
  readonly replicationFactor: number
  /** Configs of internal topics with Kafka's dotted names. */
  readonly topicConfigs: Readonly<Record<string, string>>
  /** For how long the changelog of a window store keeps more than the store does. */
  readonly windowChangelogExtraMs: number
  /** How often final results are looked for, in milliseconds. */
  readonly emitIntervals: EmitIntervals
  /** Whether the records of changelogs say which input records their store reflects. */
  readonly hasVectors: boolean
  /** `null`: no instances of an older version run. */
  readonly upgradeFrom: UpgradeFrom | null
  readonly topology: {
    readonly topologyOptimization: 'none' | 'all' | readonly string[]
    readonly ensureExplicitInternalResourceNaming: boolean
  }
}
