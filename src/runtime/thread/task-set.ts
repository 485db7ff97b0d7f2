import { assert } from '../../base/assert.ts'
import type { Environment } from '../../base/environment.ts'
import { isMillraceError, StoreError, TaskError } from '../../base/errors.ts'
import type { Fetcher } from '../../client/fetcher.ts'
import type { CommittedOffset } from '../../client/offset-to-commit.ts'
import { LATEST_OFFSET, type TaskOffsetSum } from '../../protocol/classic/subscription-info.ts'
import { compareTaskIds, formatTaskId, type TaskId } from '../../protocol/task-id.ts'
import { type TopicPartition, TopicPartitionMap } from '../../protocol/topic-partition.ts'
import type { Restorer } from '../restore/restorer.ts'
import { isDamaged } from '../../state/store-failure.ts'
import { type Damage, type StartOffsets, type TaskRole, TaskSlot } from './task-slot.ts'
import type { ThreadTask } from './thread-task.ts'

/** What the tasks of a thread are opened and started with. */
export interface TaskSetParts {
  readonly environment: Environment
  readonly fetcher: Fetcher
  readonly restorer: Restorer
  /** `task.timeout.ms` and how long to wait before a failed step is tried again. */
  readonly taskTimeoutMs: number
  readonly retryBackoffMs: number
  /** The input partitions of a task: of every source topic that has the partition (P§7.1). */
  readonly inputsOf: (id: TaskId) => Promise<readonly TopicPartition[]>
  /** Opens a task. Its stores are emptied first as far as `damage` says. */
  readonly createTask: (id: TaskId, inputs: readonly TopicPartition[], damage: Damage | null) => ThreadTask
  readonly fetchCommitted: (partitions: readonly TopicPartition[]) => Promise<TopicPartitionMap<CommittedOffset>>
  readonly startPositions: (
    partitions: readonly TopicPartition[],
    committed: TopicPartitionMap<CommittedOffset>,
  ) => Promise<TopicPartitionMap<number>>
  /** Resolves when no other thread of the instance has the task open; `tookTask` is called afterwards. */
  readonly takeTask?: ((taskId: string) => Promise<void>) | undefined
  readonly tookTask?: ((taskId: string) => void) | undefined
  /** Called when a step in the background has ended. */
  readonly wake: () => void
}

/**
 * The tasks that a thread owns. What takes requests (opening, restoring, starting) runs in the background, and its outcome is taken by the
 * loop of the thread in `advance`: nothing changes about a task while records are processed or a commit runs.
 */
export class TaskSet {
  readonly #parts: TaskSetParts
  readonly #slots = new Map<string, TaskSlot>()
  /** Running tasks by id, in order: the loop walks it again and again. */
  #running: readonly ThreadTask[] = []
  #byInput = new TopicPartitionMap<ThreadTask>()

  constructor(parts: TaskSetParts) {
    this.#parts = parts
  }

  get running(): readonly ThreadTask[] {
    return this.#running
  }

  get size(): number {
    return this.#slots.size
  }

  /** Whether every active task of the thread runs. */
  get areAllRunning(): boolean {
    for (const { role, state } of this.#slots.values()) if (role === 'active' && state !== 'running' && state !== 'suspended') return false
    return true
  }

  has(id: TaskId): boolean {
    return this.#slots.has(formatTaskId(id))
  }

  /** All tasks that are open, running or not, by id. */
  open(): readonly { readonly task: ThreadTask; readonly state: 'running' | 'restoring' | 'standby' }[] {
    return this.#sorted().flatMap(({ task, role, state }) => {
      if (task === null) return []
      return [{ task, state: state === 'running' ? 'running' : role === 'active' ? 'restoring' : 'standby' }]
    })
  }

  /** The running task that reads this partition. */
  ofInput(topic: string, partition: number): ThreadTask | undefined {
    return this.#byInput.get(topic, partition)
  }

  /** How far each task with changelogs is: what the leader of a classic group looks at (N§2.3). */
  offsetSums(): TaskOffsetSum[] {
    return this.#sorted().flatMap(({ id, task, state }) => {
      if (task === null || task.changelogs.length === 0) return []
      if (state === 'running') return [{ task: id, offsetSum: LATEST_OFFSET }]
      return [{ task: id, offsetSum: task.changelogs.reduce((sum, changelog) => sum + (changelog.storedOffset() ?? -1) + 1, 0) }]
    })
  }

  /**
   * Begins to run `id`, or to follow its changelogs. Does nothing if the thread has it already in that role; a standby that becomes active
   * goes on with the state that it has, and so does an active task that was suspended.
   */
  add(id: TaskId, role: TaskRole): void {
    const slot = this.#slots.get(formatTaskId(id))
    if (slot === undefined) {
      this.#slots.set(formatTaskId(id), new TaskSlot(id, role))
      return
    }
    if (slot.role === role && slot.state !== 'suspended') return
    assert(role === 'active' || slot.state === 'suspended', 'an active task is suspended before it becomes a standby')
    slot.role = role
    if (slot.task === null || slot.state === 'opening') return
    this.#parts.restorer.remove(slot.task, 'promoted')
    slot.moveTo(role === 'active' ? 'restoring' : 'following')
  }

  /** Stops active tasks; their stores stay open. What is not committed is dropped. */
  suspend(ids: readonly TaskId[]): void {
    for (const id of ids) {
      const slot = this.#slots.get(formatTaskId(id))
      if (slot === undefined) continue
      if (slot.task === null) {
        this.close([id])
        continue
      }
      this.#detach(slot)
      slot.task.rollBack()
      slot.moveTo('suspended')
    }
    this.#index()
  }

  /**
   * Closes a task whose engine has failed, and opens it anew: what it has by then is replayed from its changelogs. What is damaged is
   * emptied before.
   */
  reopen(failure: StoreError): void {
    const slot = this.#slots.get(failure.taskId ?? '')
    if (slot === undefined) return
    if (isDamaged(failure)) slot.damage = damageOf(failure)
    if (slot.state === 'suspended') this.#slots.delete(formatTaskId(slot.id))
    this.#closeTask(slot)
    this.#index()
  }

  /** Lets the engines of all open tasks do what is due. Throws `StoreError` `STORE_CORRUPTED`. */
  maintain(): void {
    const nowMs = this.#parts.environment.clock.monotonic()
    for (const { task } of this.#slots.values()) task?.maintain(nowMs)
  }

  /** Closes tasks; what is not committed is dropped. */
  close(ids: readonly TaskId[]): void {
    for (const id of ids) {
      const slot = this.#slots.get(formatTaskId(id))
      if (slot === undefined) continue
      this.#slots.delete(formatTaskId(id))
      this.#closeTask(slot)
    }
    this.#index()
  }

  closeAll(): void {
    this.close(this.ids())
  }

  ids(): readonly TaskId[] {
    return this.#sorted().map(({ id }) => id)
  }

  /**
   * Sets all tasks that run back to what is committed: drops queues, overlays and caches, and starts them again from the committed
   * offsets; with `replay` after catching up with their changelogs.
   */
  rollBack(replay: boolean): void {
    for (const slot of this.#slots.values()) {
      const { task } = slot
      if (task === null || (slot.state !== 'running' && slot.state !== 'starting')) continue
      this.#detach(slot)
      task.rollBack()
      slot.moveTo(replay ? 'restoring' : 'starting')
    }
    this.#index()
  }

  /**
   * Tells the active tasks that read something else than `inputsOf` says what they are to read, and gives those; `null`: it is not known.
   * They read it after `reread`.
   */
  tellInputs(inputsOf: (task: ThreadTask) => readonly TopicPartition[] | null): readonly ThreadTask[] {
    return this.#sorted().flatMap(({ role, task }) => {
      if (role !== 'active' || task === null) return []
      const inputs = inputsOf(task)
      if (inputs === null || areSame(inputs, task.inputs)) return []
      task.willRead(inputs)
      return [task]
    })
  }

  /** Sets tasks back to what is committed, to read what they were told. What they did is committed before, or lost. */
  reread(tasks: readonly ThreadTask[]): void {
    for (const slot of this.#slots.values()) {
      const { task } = slot
      if (task === null || !tasks.includes(task)) continue
      this.#detach(slot)
      task.rollBack()
      slot.moveTo(slot.state === 'restoring' ? 'restoring' : 'starting')
    }
    this.#index()
  }

  /** Takes what was done in the background and begins what is next. Whether anything changed. Throws what a task cannot get over. */
  advance(): boolean {
    let changed = false
    for (const slot of this.#sorted()) {
      if (slot.failure !== null) this.#onFailure(slot)
      if (slot.isBusy || slot.state === 'running' || slot.state === 'suspended') continue
      if (this.#parts.environment.clock.monotonic() < slot.retryAtMs) continue
      changed = this.#step(slot) || changed
    }
    return changed
  }

  /** When a failed step is to be tried again; `Infinity`: none is. Milliseconds, monotonic. */
  nextRetryMs(): number {
    let next = Infinity
    for (const slot of this.#slots.values()) {
      if (slot.state !== 'running' && !slot.isBusy && slot.failingSinceMs !== null) next = Math.min(next, slot.retryAtMs)
    }
    return next
  }

  #step(slot: TaskSlot): boolean {
    if (slot.state === 'opening') {
      this.#inBackground(slot, () => this.#open(slot))
      return true
    }
    const task = slot.task
    assert(task !== null, 'a task that restores or starts is open')
    if (slot.state === 'following') {
      if (this.#parts.restorer.isPlanned(task)) return false
      this.#inBackground(slot, () => this.#parts.restorer.follow(task))
      return true
    }
    if (slot.state === 'restoring') {
      if (!this.#parts.restorer.isPlanned(task)) {
        this.#inBackground(slot, () => this.#parts.restorer.plan(task))
        return true
      }
      if (!this.#parts.restorer.isRestored(task)) return false
      this.#parts.restorer.remove(task)
      slot.moveTo('starting')
    }
    if (slot.start === null) {
      this.#inBackground(slot, () => this.#fetchStart(slot, task))
      return true
    }
    this.#run(slot, task, slot.start)
    return true
  }

  #inBackground(slot: TaskSlot, work: () => Promise<void>): void {
    const { epoch } = slot
    slot.isBusy = true
    const end = (failure: unknown): void => {
      if (slot.epoch !== epoch) return
      slot.isBusy = false
      slot.failure = failure
      if (failure === null) slot.failingSinceMs = null
      this.#parts.wake()
    }
    work().then(
      () => end(null),
      (error: unknown) => end(error ?? new Error('a step of a task failed without a reason')),
    )
  }

  async #open(slot: TaskSlot): Promise<void> {
    const { epoch } = slot
    const inputs = await this.#parts.inputsOf(slot.id)
    if (slot.epoch !== epoch) return
    if (this.#parts.takeTask !== undefined) await this.#parts.takeTask(formatTaskId(slot.id))
    try {
      if (slot.epoch !== epoch) return
      slot.task = this.#parts.createTask(slot.id, inputs, slot.damage)
      slot.damage = null
      slot.state = slot.role === 'active' ? 'restoring' : 'following'
    } finally {
      this.#parts.tookTask?.(formatTaskId(slot.id))
    }
  }

  async #fetchStart(slot: TaskSlot, task: ThreadTask): Promise<void> {
    const { epoch } = slot
    const committed = await this.#parts.fetchCommitted(task.inputs)
    const positions = await this.#parts.startPositions(task.inputs, committed)
    if (slot.epoch === epoch) slot.start = { committed, positions }
  }

  #run(slot: TaskSlot, task: ThreadTask, { committed, positions }: StartOffsets): void {
    task.begin(committed, positions)
    for (const input of task.inputs) {
      const position = positions.get(input.topic, input.partition)
      assert(position !== undefined, 'every input of a task has a position')
      this.#parts.fetcher.add(input, position, committed.get(input.topic, input.partition)?.leaderEpoch)
    }
    slot.moveTo('running')
    this.#index()
  }

  #closeTask(slot: TaskSlot): void {
    this.#detach(slot)
    const { task } = slot
    slot.moveTo('opening')
    slot.task = null
    try {
      task?.close()
    } catch (error) {
      // What could not be written is replayed by whoever opens the task next.
      this.#parts.environment.logger.warn({ err: error, taskId: task?.taskId }, 'the stores of a task could not be closed in good order')
    }
  }

  /** Takes the task out of what reads for it. */
  #detach(slot: TaskSlot): void {
    if (slot.task === null) return
    this.#parts.restorer.remove(slot.task)
    if (slot.state === 'running') for (const input of slot.task.inputs) this.#parts.fetcher.remove(input)
  }

  #onFailure(slot: TaskSlot): void {
    const { failure } = slot
    slot.failure = null
    const nowMs = this.#parts.environment.clock.monotonic()
    slot.failingSinceMs ??= nowMs
    const isOver = nowMs - slot.failingSinceMs >= this.#parts.taskTimeoutMs
    if (!isMillraceError(failure) || !failure.retriable || failure.code === 'TASK_MIGRATED') throw failure
    if (failure instanceof StoreError && isDamaged(failure)) slot.damage = damageOf(failure)
    if (isOver) {
      throw new TaskError(
        'TASK_TIMED_OUT',
        `Cannot go on with task ${formatTaskId(slot.id)}: it has been failing for ${this.#parts.taskTimeoutMs} ms (taskTimeoutMs), lastly: ${failure.message}`,
        { cause: failure, taskId: formatTaskId(slot.id) },
      )
    }
    this.#parts.environment.logger.warn(
      { err: failure, taskId: formatTaskId(slot.id), state: slot.state },
      'a task is not ready yet, trying again',
    )
    slot.retryAtMs = nowMs + this.#parts.retryBackoffMs
    this.#parts.environment.scheduler.after(this.#parts.retryBackoffMs, this.#parts.wake)
  }

  #index(): void {
    this.#running = this.#sorted().flatMap(({ state, task }) => (state === 'running' && task !== null ? [task] : []))
    this.#byInput = new TopicPartitionMap()
    for (const task of this.#running) for (const { topic, partition } of task.inputs) this.#byInput.set(topic, partition, task)
  }

  #sorted(): TaskSlot[] {
    return [...this.#slots.values()].toSorted((a, b) => compareTaskIds(a.id, b.id))
  }
}

function damageOf({ store, message }: StoreError): Damage {
  return { store: store ?? null, reason: message }
}

function areSame(a: readonly TopicPartition[], b: readonly TopicPartition[]): boolean {
  if (a.length !== b.length) return false
  return a.every(({ topic, partition }) => b.some((other) => other.topic === topic && other.partition === partition))
}
