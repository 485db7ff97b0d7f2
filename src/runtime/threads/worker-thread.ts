import { type Environment, sleep, type Timer } from '../../base/environment.ts'
import { QueryError, TaskError } from '../../base/errors.ts'
import type { ProgramThread } from '../../base/workers/workers.ts'
import type { Client } from '../../client/client.ts'
import type { EndpointPartitions } from '../../client/membership/membership.ts'
import type { ResolvedConfig } from '../../config/resolved-config.ts'
import type { MetricsRegistry, MetricValue } from '../../metrics/registry.ts'
import type { TaskOffsetSum } from '../../protocol/classic/subscription-info.ts'
import type { PhysicalTopology } from '../../topology/physical-topology.ts'
import type { AppThread } from '../app/app-thread.ts'
import type { ChangelogProgress } from '../app/store-lags.ts'
import type { StoreView } from '../app/view.ts'
import type { InstanceState } from '../directory/instance-state.ts'
import type { RestoreListener } from '../restore/restore-listener.ts'
import { markedNodes } from '../task/processing-mark.ts'
import type { PlacedTask } from '../thread/thread-parts.ts'
import type { ThreadState } from '../thread/thread-state.ts'
import { BlockWatch } from './block-watch.ts'
import { errorFromData } from './error-data.ts'
import { MembershipHost } from './membership-host.ts'
import { type FromThread, type MemoryShare, PulseCells, type ThreadOrder, type ToThread } from './messages.ts'
import { writePosted } from './posted-logger.ts'
import { Questions } from './questions.ts'
import type { TaskLocks } from './task-locks.ts'
import { CHANGELOGS_QUESTION } from './thread-program.ts'

/** What a stream thread that is a worker is made of, on the main thread's side. */
export interface WorkerThreadParts {
  readonly order: Omit<ThreadOrder, 'cells'>
  readonly start: (order: ThreadOrder) => ProgramThread
  readonly environment: Environment
  /** Of the main thread: the membership goes over it. */
  readonly client: Client
  readonly config: ResolvedConfig
  readonly topology: PhysicalTopology
  readonly metrics: MetricsRegistry
  readonly locks: TaskLocks
  /** Where tasks are kept; `null`: nowhere. */
  readonly state: InstanceState | null
  readonly keptTasks: () => readonly TaskOffsetSum[]
  readonly restoreListener: RestoreListener
  readonly onStateChange: (state: ThreadState) => void
  /** Called when an error ends the thread: whether it shall ask the whole application to shut down. */
  readonly onFailure: (error: Error) => boolean
  readonly onGlobalFailure: (error: Error) => void
  readonly onShutdownRequest: () => void
  readonly onInstances: (instances: readonly EndpointPartitions[]) => void
}

/** So long a worker that has nothing more to do may take to end. */
const ENDING_MS = 2_000

/** A stream thread in a worker, as the main thread sees it: keeps its membership, gives it tasks, hears what it says. */
export class WorkerThread implements AppThread {
  readonly threadId: string
  readonly threadIndex: number
  readonly #parts: WorkerThreadParts
  readonly #membership: MembershipHost
  readonly #questions: Questions
  readonly #watch: BlockWatch
  readonly #cells = new SharedArrayBuffer(PulseCells.count * Int32Array.BYTES_PER_ELEMENT)
  readonly #ended = Promise.withResolvers<Error | null>()
  readonly #removeMetrics: () => void
  #program: ProgramThread | null = null
  #state: ThreadState = 'CREATED'
  #placed: readonly PlacedTask[] = []
  #metricValues: readonly MetricValue[] = []
  #hasFailed = false
  #asksShutdown = false
  /** What the thread has said last of all; `undefined`: nothing yet. */
  #lastWord: Error | null | undefined = undefined
  #isOver = false
  #killing: Timer | null = null

  constructor(parts: WorkerThreadParts) {
    const { order, environment, topology } = parts
    this.#parts = parts
    this.threadId = order.threadId
    this.threadIndex = order.threadIndex
    const post = (message: ToThread): void => this.#post(message)
    this.#membership = new MembershipHost({
      thread: { ...parts, processId: order.processId, threadIndex: order.threadIndex },
      keptTasks: parts.keptTasks,
      onInstances: parts.onInstances,
      post,
    })
    this.#questions = new Questions(post)
    const cells = new Int32Array(this.#cells)
    this.#watch = new BlockWatch({ environment, threadId: order.threadId, cells, nodes: markedNodes(topology) })
    this.#removeMetrics = parts.metrics.register(() => this.#metricValues.map((metric) => ({ ...metric, read: () => metric.value })))
  }

  get state(): ThreadState {
    return this.#state
  }

  get topology(): PhysicalTopology {
    return this.#membership.sources.topology
  }

  get placed(): readonly PlacedTask[] {
    return this.#placed
  }

  run(): Promise<Error | null> {
    const program = this.#parts.start({ ...this.#parts.order, cells: this.#cells })
    this.#program = program
    program.channel.onMessage = (message: FromThread) => this.#take(message)
    program.onEnd = (error) => void this.#end(error)
    this.#watch.start()
    return this.#ended.promise
  }

  async shutDown(leaveGroup?: boolean): Promise<void> {
    this.#post({ kind: 'shutDown', leaveGroup })
    await this.#ended.promise
  }

  askForShutdown(): void {
    this.#asksShutdown = true
    this.#post({ kind: 'askForShutdown' })
  }

  pause(isPaused: boolean): void {
    this.#post({ kind: 'pause', isPaused })
  }

  resize(share: MemoryShare): void {
    this.#post({ kind: 'share', share })
  }

  stores(): readonly StoreView[] {
    return []
  }

  async changelogs(): Promise<readonly ChangelogProgress[]> {
    return (await this.ask(CHANGELOGS_QUESTION)) as readonly ChangelogProgress[]
  }

  ask(question: unknown): Promise<unknown> {
    return this.#questions.ask(question)
  }

  kill(): void {
    this.#program?.kill()
  }

  #post(message: ToThread): void {
    if (!this.#isOver) this.#program?.channel.post(message)
  }

  // oxlint-disable-next-line eslint/complexity -- one line for each kind of message
  #take(message: FromThread): void {
    const { environment, onShutdownRequest, onGlobalFailure } = this.#parts
    switch (message.kind) {
      case 'membership':
        return this.#membership.call(message.call)
      case 'poll':
        return this.#membership.poll(message.offsets)
      case 'leave':
        void this.#membership.leave(message.how).then(() => this.#post({ kind: 'left' }))
        return
      case 'take':
        return this.#giveTask(message.taskId)
      case 'release':
        return this.#takeBack(message)
      case 'state':
        this.#state = message.state
        return this.#parts.onStateChange(message.state)
      case 'tasks':
        this.#placed = message.tasks
        return
      case 'failed':
        return this.#post({ kind: 'verdict', asksShutdown: this.#judge(errorFromData(message.error)) })
      case 'shutdownRequest':
        return onShutdownRequest()
      case 'globalFailure':
        return onGlobalFailure(errorFromData(message.error))
      case 'event':
        return this.#tell(message.name as keyof RestoreListener, message.argument)
      case 'log':
        return writePosted(message, environment.logger)
      case 'metrics':
        this.#metricValues = message.values
        return
      case 'answer':
        return this.#questions.take(message)
      case 'ended':
        this.#lastWord = message.error === null ? null : errorFromData(message.error)
        // What a processor has left open must not keep the thread.
        this.#killing = environment.scheduler.after(ENDING_MS, () => this.kill())
        return
    }
  }

  /** Asks the application what becomes of it. Once. */
  #judge(error: Error): boolean {
    this.#hasFailed = true
    if (this.#parts.onFailure(error)) this.#asksShutdown = true
    return this.#asksShutdown
  }

  #giveTask(taskId: string): void {
    const { environment, locks, state } = this.#parts
    const owner = locks.take(taskId, this.threadId, () => {
      state?.noteOpened(taskId)
      this.#post({ kind: 'granted', taskId })
    })
    if (owner === null) return
    environment.logger.info({ thread: this.threadId, taskId, owner }, `Task ${taskId} waits until ${owner} has closed it`)
  }

  #takeBack({ taskId, metas }: FromThread & { readonly kind: 'release' }): void {
    const { locks, state, topology } = this.#parts
    const stores = new Map(topology.subtopologies.flatMap((subtopology) => subtopology.stores).map((store) => [store.name, store]))
    state?.noteClosed(taskId, metas === null ? null : metas.map(({ store, meta }) => ({ store: stores.get(store)!, meta })))
    locks.release(taskId, this.threadId)
  }

  #tell(name: keyof RestoreListener, argument: object): void {
    const { restoreListener } = this.#parts
    // Name and argument were posted together by the same listener on the other side.
    ;(restoreListener[name] as ((argument: object) => void) | undefined)?.call(restoreListener, argument)
  }

  /** The thread has ended: in good order, after its last word, or in the middle of something. */
  async #end(thrown: Error | null): Promise<void> {
    const { environment, config, locks, state } = this.#parts
    const isCrash = this.#lastWord === undefined
    const error = this.#lastWord ?? (isCrash ? diedOf(this.threadId, thrown) : null)
    if (error !== null && !this.#hasFailed) this.#judge(error)
    this.#killing?.cancel()
    this.#watch.stop()
    this.#isOver = true
    this.#placed = []
    this.#removeMetrics()
    this.#questions.close(new QueryError('STORE_NOT_AVAILABLE', `Cannot ask stream thread ${this.threadId}: it has ended; ask again later`))
    for (const taskId of locks.releaseAll(this.threadId)) state?.noteClosed(taskId, [])
    if (isCrash && this.#asksShutdown) {
      this.#membership.requestShutdown()
      await sleep(environment.scheduler, config.client.retryBackoffMaxMs)
    }
    await this.#membership.leave(error === null ? 'default' : 'leave')
    this.#state = 'DEAD'
    this.#ended.resolve(error)
  }
}

function diedOf(threadId: string, cause: Error | null): TaskError {
  const reason = cause === null ? 'its worker was ended from outside' : cause.message
  return new TaskError('THREAD_DIED', `Cannot go on with stream thread ${threadId}: ${reason}`, { cause: cause ?? undefined })
}
