import { BytesWriter } from '../../base/bytes-writer.ts'
import type { Clock, Files, Logger, Output } from '../../base/environment.ts'
import type { OutgoingRecord } from '../../client/outgoing-record.ts'
import type { UpgradeFrom } from '../../model/upgrade-from.ts'
import type { EmitIntervals, NodeMetric } from '../../processor/node-context.ts'
import { type RecordHeaders, recordHeaders } from '../../record/record-headers.ts'
import type { DeadLetter } from './dead-letter.ts'
import { Failures, type FailureScope, type TaskHandlers } from './failures.ts'
import { type ProcessingMark, unseenMark } from './processing-mark.ts'
import { ProcessorTimes } from './processor-times.ts'
import { type Punctuation, PunctuationQueue } from './punctuation-queue.ts'
import { defaultPartition, type RecordCollector } from './record-collector.ts'
import type { RecordHolder, RecordScope } from './record-scope.ts'
import type { TaskMetrics } from './task-metrics.ts'

/** Memory for the record that is being written. One per thread: only one record is written at a time. */
export class OutgoingScratch {
  readonly writer: BytesWriter = new BytesWriter(4096)
  readonly record: OutgoingRecord = {
    timestamp: 0,
    bytes: this.writer.buffer,
    keyStart: -1,
    keyEnd: -1,
    valueStart: -1,
    valueEnd: -1,
    headers: null,
    node: 0,
    sourcePartition: -1,
    sourceOffset: -1,
  }
}

/** What the scope of a task is made of. */
export interface TaskScopeOptions {
  readonly applicationId: string
  readonly taskId: string
  /** The record context, which outlives the scope. */
  readonly record: RecordScope
  readonly collector: RecordCollector
  readonly scratch: OutgoingScratch
  readonly handlers: TaskHandlers
  readonly metrics: TaskMetrics
  readonly clock: Clock
  readonly logger: Logger
  readonly output: Output
  readonly files: Files
  /** The opened store of the task, or a global store, by name; `undefined` if there is none. */
  readonly store: (name: string) => unknown
  readonly globalStore: (name: string) => unknown
  readonly emitIntervals: EmitIntervals
  /** Default `null`. */
  readonly upgradeFrom?: UpgradeFrom | null | undefined
  /** Of the global stores of an instance: their processors have no stream time and no punctuators. Default false. */
  readonly isGlobal?: boolean | undefined
  /** Default: one that nobody looks at. */
  readonly mark?: ProcessingMark | undefined
}

/** Headers of what comes from no record. Made when asked for, and anew for each such occasion. */
export class NoRecord implements RecordHolder {
  readonly timestamp: number
  #headers: RecordHeaders | null = null

  constructor(timestamp: number) {
    this.timestamp = timestamp
  }

  get headers(): RecordHeaders {
    return (this.#headers ??= recordHeaders())
  }
}

/** What the nodes of an open task share. A new one for each opening. */
export class TaskScope implements FailureScope {
  readonly options: TaskScopeOptions
  readonly applicationId: string
  readonly taskId: string
  /** The topics that the task reads, by the number that `RecordScope.input` counts from 1. */
  readonly inputTopics: string[] = []
  readonly collector: RecordCollector
  readonly scratch: BytesWriter
  readonly out: OutgoingRecord
  readonly handlers: TaskHandlers
  readonly metrics: TaskMetrics
  readonly logger: Logger
  readonly record: RecordScope
  readonly mark: ProcessingMark
  readonly failures: Failures = new Failures(this)
  readonly streamTimePunctuations: PunctuationQueue<string> = new PunctuationQueue()
  readonly wallClockPunctuations: PunctuationQueue<string> = new PunctuationQueue()
  /** What the nodes keep with the committed offsets. */
  readonly processorTimes: ProcessorTimes = new ProcessorTimes()
  /** Metrics of single nodes, by name of the node. */
  readonly nodeMetrics: Map<string, readonly NodeMetric[]> = new Map()
  /** The greatest timestamp that the task has processed, -1 before the first. */
  streamTime = -1
  /** The wall clock as last read. */
  systemTime: number
  /** Whether code of the task's nodes runs right now: only then may they forward and schedule. */
  isActive = false
  commitRequested = false

  constructor(options: TaskScopeOptions) {
    this.options = options
    this.applicationId = options.applicationId
    this.taskId = options.taskId
    this.record = options.record
    this.collector = options.collector
    this.scratch = options.scratch.writer
    this.out = options.scratch.record
    this.handlers = options.handlers
    this.metrics = options.metrics
    this.logger = options.logger
    this.mark = options.mark ?? unseenMark()
    this.systemTime = options.clock.now()
  }

  /** Counts how far a record is behind stream time. */
  noteLateness(timestamp: number): void {
    const { metrics } = this
    const latenessMs = this.streamTime - timestamp
    metrics.latenessMsTotal += latenessMs
    if (latenessMs > metrics.latenessMsMax) metrics.latenessMsMax = latenessMs
  }

  /** Sets the record context to that of no record: in factories, and in punctuators with the time of the punctuation (P§5.5). */
  enterWithoutRecord(timestamp: number): void {
    const { record } = this
    record.topic = null
    record.partition = -1
    record.offset = -1
    record.holder = new NoRecord(timestamp)
    record.raw = null
    record.input = 0
  }

  /** Runs a punctuator of `node`; a failure goes to the processing handler, without a record. */
  punctuate(punctuation: Punctuation<string>, now: number): void {
    this.enterWithoutRecord(now)
    this.metrics.punctuations++
    this.mark.cells[this.mark.at] = this.mark.numberOf(punctuation.node)
    try {
      punctuation.punctuator(now)
    } catch (error) {
      this.enterWithoutRecord(now)
      this.failures.processing(punctuation.node, error)
    }
  }

  /** Counts a record that `node` drops, and logs why. */
  dropped(node: string, reason: string, level: 'warn' | 'debug' = 'warn'): void {
    const { topic, partition, offset } = this.record
    this.metrics.droppedRecords++
    this.logger[level]({ taskId: this.taskId, processor: node, topic, partition, offset }, `Skipped a record: ${reason}`)
  }

  /** Writes to the dead-letter topic; only called if there is one. */
  readonly writeDeadLetter = (letter: DeadLetter, node: string): void => {
    const collector = this.collector
    const topic = collector.topic(this.handlers.deadLetterTopic!)
    const { input, partition, offset } = this.record
    const source = input === 0 ? null : this.inputTopics[input - 1]!
    const origin = collector.originNumber({ taskId: this.taskId, node, topic: source })
    const send = (): void => {
      const { out, scratch } = this
      scratch.reset()
      out.keyStart = out.keyEnd = -1
      if (letter.key !== null) {
        out.keyStart = 0
        scratch.bytes(letter.key)
        out.keyEnd = scratch.position
      }
      out.valueStart = out.valueEnd = -1
      if (letter.value !== null) {
        out.valueStart = scratch.position
        scratch.bytes(letter.value)
        out.valueEnd = scratch.position
      }
      out.bytes = scratch.buffer
      out.timestamp = letter.timestamp
      out.headers = letter.headers
      out.node = origin
      out.sourcePartition = partition
      out.sourceOffset = offset
      collector.send(topic, defaultPartition(collector, topic, out, 0), out)
      this.metrics.producedBy(node, topic.name).produced(out)
    }
    if (topic.partitionCount === 0) collector.whenKnown(topic, send)
    else send()
  }
}
