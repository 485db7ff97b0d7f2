import type { Duration } from '../base/durations.ts'
import type { MetricValue } from '../metrics/registry.ts'
import type { RecordHeaders } from '../record/record-headers.ts'
import type { ReadableTopic, WritableTopic } from '../serdes/topic.ts'
import type { StoreHandle } from '../state/store-handle.ts'

/** Options of a record that is piped. */
export interface PipeOptions {
  /** Milliseconds since 1970, or a date. Default: the current time of the input topic, which then advances by `autoAdvance`. */
  readonly timestamp?: number | Date | undefined
  /** By name, or as a list, which may hold a name several times, and bytes and absent values. */
  readonly headers?: Readonly<Record<string, string>> | RecordHeaders | undefined
  /** The driver runs one partition of everything: 0, which is the default, is the only one. */
  readonly partition?: number | undefined
}

/** Options of an input topic. */
export interface TestInputOptions {
  /** Its current time at first. Default: the wall clock of the driver. */
  readonly start?: number | Date | undefined
  /** By how much its current time advances with each record without timestamp. Default 0. */
  readonly autoAdvance?: Duration | undefined
}

/** A topic to write to. `K` and `V` are what its serdes take; `null` values are written as absent. */
export interface TestInputTopic<K, V> {
  /**
   * Writes a record, and processes it and all that comes of it before it returns. Throws what the topology throws. A number or date
   * instead of options is the timestamp.
   */
  pipe(key: K, value: V | null, options?: number | Date | PipeOptions): void
  /** Pipes records one after the other. */
  pipeAll(records: Iterable<readonly [key: K, value: V | null, timestamp?: number | Date]>): void
  /** Advances the current time of the topic. */
  advanceTime(by: Duration): void
}

/** A record that was written by the topology. */
export interface TestRecord<out K, out V> {
  readonly key: K
  readonly value: V
  readonly timestamp: number
  readonly headers: RecordHeaders
  readonly partition: number
}

/**
 * What the topology wrote to a topic, in order. Reading takes records out; iterating takes them out one by one. Where there is none to
 * read, `readValue`, `readKeyValue` and `readRecord` throw `RangeError`.
 */
export interface TestOutputTopic<K, V> extends Iterable<TestRecord<K, V>> {
  /** Records that can be read. */
  readonly size: number
  readValue(): V
  readKeyValue(): readonly [key: K, value: V]
  readRecord(): TestRecord<K, V>
  readValues(): V[]
  readKeyValues(): (readonly [key: K, value: V])[]
  readRecords(): TestRecord<K, V>[]
  /** All records as a map, in which the last value of a key counts. A record without key throws `RangeError`. */
  readTable(): Map<K, V>
}

/** Runs a topology synchronously, in one task, without a cluster (P§11.1). Made by `testDriver`. */
export interface TopologyTestDriver extends Disposable {
  /** A topic that the topology reads. */
  input<K, V>(topic: WritableTopic<K, V>, options?: TestInputOptions): TestInputTopic<K, V>
  /** A topic that the topology writes. Several for the same topic share its records. */
  output<K, V>(topic: ReadableTopic<K, V>): TestOutputTopic<K | null, V | null>
  /** The store that `handle` stands for, as processors see it. What is written to it is committed with the next record. */
  store<S>(handle: StoreHandle<S>): S
  /** Moves the wall clock, and runs the punctuators that are due. */
  advanceWallClockTime(by: Duration): void
  /** Names of the topics that were written so far, changelogs and repartition topics included. */
  producedTopicNames(): string[]
  /** The metrics of the task as they are now, e.g. `dropped-records-total`. */
  metrics(): readonly MetricValue[]
}
