import type { Files, Logger, Output } from '../base/environment.ts'
import type { RecordMetadata } from '../model/record-metadata.ts'
import type { StreamRecord } from '../model/stream-record.ts'
import type { UpgradeFrom } from '../model/upgrade-from.ts'
import type { RecordContext } from '../record/record-context.ts'
import type { Cancellable } from './processor.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- nodes are untyped among themselves: the DSL has checked what flows where
type AnyRecord = StreamRecord<any, any>

/** How often operators look for results that have become final, in milliseconds of the wall clock (P§8.5). */
export interface EmitIntervals {
  /** `__emit.interval.ms.kstreams.windowed.aggregation__` */
  readonly windows: number
  /** `__emit.interval.ms.kstreams.outer.join.spurious.results.fix__` */
  readonly outerJoins: number
}

/** A metric of one node (P§9.5): its group and labels are added by the task. */
export interface NodeMetric {
  /** Kafka Streams' name, e.g. `suppression-emit-total`. One that ends in `-total` only grows. */
  readonly name: string
  /** A sentence for people. */
  readonly help: string
  readonly read: () => number
}

/**
 * What an opened node of the topology sees of its task. The runtime implements it once per node; built-in operators use it as it is, and
 * the public `ProcessorContext` is made from it (`processor-context.ts`).
 *
 * Everything is synchronous, and only allowed on the stack of the node's own factory, `process`, punctuator or cache listener.
 */
export interface NodeContext {
  readonly applicationId: string
  readonly taskId: string
  readonly nodeName: string
  /** Names of the children, in the order in which they were added. */
  readonly children: readonly string[]
  /** Whether the node is open and code of its task runs right now: only then may it forward, schedule and use stores. */
  readonly isActive: boolean
  /** Gives `record` to all children, depth first. While a child runs the record context has the record's timestamp and headers. */
  forward(record: AnyRecord): void
  /** Gives `record` to the child named `child`. Throws `TopologyError` `CHILD_UNKNOWN` if there is none. */
  forwardTo(child: string, record: AnyRecord): void
  /**
   * The opened store: one that is connected to this node, or a global one (which is read-only). Any other throws `StoreError`
   * `STORE_NOT_CONNECTED`.
   */
  store<S>(name: string): S
  /** Where the current record came from; `null` when it came from no topic (factory, punctuator). */
  readonly recordMetadata: RecordMetadata | null
  /** The context of the current record. One object per task that changes with each record: copy what must outlive the call. */
  readonly recordContext: Readonly<RecordContext>
  /** Runs `run` with the fields of `context` as the record context: what a cache does for each dirty entry that it flushes. */
  withRecordContext(context: Readonly<RecordContext>, run: () => void): void
  /** The greatest timestamp that the task has processed, -1 before the first. */
  readonly streamTime: number
  /** The wall clock, as it was when the task began to work on the records at hand. */
  readonly systemTime: number
  /** Reads the wall clock. */
  readWallClock(): number
  readonly emitIntervals: EmitIntervals
  /** `upgrade.from`: the version that other instances may still run, `null` if all run this one. */
  readonly upgradeFrom: UpgradeFrom | null
  /**
   * The time that a node of this task has kept under `name`, `null` if none has. Such times are committed with the input offsets, in Java's
   * format (P§5.4), so that they are what they were when those offsets had been reached: after a roll-back, after a crash, and for a Java
   * member that takes the task over, or from which it is taken over. All nodes of a task share the names; Java uses those of stores.
   */
  processorTime(name: string): number | null
  /** Keeps `time` under `name`, in whole milliseconds. */
  setProcessorTime(name: string, time: number): void
  /** Asks for a commit as soon as the current record is done. */
  commit(): void
  /** Schedules `punctuator` (P§5.5). `startTime`: milliseconds; absent = as Java without one. Throws `RangeError` for an interval below 1. */
  schedule(intervalMs: number, type: 'stream-time' | 'wall-clock', punctuator: (timestamp: number) => void, startTime?: number): Cancellable
  /** Adds metrics of this node, for as long as it is open. */
  addMetrics(metrics: readonly NodeMetric[]): void
  /** Counts a record that the node drops (metric `dropped-records`, P§9.4) and logs why. `level`: default `warn`; `debug` for what is no trouble. */
  dropped(reason: string, level?: 'warn' | 'debug'): void
  readonly logger: Logger
  readonly output: Output
  readonly files: Files
}

/** An opened node. It holds the state of the operator: a roll-back closes it and opens another. */
export interface OpenProcessor {
  process(record: AnyRecord): void
  close?(): void
}

/** Makes the processor of a node, once each time a task opens. An operator is a function that takes its parameters and returns one. */
export type ProcessorFactory = (context: NodeContext) => OpenProcessor
