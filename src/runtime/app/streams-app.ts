import { assert } from '../../base/assert.ts'
import type { Environment } from '../../base/environment.ts'
import type { ProgramThread } from '../../base/workers/workers.ts'
import { TaskError } from '../../base/errors.ts'
import { Client } from '../../client/client.ts'
import type { ResolvedConfig } from '../../config/resolved-config.ts'
import type { UncaughtAnswer } from '../../config/streams-config.ts'
import type { MetricsRegistry } from '../../metrics/registry.ts'
import type { Endpoint, Transport } from '../../protocol/transport.ts'
import type { TaskOffsetSum } from '../../protocol/classic/subscription-info.ts'
import { builtInEngines } from '../../state/engines/built-in-engines.ts'
import type { EngineFactory } from '../../state/engines/engine.ts'
import { memoryEngines } from '../../state/engines/memory/memory-engine.ts'
import type { PhysicalTopology } from '../../topology/physical-topology.ts'
import { InstanceState, removeState } from '../directory/instance-state.ts'
import { chooseEngines } from '../directory/store-engines.ts'
import { GlobalThread } from '../global/global-thread.ts'
import type {
  RestoreBatch,
  RestoreEnd,
  RestoreListener,
  RestoreStart,
  StandbyBatch,
  StandbyEnd,
  StandbyStart,
} from '../restore/restore-listener.ts'
import { eachListener, RestoreProgress } from '../restore/restore-progress.ts'
import { StreamThread } from '../thread/stream-thread.ts'
import type { ThreadState } from '../thread/thread-state.ts'
import type { MemoryShare, ThreadOrder } from '../threads/messages.ts'
import { TaskLocks } from '../threads/task-locks.ts'
import { WorkerThread } from '../threads/worker-thread.ts'
import { AppStateMachine, type StreamsState } from './app-state.ts'
import { type AppThread, eventLoopThread, metadataOfThread, type ThreadMetadata } from './app-thread.ts'
import { AppThreads } from './app-threads.ts'
import { EventEmitter } from './event-emitter.ts'
import { AppQueries } from './app-queries.ts'
import { LifeWaiters } from './life-waiters.ts'
import { moreThanOneThread, requireRunnable, warnOfGeneratedNames } from './require-runnable.ts'
import type { InstancePartitions, QueryableApp, StoreView } from './view.ts'

/** The events of an application with their arguments. */
export interface StreamsEvents {
  stateChange: [newState: StreamsState, oldState: StreamsState]
  error: [error: Error]
  /** The group says anew which instances with an `applicationServer` read what. */
  instancesChange: [instances: readonly InstancePartitions[]]
  restoreStart: [restore: RestoreStart]
  restoreBatch: [batch: RestoreBatch]
  restoreEnd: [restore: RestoreEnd]
  /** A restore was given up before its end: the task moved away. */
  restoreSuspended: [restore: RestoreEnd]
  standbyStart: [standby: StandbyStart]
  standbyBatch: [batch: StandbyBatch]
  standbyEnd: [standby: StandbyEnd]
}

/** What an application is made of. */
export interface StreamsAppParts {
  readonly environment: Environment
  readonly transport: Transport
  readonly bootstrap: readonly Endpoint[]
  readonly topology: PhysicalTopology
  readonly config: ResolvedConfig
  /** Where all stores are, whatever they and the configuration say: for tests. Default: the engines that they choose, in the state directory. */
  readonly engines?: EngineFactory | undefined
  readonly metrics: MetricsRegistry
  /** A UUID of this instance. */
  readonly processId: string
  readonly clientId: string
  /** Starts a stream thread as a worker. Default: there is one stream thread, the event loop. */
  readonly startWorker?: ((order: ThreadOrder) => ProgramThread) | undefined
}

/** How an instance closes. */
export interface CloseOptions {
  /** How long it may take; without it as long as it takes. */
  readonly timeoutMs?: number | undefined
  /** `true`: leave the group for good; `false`: stay a member until the session times out; absent: as the group protocol has it. */
  readonly leaveGroup?: boolean | undefined
}

/**
 * One running instance of an application: its state, its global stores, its stream threads, and what happens when one of them dies. The
 * threads begin when the global stores are filled; those that are workers have global stores of their own.
 *
 * An error that ends the instance goes to whoever waits (`start`, `ended`), else to the listeners of `error`; with neither it is thrown
 * out of the event loop, which ends the process: an instance never lingers in ERROR unnoticed (design 7).
 */
export class StreamsApp {
  readonly events: EventEmitter<StreamsEvents> = new EventEmitter()
  /** What interactive queries see. */
  readonly queries: QueryableApp
  readonly #queries: AppQueries
  readonly #parts: StreamsAppParts
  readonly #client: Client
  readonly #state: AppStateMachine
  readonly #waiters = new LifeWaiters()
  #global: GlobalThread | null = null
  /** Where stores are; `null` until the instance has opened it. */
  #engines: EngineFactory | null
  readonly #restores: RestoreListener
  #instanceState: InstanceState | null = null
  #opening: Promise<void> | null = null
  readonly #threads: AppThreads
  readonly #locks = new TaskLocks()
  #isPaused = false
  #failure: Error | null = null
  #closing: Promise<void> | null = null

  constructor(parts: StreamsAppParts) {
    this.#parts = parts
    requireRunnable(parts.topology, parts.config, parts.startWorker !== undefined)
    warnOfGeneratedNames(parts.topology, parts.environment)
    this.#client = new Client({
      ...parts.config.client,
      clientId: parts.clientId,
      bootstrap: parts.bootstrap,
      ...(parts.config.group.rackId === null ? {} : { rackId: parts.config.group.rackId }),
      transport: parts.transport,
      environment: parts.environment,
    })
    this.#queries = new AppQueries({
      client: this.#client,
      clock: parts.environment.clock,
      topology: parts.topology,
      config: parts.config,
      state: () => this.state,
      threads: () => this.#threads.all,
      hasWorkers: this.#hasWorkers,
      global: () => this.#global,
    })
    this.queries = this.#queries
    this.#queries.onInstances(() => void this.events.emit('instancesChange', this.#queries.instances()))
    this.#state = new AppStateMachine((state, old) => this.#onStateChange(state, old))
    this.#engines = parts.engines ?? enginesInMemory(parts)
    this.#restores = this.#restoreListener(parts)
    this.#threads = new AppThreads({
      environment: parts.environment,
      clientId: parts.clientId,
      memory: memoryOf(parts.config),
      hasGlobalStores: parts.topology.globalStores.length > 0,
      create: (index, share) => (parts.startWorker === undefined ? this.#createThread(index, share) : this.#createWorker(index, share)),
      onEnd: (thread, error) => this.#onThreadEnd(thread, error),
      onFewer: () => this.#noteRunning(),
    })
  }

  get state(): StreamsState {
    return this.#state.state
  }

  get isPaused(): boolean {
    return this.#isPaused
  }

  /** The stores of that name that run here now. */
  stores(name: string): readonly StoreView[] {
    return this.#queries.stores(name).filter(({ state }) => state === 'running')
  }

  /** Starts the instance; resolves at its first RUNNING. Rejects with what ended it before, or `ALREADY_STARTED`. */
  start(): Promise<void> {
    if (this.state !== 'CREATED') {
      return Promise.reject(
        new TaskError('ALREADY_STARTED', `Cannot start the application: it is ${this.state}, an instance starts once; make a new one`),
      )
    }
    this.#state.transition('REBALANCING')
    if (this.#engines !== null) this.#begin()
    else this.#opening = this.#openState()
    return this.#waiters.untilRunning()
  }

  /** Resolves when the instance has closed, rejects with the error that ended it. */
  ended(): Promise<void> {
    if (this.#failure !== null) return Promise.reject(this.#failure)
    if (this.state === 'NOT_RUNNING') return Promise.resolve()
    return this.#waiters.untilEnded()
  }

  /** Closes the instance: commits, leaves the group, ends connections. Resolves with whether all of it was done in time. */
  async close(options: CloseOptions = {}): Promise<boolean> {
    if (this.state === 'NOT_RUNNING' || this.state === 'ERROR') return true
    if (this.#state.transition('PENDING_SHUTDOWN')) this.#closing = this.#shutDown('NOT_RUNNING', options.leaveGroup)
    const closing = this.#closing ?? Promise.resolve()
    if (options.timeoutMs === undefined) {
      await closing
      return true
    }
    return this.#within(options.timeoutMs, closing)
  }

  /** Stops processing and punctuating; the membership, polling and committing go on (KIP-834). */
  pause(): void {
    this.#isPaused = true
    for (const thread of this.#threads.all) thread.pause(true)
  }

  resume(): void {
    this.#isPaused = false
    for (const thread of this.#threads.all) thread.pause(false)
  }

  /** The ids of the stream threads that have not ended. */
  get threadIds(): readonly string[] {
    return this.#threads.all.map(({ threadId }) => threadId)
  }

  /** What the stream threads do that have not ended. */
  threadMetadata(): readonly ThreadMetadata[] {
    return this.#threads.all.map(metadataOfThread)
  }

  /** Starts one more stream thread; its id, or `null` in another state than REBALANCING and RUNNING. Throws `CONFIG_UNSUPPORTED` where the event loop is the only one. */
  addThread(): string | null {
    if (!this.#mayChangeThreads('add')) return null
    if (this.#parts.startWorker === undefined && this.#threads.all.length > 0) throw moreThanOneThread(2)
    return this.#threads.add().threadId
  }

  /** Ends a stream thread; its id, or `null` where there is none, or in another state. Rejects with `THREAD_REMOVAL_TIMED_OUT`. */
  async removeThread(timeoutMs?: number): Promise<string | null> {
    return this.#mayChangeThreads('remove') ? this.#threads.remove(timeoutMs) : null
  }

  #mayChangeThreads(action: 'add' | 'remove'): boolean {
    const { state } = this
    const isRunning = (state === 'RUNNING' || state === 'REBALANCING') && this.#parts.topology.subtopologies.length > 0
    if (!isRunning) this.#parts.environment.logger.warn({ state }, `No stream thread can be ${action === 'add' ? 'added' : 'removed'} now`)
    return isRunning
  }

  /** Removes what the instance keeps on its machine. Rejects with `TaskError` `STILL_RUNNING` or `STATE_DIRECTORY_LOCKED`. */
  async cleanUp(): Promise<void> {
    const { config, environment, engines, topology } = this.#parts
    if (this.state !== 'CREATED' && this.state !== 'NOT_RUNNING' && this.state !== 'ERROR') {
      throw new TaskError(
        'STILL_RUNNING',
        `Cannot remove the state of the instance: it is ${this.state}, it must be closed or not started yet`,
      )
    }
    if (engines !== undefined) for (const taskId of engines.taskIds()) engines.remove(taskId)
    else if (chooseEngines(topology, config.state.engine).arePersistent) await removeState(config, environment)
  }

  /** Locks the state directory and loads the engines, then begins. */
  async #openState(): Promise<void> {
    const { config, environment } = this.#parts
    try {
      const state = await InstanceState.open({ ...this.#parts, hasWorkers: this.#hasWorkers })
      this.#instanceState = state
      this.#engines = state.engines
      state.startCleaning(config.state.cleanupDelayMs, environment.scheduler, () => this.state === 'RUNNING')
    } catch (error) {
      this.#endWith(error instanceof Error ? error : new Error(String(error)))
      return
    }
    if (this.state === 'REBALANCING') this.#begin()
  }

  get #hasWorkers(): boolean {
    return this.#parts.startWorker !== undefined && this.#parts.topology.subtopologies.length > 0
  }

  #begin(): void {
    if (this.#parts.topology.globalStores.length === 0 || this.#hasWorkers) {
      this.#startThreads()
      return
    }
    this.#global = this.#createGlobal()
    this.#global.start()
  }

  /** How far the tasks are that are kept here and do not run here. */
  #keptTasks(): readonly TaskOffsetSum[] {
    return this.#instanceState?.offsetSums(this.#client.metadata.clusterId) ?? []
  }

  #opened(): EngineFactory {
    assert(this.#engines !== null, 'threads start when the engines are there')
    return this.#engines
  }

  #createGlobal(): GlobalThread {
    const { clientId } = this.#parts
    return new GlobalThread({
      ...this.#parts,
      client: this.#client,
      engines: this.#opened(),
      threadId: `${clientId}-GlobalStreamThread`,
      restoreListener: this.#restores,
      onReady: () => this.#onGlobalReady(),
      onFailure: (error) => this.#onGlobalFailure(error),
    })
  }

  #restoreListener({ config, environment }: StreamsAppParts): RestoreListener {
    const listener: RestoreListener = {
      restoreStart: (restore) => void this.events.emit('restoreStart', restore),
      restoreBatch: (batch) => void this.events.emit('restoreBatch', batch),
      restoreEnd: (restore) => void this.events.emit('restoreEnd', restore),
      restoreSuspended: (restore) => void this.events.emit('restoreSuspended', restore),
      standbyStart: (standby) => void this.events.emit('standbyStart', standby),
      standbyBatch: (batch) => void this.events.emit('standbyBatch', batch),
      standbyEnd: (standby) => void this.events.emit('standbyEnd', standby),
    }
    return config.state.showsRestores ? eachListener([listener, new RestoreProgress(environment.output, environment.clock)]) : listener
  }

  /** The global stores are filled. An application of global stores alone has nothing else to start. */
  #onGlobalReady(): void {
    if (this.state !== 'REBALANCING') return
    if (this.#parts.topology.subtopologies.length > 0) this.#startThreads()
    else this.#state.transition('RUNNING')
  }

  /** Without its global stores an instance cannot go on: no answer of the handler replaces them. */
  #onGlobalFailure(error: Error): void {
    if (this.state !== 'REBALANCING' && this.state !== 'RUNNING') return
    if (this.#askHandler(`${this.#parts.clientId}-GlobalStreamThread`, error) === 'shutdown-application') this.#askForShutdown(null)
    this.#endWith(error)
  }

  #startThreads(): void {
    if (this.#parts.config.group.endpoint !== null) this.#queries.watchSources()
    for (let count = 0; count < this.#parts.config.thread.count; count++) this.#threads.add()
  }

  #threadIdOf(index: number): string {
    return `${this.#parts.clientId}-StreamThread-${index}`
  }

  #createThread(index: number, share: MemoryShare): AppThread {
    const thread: AppThread = eventLoopThread(
      new StreamThread({
        ...this.#parts,
        config: { ...this.#parts.config, cacheBytesMax: share.cacheBytes, uncommittedBytesMax: share.uncommittedBytes },
        client: this.#client,
        engines: this.#opened(),
        keptTasks: () => this.#keptTasks(),
        threadId: this.#threadIdOf(index),
        threadIndex: index,
        transactionalId: `${this.#parts.config.applicationId}-${this.#parts.processId}-${index}`,
        isPaused: () => this.#isPaused,
        onStateChange: (state) => this.#onThreadState(state),
        onFailure: (error) => this.#onThreadFailure(thread, error),
        onShutdownRequest: () => this.#endWith(shutdownRequested()),
        globalStore: (name) => this.#global?.store(name),
        onInstances: (instances) => this.#queries.takeInstances(instances),
        restoreListener: this.#restores,
      }),
      index,
    )
    return thread
  }

  #createWorker(index: number, share: MemoryShare): AppThread {
    const { startWorker, processId, clientId } = this.#parts
    assert(startWorker !== undefined, 'workers are started where there are workers')
    const stateDirectory = this.#instanceState?.path ?? ''
    const threadId = this.#threadIdOf(index)
    const thread: AppThread = new WorkerThread({
      ...this.#parts,
      order: { threadId, threadIndex: index, processId, clientId, stateDirectory, share, isPaused: this.#isPaused },
      start: startWorker,
      client: this.#client,
      locks: this.#locks,
      state: this.#instanceState,
      keptTasks: () => this.#keptTasks(),
      restoreListener: this.#restores,
      onStateChange: (state) => this.#onThreadState(state),
      onFailure: (error) => this.#onThreadFailure(thread, error),
      onGlobalFailure: (error) => this.#onGlobalFailure(error),
      onShutdownRequest: () => this.#endWith(shutdownRequested()),
      onInstances: (instances) => this.#queries.takeInstances(instances),
    })
    return thread
  }

  #onThreadState(state: ThreadState): void {
    if (state === 'RUNNING') this.#noteRunning()
    if (state === 'PARTITIONS_REVOKED' || state === 'PARTITIONS_ASSIGNED') this.#state.transition('REBALANCING')
  }

  #noteRunning(): void {
    if (this.state === 'REBALANCING' && this.#threads.areRunning) this.#state.transition('RUNNING')
  }

  /** Decides what becomes of the application when a thread dies; whether all of it is to shut down. */
  #onThreadFailure(thread: AppThread, error: Error): boolean {
    if (this.state !== 'REBALANCING' && this.state !== 'RUNNING') return false
    const answer = this.#askHandler(thread.threadId, error)
    this.#threads.judge(thread, answer)
    if (answer !== 'shutdown-application') return false
    this.#askForShutdown(thread)
    return true
  }

  #askHandler(thread: string, error: Error): UncaughtAnswer {
    const { config, environment } = this.#parts
    environment.logger.error({ err: error, thread }, 'a stream thread died')
    try {
      return config.handlers.uncaught(error)
    } catch (cause) {
      environment.logger.error({ err: cause, thread }, 'the uncaught-exception handler threw, the instance shuts down')
      return 'shutdown-client'
    }
  }

  /** Has the threads, `but` one, ask the whole application to shut down when they end. */
  #askForShutdown(but: AppThread | null): void {
    for (const thread of this.#threads.live) if (thread !== but) thread.askForShutdown()
  }

  #onThreadEnd(thread: AppThread, error: Error): void {
    if (this.state !== 'REBALANCING' && this.state !== 'RUNNING') return
    const verdict = this.#threads.verdictOf(thread)
    if (verdict?.answer !== 'replace-thread') {
      this.#endWith(error)
      return
    }
    this.#state.transition('REBALANCING')
    this.#threads.add(verdict.nextIndex)
  }

  /** Ends the instance because of `error`. */
  #endWith(error: Error): void {
    if (!this.#state.transition('PENDING_ERROR')) return
    this.#failure = error
    this.#closing = this.#shutDown('ERROR')
  }

  async #shutDown(end: 'NOT_RUNNING' | 'ERROR', leaveGroup?: boolean): Promise<void> {
    // What is being opened begins nothing any more.
    if (end === 'NOT_RUNNING') await this.#opening
    await this.#threads.shutDown(leaveGroup)
    await this.#global?.shutDown()
    await this.#closeState()
    this.#client.close()
    this.#state.transition(end)
  }

  async #closeState(): Promise<void> {
    try {
      await this.#instanceState?.close()
    } catch (error) {
      this.#parts.environment.logger.warn({ err: error }, 'the state directory could not be closed in good order')
    }
  }

  #onStateChange(state: StreamsState, old: StreamsState): void {
    this.#parts.environment.logger.info({ state, old, clientId: this.#parts.clientId }, 'the application changed its state')
    this.events.emit('stateChange', state, old)
    if (state === 'RUNNING') this.#waiters.running()
    if (state === 'NOT_RUNNING') this.#waiters.closed()
    if (state === 'ERROR') {
      assert(this.#failure !== null, 'an application in ERROR has failed')
      this.#reportFailure(this.#failure)
    }
  }

  #reportFailure(error: Error): void {
    const isAwaited = this.#waiters.failed(error)
    const isHeard = this.events.emit('error', error)
    if (isAwaited || isHeard) return
    // Nobody would ever know: thrown out of the event loop it ends the process.
    this.#parts.environment.scheduler.soon(() => {
      throw error
    })
  }

  #within(timeoutMs: number, work: Promise<void>): Promise<boolean> {
    return new Promise((resolve, reject) => {
      const timer = this.#parts.environment.scheduler.after(timeoutMs, () => {
        // Whatever is still waited for fails now, so that the instance ends all the same; the group finds out by its session.
        this.#client.close()
        for (const thread of this.#threads.all) thread.kill()
        resolve(false)
      })
      work.then(() => {
        timer.cancel()
        resolve(true)
      }, reject)
    })
  }
}

/** The engines where nothing has to be opened; `null` where something has to be. */
function enginesInMemory({ topology, config }: StreamsAppParts): EngineFactory | null {
  const { engines } = chooseEngines(topology, config.state.engine)
  return engines.every((engine) => engine === builtInEngines.memory) ? memoryEngines : null
}

function shutdownRequested(): TaskError {
  return new TaskError(
    'SHUTDOWN_REQUESTED',
    'Cannot go on: a member of the group asked the whole application to shut down, see the log of that member',
  )
}

function memoryOf({ cacheBytesMax, uncommittedBytesMax, state }: ResolvedConfig): MemoryShare {
  return { cacheBytes: cacheBytesMax, uncommittedBytes: uncommittedBytesMax, engineBytes: state.memoryBytesMax }
}
