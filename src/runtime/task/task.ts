import { assert } from '../../base/assert.ts'
import { isMillraceError, TaskError } from '../../base/errors.ts'
import type { Clock, Files, Logger, Output } from '../../base/environment.ts'
import type { CommittedOffset, OffsetToCommit } from '../../client/offset-to-commit.ts'
import type { FetchedChunk } from '../../client/fetched-chunk.ts'
import type { TimestampExtractor } from '../../model/timestamp-extractor.ts'
import type { UpgradeFrom } from '../../model/upgrade-from.ts'
import { formatTaskId, type TaskId } from '../../protocol/task-id.ts'
import { type TopicPartition, TopicPartitionMap } from '../../protocol/topic-partition.ts'
import type { EmitIntervals, NodeMetric } from '../../processor/node-context.ts'
import type { RecordContext } from '../../record/record-context.ts'
import type { ChangelogWriter } from '../../state/changelog-writer.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import { fullTopicName, type SubTopology } from '../../topology/physical-topology.ts'
import type { DeadLetter } from './dead-letter.ts'
import { asError, isFinal, keepsSource, type TaskHandlers } from './failures.ts'
import { decodeOffsetMetadata, encodeOffsetMetadata } from './offset-metadata.ts'
import { type OpenTopology, openTopology } from './open-topology.ts'
import type { ProcessingMark } from './processing-mark.ts'
import type { OpenProcessorNode } from './processor-node.ts'
import type { RecordCollector } from './record-collector.ts'
import type { Position, RecordQueue } from './input/record-queue.ts'
import { TaskChangelog } from './task-changelog.ts'
import { TaskMetrics } from './task-metrics.ts'
import { NoRecord, type OutgoingScratch, TaskScope } from './task-scope.ts'
import { RecordScope } from './record-scope.ts'

/** The stores of a task, as the task uses them. `TaskState` is one. */
export interface TaskStores {
  /** The typed store of that name, which the task has. */
  store(name: string): unknown
  /** In topological order of the stores; forwards records, and may dirty later caches. */
  flushCaches(): void
  /** Bytes that wait for the next commit. */
  readonly uncommittedBytes: number
  /** Puts what was written since the last commit into the engine, in one batch with these changelog offsets by store. */
  apply(offsets: ReadonlyMap<string, number>, isConfirmed?: boolean): void
  /** As `apply`, of the stores that no changelog can restore. */
  applyUnlogged(): void
  /** Lets the engine do what is due; `nowMs`: of the monotonic clock. */
  maintain(nowMs: number): void
  /** Drops what was written since the last commit. */
  drop(): void
  close(): void
}

/** What the stores of a task are opened with. */
export interface TaskStoresInput {
  /** The record context of the task, which outlives roll-backs. */
  readonly recordContext: Readonly<RecordContext>
  /** Where the changes of a store go; `null` = nowhere. */
  readonly changelogOf: (store: StoreDefinition) => ChangelogWriter | null
  /** Counts and logs a row that a store drops. */
  readonly dropped: (store: string, reason: string) => void
}

/** What a task is made of. */
export interface TaskOptions {
  readonly id: TaskId
  readonly applicationId: string
  readonly subtopology: SubTopology
  /** Partition of every source topic that has it, by full name of the topic (P§7.1). */
  readonly inputs: readonly TopicPartition[]
  readonly openStores: (input: TaskStoresInput) => TaskStores
  /** A global store, read-only; `undefined` if there is none of that name. */
  readonly globalStore: (name: string) => unknown
  readonly collector: RecordCollector
  /** Of the thread. */
  readonly scratch: OutgoingScratch
  readonly handlers: TaskHandlers
  // oxlint-disable-next-line typescript/no-explicit-any -- the graph is untyped: types end at the DSL
  readonly defaultTimestampExtractor: TimestampExtractor<any, any>
  /** `max.task.idle.ms`; -1: never wait for an empty input. */
  readonly maxTaskIdleMs: number
  readonly emitIntervals: EmitIntervals
  /** `upgrade.from`; default `null`: all instances run this version. */
  readonly upgradeFrom?: UpgradeFrom | null | undefined
  /** `buffered.records.per.partition`: an input whose queue has more is paused. */
  readonly bufferedRecordsMax: number
  readonly clock: Clock
  readonly logger: Logger
  readonly output: Output
  readonly files: Files
  /** Default: one that nobody looks at. */
  readonly mark?: ProcessingMark | undefined
}

/** Input partitions to stop and to continue reading. */
export interface TaskPauses {
  readonly pause: readonly TopicPartition[]
  readonly resume: readonly TopicPartition[]
}

/**
 * Runs one partition of a sub-topology: takes fetched chunks, processes their records one after the other, and says what to commit. It
 * knows no cluster: a stream thread or the test driver feeds it and commits for it. Everything is synchronous.
 *
 * ```
 *   created ──begin──> running ──rollBack──> created
 *      └──────close──────┴──close──> closed
 * ```
 */
export class Task {
  readonly id: TaskId
  readonly taskId: string
  readonly stores: TaskStores
  readonly metrics: TaskMetrics = new TaskMetrics()
  readonly #options: TaskOptions
  #inputs: TopicPartition[]
  readonly #record: RecordScope
  /** Changelogs that the task writes, by store. */
  readonly #changelogs = new Map<string, TaskChangelog>()
  #state: 'created' | 'running' | 'closed' = 'created'
  #scope: TaskScope | null = null
  #open: OpenTopology | null = null
  #isCommitNeeded = false
  /** By input, in the order of `inputs`: what was last committed, -1 unknown; and what a commit under way would make it. */
  #committed: number[] = []
  #committing: number[] = []
  /** By input: where it was read from first. */
  #starts: (Position | null)[] = []
  /** By input: whether its reading is stopped. */
  #isPaused: boolean[] = []

  constructor(options: TaskOptions) {
    this.id = options.id
    this.taskId = formatTaskId(options.id)
    this.#inputs = [...options.inputs]
    this.#options = options
    this.#record = new RecordScope(new NoRecord(0), keepsSource(options.handlers))
    this.stores = options.openStores({
      recordContext: this.#record,
      changelogOf: (store) => this.#changelogOf(store),
      dropped: (store, reason) => this.#scope?.dropped(store, reason),
    })
  }

  get inputs(): readonly TopicPartition[] {
    return this.#inputs
  }

  get isRunning(): boolean {
    return this.#state === 'running'
  }

  /** A processor asked for a commit since the last one. */
  get isCommitRequested(): boolean {
    return this.#scope?.commitRequested === true
  }

  /** Records were processed, or punctuators run, since the last commit. */
  get isCommitNeeded(): boolean {
    return this.#isCommitNeeded
  }

  get uncommittedBytes(): number {
    return this.stores.uncommittedBytes
  }

  /** The greatest timestamp processed, -1 before the first. */
  get streamTime(): number {
    return this.#scope?.streamTime ?? -1
  }

  /** Metrics of single nodes, by name of the node; of a task that runs. */
  get nodeMetrics(): ReadonlyMap<string, readonly NodeMetric[]> {
    return this.#state === 'running' ? this.#scope!.nodeMetrics : new Map()
  }

  /** Records in the queues. */
  get bufferedRecords(): number {
    return this.#open?.group.queues.reduce((sum, queue) => sum + queue.size, 0) ?? 0
  }

  /** Bytes of the chunks that the queues hold. */
  get bufferedBytes(): number {
    return this.#open?.group.queues.reduce((sum, queue) => sum + queue.bufferedBytes, 0) ?? 0
  }

  /**
   * The stores are up to date: makes the processors. `committed` is what the last owner left: partition times come from it. `positions`:
   * where the inputs are read from.
   */
  begin(committed: TopicPartitionMap<CommittedOffset>, positions: TopicPartitionMap<number> = new TopicPartitionMap()): void {
    assert(this.#state === 'created', 'a task begins once, after it was created or rolled back')
    const { applicationId, subtopology, collector, scratch, handlers, clock, logger, output, files, mark } = this.#options
    const scope = new TaskScope({
      applicationId,
      taskId: this.taskId,
      record: this.#record,
      collector,
      scratch,
      handlers,
      metrics: this.metrics,
      clock,
      logger,
      output,
      files,
      mark,
      store: (name) => this.stores.store(name),
      globalStore: this.#options.globalStore,
      emitIntervals: this.#options.emitIntervals,
      upgradeFrom: this.#options.upgradeFrom,
    })
    const { defaultTimestampExtractor, maxTaskIdleMs } = this.#options
    const open = openTopology({ subtopology, inputs: this.#inputs, scope, defaultTimestampExtractor, maxTaskIdleMs })
    this.#scope = scope
    this.#open = open
    this.#state = 'running'
    this.#isCommitNeeded = false
    this.#isPaused = this.#inputs.map(() => false)
    this.#takeCommitted(committed, scope, open)
    this.#starts = this.#inputs.map(({ topic, partition }) => {
      const start = positions.get(topic, partition)
      return committed.get(topic, partition) ?? (start === undefined ? null : { offset: start, leaderEpoch: -1 })
    })
    this.#active(() => {
      for (const processor of open.processors) {
        scope.enterWithoutRecord(scope.systemTime)
        this.#openProcessor(processor)
      }
    })
  }

  /** Adds an input partition while the task runs: a topic that a pattern of it matches has appeared. */
  addInput(input: TopicPartition): void {
    this.#running().addInput(input)
    this.#inputs.push(input)
    this.#isPaused.push(false)
    this.#starts.push(null)
    this.#committed.push(-1)
    this.#committing.push(-1)
  }

  /**
   * The topic of an input was made anew, and is read from `offset` on: drops what is queued of the old one, and commits no position of it
   * any more.
   */
  restartInput({ topic, partition }: TopicPartition, offset: number): void {
    const { group } = this.#running()
    const queue = group.queue(topic, partition)
    const index = group.queues.indexOf(queue)
    group.restart(queue)
    this.#committed[index] = -1
    this.#committing[index] = -1
    this.#starts[index] = { offset, leaderEpoch: -1 }
    this.#isPaused[index] = false
  }

  /** Queues what was fetched. The task releases the chunk. */
  add(chunk: FetchedChunk): void {
    const { group } = this.#running()
    this.#active(() => group.add(group.queue(chunk.topic, chunk.partition), chunk))
  }

  /** How many records of an input are on the cluster and not fetched yet; `null`: not known. Decides whether to wait for it. */
  setLag(input: TopicPartition, lag: number | null): void {
    const { group } = this.#running()
    group.setLag(group.queue(input.topic, input.partition), lag)
  }

  /** Input partitions whose queues have become full, and those that have room again, since the last call. */
  takePauses(): TaskPauses {
    const { group } = this.#running()
    const pause: TopicPartition[] = []
    const resume: TopicPartition[] = []
    group.queues.forEach((queue, index) => {
      const isFull = queue.size > this.#options.bufferedRecordsMax
      if (isFull === this.#isPaused[index]) return
      this.#isPaused[index] = isFull
      ;(isFull ? pause : resume).push(this.#inputs[index]!)
    })
    return { pause, resume }
  }

  /**
   * Processes up to `recordsMax` records, with the stream-time punctuators that become due between them; how many it did. Stops early
   * when a processor asks for a commit. Throws `TaskError`, or `ClusterError` when the producer can go on no more: then the task is to be
   * rolled back or closed.
   */
  process(recordsMax: number): number {
    const { group } = this.#running()
    const scope = this.#scope!
    scope.systemTime = this.#options.clock.now()
    let count = 0
    scope.isActive = true
    try {
      while (count < recordsMax) {
        const queue = group.take(scope.systemTime)
        if (queue === null) break
        count++
        this.#isCommitNeeded = true
        this.#processHead(queue)
        if (scope.streamTime >= scope.streamTimePunctuations.nextMs) this.#punctuateStreamTime(scope)
        if (scope.commitRequested) break
      }
    } finally {
      scope.isActive = false
      scope.mark.clear()
    }
    if (count === 0) this.#complain(scope.systemTime)
    return count
  }

  /** Runs the punctuators that are due, of both kinds of time; whether any was. */
  punctuate(): boolean {
    this.#running()
    const scope = this.#scope!
    const now = this.#options.clock.now()
    scope.systemTime = now
    let punctuated = false
    this.#active(() => {
      if (scope.streamTime >= scope.streamTimePunctuations.nextMs) punctuated = this.#punctuateStreamTime(scope)
      if (now < scope.wallClockPunctuations.nextMs) return
      punctuated = scope.wallClockPunctuations.punctuate(now, (punctuation) => scope.punctuate(punctuation, now)) || punctuated
    })
    if (punctuated) this.#isCommitNeeded = true
    return punctuated
  }

  /** When a wall-clock punctuator is due, or the wait for an empty input ends; `Infinity`: never. Milliseconds since 1970. */
  nextDueMs(): number {
    if (this.#open === null) return Infinity
    return Math.min(this.#scope!.wallClockPunctuations.nextMs, this.#open.group.nextDeadlineMs())
  }

  /** Runs `run` as a part of the task: what a cache gives up meanwhile may be forwarded and written. */
  whileActive(run: () => void): void {
    if (this.#state === 'running') this.#active(run)
    else run()
  }

  /** Lets go of fetched memory of which little is still queued. To be called when nothing is processed for a while, or between slices. */
  compact(): void {
    if (this.#open === null) return
    for (const queue of this.#open.group.queues) queue.compact()
  }

  /** Flushes the caches, which forwards records and writes changelogs: the first step of a commit. */
  flushCaches(): void {
    if (this.#state !== 'running') return
    this.#scope!.enterWithoutRecord(this.#scope!.systemTime)
    try {
      this.#active(() => this.stores.flushCaches())
    } catch (cause) {
      // What a sink below a cached table throws has no processor above it that would settle it.
      if (isMillraceError(cause) || isFinal(cause)) throw cause
      const { taskId } = this
      throw new TaskError('PROCESSING_FAILED', `Cannot flush the caches of task ${taskId}: ${asError(cause).message}`, { taskId, cause })
    }
  }

  /**
   * The input positions that have moved since the last commit, with partition times as metadata (P§5.4); all where a node has set a
   * processor time; one that has not moved where punctuators alone have worked.
   */
  offsetsToCommit(): readonly OffsetToCommit[] {
    if (this.#open === null) return []
    const { queues } = this.#open.group
    const areAll = this.#scope!.processorTimes.isChanged
    const moved = queues.flatMap((queue, index) => {
      const position = queue.position() ?? (areAll ? (this.#starts[index] ?? null) : null)
      if (areAll && position !== null) return [this.#toCommit(queue, index, position)]
      return position === null || position.offset === this.#committed[index] ? [] : [this.#toCommit(queue, index, position)]
    })
    if (moved.length > 0 || !this.#isCommitNeeded) return moved
    // Punctuators alone have worked. 1. The member is paused until its session is over. 2. Another one takes the task over and commits.
    // 3. The member goes on, punctuates on old state and commits. Only offsets make the group coordinator notice that it is fenced.
    for (const [index, queue] of queues.entries()) {
      const position = queue.position() ?? this.#starts[index] ?? null
      if (position !== null) return [this.#toCommit(queue, index, position)]
    }
    return []
  }

  /** Puts what no changelog can restore into the engine. */
  applyUnlogged(): void {
    if (this.#open !== null) this.stores.applyUnlogged()
  }

  /**
   * The commit holds: puts what was written since the last one into the engine, with the acknowledged changelog offsets. `isConfirmed`: the
   * cluster has taken something of the thread.
   */
  applyCommit(isConfirmed = true): void {
    if (this.#open === null) return
    this.#committed = [...this.#committing]
    const offsets = new Map<string, number>()
    for (const [store, changelog] of this.#changelogs) {
      const offset = changelog.acknowledgedOffset()
      if (offset >= 0) offsets.set(store, offset)
    }
    for (const { name, changelog } of this.#options.subtopology.stores) {
      if (changelog?.kind !== 'source') continue
      const index = this.#inputs.findIndex(({ topic }) => topic === changelog.topic)
      // The committed position is the next offset to read, the stored one is the last that was read.
      if (index >= 0 && this.#committed[index]! > 0) offsets.set(name, this.#committed[index]! - 1)
    }
    this.stores.apply(offsets, isConfirmed)
    this.#isCommitNeeded = false
    this.#scope!.commitRequested = false
    this.#scope!.processorTimes.committed()
  }

  /** Writes a dead letter for a record of this task that the cluster did not take; nothing when the task does not run any more. */
  writeDeadLetter(letter: DeadLetter, node: string): void {
    this.#scope?.writeDeadLetter(letter, node)
  }

  /** Drops queues, overlays and caches and closes the processors; `begin` opens the task again, to read `inputs`, if they are given. */
  rollBack(inputs?: readonly TopicPartition[]): void {
    this.#stop()
    if (inputs !== undefined) this.#inputs = [...inputs]
    this.#state = 'created'
    this.stores.drop()
  }

  /** Closes everything; what is not committed is dropped. */
  close(): void {
    if (this.#state === 'closed') return
    this.#stop()
    this.#state = 'closed'
    this.stores.drop()
    this.stores.close()
  }

  /** The typed store as processors see it, while the task runs. */
  store(name: string): unknown {
    const isKnown = this.#options.subtopology.stores.some((store) => store.name === name)
    return this.#state === 'running' && isKnown ? this.stores.store(name) : undefined
  }

  #toCommit(queue: RecordQueue, index: number, { offset, leaderEpoch }: Position): OffsetToCommit {
    this.#committing[index] = offset
    const processorTimes = this.#scope!.processorTimes.inJavaOrder()
    const metadata = encodeOffsetMetadata({ partitionTime: queue.partitionTime, processorTimes })
    return { topic: queue.topic, partition: queue.partition, offset, leaderEpoch, metadata }
  }

  #running(): OpenTopology {
    assert(this.#open !== null, 'the task runs')
    return this.#open
  }

  #openProcessor(processor: OpenProcessorNode): void {
    try {
      processor.open()
    } catch (cause) {
      if (isMillraceError(cause)) throw cause
      const { taskId } = this
      const message = `Cannot open processor "${processor.name}" of task ${taskId}: ${asError(cause).message}`
      throw new TaskError('PROCESSING_FAILED', message, { taskId, processor: processor.name, cause })
    }
  }

  #active(run: () => void): void {
    const scope = this.#scope!
    scope.isActive = true
    try {
      run()
    } finally {
      scope.isActive = false
      scope.mark.clear()
    }
  }

  #processHead(queue: RecordQueue): void {
    const scope = this.#scope!
    const { group } = this.#open!
    try {
      const record = queue.read()
      if (record !== null) {
        const { timestamp } = queue
        if (timestamp > queue.partitionTime) queue.partitionTime = timestamp
        if (timestamp > scope.streamTime) scope.streamTime = timestamp
        else scope.noteLateness(timestamp)
        queue.source.forward(record)
      }
    } finally {
      group.done(queue)
    }
  }

  #punctuateStreamTime(scope: TaskScope): boolean {
    const { streamTime } = scope
    return scope.streamTimePunctuations.punctuate(streamTime, (punctuation) => scope.punctuate(punctuation, streamTime))
  }

  #takeCommitted(committed: TopicPartitionMap<CommittedOffset>, scope: TaskScope, open: OpenTopology): void {
    this.#committed = open.group.queues.map((queue) => {
      const found = committed.get(queue.topic, queue.partition)
      if (found === undefined) return -1
      const metadata = decodeOffsetMetadata(found.metadata)
      if (metadata === null) {
        const { topic, partition } = queue
        this.#options.logger.warn(
          { taskId: this.taskId, topic, partition },
          'Ignored the metadata of a committed offset: its format is unknown',
        )
        return found.offset
      }
      queue.partitionTime = metadata.partitionTime
      scope.streamTime = Math.max(scope.streamTime, metadata.partitionTime)
      scope.processorTimes.merge(metadata.processorTimes)
      return found.offset
    })
    this.#committing = [...this.#committed]
  }

  #changelogOf(store: StoreDefinition): ChangelogWriter | null {
    if (store.changelog === null || store.changelog.kind === 'source') return null
    const { applicationId, collector, scratch } = this.#options
    const changelog = new TaskChangelog({
      collector,
      scratch,
      taskId: this.taskId,
      store: store.name,
      topic: fullTopicName({ name: store.changelog.topic, internal: true }, applicationId),
      partition: this.id.partition,
    })
    this.#changelogs.set(store.name, changelog)
    return changelog
  }

  #complain(now: number): void {
    const complaint = this.#open!.group.takeComplaint(now)
    if (complaint !== null) this.#options.logger.info({ taskId: this.taskId }, `The task waits for input: ${complaint}`)
  }

  /** Closes the processors, in their order; one that throws is logged and does not keep the others open. */
  #stop(): void {
    const open = this.#open
    if (open === null) return
    this.#open = null
    open.group.clear()
    const scope = this.#scope!
    scope.streamTimePunctuations.clear()
    scope.wallClockPunctuations.clear()
    this.#active(() => {
      for (const processor of open.processors) {
        scope.enterWithoutRecord(scope.systemTime)
        try {
          processor.close()
        } catch (error) {
          this.#options.logger.error({ taskId: this.taskId, processor: processor.name, err: error }, 'A processor threw when it was closed')
        }
      }
    })
  }
}
