import { durationMs } from '../base/durations.ts'
import type { Logger } from '../base/environment.ts'
import { TopologyError } from '../base/errors.ts'
import type { RecordMetadata } from '../model/record-metadata.ts'
import { copied, type FixedKeyRecord } from '../model/stream-record.ts'
import type { NodeContext } from '../processor/node-context.ts'
import type { Cancellable, OpenStores, ProcessingContext, ScheduleOptions, StoreMap } from '../processor/processor.ts'
import type { RecordContext } from '../record/record-context.ts'
import { type RecordHeaders, recordHeaders } from '../record/record-headers.ts'
import type { ByteSlice } from '../state/byte-slice.ts'
import type { ChangelogWriter } from '../state/changelog-writer.ts'
import { memoryEngines } from '../state/engines/memory/memory-engine.ts'
import { TaskState } from '../state/task-state.ts'
import { StoreCatalog } from '../topology/store-catalog.ts'
import { processorStores } from '../topology/store-openers.ts'
import { timeMs } from './test-topics.ts'

/** A record that a processor forwarded. */
export interface CapturedForward<K, V> {
  readonly record: FixedKeyRecord<K, V>
  /** The child that was named; `null`: all. */
  readonly child: string | null
}

/** A punctuator that a processor scheduled. It never runs by itself: call `punctuator`. */
export interface CapturedPunctuator {
  readonly intervalMs: number
  readonly type: 'stream-time' | 'wall-clock'
  readonly punctuator: (timestamp: number) => void | undefined
  /** Milliseconds since 1970, `null` where none was given. */
  readonly startTimeMs: number | null
  readonly isCancelled: boolean
}

/** A record that a store with a changelog wrote there. */
export interface CapturedChange {
  /** The name of the store. */
  readonly store: string
  readonly key: Buffer
  /** `null`: a deletion. */
  readonly value: Buffer | null
  /** Of stores without timestamps the time of the record in hand. */
  readonly timestamp: number
  /** Empty but for stores that keep headers. */
  readonly headers: RecordHeaders
}

/** A row that a store did not take, because it had expired. */
export interface CapturedDrop {
  readonly store: string
  readonly reason: string
}

/** What surrounds a processor in a unit test. */
export interface MockProcessorContextOptions<S extends StoreMap> {
  /** The stores of the processor's option `stores`: they are real, empty, and in memory. Tables cannot be used here. */
  readonly stores?: S | undefined
  /** Default `mock`. */
  readonly applicationId?: string | undefined
  /** Default `0_0`. */
  readonly taskId?: string | undefined
}

/**
 * A context that remembers what a processor does with it, to test the processor by itself: nothing is forwarded to other nodes, no
 * punctuator runs. What the processor is to see of its task is set before it looks.
 */
export interface MockProcessorContext<K, V, S extends StoreMap> extends ProcessingContext<S> {
  /** Where the current record came from. Default `null`. */
  recordMetadata: RecordMetadata | null
  /** The record in hand, of which stores take time and headers. Default `null`: the stream time, and no headers. */
  record: FixedKeyRecord<unknown, unknown> | null
  /** Default -1. */
  streamTime: number
  /** Default 0. */
  systemTime: number
  readonly forward: (record: FixedKeyRecord<K, V>, child?: string) => void
  /** What was forwarded since the last `resetForwards`, in order. */
  readonly forwarded: readonly CapturedForward<K, V>[]
  /** Of `forwarded` what the child of that name gets: what was forwarded to it, and to all. */
  forwardedTo(child: string): readonly CapturedForward<K, V>[]
  /** What the stores wrote to their changelogs since the last `resetChanges`, in order, with the bytes of the topic. Java's mock cannot log changes. */
  readonly changes: readonly CapturedChange[]
  /** What stores did not take, in order. */
  readonly dropped: readonly CapturedDrop[]
  /** What was scheduled, in order. */
  readonly punctuators: readonly CapturedPunctuator[]
  /** Whether a commit was asked for since the last `resetCommit`. */
  readonly committed: boolean
  resetForwards(): void
  resetChanges(): void
  resetCommit(): void
}

/**
 * Makes a context for one processor (P§11.3). The same serves suppliers of `process` and of `processValues`.
 *
 * ```ts
 * const totals = keyValueStore('totals', { key: serdes.string, value: serdes.int32 })
 * const context = mockProcessorContext({ stores: { totals } })
 * const process = addUp(context)
 * process(new StreamRecord('k', 5, 0))
 * assert.equal(context.stores.totals.get('k'), 5)
 * assert.deepEqual(context.forwarded.map(({ record }) => record.value), [5])
 * ```
 */
export function mockProcessorContext<
  S extends StoreMap = {},
  // oxlint-disable-next-line typescript/no-explicit-any -- a supplier says what it forwards
  K = any,
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  V = any,
>(options: MockProcessorContextOptions<S> = {}): MockProcessorContext<K, V, S> {
  return new Mock(options)
}

const silent: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

class Mock<K, V, S extends StoreMap> implements MockProcessorContext<K, V, S> {
  readonly applicationId: string
  readonly taskId: string
  readonly stores: OpenStores<S>
  readonly commit: () => void
  readonly forward: (record: FixedKeyRecord<K, V>, child?: string) => void
  readonly schedule: ProcessingContext['schedule']
  recordMetadata: RecordMetadata | null = null
  record: FixedKeyRecord<unknown, unknown> | null = null
  streamTime = -1
  systemTime = 0
  readonly #forwarded: CapturedForward<K, V>[] = []
  readonly #punctuators: CapturedPunctuator[] = []
  readonly #changes: CapturedChange[] = []
  readonly #dropped: CapturedDrop[] = []
  #committed = false

  constructor({ stores, applicationId = 'mock', taskId = '0_0' }: MockProcessorContextOptions<S>) {
    this.applicationId = applicationId
    this.taskId = taskId
    this.stores = this.#openStores(stores)
    this.commit = () => {
      this.#committed = true
    }
    this.forward = (record, child) => void this.#forwarded.push({ record, child: child ?? null })
    this.schedule = (interval, type, punctuator, options) => this.#capture(durationMs(interval, 'interval'), type, punctuator, options)
  }

  get forwarded(): readonly CapturedForward<K, V>[] {
    return this.#forwarded
  }

  forwardedTo(child: string): readonly CapturedForward<K, V>[] {
    return this.#forwarded.filter((captured) => captured.child === null || captured.child === child)
  }

  get changes(): readonly CapturedChange[] {
    return this.#changes
  }

  get dropped(): readonly CapturedDrop[] {
    return this.#dropped
  }

  get punctuators(): readonly CapturedPunctuator[] {
    return this.#punctuators
  }

  get committed(): boolean {
    return this.#committed
  }

  resetForwards(): void {
    this.#forwarded.length = 0
  }

  resetChanges(): void {
    this.#changes.length = 0
  }

  resetCommit(): void {
    this.#committed = false
  }

  #capture(
    intervalMs: number,
    type: 'stream-time' | 'wall-clock',
    punctuator: (timestamp: number) => void | undefined,
    options: ScheduleOptions | undefined,
  ): Cancellable {
    if (intervalMs < 1) throw new RangeError(`Cannot schedule a punctuator every ${intervalMs} ms: 1 or more is required`)
    const startTimeMs = options?.startTime === undefined ? null : timeMs(options.startTime, 'startTime')
    const captured = { intervalMs, type, punctuator, startTimeMs, isCancelled: false }
    this.#punctuators.push(captured)
    return { cancel: () => void (captured.isCancelled = true) }
  }

  #openStores(stores: S | undefined): OpenStores<S> {
    const { openers, owned } = processorStores('mock', stores, new StoreCatalog(), (handle) => {
      if ('storeName' in handle) {
        throw new TopologyError('STORE_MISSING', 'Cannot give a table to a mock context: it has no topology, use a test driver')
      }
      return null
    })
    const state = new TaskState({
      applicationId: this.applicationId,
      taskId: this.taskId,
      stores: owned,
      engines: memoryEngines,
      recordContext: this.#recordContext(),
      changelogOf: ({ name, changelog }) => (changelog === null ? null : this.#changelog(name)),
      dropped: (store, reason) => void this.#dropped.push({ store, reason }),
      expectationOf: () => ({ clusterId: null, topicId: null, deleteRetentionMs: null }),
      cache: null,
      clock: { now: () => this.systemTime, monotonic: () => this.systemTime },
      logger: silent,
    })
    // Of the node of a processor openers need nothing but its stores.
    const node: Pick<NodeContext, 'store'> = { store: <T>(name: string): T => state.store(name) as T }
    const opened = Object.entries(openers).map(([alias, open]) => [alias, open(node as NodeContext)] as const)
    return Object.freeze(Object.fromEntries(opened)) as OpenStores<S>
  }

  #changelog(store: string): ChangelogWriter {
    const write = (key: ByteSlice, value: ByteSlice | null, timestamp: number, headers: RecordHeaders | null): void => {
      const bytes = value === null ? null : value.copy()
      this.#changes.push({ store, key: key.copy(), value: bytes, timestamp, headers: copied(headers) ?? recordHeaders() })
    }
    return { write }
  }

  /** What stores take times and headers from. */
  #recordContext(): Readonly<RecordContext> {
    const now = (): number => this.record?.timestamp ?? Math.max(0, this.streamTime)
    const from = (): RecordMetadata | null => this.recordMetadata
    const headersOf = (): RecordHeaders => this.record?.headers ?? recordHeaders()
    return {
      get topic() {
        return from()?.topic ?? null
      },
      get partition() {
        return from()?.partition ?? -1
      },
      get offset() {
        return from()?.offset ?? -1
      },
      get timestamp() {
        return now()
      },
      get headers() {
        return headersOf()
      },
    }
  }
}
