import { assert } from '../../base/assert.ts'
import { sleep } from '../../base/environment.ts'
import { isMillraceError, StoreError, TaskError } from '../../base/errors.ts'
import type { EndpointPartitions, MembershipEvent } from '../../client/membership/membership.ts'
import { formatTaskId, type TaskId } from '../../protocol/task-id.ts'
import type { ChangelogProgress } from '../app/store-lags.ts'
import type { StoreView } from '../app/view.ts'
import type { PhysicalTopology } from '../../topology/physical-topology.ts'
import { decideRecovery, type Recovery } from '../commit/recovery.ts'
import { CommitSchedule } from './commit-schedule.ts'
import { LogSummary } from './log-summary.ts'
import { ThreadClients } from './thread-clients.ts'
import { ThreadInput } from './thread-input.ts'
import { ThreadMetrics } from './thread-metrics.ts'
import type { PlacedTask, ThreadParts } from './thread-parts.ts'
import { type ThreadState, ThreadStateMachine } from './thread-state.ts'
import { Wakeup } from './wakeup.ts'

/** The thread processes for so long before the event loop gets its turn. */
const SLICE_MS = 10
/** The clock is read, and the bytes of the overlays are counted, once in so many records. */
const RECORDS_PER_LOOK = 64

/**
 * A stream thread: one loop that owns tasks, consumer, producer and membership (P§7.2). All of it runs on the event loop; what takes
 * requests runs in the background, and nothing of it changes a task but at the loop's own steps:
 *
 * membership -> tasks that opened or restored -> input -> a slice of records and punctuators -> commit when it is due.
 */
export class StreamThread {
  readonly threadId: string
  readonly #parts: ThreadParts
  readonly #state: ThreadStateMachine
  readonly #wakeup: Wakeup
  readonly #metrics: ThreadMetrics
  readonly #schedule: CommitSchedule
  readonly #summary: LogSummary
  readonly #clients: ThreadClients
  readonly #input: ThreadInput
  /** False while the coordinator says that topics are missing or the assignment is delayed (N§1.5). */
  #isReady = false
  #isStopping = false
  /** Since when the thread has gone back to its last commit without reaching another; `null` while all is well. */
  #failingSinceMs: number | null = null
  #leaveGroup: boolean | undefined
  #asksShutdown = false
  /** What the caches may hold from the next commit on; `null`: as now. */
  #nextCacheBytes: number | null = null
  /** The tasks that `onTasks` was told of. */
  #toldTasks = ''
  #ended: Promise<Error | null> | null = null
  /** Who reads what, as the group last said. */
  #instances: readonly EndpointPartitions[] = []

  constructor(parts: ThreadParts) {
    this.#parts = parts
    this.threadId = parts.threadId
    this.#state = new ThreadStateMachine((state) => parts.onStateChange(state))
    this.#wakeup = new Wakeup(parts.environment.scheduler)
    this.#metrics = new ThreadMetrics(parts.metrics, parts.threadId)
    this.#schedule = new CommitSchedule(parts.config, parts.environment.clock)
    this.#summary = new LogSummary(parts.environment, parts.config.thread.logSummaryIntervalMs)
    this.#clients = new ThreadClients(parts, this.#wakeup.call)
    this.#input = new ThreadInput(this.#clients, parts, this.#wakeup.call)
  }

  /** Runs until `shutDown`, resolving with `null`, or until an error, which it resolves with. */
  run(): Promise<Error | null> {
    assert(this.#ended === null, 'a stream thread runs once')
    this.#ended = this.#run()
    return this.#ended
  }

  /** Ends the thread: a last commit, tasks closed, group left as told. Resolves when it has ended. */
  async shutDown(leaveGroup?: boolean): Promise<void> {
    this.#leaveGroup = leaveGroup
    this.#isStopping = true
    this.#wakeup.call()
    await this.#ended
  }

  /** From now on the thread, when it ends, asks the whole application to shut down. */
  askForShutdown(): void {
    this.#asksShutdown = true
  }

  /** Changes what caches and overlays of the thread may have, in bytes. Takes hold with a commit, which does not wait for its interval. */
  resize(cacheBytes: number, uncommittedBytes: number): void {
    this.#nextCacheBytes = cacheBytes
    this.#schedule.ask(uncommittedBytes)
    this.#wakeup.call()
  }

  get state(): ThreadState {
    return this.#state.state
  }

  /** The tasks that it has open, by id. */
  get tasks(): readonly PlacedTask[] {
    return this.#input.tasks.open().map(({ task, state }) => ({ taskId: task.taskId, state }))
  }

  /** Makes the loop look round now. */
  wake(): void {
    this.#wakeup.call()
  }

  /** The store of each task that has one of this name. */
  stores(name: string): readonly StoreView[] {
    return this.#input.tasks.open().flatMap(({ task, state }) => {
      const view = task.view(name)
      return view === undefined ? [] : [{ ...view, state }]
    })
  }

  /** The topology, with the topics that its patterns were found to match. */
  get topology(): PhysicalTopology {
    return this.#clients.sources.topology
  }

  /** How far its tasks are with their changelogs. */
  changelogs(): readonly ChangelogProgress[] {
    return this.#input.tasks.open().flatMap(({ task, state }) =>
      task.changelogs.map((changelog) => {
        const { store, topic, partition } = changelog
        return { store, topic, partition, nextOffset: state === 'running' ? null : (changelog.storedOffset() ?? -1) + 1 }
      }),
    )
  }

  async #run(): Promise<Error | null> {
    let failure: Error | null = null
    try {
      this.#state.transition('STARTING')
      this.#clients.membership.join()
      await this.#loop()
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error))
      this.#asksShutdown = await this.#parts.onFailure(failure)
    }
    this.#state.transition('PENDING_SHUTDOWN')
    failure = (await this.#close(failure)) ?? failure
    this.#state.transition('DEAD')
    return failure
  }

  async #loop(): Promise<void> {
    while (!this.#isStopping) {
      let isBusy: boolean
      try {
        isBusy = await this.#turn()
      } catch (error) {
        await this.#recover(error)
        isBusy = true
      }
      await this.#wakeup.sleep(isBusy ? 0 : this.#idleMs())
    }
  }

  /** One round of the loop. Whether there may be more to do at once. */
  async #turn(): Promise<boolean> {
    let isBusy = await this.#followMembership()
    this.#noteInstances()
    if (await this.#followTopics()) isBusy = true
    if (await this.#clients.prepare(this.#input.tasks.size > 0)) isBusy = true
    if (this.#input.tasks.advance()) isBusy = true
    if (this.#clients.restorer.poll()) isBusy = true
    this.#input.tasks.maintain()
    this.#noteState()
    this.#noteTasks()
    if (await this.#input.take()) isBusy = true
    if (this.#clients.producer.isFull) await this.#clients.producer.whenWritable()
    if (this.#canProcess() && this.#processSlice()) isBusy = true
    if (this.#clients.membership.mayCommit && this.#schedule.isDue(this.#input.tasks.running)) await this.#commit()
    this.#summary.logWhenDue(this.threadId, this.#metrics)
    return isBusy
  }

  async #followMembership(): Promise<boolean> {
    const event = this.#clients.membership.poll()
    if (event === null) return false
    await this.#follow(event)
    return true
  }

  /** Makes tasks read what topics that have come, gone or grown leave them. Whether any has to. */
  async #followTopics(): Promise<boolean> {
    if (!this.#clients.membership.mayCommit) return false
    const { tasks } = this.#input
    const changed = this.#input.changedTasks()
    if (changed.length === 0) return false
    // Offsets of a topic that is gone may not be accepted, and without them nothing may be committed exactly once.
    if (this.#parts.config.exactlyOnce && changed.some(({ losesInputs }) => losesInputs)) await this.#undo('roll-back')
    else await this.#commit()
    tasks.reread(changed)
    this.#state.transition('PARTITIONS_ASSIGNED')
    this.#parts.environment.logger.info(
      { thread: this.threadId, tasks: changed.map(({ taskId }) => taskId) },
      'topics have changed: these tasks read other partitions from now on',
    )
    return true
  }

  async #follow(event: MembershipEvent): Promise<void> {
    const { membership } = this.#clients
    const { tasks } = this.#input
    switch (event.kind) {
      case 'revoke':
        await this.#revoke(event.tasks)
        return
      case 'assign': {
        const { active, standby, warmup, isReady } = event.assignment
        // A warm-up is a standby that will be active soon.
        const standbys = [...standby, ...warmup]
        this.#state.transition('PARTITIONS_ASSIGNED')
        const wanted = new Set([...active, ...standbys].map(formatTaskId))
        tasks.close(tasks.ids().filter((id) => !wanted.has(formatTaskId(id))))
        for (const id of active) tasks.add(id, 'active')
        for (const id of standbys) tasks.add(id, 'standby')
        this.#isReady = isReady
        this.#input.lookAgain()
        membership.assigned()
        this.#parts.environment.logger.info(
          { thread: this.threadId, active: active.map(formatTaskId), standby: standbys.map(formatTaskId), isReady },
          'took an assignment',
        )
        return
      }
      case 'lost':
        this.#state.transition('PARTITIONS_REVOKED')
        this.#isReady = false
        tasks.closeAll()
        await this.#clients.replaceProducer()
        membership.lostHandled()
        return
      case 'problem':
        this.#parts.environment.logger.error({ err: event.error, thread: this.threadId }, 'the group coordinator reports a problem')
        return
      case 'shutdown':
        this.#parts.onShutdownRequest()
        return
      case 'failed':
        tasks.closeAll()
        throw event.error
    }
  }

  /** Gives tasks up: what they did is committed first, so that the next owner goes on exactly there. */
  async #revoke(ids: readonly TaskId[]): Promise<void> {
    this.#state.transition('PARTITIONS_REVOKED')
    const { tasks } = this.#input
    let failure: unknown = null
    try {
      await this.#commit()
    } catch (error) {
      failure = error
    }
    tasks.suspend(ids)
    this.#clients.membership.revoked()
    if (failure !== null) throw failure
  }

  #canProcess(): boolean {
    return this.#isReady && !this.#parts.isPaused() && !this.#clients.collector.isWaiting
  }

  #processSlice(): boolean {
    const { clock } = this.#parts.environment
    const endMs = clock.monotonic() + SLICE_MS
    const { running } = this.#input.tasks
    let hasWorked = false
    for (;;) {
      let processed = 0
      for (const task of running) {
        processed += task.process(RECORDS_PER_LOOK)
        if (task.punctuate()) hasWorked = true
      }
      this.#metrics.processedRecords += processed
      if (processed > 0) hasWorked = true
      const isOver = processed === 0 || clock.monotonic() >= endMs
      const { producer, collector } = this.#clients
      if (isOver || producer.isFull || collector.isWaiting || this.#schedule.isRequested(running)) break
    }
    this.#input.balance()
    return hasWorked
  }

  async #commit(): Promise<void> {
    const startMs = this.#parts.environment.clock.monotonic()
    const hasCommitted = await this.#clients.committer.commit(this.#input.tasks.running)
    if (hasCommitted) this.#failingSinceMs = null
    this.#schedule.committed()
    if (this.#nextCacheBytes !== null) this.#input.resizeCache(this.#nextCacheBytes)
    this.#nextCacheBytes = null
    this.#metrics.committed(this.#parts.environment.clock.monotonic() - startMs)
    this.#clients.purge.afterCommit(this.#input.tasks.running)
  }

  /** Gets the thread back to what is committed after `error`, or throws it when there is no way back. */
  async #recover(error: unknown): Promise<void> {
    const recovery = decideRecovery(error, this.#parts.config.exactlyOnce)
    if (recovery === 'fatal') throw error
    if (error instanceof StoreError && error.code === 'STORE_CORRUPTED') this.#input.tasks.reopen(error)
    if (recovery !== 'migrated') this.#checkTaskTimeout(error)
    this.#parts.environment.logger.warn({ err: error, thread: this.threadId, recovery }, 'going back to what is committed')
    this.#metrics.recoveries++
    if (recovery === 'migrated') {
      this.#state.transition('PARTITIONS_REVOKED')
      this.#isReady = false
      this.#input.tasks.closeAll()
      await this.#clients.replaceProducer()
      this.#clients.membership.rejoin()
      return
    }
    await this.#undo(recovery)
    this.#state.transition('PARTITIONS_ASSIGNED')
    this.#schedule.committed()
  }

  /** Throws when going back to the last commit has not helped for `task.timeout.ms` (KIP-572). */
  #checkTaskTimeout(error: unknown): void {
    const { clock } = this.#parts.environment
    const { taskTimeoutMs } = this.#parts.config.thread
    this.#failingSinceMs ??= clock.monotonic()
    if (clock.monotonic() - this.#failingSinceMs < taskTimeoutMs) return
    const reason = error instanceof Error ? error.message : String(error)
    throw new TaskError(
      'TASK_TIMED_OUT',
      `Cannot go on: nothing could be committed for ${taskTimeoutMs} ms (taskTimeoutMs), lastly: ${reason}`,
      {
        cause: error,
      },
    )
  }

  async #undo(recovery: Recovery): Promise<void> {
    this.#input.tasks.rollBack(recovery === 'replay')
    try {
      if (recovery === 'roll-back') await this.#clients.committer.abort()
      else await this.#clients.replaceProducer()
    } catch (error) {
      if (!isMillraceError(error)) throw error
      // Whatever the cluster did of the abort, a producer that is initialised anew has no transaction.
      await this.#clients.replaceProducer()
    }
  }

  #noteInstances(): void {
    const instances = this.#clients.membership.endpoints()
    if (instances === this.#instances || instances.length + this.#instances.length === 0) return
    this.#instances = instances
    this.#parts.onInstances(instances)
  }

  #noteTasks(): void {
    const { worker } = this.#parts
    if (worker === undefined) return
    const { tasks } = this
    const told = tasks.map(({ taskId, state }) => `${taskId} ${state}`).join()
    if (told === this.#toldTasks) return
    this.#toldTasks = told
    worker.onTasks(tasks)
  }

  #noteState(): void {
    const { tasks } = this.#input
    if (this.#state.state === 'PARTITIONS_ASSIGNED' && this.#isReady && tasks.areAllRunning) this.#state.transition('RUNNING')
  }

  /** How long there is nothing to do unless something arrives. */
  #idleMs(): number {
    const { clock } = this.#parts.environment
    const { tasks } = this.#input
    let idleMs = Math.min(this.#parts.config.thread.pollMs, this.#schedule.dueInMs(tasks.running), tasks.nextRetryMs() - clock.monotonic())
    const nowMs = clock.now()
    for (const task of tasks.running) idleMs = Math.min(idleMs, task.nextDueMs() - nowMs)
    return Math.max(idleMs, 1)
  }

  /** Ends everything. After a failure nothing is committed. Gives what failed in doing so. */
  async #close(failure: Error | null): Promise<Error | null> {
    let problem: Error | null = null
    if (failure === null) {
      try {
        await this.#commit()
      } catch (error) {
        // The next owner of the tasks goes on from the last commit; with at-least-once it does some of the work again.
        this.#parts.environment.logger.warn({ err: error, thread: this.threadId }, 'the last commit failed')
        if (decideRecovery(error, this.#parts.config.exactlyOnce) === 'fatal' && error instanceof Error) problem = error
      }
    }
    this.#input.tasks.closeAll()
    this.#input.close()
    if (this.#asksShutdown) await this.#requestShutdown()
    await this.#clients.close(this.#leaveGroup, failure !== null)
    return problem
  }

  /** Gives the request to shut down the application the time of one heartbeat. */
  async #requestShutdown(): Promise<void> {
    this.#clients.membership.requestShutdown()
    await sleep(this.#parts.environment.scheduler, this.#parts.config.client.retryBackoffMaxMs)
  }
}
