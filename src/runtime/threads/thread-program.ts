import type { Environment } from '../../base/environment.ts'
import type { Channel } from '../../base/workers/channel.ts'
import { Client } from '../../client/client.ts'
import type { ResolvedConfig } from '../../config/resolved-config.ts'
import { MetricsRegistry } from '../../metrics/registry.ts'
import type { Endpoint, Transport } from '../../protocol/transport.ts'
import type { EngineFactory } from '../../state/engines/engine.ts'
import { memoryEngines } from '../../state/engines/memory/memory-engine.ts'
import type { PhysicalTopology } from '../../topology/physical-topology.ts'
import type { StoreView } from '../app/view.ts'
import { createEngines } from '../directory/create-engines.ts'
import { chooseEngines } from '../directory/store-engines.ts'
import { GlobalThread } from '../global/global-thread.ts'
import type { RestoreListener } from '../restore/restore-listener.ts'
import { markedNodes, ProcessingMark } from '../task/processing-mark.ts'
import { StreamThread } from '../thread/stream-thread.ts'
import { errorToData } from './error-data.ts'
import { type FromThread, type MemoryShare, PulseCells, type ThreadOrder, type ToThread } from './messages.ts'
import { answerQuestion } from './questions.ts'
import { RemoteMembership } from './remote-membership.ts'
import { TaskGate } from './task-gate.ts'

/** What a stream thread that is a worker finds on its own side. */
export interface ThreadSurroundings {
  readonly environment: Environment
  readonly transport: Transport
  readonly bootstrap: readonly Endpoint[]
  readonly topology: PhysicalTopology
  readonly config: ResolvedConfig
  /** Where all stores are, for tests; closed by its owner. Default: the engines that stores and configuration choose. */
  readonly engines?: EngineFactory | undefined
  /** Answers a question about a store; `views`: those of that name that the thread has open. */
  readonly answer: (question: unknown, views: ThreadViews) => unknown
  /** Where everything is in one thread after all, for tests: is given a look at what this one has, until it calls back. */
  readonly showViews?: ((views: ThreadViews) => () => void) | undefined
}

/** The stores of a name that a thread has open. */
export type ThreadViews = (store: string) => readonly StoreView[]

/** What is asked of a thread besides stores: how far its tasks are with their changelogs. */
export const CHANGELOGS_QUESTION = 'changelogs'

/** Its metrics are posted so often, and so often it shows that its event loop runs. */
const BEAT_MS = 1_000

/**
 * Runs one stream thread in a worker: with a client, engines, global stores and metrics of its own. Everything that the main thread has to
 * do with it goes over `channel`. Resolves when the thread has ended and all that it had is closed.
 */
export async function runThreadProgram(channel: Channel, order: ThreadOrder, outside: ThreadSurroundings): Promise<void> {
  const program = new ThreadProgram(channel, order, outside)
  let failure: unknown = null
  try {
    await program.run()
  } catch (error) {
    failure = error
  }
  channel.post({ kind: 'ended', error: failure === null ? null : errorToData(failure) } satisfies FromThread)
  channel.close()
}

class ThreadProgram {
  readonly #order: ThreadOrder
  readonly #outside: ThreadSurroundings
  readonly #client: Client
  readonly #metrics = new MetricsRegistry()
  readonly #post: (message: FromThread) => void
  readonly #cells: Int32Array
  readonly #verdict = Promise.withResolvers<boolean>()
  readonly #stopped = Promise.withResolvers<void>()
  #share: MemoryShare
  #isPaused: boolean
  #isStopping = false
  #leaveGroup: boolean | undefined
  #gate: TaskGate | null = null
  #membership: RemoteMembership | null = null
  #global: GlobalThread | null = null
  #thread: StreamThread | null = null
  #hasEnded = false

  constructor(channel: Channel, order: ThreadOrder, outside: ThreadSurroundings) {
    const { config, environment, bootstrap, transport } = outside
    this.#order = order
    this.#outside = outside
    this.#share = order.share
    this.#isPaused = order.isPaused
    this.#cells = new Int32Array(order.cells)
    this.#post = (message) => channel.post(message)
    this.#client = new Client({
      ...config.client,
      clientId: order.clientId,
      bootstrap,
      ...(config.group.rackId === null ? {} : { rackId: config.group.rackId }),
      transport,
      environment,
    })
    channel.onMessage = (message: ToThread) => this.#take(message)
  }

  async run(): Promise<void> {
    this.#beat()
    const hideViews = this.#outside.showViews?.(this.#views)
    try {
      const gate = await this.#createGate()
      this.#gate = gate
      try {
        const failure = await this.#runOn(gate)
        if (failure !== null) throw failure
      } finally {
        await this.#global?.shutDown()
        if (this.#outside.engines === undefined) gate.close()
      }
    } finally {
      this.#hasEnded = true
      hideViews?.()
      this.#client.close()
    }
  }

  async #createGate(): Promise<TaskGate> {
    const { topology } = this.#outside
    const { stateDirectory: directory, threadIndex } = this.#order
    const engines = this.#outside.engines ?? (await this.#createEngines())
    return new TaskGate({ engines, topology, threadIndex, arePersistent: directory !== '', post: this.#post })
  }

  async #createEngines(): Promise<EngineFactory> {
    const { environment, topology, config } = this.#outside
    const chosen = chooseEngines(topology, config.state.engine)
    if (chosen.engines.length === 0) return memoryEngines
    const memoryBytesMax = this.#share.engineBytes
    return createEngines(chosen, { environment, directory: this.#order.stateDirectory, memoryBytesMax })
  }

  async #runOn(gate: TaskGate): Promise<Error | null> {
    if (!(await this.#fillGlobalStores(gate)) || this.#isStopping) return null
    const thread = this.#createThread(gate)
    this.#thread = thread
    return thread.run()
  }

  /** Whether they are filled; if not, the instance closes. */
  #fillGlobalStores(engines: TaskGate): Promise<boolean> {
    const { config, environment, topology } = this.#outside
    if (topology.globalStores.length === 0) return Promise.resolve(true)
    const { promise, resolve } = Promise.withResolvers<boolean>()
    void this.#stopped.promise.then(() => resolve(false))
    this.#global = new GlobalThread({
      environment,
      client: this.#client,
      topology,
      config,
      engines,
      metrics: this.#metrics,
      threadId: `${this.#order.clientId}-GlobalStreamThread-${this.#order.threadIndex}`,
      restoreListener: this.#restores,
      onReady: () => resolve(true),
      onFailure: (error) => this.#post({ kind: 'globalFailure', error: errorToData(error) }),
    })
    this.#global.start()
    return promise
  }

  #createThread(gate: TaskGate): StreamThread {
    const { environment, topology, config } = this.#outside
    const { processId, threadId, threadIndex } = this.#order
    return new StreamThread({
      environment,
      client: this.#client,
      topology,
      config: { ...config, cacheBytesMax: this.#share.cacheBytes, uncommittedBytesMax: this.#share.uncommittedBytes },
      engines: gate,
      metrics: this.#metrics,
      processId,
      threadId,
      threadIndex,
      transactionalId: `${config.applicationId}-${processId}-${threadIndex}`,
      globalStore: (name) => this.#global?.store(name),
      isPaused: () => this.#isPaused,
      onStateChange: (state) => this.#post({ kind: 'state', state }),
      onFailure: (error) => {
        this.#post({ kind: 'failed', error: errorToData(error) })
        return this.#verdict.promise
      },
      onShutdownRequest: () => this.#post({ kind: 'shutdownRequest' }),
      restoreListener: this.#restores,
      keptTasks: () => [],
      onInstances: () => undefined,
      worker: {
        openMembership: ({ taskOffsets }) => {
          const { clock } = environment
          const membership = new RemoteMembership({ groupId: config.applicationId, clock, taskOffsets, post: this.#post })
          this.#membership = membership
          return { membership, close: () => undefined }
        },
        takeTask: (taskId) => gate.take(taskId),
        tookTask: (taskId) => gate.took(taskId),
        onTasks: (tasks) => this.#post({ kind: 'tasks', tasks }),
        mark: new ProcessingMark(this.#cells, PulseCells.node, markedNodes(topology)),
      },
    })
  }

  get #restores(): RestoreListener {
    const event =
      (name: string) =>
      (argument: object): void =>
        this.#post({ kind: 'event', name, argument })
    return {
      restoreStart: event('restoreStart'),
      restoreBatch: event('restoreBatch'),
      restoreEnd: event('restoreEnd'),
      restoreSuspended: event('restoreSuspended'),
      standbyStart: event('standbyStart'),
      standbyBatch: event('standbyBatch'),
      standbyEnd: event('standbyEnd'),
    }
  }

  /** Shows that the event loop runs, and how far the thread is. */
  #beat(): void {
    if (this.#hasEnded) return
    this.#cells[PulseCells.beats]!++
    this.#post({ kind: 'metrics', values: this.#metrics.read() })
    this.#outside.environment.scheduler.after(BEAT_MS, () => this.#beat())
  }

  #take(message: ToThread): void {
    if (this.#membership?.take(message) === true) return
    switch (message.kind) {
      case 'granted':
        this.#gate?.granted(message.taskId)
        return
      case 'verdict':
        this.#verdict.resolve(message.asksShutdown)
        return
      case 'askForShutdown':
        this.#thread?.askForShutdown()
        return
      case 'shutDown':
        this.#leaveGroup = message.leaveGroup
        this.#isStopping = true
        this.#stopped.resolve()
        void this.#thread?.shutDown(this.#leaveGroup)
        return
      case 'pause':
        this.#isPaused = message.isPaused
        this.#thread?.wake()
        return
      case 'share':
        this.#share = message.share
        this.#gate?.resize(message.share.engineBytes)
        this.#thread?.resize(message.share.cacheBytes, message.share.uncommittedBytes)
        return
      case 'ask':
        void answerQuestion(message, (question) => this.#answer(question), this.#post)
        return
      case 'signal':
      case 'polled':
      case 'left':
        return
    }
  }

  #answer(question: unknown): unknown {
    if (question === CHANGELOGS_QUESTION) return this.#thread?.changelogs() ?? []
    return this.#outside.answer(question, this.#views)
  }

  readonly #views: ThreadViews = (store) => {
    const global = this.#global?.view(store)
    return global === undefined ? (this.#thread?.stores(store) ?? []) : [global]
  }
}
