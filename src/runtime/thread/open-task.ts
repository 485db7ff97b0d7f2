import { assert, AssertionError } from '../../base/assert.ts'
import type { Logger } from '../../base/environment.ts'
import { isMillraceError, StoreError, TaskError } from '../../base/errors.ts'
import type { CommittedOffset, OffsetToCommit } from '../../client/offset-to-commit.ts'
import type { FetchedChunk } from '../../client/fetched-chunk.ts'
import { failOnInvalidTimestamp } from '../../model/timestamp-extractor.ts'
import { formatTaskId, type TaskId } from '../../protocol/task-id.ts'
import { type TopicPartition, TopicPartitionMap } from '../../protocol/topic-partition.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import { storeFailure } from '../../state/store-failure.ts'
import type { StoreExpectation } from '../../state/store-meta.ts'
import { storeMetrics } from '../../state/store-metrics.ts'
import { TaskState } from '../../state/task-state.ts'
import type { ThreadCache } from '../../state/thread-cache.ts'
import type { WindowLayout } from '../../state/windows/window-layout.ts'
import { fullTopicName, type SubTopology } from '../../topology/physical-topology.ts'
import { ChangelogRecords } from '../restore/changelog-records.ts'
import type { ChangelogReplay } from '../restore/restore-target.ts'
import type { DeadLetter } from '../task/dead-letter.ts'
import { asError } from '../task/failures.ts'
import { metricsOfNodes, metricsOfTask, metricsOfTopics } from '../task/metrics-of-task.ts'
import type { RecordCollector } from '../task/record-collector.ts'
import { Task } from '../task/task.ts'
import type { OutgoingScratch } from '../task/task-scope.ts'
import type { Damage } from './task-slot.ts'
import type { ThreadParts } from './thread-parts.ts'
import type { TaskStoreView, ThreadTask } from './thread-task.ts'

/** What the tasks of a thread share. */
export interface OpenTaskParts {
  readonly thread: ThreadParts
  readonly collector: RecordCollector
  readonly scratch: OutgoingScratch
  /** `null`: nothing is cached. */
  readonly cache: ThreadCache | null
}

/** Where the changes of one store of a task are kept. */
interface Changelog {
  readonly store: StoreDefinition
  readonly topic: string
  readonly isSourceTopic: boolean
  /** How windows expire, where expired ones need not be restored; else `null`. */
  readonly window: WindowLayout | null
  /** For how long the topic keeps deletions. */
  readonly deleteRetentionMs: number
}

const DAY_MS = 86_400_000

/** Opens a task, whose stores are emptied first as far as `damage` says. Throws `StoreError` `STORE_CORRUPTED`. */
export function openTask(id: TaskId, inputs: readonly TopicPartition[], parts: OpenTaskParts, damage: Damage | null): OpenTask {
  const { engines, environment } = parts.thread
  const taskId = formatTaskId(id)
  if (damage !== null) {
    const what = damage.store === null ? `All stores of task ${taskId} are` : `Store "${damage.store}" of task ${taskId} is`
    environment.logger.error(
      { taskId, store: damage.store },
      `${what} wiped and restored from the changelogs, and empty without one: ${damage.reason}`,
    )
    if (damage.store === null) engines.remove(taskId)
  }
  const task = new OpenTask(id, inputs, parts)
  if (damage?.store !== null && damage !== null) task.wipe(damage.store)
  return task
}

/** A task with its stores, as the thread runs and restores it. */
export class OpenTask implements ThreadTask {
  readonly id: TaskId
  readonly taskId: string
  readonly changelogs: readonly ChangelogReplay[]
  readonly #task: Task
  readonly #state: TaskState
  readonly #committed = new TopicPartitionMap<number>()
  #committing: readonly OffsetToCommit[] = []
  /** What it is to read from the next roll-back on, `null`: what it reads now. */
  #nextInputs: readonly TopicPartition[] | null = null
  readonly #logger: Logger
  readonly #removeMetrics: () => void

  constructor(id: TaskId, inputs: readonly TopicPartition[], parts: OpenTaskParts) {
    const { config, environment, topology, metrics, threadId } = parts.thread
    const subtopology = topology.subtopologies.find((candidate) => candidate.id === id.subtopology)
    assert(subtopology !== undefined, 'a task is of a sub-topology that the topology has')
    const changelogs = changelogsOf(subtopology, parts.thread)
    let state: TaskState | null = null
    this.#task = new Task({
      id,
      applicationId: config.applicationId,
      subtopology,
      inputs,
      openStores: (input) => {
        state = new TaskState({
          applicationId: config.applicationId,
          taskId: `${id.subtopology}_${id.partition}`,
          stores: subtopology.stores,
          engines: parts.thread.engines,
          ...input,
          expectationOf: (store) => expectationOf(changelogs.get(store.name), parts.thread),
          cache: parts.cache,
          replaysInputs: !config.exactlyOnce,
          hasVectors: config.hasVectors,
          clock: environment.clock,
          logger: environment.logger,
        })
        return state
      },
      globalStore: parts.thread.globalStore,
      collector: parts.collector,
      scratch: parts.scratch,
      handlers: config.handlers,
      defaultTimestampExtractor: config.handlers.timestampExtractor ?? failOnInvalidTimestamp,
      maxTaskIdleMs: config.thread.maxTaskIdleMs,
      emitIntervals: config.emitIntervals,
      upgradeFrom: config.upgradeFrom,
      bufferedRecordsMax: config.thread.bufferedRecordsPerPartition,
      clock: environment.clock,
      logger: environment.logger,
      output: environment.output,
      files: environment.files,
      mark: parts.thread.worker?.mark,
    })
    assert(state !== null, 'a task opens its stores when it is made')
    this.#state = state
    this.#logger = environment.logger
    this.id = id
    this.taskId = this.#task.taskId
    this.changelogs = [...changelogs.values()].map((changelog) => this.#replayOf(changelog))
    const labels = { 'thread-id': threadId, 'task-id': this.taskId }
    const ofStores = storeMetrics(state, labels)
    this.#removeMetrics = metrics.register(() => [
      ...metricsOfTask(this.#task, labels),
      ...ofStores,
      ...metricsOfNodes(this.#task, labels),
      ...metricsOfTopics(this.#task.metrics, labels),
    ])
  }

  get inputs(): readonly TopicPartition[] {
    return this.#task.inputs
  }

  get isCommitRequested(): boolean {
    return this.#task.isCommitRequested
  }

  get uncommittedBytes(): number {
    return this.#task.uncommittedBytes
  }

  begin(committed: TopicPartitionMap<CommittedOffset>, positions: TopicPartitionMap<number>): void {
    this.#reading(() => this.#task.begin(committed, positions))
    for (const [{ topic, partition }, { offset }] of committed.entries()) this.#committed.set(topic, partition, offset)
  }

  restartInput(input: TopicPartition, offset: number): void {
    this.#committed.delete(input.topic, input.partition)
    this.#task.restartInput(input, offset)
  }

  add(chunk: FetchedChunk): void {
    this.#task.add(chunk)
  }

  setLag(input: TopicPartition, lag: number | null): void {
    this.#task.setLag(input, lag)
  }

  takePauses(): { readonly pause: readonly TopicPartition[]; readonly resume: readonly TopicPartition[] } {
    return this.#task.takePauses()
  }

  process(recordsMax: number): number {
    try {
      return this.#task.process(recordsMax)
    } catch (error) {
      throw this.#ofStores(error)
    }
  }

  punctuate(): boolean {
    return this.#reading(() => this.#task.punctuate())
  }

  nextDueMs(): number {
    return this.#task.nextDueMs()
  }

  compact(): void {
    this.#task.compact()
  }

  flushCaches(): void {
    this.#reading(() => this.#task.flushCaches())
  }

  offsetsToCommit(): readonly OffsetToCommit[] {
    const next = this.#nextInputs
    const offsets = this.#task.offsetsToCommit()
    this.#committing = next === null ? offsets : offsets.filter((offset) => next.some((input) => isSame(input, offset)))
    return this.#committing
  }

  applyUnlogged(): void {
    this.#task.applyUnlogged()
  }

  maintain(nowMs: number): void {
    this.#state.maintain(nowMs)
  }

  applyCommit(isConfirmed: boolean): void {
    this.#task.applyCommit(isConfirmed)
    for (const { topic, partition, offset } of this.#committing) this.#committed.set(topic, partition, offset)
    this.#committing = []
  }

  committedOffset(topic: string, partition: number): number | undefined {
    return this.#committed.get(topic, partition)
  }

  willRead(inputs: readonly TopicPartition[]): void {
    this.#nextInputs = inputs
  }

  get losesInputs(): boolean {
    const next = this.#nextInputs
    return next !== null && this.inputs.some((input) => !next.some((kept) => isSame(kept, input)))
  }

  rollBack(): void {
    this.#committing = []
    this.#task.rollBack(this.#nextInputs ?? undefined)
    this.#nextInputs = null
  }

  close(): void {
    this.#removeMetrics()
    this.#task.close()
  }

  /** Empties a store, if the task has it. */
  wipe(store: string): void {
    if (this.#state.storeNames.includes(store)) this.#state.wipe(store)
  }

  view(name: string): TaskStoreView | undefined {
    const state = this.#state
    if (!state.storeNames.includes(name)) return undefined
    return {
      taskId: this.taskId,
      partition: this.id.partition,
      store: state.view(name),
      stamped: state.stampedView(name),
      read: (isolation, isStamped) => state.read(name, isolation, isStamped),
      position: (of) => state.position(name, of),
    }
  }

  /** A record that came of this task was lost because the production handler said so. */
  noteDropped(): void {
    this.#task.metrics.droppedRecords++
  }

  writeDeadLetter(letter: DeadLetter, node: string): void {
    this.#task.writeDeadLetter(letter, node)
  }

  #reading<T>(run: () => T): T {
    try {
      return run()
    } catch (error) {
      throw this.#ofStores(error)
    }
  }

  /** What an engine throws where it is read does not say whose it is. */
  #ofStores(error: unknown): unknown {
    const isEngine = error instanceof StoreError && error.code === 'STORE_CORRUPTED'
    return isEngine ? storeFailure(this.taskId, 'read the stores of', error) : error
  }

  #replayOf({ store, topic, isSourceTopic, window }: Changelog): ChangelogReplay {
    const { name } = store
    return {
      store: name,
      topic,
      partition: this.id.partition,
      isSourceTopic,
      window,
      storedOffset: () => this.#state.storedOffset(name),
      restore: (batches, from, nextOffset, isAll) => {
        const records = new ChangelogRecords(batches, from, nextOffset)
        try {
          this.#state.restore(name, records, nextOffset - 1, isAll)
        } catch (cause) {
          if (cause instanceof AssertionError) throw cause
          if (isMillraceError(cause) && cause.code === 'STORE_CORRUPTED') throw this.#ofStores(cause)
          throw notOfStore({ store: name, topic, partition: this.id.partition, taskId: this.taskId, offset: records.offset, cause })
        }
        return records.count
      },
      wipe: (reason) => {
        this.#logger.warn(
          { taskId: this.taskId, store: name, topic },
          `Store "${name}" of task ${this.taskId} is wiped and restored from its changelog: ${reason}`,
        )
        this.#state.wipe(name)
      },
    }
  }
}

interface UnfitRecord {
  readonly store: string
  readonly taskId: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly cause: unknown
}

function notOfStore({ cause, ...place }: UnfitRecord): TaskError {
  const { store, topic, partition, offset, taskId } = place
  return new TaskError(
    'RESTORE_FAILED',
    `Cannot restore store "${store}" of task ${taskId}: the record at ${topic}-${partition} offset ${offset} is not one of the store: ${asError(cause).message}`,
    { ...place, cause },
  )
}

function isSame(a: TopicPartition, b: TopicPartition): boolean {
  return a.partition === b.partition && a.topic === b.topic
}

function changelogsOf(subtopology: SubTopology, { topology, config }: ThreadParts): Map<string, Changelog> {
  const { applicationId, topicConfigs } = config
  const declared = new Map(
    topology.subtopologies.flatMap(({ changelogs: all }) =>
      all.map(({ topic, configs }) => [fullTopicName(topic, applicationId), configs]),
    ),
  )
  const changelogs = new Map<string, Changelog>()
  for (const store of subtopology.stores) {
    if (store.changelog === null) continue
    const isSourceTopic = store.changelog.kind === 'source'
    const topic = fullTopicName({ name: store.changelog.topic, internal: !isSourceTopic }, applicationId)
    const configs = { ...topicConfigs, ...declared.get(topic) }
    const configured = configs['delete.retention.ms']
    const deleteRetentionMs = configured === undefined ? DAY_MS : Number(configured)
    // Where records have the time of the broker they say nothing of windows; and with positions in their headers none is left out.
    const skips = store.isWrittenInTime === true && configs['message.timestamp.type'] !== 'LogAppendTime' && !config.hasVectors
    changelogs.set(store.name, { store, topic, isSourceTopic, deleteRetentionMs, window: skips ? (store.window ?? null) : null })
  }
  return changelogs
}

function expectationOf(changelog: Changelog | undefined, { client }: ThreadParts): StoreExpectation {
  const { clusterId } = client.metadata
  if (changelog === undefined) return { clusterId, topicId: null, deleteRetentionMs: null }
  const topicId = client.metadata.topic(changelog.topic)?.topicId ?? null
  return { clusterId, topicId, deleteRetentionMs: changelog.deleteRetentionMs }
}
