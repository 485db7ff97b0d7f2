import { type Duration, durationMs } from '../base/durations.ts'
import type { Environment, Logger } from '../base/environment.ts'
import { ConfigError, isMillraceError } from '../base/errors.ts'
import { createRealEnvironment } from '../base/real-environment.ts'
import { parseBootstrapServers } from '../config/bootstrap-servers.ts'
import { resolveConfig } from '../config/resolve-config.ts'
import type { StreamsConfig } from '../config/streams-config.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { prometheusText } from '../metrics/prometheus-text.ts'
import { MetricsRegistry, type MetricValue } from '../metrics/registry.ts'
import type { SecurityOptions } from '../protocol/security.ts'
import type { Cluster } from '../protocol/transport.ts'
import {
  type AsyncQueryOptions,
  InteractiveQueries,
  type LocalStoreOptions,
  type StateQueryOptions,
} from '../queries/interactive-queries.ts'
import type { Local, LocalStamped } from '../queries/local-store.ts'
import type { KeyMetadataOptions, KeyQueryMetadata, StreamsMetadata } from '../queries/metadata.ts'
import type { StateQueryResult } from '../queries/query-result.ts'
import type { RemoteStoreOptions } from '../queries/remote/query-options.ts'
import type { Remote } from '../queries/remote/remote-store.ts'
import type { StoreRouter } from '../queries/remote/store-router.ts'
import type { AnswerOf, StoreKey, QueryOf } from '../queries/query-of.ts'
import type { StreamsState } from '../runtime/app/app-state.ts'
import { processIdOf } from '../runtime/directory/process-id.ts'
import type { ThreadMetadata } from '../runtime/app/app-thread.ts'
import { moreThanOneThread } from '../runtime/app/require-runnable.ts'
import { StreamsApp, type StreamsEvents } from '../runtime/app/streams-app.ts'
import type { LagInfo, QueryableApp } from '../runtime/app/view.ts'
import type { StoreHandle } from '../state/store-handle.ts'
import type { Topology } from '../topology/topology.ts'
import { moduleThreads } from './module-thread.ts'
import { tcpCluster } from './tcp-cluster.ts'
import { type LoadedTopology, loadTopology, sharedConfig } from './topology-module.ts'

/** Options of `start`. */
export interface StartOptions {
  /** Ends the wait, and the instance with it. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `run`. */
export interface RunOptions {
  /** What ends the instance. Default both. */
  readonly signals?: readonly ('SIGINT' | 'SIGTERM')[] | undefined
  readonly signal?: AbortSignal | undefined
  /** How long closing may take: then `run()` is over, done or not. Default as long as it takes. */
  readonly timeout?: Duration | undefined
}

/** Options of `close`. */
export interface StreamsCloseOptions {
  /** How long it may take. Default as long as it takes. */
  readonly timeout?: Duration | undefined
  /** `true`: leave the group at once; `false`: stay a member until the session times out. Default as Kafka Streams: leave, unless static. */
  readonly leaveGroup?: boolean | undefined
}

/** Options of `removeStreamThread`. */
export interface RemoveThreadOptions {
  /** How long to wait for its end. Default as long as it takes. */
  readonly timeout?: Duration | undefined
}

/** What serves the queries of an instance. */
export interface ServedParts {
  readonly app: QueryableApp
  readonly router: StoreRouter
  readonly logger: Logger
}

let partsOf: (streams: KafkaStreams) => ServedParts

/** What of an instance other entries serve. */
export function servedParts(streams: KafkaStreams): ServedParts {
  return partsOf(streams)
}

/**
 * One instance of an application: joins the group of its `applicationId`, runs the tasks that it is assigned, and shares the work with
 * the other instances. Start more instances to scale out.
 *
 * ```ts
 * await using streams = new KafkaStreams(builder, { applicationId: 'word-count', bootstrapServers: 'localhost:9092' })
 * await streams.start()
 * ```
 *
 * An error that ends the instance rejects `start()` or `run()` while one of them waits; else it goes to the listeners of `'error'`; with
 * no listener it ends the process.
 */
export class KafkaStreams implements AsyncDisposable {
  static {
    partsOf = (streams) => ({ app: streams.#app.queries, router: streams.#queries.router, logger: streams.#environment.logger })
  }

  readonly #environment: Environment
  readonly #app: StreamsApp
  readonly #metrics = new MetricsRegistry()
  readonly #queries: InteractiveQueries

  /**
   * Throws `ConfigError` for the configuration and `TopologyError` for the topology. With a builder the topology is built with
   * `topologyOptimization` of the configuration. With the URL of a module whose default export makes the topology (`TopologyModule`), stream
   * threads are worker threads, `numStreamThreads` of them (docs/threads.md).
   */
  constructor(topology: Topology | StreamsBuilder | URL, config: StreamsConfig) {
    const isModule = topology instanceof URL
    const { topology: built, config: resolved } = isModule ? loadShared(topology, config) : builtHere(topology, config)
    const cluster = requireCluster(config, resolved.security)
    this.#environment = environmentOf(config)
    const processId = processIdOf(built, resolved, this.#environment)
    const clientId = resolved.clientId === '' ? `${resolved.applicationId}-${processId}` : resolved.clientId
    this.#app = new StreamsApp({
      environment: this.#environment,
      transport: cluster.transport({ clientId, environment: this.#environment }),
      bootstrap: cluster.bootstrap,
      topology: built,
      config: resolved,
      metrics: this.#metrics,
      processId,
      clientId,
      startWorker: isModule
        ? moduleThreads({ url: topology.href, config: sharedConfig(config), logger: config.logger, environment: this.#environment })
        : undefined,
    })
    this.#queries = new InteractiveQueries(this.#app.queries, this.#environment)
  }

  get state(): StreamsState {
    return this.#app.state
  }

  /** Starts the instance; resolves at its first RUNNING. Rejects with the error that ended it before, or `ALREADY_STARTED`. */
  async start(options: StartOptions = {}): Promise<void> {
    const started = this.#app.start()
    const unlisten = this.#closeOn(options.signal)
    try {
      await started
    } finally {
      unlisten()
    }
  }

  /**
   * Starts the instance, waits for a signal of the operating system or of `options.signal`, and closes it. Rejects with the error that
   * ended the instance. Signals are listened to only while it runs.
   */
  async run(options: RunOptions = {}): Promise<void> {
    const timeoutMs = options.timeout === undefined ? undefined : durationMs(options.timeout, 'timeout')
    if (this.state !== 'CREATED') return this.#app.start()
    const started = this.#app.start()
    const { promise: ended, resolve, reject } = Promise.withResolvers<void>()
    this.#app.ended().then(resolve, reject)
    const close = (): void =>
      void this.#app.close({ timeoutMs }).then((inTime) => {
        if (!inTime) resolve()
      }, reject)
    const unlisteners = (options.signals ?? ['SIGINT', 'SIGTERM']).map((signal) => this.#environment.signals.listen(signal, close))
    unlisteners.push(this.#closeOn(options.signal, close))
    try {
      await Promise.race([started.catch(rethrowUnlessClosed), ended])
      await ended
    } finally {
      for (const unlisten of unlisteners) unlisten()
    }
  }

  /** Commits, closes tasks, leaves the group. Whether all of it was done in time. Closing again waits for the first close. */
  close(options: StreamsCloseOptions = {}): Promise<boolean> {
    return this.#app.close({
      timeoutMs: options.timeout === undefined ? undefined : durationMs(options.timeout, 'timeout'),
      leaveGroup: options.leaveGroup,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /**
   * Removes all that is kept of the application in the state directory: stores are restored from their changelogs at the next start, those
   * without one begin empty. Rejects with `TaskError` `STILL_RUNNING` unless the instance is closed or not started yet, and with
   * `STATE_DIRECTORY_LOCKED` while another one uses the directory.
   */
  cleanUp(): Promise<void> {
    return this.#app.cleanUp()
  }

  /** Stops processing and punctuation; the instance stays a member and goes on committing (KIP-834). */
  pause(): void {
    this.#app.pause()
  }

  resume(): void {
    this.#app.resume()
  }

  get isPaused(): boolean {
    return this.#app.isPaused
  }

  /**
   * Starts one more stream thread (KIP-663): its name, `<client id>-StreamThread-<n>` with the lowest number that is free. `null` in another
   * state than REBALANCING and RUNNING. Throws `ConfigError` `CONFIG_UNSUPPORTED` for a second thread where the topology is not given as
   * a module.
   */
  addStreamThread(): string | null {
    return this.#app.addThread()
  }

  /**
   * Ends a stream thread, which commits and leaves the group, and resolves with its name when it has ended; `null`: there is none, or the
   * instance is not REBALANCING or RUNNING. It stays RUNNING without any. Rejects with `TaskError` `THREAD_REMOVAL_TIMED_OUT`.
   */
  removeStreamThread(options: RemoveThreadOptions = {}): Promise<string | null> {
    const { timeout } = options
    return this.#app.removeThread(timeout === undefined ? undefined : durationMs(timeout, 'timeout'))
  }

  /** The names of the stream threads that have not ended. */
  get streamThreads(): readonly string[] {
    return this.#app.threadIds
  }

  /** What the stream threads of this instance do that have not ended (Java's `metadataForLocalThreads`); none before `start()`. */
  metadataForLocalThreads(): readonly ThreadMetadata[] {
    return this.#app.threadMetadata()
  }

  /** Adds a listener; listeners run synchronously, in the order in which they were added. */
  on<E extends keyof StreamsEvents>(event: E, listener: (...args: StreamsEvents[E]) => void): this {
    this.#app.events.on(event, listener)
    return this
  }

  off<E extends keyof StreamsEvents>(event: E, listener: (...args: StreamsEvents[E]) => void): this {
    this.#app.events.off(event, listener)
    return this
  }

  /**
   * The store as far as this instance has it, synchronous and read-only (Java's `store()`). It shows what is not committed yet, too. The
   * result stays usable across rebalances. A call throws `QueryError`: `STORE_NOT_AVAILABLE` while the instance rebalances, unless `stale`
   * is set, `STORE_MIGRATED` and `STORE_PARTITION` where no task of the store or partition is here, `STREAMS_NOT_STARTED`, `STREAMS_STOPPED`.
   * Throws `TopologyError` `STORE_UNKNOWN` for a store that the topology does not have.
   */
  localStore<S>(handle: StoreHandle<S>, options: LocalStoreOptions & { readonly timestamps: true }): LocalStamped<S>
  localStore<S>(handle: StoreHandle<S>, options?: LocalStoreOptions): Local<S>
  localStore<S>(handle: StoreHandle<S>, options: LocalStoreOptions = {}): Local<S> | LocalStamped<S> {
    return this.#queries.localStore(handle, options)
  }

  /**
   * The store wherever its partitions are: asynchronous and read-only. Each call asks the instance that has the key, this one or another
   * over HTTP, and follows it when it moves. Other instances are found by their `applicationServer`, where they serve queries
   * (`serveQueries` of `millrace/http`).
   *
   * ```ts
   * const count = await streams.store(counts).get('the')
   * for await (const [word, n] of streams.store(counts).range('a', 'b')) console.log(word, n)
   * ```
   *
   * Calls reject with `QueryError`: `OWNER_UNKNOWN` and `QUERY_TIMED_OUT` when nobody has answered in time, `REMOTE_REFUSED`. Throws
   * `TopologyError` `STORE_UNKNOWN`, `RangeError` for wrong options.
   */
  store<S>(handle: StoreHandle<S>, options?: RemoteStoreOptions<StoreKey<StoreHandle<S>>>): Remote<S> {
    return this.#queries.store(handle, options)
  }

  /**
   * Asks the partitions of a store that are on this instance, standbys included, and says of each what it found or why not, and which
   * input records that reflects (Java's `query`, KIP-796). As in Java only queries for one key see what caches hold back, and global
   * stores do not answer.
   *
   * ```ts
   * const result = streams.query(counts, keyQuery('the'), { positionBound })
   * const found = result.onlyPartitionResult?.result
   * ```
   *
   * Throws `TopologyError` `STORE_UNKNOWN`, `QueryError` `STREAMS_NOT_STARTED` and `STREAMS_STOPPED`, and `STORE_IN_WORKER` where stream threads are
   * workers: `queryAsync` asks those.
   */
  query<H extends StoreHandle<unknown>, Q extends QueryOf<H>>(
    handle: H,
    query: Q,
    options?: StateQueryOptions,
  ): StateQueryResult<AnswerOf<H, Q>> {
    return this.#queries.query(handle, query, options)
  }

  /**
   * As `query`, wherever the stream threads of this instance run: those that are workers are asked in messages, and answer one by one. Scans are
   * read whole, as each partition was when it was asked, and are held in memory: ask for ranges that fit. Rejects with what `query` throws,
   * `QueryError` `QUERY_TIMED_OUT` when a thread does not answer in time, and the reason of `options.signal`.
   *
   * ```ts
   * const result = await streams.queryAsync(counts, rangeQuery({ from: 'a', to: 'b' }))
   * ```
   */
  queryAsync<H extends StoreHandle<unknown>, Q extends QueryOf<H>>(
    handle: H,
    query: Q,
    options?: AsyncQueryOptions,
  ): Promise<StateQueryResult<AnswerOf<H, Q>>> {
    return this.#queries.queryAsync(handle, query, options)
  }

  /**
   * Where a key of a store is: which instance has its active task, which have a standby (Java's `queryMetadataForKey`). Only instances with
   * an `applicationServer` are known. Throws as `query`, `QueryError` `PARTITION_UNCLEAR` and what serde and partitioner throw.
   */
  metadataForKey<H extends StoreHandle<unknown>>(handle: H, key: StoreKey<H>, options?: KeyMetadataOptions<StoreKey<H>>): KeyQueryMetadata {
    return this.#queries.metadataForKey(handle, key, options)
  }

  /** The instances that have a store, active or as a standby (Java's `streamsMetadataForStore`). Throws as `query`. */
  metadataForStore(handle: StoreHandle<unknown>): readonly StreamsMetadata[] {
    return this.#queries.metadataForStore(handle)
  }

  /** All instances that have an `applicationServer`, by host and port, with what they have (Java's `metadataForAllStreamsClients`). */
  allMetadata(): readonly StreamsMetadata[] {
    return this.#queries.allMetadata()
  }

  /**
   * How far the stores of this instance are behind their changelogs, by store and partition (Java's `allLocalStorePartitionLags`). Asks the
   * cluster; rejects with `ClusterError` when it does not answer.
   */
  lags(): Promise<ReadonlyMap<string, ReadonlyMap<number, LagInfo>>> {
    return this.#queries.lags()
  }

  /** All metrics as they are now (P§9). */
  metrics(): readonly MetricValue[] {
    return this.#metrics.read()
  }

  /** The metrics in Prometheus' text format. */
  prometheusMetrics(): string {
    return prometheusText(this.metrics())
  }

  #closeOn(signal: AbortSignal | undefined, close = (): void => void this.close()): () => void {
    if (signal === undefined) return () => undefined
    if (signal.aborted) close()
    signal.addEventListener('abort', close, { once: true })
    return () => signal.removeEventListener('abort', close)
  }
}

function builtHere(topology: Topology | StreamsBuilder, config: StreamsConfig): LoadedTopology {
  const resolved = resolveConfig(config)
  if (resolved.thread.count > 1) throw moreThanOneThread(resolved.thread.count)
  return { topology: (topology instanceof StreamsBuilder ? topology.build(resolved.topology) : topology).physical(), config: resolved }
}

/** Checked as a whole first: what is wrong with it is said in the words of the configuration. */
function loadShared({ href }: URL, config: StreamsConfig): LoadedTopology {
  const shared = sharedConfig(config)
  return loadTopology(href, shared, config)
}

/** An instance that is closed while it starts has run: that is no failure of `run()`. */
function rethrowUnlessClosed(error: unknown): void {
  if (!isMillraceError(error) || error.code !== 'CLOSED_BEFORE_RUNNING') throw error
}

function requireCluster({ cluster, bootstrapServers }: StreamsConfig, security: SecurityOptions): Cluster {
  if (cluster !== undefined && bootstrapServers !== undefined) {
    throw new ConfigError('CONFIG_INVALID', 'Cannot reach a cluster: both cluster and bootstrapServers are set, one of them is required', {
      configKey: 'bootstrapServers',
    })
  }
  if (bootstrapServers !== undefined) return tcpCluster(parseBootstrapServers(bootstrapServers), security)
  if (cluster !== undefined && (security.tls !== null || security.sasl !== null)) {
    const configKey = security.tls === null ? 'sasl' : 'tls'
    throw new ConfigError('CONFIG_INVALID', `Cannot use configuration key "${configKey}": cluster is set, which is in this process`, {
      configKey,
    })
  }
  if (typeof cluster?.transport === 'function') return cluster
  if (cluster !== undefined) {
    throw new ConfigError('CONFIG_INVALID', 'Cannot use configuration key "cluster": it must be an EmbeddedCluster of "millrace/broker"', {
      configKey: 'cluster',
    })
  }
  throw new ConfigError(
    'CONFIG_MISSING',
    'Cannot reach a cluster: neither cluster nor bootstrapServers is set, give bootstrapServers, or an EmbeddedCluster of "millrace/broker" as cluster',
    { configKey: 'cluster' },
  )
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }

function environmentOf({ environment, logger }: StreamsConfig): Environment {
  const chosen = logger === false ? silent : logger
  if (chosen !== undefined && !(['debug', 'info', 'warn', 'error'] as const).every((level) => typeof chosen[level] === 'function')) {
    throw new ConfigError(
      'CONFIG_INVALID',
      'Cannot use configuration key "logger": it must be false, or an object with the functions debug, info, warn and error, as pino makes',
      { configKey: 'logger' },
    )
  }
  if (environment === undefined) return createRealEnvironment(chosen === undefined ? {} : { logger: chosen })
  return chosen === undefined ? environment : { ...environment, logger: chosen }
}
