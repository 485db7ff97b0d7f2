import { assert } from '../../base/assert.ts'
import { type Environment, sleep } from '../../base/environment.ts'
import { isMillraceError, TaskError } from '../../base/errors.ts'
import { Admin } from '../../client/admin.ts'
import type { Client } from '../../client/client.ts'
import type { FetchedChunk } from '../../client/fetched-chunk.ts'
import { type FetchProblem, Fetcher } from '../../client/fetcher.ts'
import type { ResolvedConfig } from '../../config/resolved-config.ts'
import type { MetricsRegistry } from '../../metrics/registry.ts'
import type { EngineFactory } from '../../state/engines/engine.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import type { StoreExpectation } from '../../state/store-meta.ts'
import type { GlobalStore, PhysicalTopology } from '../../topology/physical-topology.ts'
import type { StoreView } from '../app/view.ts'
import type { RestoreListener } from '../restore/restore-listener.ts'
import { prepareSerdes } from '../task/prepare-serdes.ts'
import { Wakeup } from '../thread/wakeup.ts'
import { GlobalBootstrap } from './global-bootstrap.ts'
import { metricsOfGlobalTask } from './global-metrics.ts'
import { GlobalTask } from './global-task.ts'
import { type GlobalPartition, GlobalTopics } from './global-topics.ts'

/** What keeps the global stores of an instance up to date is made of. */
export interface GlobalThreadParts {
  readonly environment: Environment
  readonly client: Client
  readonly topology: PhysicalTopology
  readonly config: ResolvedConfig
  readonly engines: EngineFactory
  readonly metrics: MetricsRegistry
  /** `<client id>-GlobalStreamThread`. */
  readonly threadId: string
  readonly restoreListener: RestoreListener
  /** All stores hold what was in their topics when the thread began. */
  readonly onReady: () => void
  /** Called when an error ends the updates. The stores stay as they are until `shutDown`: tasks may still read them. */
  readonly onFailure: (error: Error) => void
}

/** Records are applied for so long before the event loop gets its turn. */
const SLICE_MS = 10
const DAY_MS = 86_400_000

/**
 * Keeps the global stores of an instance: reads all partitions of their topics from where the stores are to the high watermark, then says
 * that the instance may run, and follows the topics from then on (P§7.10). Under exactly-once it reads read_committed, so that the first
 * part waits until every transaction below the high watermark is decided.
 *
 * What was read goes into the engine every `commitIntervalMs`, with the positions and outside of all transactions. It has no part in the
 * group; what it cannot get over ends the instance.
 */
export class GlobalThread {
  readonly #parts: GlobalThreadParts
  readonly #wakeup: Wakeup
  readonly #admin: Admin
  readonly #fetcher: Fetcher
  readonly #problems: FetchProblem[] = []
  /** What was fetched and is not applied yet. */
  readonly #chunks: FetchedChunk[] = []
  #task: GlobalTask | null = null
  #topics: GlobalTopics | null = null
  #bootstrap: GlobalBootstrap | null = null
  /** Whose topic does not have the position any more: it is emptied when nobody reads it. */
  #lost: GlobalStore | null = null
  #removeMetrics: () => void = () => undefined
  #isReady = false
  #isStopping = false
  #commitAtMs = Infinity
  readonly #stopped = Promise.withResolvers<void>()
  #ended: Promise<void> | null = null

  constructor(parts: GlobalThreadParts) {
    const { client, config, environment } = parts
    this.#parts = parts
    this.#wakeup = new Wakeup(environment.scheduler)
    this.#admin = new Admin(client)
    this.#fetcher = new Fetcher(client, { ...config.globalFetch, purpose: 'fetch' }, (problem) => {
      this.#problems.push(problem)
      this.#wakeup.call()
    })
    this.#fetcher.onReady = this.#wakeup.call
  }

  /** Whether all stores have been filled. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** A global store as processors see it, `undefined` if there is none of that name. */
  readonly store = (name: string): unknown => this.#task?.store(name)

  /** A global store as queries see it, while the stores are filled. */
  view(name: string): StoreView | undefined {
    return this.#isReady ? this.#task?.view(name) : undefined
  }

  /** Begins. It ends by `shutDown`. */
  start(): void {
    assert(this.#ended === null, 'a global thread runs once')
    this.#ended = this.#run()
  }

  /** Ends the thread. Resolves when it has ended. */
  async shutDown(): Promise<void> {
    this.#isStopping = true
    this.#stopped.resolve()
    this.#wakeup.call()
    await this.#ended
  }

  async #run(): Promise<void> {
    let hasFailed = false
    try {
      await this.#open()
      while (!this.#isStopping) await this.#wakeup.sleep(this.#turn() ? 0 : this.#idleMs())
    } catch (error) {
      hasFailed = true
      this.#parts.onFailure(error instanceof Error ? error : new Error(String(error)))
      await this.#stopped.promise
    }
    await this.#close(hasFailed)
  }

  /** Finds the topics and how far they are to be read before the instance runs. */
  async #open(): Promise<void> {
    const { client, config, topology, environment, engines, metrics, threadId } = this.#parts
    const { globalStores } = topology
    const sources = globalStores.map(({ source }) => source)
    await prepareSerdes({ sources, sinks: [], stores: globalStores.map(({ store }) => store) }, config.applicationId)
    const topics = await this.#retrying(() => GlobalTopics.lookUp(globalStores, client.metadata))
    const partitions = topics.partitions.map(({ at }) => at)
    const [ends, starts] = await this.#retrying(() =>
      Promise.all([
        this.#admin.listOffsets(partitions, 'latest', 'read_uncommitted'),
        this.#admin.listOffsets(partitions, 'earliest', 'read_uncommitted'),
      ]),
    )
    if (this.#isStopping) return
    const { handlers } = config
    const task = new GlobalTask({
      applicationId: config.applicationId,
      globalStores,
      engines,
      expectationOf: (store) => this.#expectationOf(store),
      deserialization: handlers.deserialization,
      processing: config.globalProcessingHandler ? handlers.processing : null,
      clock: environment.clock,
      logger: environment.logger,
      output: environment.output,
      files: environment.files,
    })
    this.#task = task
    this.#topics = topics
    this.#removeMetrics = metrics.register(() => metricsOfGlobalTask(task, { 'thread-id': threadId, 'task-id': task.taskId }))
    this.#bootstrap = new GlobalBootstrap({
      task,
      topics,
      starts,
      ends,
      listener: this.#parts.restoreListener,
      environment,
      taskTimeoutMs: config.thread.taskTimeoutMs,
    })
    for (const { at, position } of this.#bootstrap.positions()) this.#fetcher.add(at, position)
    this.#commitAtMs = environment.clock.monotonic() + config.commitIntervalMs
  }

  /** One round of the loop. Whether there may be more to do at once. Throws what ends the instance. */
  #turn(): boolean {
    const { clock } = this.#parts.environment
    for (const problem of this.#problems.splice(0)) this.#settle(problem)
    const untilMs = clock.monotonic() + SLICE_MS
    const chunks = this.#chunks
    if (chunks.length === 0) chunks.push(...this.#fetcher.poll())
    const isBusy = chunks.length > 0
    while (chunks.length > 0) {
      this.#apply(chunks.shift()!)
      if (clock.monotonic() >= untilMs) break
    }
    if (this.#bootstrap?.isDone === true) this.#becomeReady()
    this.#bootstrap?.checkProgress()
    this.#commitWhenDue()
    this.#task!.state.maintain(clock.monotonic())
    return isBusy
  }

  #apply(chunk: FetchedChunk): void {
    try {
      const partition = this.#topics!.find(chunk.topic, chunk.partition)
      if (this.#bootstrap !== null) this.#bootstrap.apply(partition, chunk)
      else this.#task!.update(partition.global, partition.at, chunk)
    } finally {
      chunk.release()
    }
  }

  #becomeReady(): void {
    this.#bootstrap = null
    this.#task!.commit()
    this.#task!.begin()
    this.#isReady = true
    this.#parts.environment.logger.info({ thread: this.#parts.threadId }, 'the global stores are filled')
    this.#parts.onReady()
  }

  #commitWhenDue(): void {
    const { environment, config } = this.#parts
    const nowMs = environment.clock.monotonic()
    const { uncommittedBytes } = this.#task!.state
    if (nowMs < this.#commitAtMs && uncommittedBytes < config.uncommittedBytesMax) return
    this.#commitAtMs = nowMs + config.commitIntervalMs
    if (uncommittedBytes > 0) this.#task!.commit()
  }

  #idleMs(): number {
    const { environment, config } = this.#parts
    return Math.max(1, Math.min(config.thread.pollMs, this.#commitAtMs - environment.clock.monotonic()))
  }

  /** While nobody reads the stores one may begin anew; later the instance must (P§7.10). */
  #settle(problem: FetchProblem): void {
    const { topic, partition, offset, kind, error } = problem
    const found = this.#topics!.find(topic, partition)
    const store = found.global.store.name
    const place = { topic, partition, offset, store, cause: error }
    if (kind !== 'out-of-range' && kind !== 'truncated' && kind !== 'recreated') {
      throw new TaskError(
        'INPUT_FAILED',
        `Cannot read "${topic}" partition ${partition} for global store "${store}": ${error.message}`,
        place,
      )
    }
    if (this.#bootstrap !== null && kind !== 'recreated') {
      this.#parts.environment.logger.warn(
        { store, topic, partition, offset, kind },
        'a global store is emptied and read from the beginning',
      )
      this.#forget(found)
      for (const { at, position } of this.#bootstrap.startOver(found, Math.max(problem.logStartOffset, 0))) this.#fetcher.seek(at, position)
      return
    }
    this.#lost = found.global
    throw new TaskError(
      'GLOBAL_STORE_LOST',
      `Cannot go on with global store "${store}": "${topic}" partition ${partition} does not have offset ${offset} any more (${kind}); the store is emptied, start the instance again`,
      place,
    )
  }

  /** Drops what was fetched for the store of `partition` and is not applied yet. */
  #forget({ global }: GlobalPartition): void {
    const chunks = this.#chunks.splice(0)
    for (const chunk of chunks) {
      if (this.#topics!.find(chunk.topic, chunk.partition).global === global) chunk.release()
      else this.#chunks.push(chunk)
    }
  }

  #expectationOf(store: StoreDefinition): StoreExpectation {
    const { metadata } = this.#parts.client
    const topic = store.changelog?.topic
    return {
      clusterId: metadata.clusterId,
      topicId: topic === undefined ? null : (metadata.topic(topic)?.topicId ?? null),
      deleteRetentionMs: DAY_MS,
    }
  }

  /** Tries `work` again, what passes, until `taskTimeoutMs` are over. */
  async #retrying<T>(work: () => Promise<T>): Promise<T> {
    const { environment, config } = this.#parts
    const { clock, scheduler, logger } = environment
    const { taskTimeoutMs } = config.thread
    const startMs = clock.monotonic()
    for (;;) {
      try {
        return await work()
      } catch (error) {
        if (this.#isStopping || !isMillraceError(error) || !error.retriable) throw error
        if (clock.monotonic() - startMs >= taskTimeoutMs) {
          const message = `Cannot fill the global stores: the cluster has not answered for ${taskTimeoutMs} ms (taskTimeoutMs), lastly: ${error.message}`
          throw new TaskError('TASK_TIMED_OUT', message, { cause: error })
        }
        logger.warn({ err: error }, 'the topics of the global stores cannot be read yet, trying again')
        await sleep(scheduler, config.client.retryBackoffMs)
      }
    }
  }

  async #close(hasFailed: boolean): Promise<void> {
    this.#isReady = false
    for (const chunk of this.#chunks.splice(0)) chunk.release()
    this.#removeMetrics()
    try {
      if (this.#lost !== null) this.#task?.wipe(this.#lost.store.name, this.#topics!.partitionsOf(this.#lost))
      if (!hasFailed || this.#lost !== null) this.#task?.commit()
    } catch (error) {
      this.#parts.environment.logger.warn({ err: error }, 'the last updates of the global stores are read again by the next instance')
    }
    this.#task?.close()
    await this.#fetcher.close()
  }
}
