import type { Files, Logger, Output } from '../../base/environment.ts'
import { StoreError, TopologyError } from '../../base/errors.ts'
import type { RecordMetadata } from '../../model/record-metadata.ts'
import type { StreamRecord } from '../../model/stream-record.ts'
import type { UpgradeFrom } from '../../model/upgrade-from.ts'
import type { EmitIntervals, NodeContext, NodeMetric, OpenProcessor } from '../../processor/node-context.ts'
import type { Cancellable } from '../../processor/processor.ts'
import type { RecordContext } from '../../record/record-context.ts'
import type { ProcessorNode } from '../../topology/physical-topology.ts'
import type { OpenNode } from './open-node.ts'
import { Punctuation } from './punctuation-queue.ts'
import type { RecordScope } from './record-scope.ts'
import type { TaskScope } from './task-scope.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- nodes are untyped among themselves: the DSL has checked what flows where
type AnyRecord = StreamRecord<any, any>

/** Stands in until the factory has run: nothing is forwarded to a node before all are open. */
const notOpen: OpenProcessor = {
  process: () => {
    throw new TopologyError(
      'PROCESSOR_INACTIVE',
      'Cannot process a record: the processor is not open, records may be forwarded while the task runs',
    )
  },
}

/**
 * A processor of an open task, and what it sees of the task. Calls its children directly; an exception out of the processor is settled
 * here, so that a skipped record is skipped only from this node on (P§7.9).
 */
export class OpenProcessorNode implements OpenNode, NodeContext {
  readonly name: string
  readonly children: readonly string[]
  readonly #node: ProcessorNode
  readonly #scope: TaskScope
  readonly #record: RecordScope
  /** Where it writes its number while its code runs: see `ProcessingMark`. */
  readonly #cells: Int32Array
  readonly #cell: number
  readonly #number: number
  #childNodes: readonly OpenNode[] = []
  /** The child, if there is just one. */
  #onlyChild: OpenNode | null = null
  #processor: OpenProcessor = notOpen
  #isClosed = false

  constructor(node: ProcessorNode, scope: TaskScope) {
    this.name = node.name
    this.children = node.children
    this.#node = node
    this.#scope = scope
    this.#record = scope.record
    this.#cells = scope.mark.cells
    this.#cell = scope.mark.at
    this.#number = scope.mark.numberOf(node.name)
  }

  /** Connects the children, in their order. */
  connect(children: readonly OpenNode[]): void {
    this.#childNodes = children
    this.#onlyChild = children.length === 1 ? children[0]! : null
  }

  /** Makes the processor. */
  open(): void {
    this.#processor = this.#node.factory(this)
  }

  close(): void {
    const processor = this.#processor
    this.#processor = notOpen
    this.#isClosed = true
    processor.close?.()
  }

  process(record: AnyRecord): void {
    this.#cells[this.#cell] = this.#number
    try {
      this.#processor.process(record)
    } catch (error) {
      this.#record.holder = record
      this.#scope.failures.processing(this.name, error)
    }
  }

  forward(record: AnyRecord): void {
    const scope = this.#record
    const { holder } = scope
    if (holder !== record) scope.holder = record
    const child = this.#onlyChild
    if (child !== null) {
      child.process(record)
    } else {
      const children = this.#childNodes
      for (let index = 0; index < children.length; index++) children[index]!.process(record)
    }
    this.#cells[this.#cell] = this.#number
    if (holder !== record) scope.holder = holder
  }

  forwardTo(child: string, record: AnyRecord): void {
    const index = this.children.indexOf(child)
    if (index < 0) {
      const known = this.children.length === 0 ? 'none' : this.children.map((name) => `"${name}"`).join(', ')
      throw new TopologyError('CHILD_UNKNOWN', `Cannot forward from "${this.name}" to "${child}": its children are ${known}`, {
        processor: this.name,
      })
    }
    const scope = this.#record
    const { holder } = scope
    scope.holder = record
    this.#childNodes[index]!.process(record)
    this.#cells[this.#cell] = this.#number
    scope.holder = holder
  }

  store<S>(name: string): S {
    const { options, taskId } = this.#scope
    const store = this.#node.stores.includes(name) ? options.store(name) : options.globalStore(name)
    if (store === undefined) {
      throw new StoreError(
        'STORE_NOT_CONNECTED',
        `Cannot use store "${name}" in processor "${this.name}": the store is not connected to it`,
        {
          taskId,
          processor: this.name,
          store: name,
        },
      )
    }
    return store as S
  }

  schedule(
    intervalMs: number,
    type: 'stream-time' | 'wall-clock',
    punctuator: (timestamp: number) => void,
    startTime?: number,
  ): Cancellable {
    this.#requireTask('schedule a punctuator')
    if (!(intervalMs >= 1)) throw new RangeError(`Cannot schedule a punctuator every ${intervalMs} ms: the interval must be 1 ms or longer`)
    const scope = this.#scope
    const anchored = startTime !== undefined
    if (type === 'stream-time') {
      return scope.streamTimePunctuations.schedule(
        new Punctuation(this.name, startTime ?? 0, intervalMs, punctuator),
        anchored,
        scope.streamTime,
      )
    }
    const now = scope.options.clock.now()
    const first = startTime ?? now + intervalMs
    return scope.wallClockPunctuations.schedule(new Punctuation(this.name, first, intervalMs, punctuator), anchored, now)
  }

  withRecordContext(context: Readonly<RecordContext>, run: () => void): void {
    this.#record.runWith(context, run)
  }

  readWallClock(): number {
    return this.#scope.options.clock.now()
  }

  processorTime(name: string): number | null {
    return this.#scope.processorTimes.get(name)
  }

  setProcessorTime(name: string, time: number): void {
    this.#scope.processorTimes.set(name, time)
  }

  addMetrics(metrics: readonly NodeMetric[]): void {
    const { nodeMetrics } = this.#scope
    nodeMetrics.set(this.name, [...(nodeMetrics.get(this.name) ?? []), ...metrics])
  }

  commit(): void {
    this.#scope.commitRequested = true
  }

  dropped(reason: string, level?: 'warn' | 'debug'): void {
    this.#scope.dropped(this.name, reason, level)
  }

  get nodeName(): string {
    return this.name
  }

  get applicationId(): string {
    return this.#scope.applicationId
  }

  get taskId(): string {
    return this.#scope.taskId
  }

  get isActive(): boolean {
    return this.#scope.isActive && !this.#isClosed
  }

  get recordMetadata(): RecordMetadata | null {
    const { topic, partition, offset } = this.#record
    return topic === null ? null : { topic, partition, offset }
  }

  get recordContext(): Readonly<RecordContext> {
    return this.#record
  }

  get streamTime(): number {
    this.#requireTask('read the stream time')
    return this.#scope.streamTime
  }

  get systemTime(): number {
    return this.#scope.systemTime
  }

  get emitIntervals(): EmitIntervals {
    return this.#scope.options.emitIntervals
  }

  get upgradeFrom(): UpgradeFrom | null {
    return this.#scope.options.upgradeFrom ?? null
  }

  get logger(): Logger {
    return this.#scope.options.logger
  }

  get output(): Output {
    return this.#scope.options.output
  }

  get files(): Files {
    return this.#scope.options.files
  }

  #requireTask(action: string): void {
    if (this.#scope.options.isGlobal !== true) return
    throw new TopologyError(
      'GLOBAL_PROCESSOR',
      `Cannot ${action} in processor "${this.name}": it keeps a global store, which is no part of a task`,
      {
        processor: this.name,
      },
    )
  }
}
