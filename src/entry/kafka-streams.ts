import { type Duration, durationMs } from '../base/durations.ts'
import type { Environment } from '../base/environment.ts'
import { ConfigError, isMillraceError, QueryError, TopologyError } from '../base/errors.ts'
import { createRealEnvironment } from '../base/real-environment.ts'
import { parseBootstrapServers } from '../config/bootstrap-servers.ts'
import { resolveConfig } from '../config/resolve-config.ts'
import type { StreamsConfig } from '../config/streams-config.ts'
import { StreamsBuilder } from '../dsl/streams-builder.ts'
import { prometheusText } from '../metrics/prometheus-text.ts'
import { MetricsRegistry, type MetricValue } from '../metrics/registry.ts'
import type { SecurityOptions } from '../protocol/security.ts'
import type { Cluster } from '../protocol/transport.ts'
import { type Local, localStore } from '../queries/local-store.ts'
import type { StreamsState } from '../runtime/app/app-state.ts'
import { StreamsApp, type StreamsEvents } from '../runtime/app/streams-app.ts'
import { memoryEngines } from '../state/engines/memory/memory-engine.ts'
import type { StoreKind } from '../state/store-spec.ts'
import { type StoreHandle, storeNameOf } from '../state/store-handle.ts'
import { storeKinds } from '../topology/store-kinds.ts'
import type { Topology } from '../topology/topology.ts'
import { tcpCluster } from './tcp-cluster.ts'

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
  readonly #environment: Environment
  readonly #app: StreamsApp
  readonly #metrics = new MetricsRegistry()
  readonly #storeKinds: ReadonlyMap<string, StoreKind>

  /**
   * Throws `ConfigError` for the configuration and `TopologyError` for the topology. With a builder the topology is built with
   * `topologyOptimization` of the configuration.
   */
  constructor(topology: Topology | StreamsBuilder, config: StreamsConfig) {
    const resolved = resolveConfig(config)
    const cluster = requireCluster(config, resolved.security)
    this.#environment = environmentOf(config)
    const built = (topology instanceof StreamsBuilder ? topology.build(resolved.topology) : topology).physical()
    this.#storeKinds = storeKinds(built)
    const processId = this.#environment.random.uuid()
    const clientId = resolved.clientId === '' ? `${resolved.applicationId}-${processId}` : resolved.clientId
    this.#app = new StreamsApp({
      environment: this.#environment,
      transport: cluster.transport({ clientId, environment: this.#environment }),
      bootstrap: cluster.bootstrap,
      topology: built,
      config: resolved,
      engines: memoryEngines,
      metrics: this.#metrics,
      processId,
      clientId,
    })
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
   * result stays usable across rebalances; a call throws `QueryError` `STORE_NOT_AVAILABLE` while the instance is not RUNNING. Throws
   * `TopologyError` `STORE_UNKNOWN` for a store that the topology does not have.
   */
  localStore<S>(handle: StoreHandle<S>): Local<S> {
    const name = storeNameOf(handle)
    if (!this.#storeKinds.has(name)) {
      const known = Array.from(this.#storeKinds.keys(), (store) => `"${store}"`).join(', ')
      throw new TopologyError(
        'STORE_UNKNOWN',
        `Cannot query store "${name}": the topology does not have it, it has ${known === '' ? 'none' : known}`,
        { store: name },
      )
    }
    return localStore(handle, this.#storeKinds.get(name), () => {
      if (this.state !== 'RUNNING') {
        throw new QueryError(
          'STORE_NOT_AVAILABLE',
          `Cannot query store "${name}": the instance is ${this.state}, it must be RUNNING; ask again later`,
          { store: name },
        )
      }
      return this.#app.stores(name).map(({ store }) => store)
    })
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
