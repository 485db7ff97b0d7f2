import type { Duration } from '../base/durations.ts'
import type { RecordMetadata } from '../model/record-metadata.ts'
import type { FixedKeyRecord, StreamRecord } from '../model/stream-record.ts'
import type { StoreHandle } from '../state/store-handle.ts'

/** The stores that a processor uses, under the names by which it finds them in `context.stores`. */
export type StoreMap = Readonly<Record<string, StoreHandle<unknown>>>

/** The opened stores of a {@link StoreMap}: each handle gives the store that it stands for. */
export type OpenStores<S extends StoreMap> = { readonly [N in keyof S]: S[N] extends StoreHandle<infer T> ? T : never }

/** Options of {@link ProcessingContext.schedule}. */
export interface ScheduleOptions {
  /** When the first punctuation is due; if that is past, the first of `startTime + k * interval` that is not. Milliseconds since 1970. */
  readonly startTime?: number | Date | undefined
}

/** A schedule that can be ended. */
export interface Cancellable {
  /** No punctuation of this schedule runs after it. Does nothing when called again. */
  cancel(): void
}

/**
 * What a processor sees of the task that runs it. Its functions may be taken out of it. All of it is valid until the processor is closed, and only on the stack of
 * the supplier, of `process` or of a punctuator.
 */
export interface ProcessingContext<S extends StoreMap = {}> {
  readonly applicationId: string
  /** `<sub-topology>_<partition>`. */
  readonly taskId: string
  /** The stores of the option `stores`; no others exist. */
  readonly stores: OpenStores<S>
  /** Where the record that is being processed came from; `null` in the supplier, in punctuators and in what a cache forwards for them. */
  readonly recordMetadata: RecordMetadata | null
  /** The greatest timestamp that the task has processed, -1 before the first. */
  readonly streamTime: number
  /** The wall clock, in milliseconds. */
  readonly systemTime: number
  /** Asks for a commit as soon as the current record is done. */
  readonly commit: () => void
  /**
   * Calls `punctuator` again and again. `stream-time` follows the timestamps of the records (first call at the first record) and gets the
   * stream time; `wall-clock` follows the clock (first call after one interval) and gets the time of the clock. Missed calls are made up
   * for by one (P§5.5). An interval below one millisecond: `RangeError`.
   */
  readonly schedule: (
    interval: Duration,
    type: 'stream-time' | 'wall-clock',
    punctuator: (timestamp: number) => void | undefined,
    options?: ScheduleOptions,
  ) => Cancellable
}

/** What a processor sees that may change keys. */
export interface ProcessorContext<in K, in V, S extends StoreMap = {}> extends ProcessingContext<S> {
  /** Gives `record` to all children, in the order in which they were added, or to the one named `child`. Returns when they are done. */
  readonly forward: (record: StreamRecord<K, V>, child?: string) => void
}

/** What a processor sees that keeps the key. */
export interface FixedKeyProcessorContext<in V, S extends StoreMap = {}> extends ProcessingContext<S> {
  /** As in {@link ProcessorContext}; the record must stem from the one that is being processed. */
  readonly forward: (record: FixedKeyRecord<unknown, V>, child?: string) => void
}

/** A processor of one task. `process` runs once per record, synchronously. */
export interface Processor<K, V> {
  process: (record: StreamRecord<K, V>) => void | undefined
  /** Called once, when the task closes or is rolled back. */
  close?(): void
}

/** A processor that cannot change keys. */
export interface FixedKeyProcessor<K, V> {
  process: (record: FixedKeyRecord<K, V>) => void | undefined
  close?(): void
}

/**
 * Makes a processor. Called once each time a task opens (Java's `get()` and `init()` in one), so what it closes over belongs to one task.
 *
 * ```ts
 * stream.process(({ stores, forward }) => (record) => {
 *   const total = (stores.totals.get(record.key) ?? 0) + record.value
 *   stores.totals.put(record.key, total)
 *   forward(record.withValue(total))
 * }, { stores: { totals }, value: serdes.int32 })
 * ```
 */
export type ProcessorSupplier<KIn, VIn, KOut, VOut, S extends StoreMap = {}> = (
  context: ProcessorContext<KOut, VOut, S>,
) => Processor<KIn, VIn> | Processor<KIn, VIn>['process']

/** Makes a processor that keeps the key; see {@link ProcessorSupplier}. */
export type FixedKeyProcessorSupplier<KIn, VIn, VOut, S extends StoreMap = {}> = (
  context: FixedKeyProcessorContext<VOut, S>,
) => FixedKeyProcessor<KIn, VIn> | FixedKeyProcessor<KIn, VIn>['process']
