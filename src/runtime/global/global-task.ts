import { assert } from '../../base/assert.ts'
import type { Clock, Files, Logger, Output } from '../../base/environment.ts'
import { isMillraceError, TaskError } from '../../base/errors.ts'
import type { BatchView } from '../../record/batch-view.ts'
import { failOnInvalidTimestamp } from '../../model/timestamp-extractor.ts'
import type { ErrorHandler } from '../../model/exception-handlers.ts'
import type { EmitIntervals } from '../../processor/node-context.ts'
import { type TopicPartition, TopicPartitionMap } from '../../protocol/topic-partition.ts'
import type { EngineFactory } from '../../state/engines/engine.ts'
import { readOnlyStore } from '../../state/read-only-store.ts'
import type { StoreDefinition } from '../../state/store-definition.ts'
import type { StoreExpectation } from '../../state/store-meta.ts'
import { TaskState } from '../../state/task-state.ts'
import type { ThreadCache } from '../../state/thread-cache.ts'
import type { GlobalStore } from '../../topology/physical-topology.ts'
import type { StoreView } from '../app/view.ts'
import { ChangelogRecords } from '../restore/changelog-records.ts'
import { asError, keepsSource, type TaskHandlers } from '../task/failures.ts'
import { OpenProcessorNode } from '../task/processor-node.ts'
import { RecordScope } from '../task/record-scope.ts'
import { TaskMetrics } from '../task/task-metrics.ts'
import { NoRecord, OutgoingScratch, TaskScope } from '../task/task-scope.ts'
import { GlobalInput } from './global-input.ts'
import { GlobalPositions, positionsOf } from './global-positions.ts'
import { noCollector } from './no-collector.ts'

/** What the global stores of an instance are made of. */
export interface GlobalTaskOptions {
  readonly applicationId: string
  readonly globalStores: readonly GlobalStore[]
  readonly engines: EngineFactory
  /** What the rows of a store must match to be kept when they are opened. */
  readonly expectationOf: (store: StoreDefinition) => StoreExpectation
  /** Asked about records that cannot be read; dead letters are not written for global stores (P§7.10). */
  readonly deserialization: TaskHandlers['deserialization']
  /** Asked about what the processors of global stores throw (KIP-1270); `null`: it ends the instance. */
  readonly processing: TaskHandlers['processing'] | null
  /** Of Java's test driver, which has one for all. Default none: it would hold back what nothing is downstream of. */
  readonly cache?: ThreadCache | null | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly output: Output
  readonly files: Files
}

/** Records of one partition, from offset `from` to before `nextOffset`. A `FetchedChunk` is one. */
export interface GlobalRange {
  readonly batches: readonly BatchView[]
  readonly from: number
  readonly nextOffset: number
}

/** In Java the global task has this id. */
const GLOBAL_TASK_ID = '-1_-1'
/** Of the offset in a meta row, which says that there are positions: a topic has one per partition, kept as rows. */
const HAS_POSITIONS = 0
const NO_INTERVALS: EmitIntervals = { windows: 0, outerJoins: 0 }

/**
 * The global stores of an instance with the processors that keep them. It knows no cluster: the global thread or the test driver feeds it.
 * Everything is synchronous.
 *
 * What is written goes to overlays, as in tasks, and `commit` moves it into the engine together with the positions of the topics: a store
 * whose processor counts what it sees is not fed twice. Nothing of it is part of a transaction (design 4).
 *
 * ```
 *   restoring ──begin──> running ──close──> closed
 * ```
 */
export class GlobalTask {
  readonly taskId: string = GLOBAL_TASK_ID
  readonly metrics: TaskMetrics = new TaskMetrics()
  readonly state: TaskState
  readonly #options: GlobalTaskOptions
  readonly #record: RecordScope
  readonly #scope: TaskScope
  readonly #positions: GlobalPositions
  readonly #readOnly = new Map<string, object>()
  readonly #inputs = new TopicPartitionMap<GlobalInput>()
  #processors = new Map<string, OpenProcessorNode>()
  #isRunning = false

  constructor(options: GlobalTaskOptions) {
    const { applicationId, globalStores, engines, expectationOf, clock, logger, output, files } = options
    this.#options = options
    const handlers = handlersOf(options)
    const stores = new Set(globalStores.map(({ store }) => store.name))
    this.#record = new RecordScope(new NoRecord(0), keepsSource(handlers))
    this.state = new TaskState({
      applicationId,
      taskId: 'global',
      stores: globalStores.flatMap(({ store }) => [store, positionsOf(store)]),
      engines,
      recordContext: this.#record,
      changelogOf: () => null,
      isRestorable: () => true,
      expectationOf: (store) =>
        stores.has(store.name) ? expectationOf(store) : { ...expectationOf(store), topicId: null, deleteRetentionMs: null },
      cache: options.cache ?? null,
      dropped: (store, reason) => this.#scope.dropped(store, reason),
      clock,
      logger,
    })
    this.#positions = new GlobalPositions(this.state)
    for (const { store } of globalStores) this.#readOnly.set(store.name, readOnlyStore(store.name, this.state.store(store.name) as object))
    this.#scope = new TaskScope({
      applicationId,
      taskId: GLOBAL_TASK_ID,
      record: this.#record,
      collector: noCollector,
      scratch: new OutgoingScratch(),
      handlers,
      metrics: this.metrics,
      emitIntervals: NO_INTERVALS,
      clock,
      logger,
      output,
      files,
      store: (name) => this.state.store(name),
      globalStore: (name) => this.#readOnly.get(name),
      isGlobal: true,
    })
  }

  get globalStores(): readonly GlobalStore[] {
    return this.#options.globalStores
  }

  /** The store as processors of tasks see it, `undefined` if there is none of that name. */
  readonly store = (name: string): unknown => this.#readOnly.get(name)

  /** The store as queries see it. */
  view(name: string): StoreView | undefined {
    if (!this.#readOnly.has(name)) return undefined
    const { state } = this
    return {
      taskId: GLOBAL_TASK_ID,
      partition: -1,
      state: 'running',
      store: state.view(name),
      stamped: state.stampedView(name),
      read: (isolation, isStamped) => state.read(name, isolation, isStamped),
      position: (of) => state.position(name, of),
    }
  }

  /** Where to go on reading for a store; `null`: from the beginning. */
  position(store: string, at: TopicPartition): number | null {
    return this.state.storedOffset(store) === null ? null : this.#positions.get(store, at)
  }

  /** Empties a store: what it has cannot be continued from `partitions` of its topic. */
  wipe(store: string, partitions: readonly TopicPartition[]): void {
    this.state.wipe(store)
    for (const at of partitions) this.#positions.set(store, at, null)
  }

  /**
   * Applies what was read before the instance runs, from offset `from` to before `nextOffset`: as rows, or through the processor of a store
   * that says so. How many records it applied.
   */
  restore(global: GlobalStore, at: TopicPartition, { batches, from, nextOffset }: GlobalRange): number {
    assert(!this.#isRunning, 'global stores are restored before the instance runs')
    let count: number
    if (global.reprocesses) {
      count = this.#feed(global, this.#input(global, at), { batches, from, nextOffset }, true)
    } else {
      const records = new ChangelogRecords(batches, from, Infinity)
      this.state.restore(global.store.name, records, HAS_POSITIONS)
      count = records.count
    }
    this.#positions.set(global.store.name, at, nextOffset)
    return count
  }

  /** All stores are restored: from now on they are updated. The processors are made anew, as in Java. */
  begin(): void {
    this.#closeProcessors()
    this.#isRunning = true
    for (const global of this.#options.globalStores) this.#openProcessor(global)
  }

  /** Gives records to the processor of `global`. */
  update(global: GlobalStore, at: TopicPartition, { batches, from, nextOffset }: GlobalRange): void {
    assert(this.#isRunning, 'global stores are updated after they were restored')
    this.#feed(global, this.#input(global, at), { batches, from, nextOffset }, false)
    this.#positions.set(global.store.name, at, nextOffset)
  }

  /** Moves what was written since the last call into the engine, with the positions. */
  commit(): void {
    this.state.flushCaches()
    this.state.apply(new Map(this.state.storeNames.map((name) => [name, HAS_POSITIONS])))
  }

  /** Closes processors and stores; what is not committed is dropped. */
  close(): void {
    this.#closeProcessors()
    this.state.close()
  }

  #input(global: GlobalStore, at: TopicPartition): GlobalInput {
    let input = this.#inputs.get(at.topic, at.partition)
    if (input !== undefined) return input
    // The extractor of a global source is not asked, in Java as here.
    const parts = { node: global.source, topic: at.topic, extractor: failOnInvalidTimestamp, isRepartition: false }
    input = new GlobalInput(at, parts, this.#scope)
    this.#inputs.set(at.topic, at.partition, input)
    return input
  }

  #feed(global: GlobalStore, input: GlobalInput, { batches, from }: GlobalRange, skipsNullKeys: boolean): number {
    const scope = this.#scope
    input.source.connect([this.#openProcessor(global)])
    scope.systemTime = this.#options.clock.now()
    scope.isActive = true
    try {
      return input.feed(batches, from, skipsNullKeys)
    } finally {
      scope.isActive = false
      // The source lets go of its record: nobody may ask it for a time any more.
      scope.enterWithoutRecord(scope.systemTime)
    }
  }

  /** The processor, which is made if it is not there. */
  #openProcessor({ processor }: GlobalStore): OpenProcessorNode {
    const known = this.#processors.get(processor.name)
    if (known !== undefined) return known
    const open = new OpenProcessorNode(processor, this.#scope)
    this.#processors.set(processor.name, open)
    const scope = this.#scope
    scope.enterWithoutRecord(this.#options.clock.now())
    scope.isActive = true
    try {
      open.open()
    } catch (cause) {
      if (isMillraceError(cause)) throw cause
      const message = `Cannot open processor "${processor.name}" of a global store: ${asError(cause).message}`
      throw new TaskError('PROCESSING_FAILED', message, { taskId: GLOBAL_TASK_ID, processor: processor.name, cause })
    } finally {
      scope.isActive = false
    }
    return open
  }

  #closeProcessors(): void {
    const open = this.#processors
    this.#processors = new Map()
    for (const processor of open.values()) processor.close()
  }
}

/** A dead letter that a handler asks for is not written: the record is skipped, as in Java. */
function handlersOf({ deserialization, processing }: GlobalTaskOptions): TaskHandlers {
  return {
    deserialization: withoutDeadLetters(deserialization),
    processing: processing === null ? 'fail' : withoutDeadLetters(processing),
    production: 'fail',
    deadLetterTopic: null,
  }
}

function withoutDeadLetters(handler: ErrorHandler): ErrorHandler {
  if (typeof handler !== 'function') return handler === 'dead-letter' ? 'skip' : handler
  return (context, error) => {
    const answer = handler(context, error)
    return answer === 'dead-letter' ? 'skip' : answer
  }
}
