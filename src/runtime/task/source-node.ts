import { copiedBytes } from '../../serdes/copied-bytes.ts'
import { SerdeError, TaskError } from '../../base/errors.ts'
import { streamRecord, type StreamRecord } from '../../model/stream-record.ts'
import {
  failOnInvalidTimestamp,
  logAndSkipOnInvalidTimestamp,
  type TimestampExtractor,
  usePartitionTimeOnInvalidTimestamp,
} from '../../model/timestamp-extractor.ts'
import type { RecordCursor } from '../../record/record-cursor.ts'
import type { RecordHeaders } from '../../record/record-headers.ts'
import { type FastReader, fastReaderOf } from '../../serdes/fast-serde.ts'
import type { Deserializer } from '../../serdes/serde.ts'
import type { SourceNode } from '../../topology/physical-topology.ts'
import { asError, type FailedSide, isFinal } from './failures.ts'
import { NodeSerdeContext } from './node-serde-context.ts'
import type { OpenNode } from './open-node.ts'
import type { RecordHolder } from './record-scope.ts'
import type { SourceCounts } from './task-metrics.ts'
import { NoRecord, type TaskScope } from './task-scope.ts'

/** A record as nodes pass it on. */
// oxlint-disable-next-line typescript/no-explicit-any -- nodes are untyped among themselves: the DSL has checked what flows where
export type AnyRecord = StreamRecord<any, any>
// oxlint-disable-next-line typescript/no-explicit-any -- as above
type AnyExtractor = TimestampExtractor<any, any>

/** Extractors of ours that look at the timestamp only: for these the head need not be deserialised. */
const timestampOnly: ReadonlySet<AnyExtractor> = new Set<AnyExtractor>([
  failOnInvalidTimestamp,
  logAndSkipOnInvalidTimestamp,
  usePartitionTimeOnInvalidTimestamp,
])

/** Stands for a record that was skipped: no key or value is it. */
const skipped: unique symbol = Symbol('skipped')

/** The head of an input queue, as its source reads it. */
export interface SourceHead {
  readonly topic: string
  readonly partition: number
  /** Number of the topic among the inputs of the task, from 1. */
  readonly input: number
  /** On the head. */
  readonly cursor: RecordCursor
  /** Timestamp of the head as the extractor gave it. */
  readonly timestamp: number
  /** The greatest timestamp taken from the partition, -1 before the first. */
  readonly partitionTime: number
}

/** What an {@link OpenSource} is for. */
export interface OpenSourceOptions {
  readonly node: SourceNode
  /** The full name of the topic. */
  readonly topic: string
  readonly extractor: AnyExtractor
  readonly isRepartition: boolean
}

/**
 * A source of an open task for one input partition: takes the timestamp of records and deserialises them in place (P§5.1, design 7
 * "Null"). Made once per partition, because it keeps the head that a custom extractor needed to see.
 */
export class OpenSource implements RecordHolder {
  readonly name: string
  readonly #scope: TaskScope
  readonly #extractor: AnyExtractor
  readonly #seesValues: boolean
  readonly #absentKey: 'fail' | 'drop' | null
  readonly #absentValue: 'fail' | 'drop' | null
  readonly #key: FastReader<unknown> | null
  readonly #value: FastReader<unknown> | null
  readonly #keyContext: NodeSerdeContext
  readonly #valueContext: NodeSerdeContext
  readonly #counts: SourceCounts
  readonly #number: number
  #children: readonly OpenNode[] = []
  #onlyChild: OpenNode | null = null
  /** The record whose headers `headers` gives. */
  #cursor: RecordCursor | null = null
  #headers: RecordHeaders | null = null
  /** The head's key and value, when the extractor has seen them. */
  #headKey: unknown = skipped
  #headValue: unknown = skipped

  constructor(options: OpenSourceOptions, scope: TaskScope) {
    const { node, topic, extractor, isRepartition } = options
    const role = isRepartition ? 'repartition' : 'source'
    this.name = node.name
    this.#scope = scope
    this.#number = scope.mark.numberOf(node.name)
    this.#counts = scope.metrics.source(node.name)
    this.#extractor = extractor
    this.#seesValues = !timestampOnly.has(extractor)
    this.#absentKey = node.absent === 'fail-value' ? null : node.absent
    this.#absentValue = node.absent === 'fail-value' ? 'fail' : node.absent
    this.#key = readerOf(node.key)
    this.#value = readerOf(node.value)
    this.#keyContext = new NodeSerdeContext(topic, true, role, this)
    this.#valueContext = new NodeSerdeContext(topic, false, role, this)
  }

  /** Connects the children, in their order. */
  connect(children: readonly OpenNode[]): void {
    this.#children = children
    this.#onlyChild = children.length === 1 ? children[0]! : null
  }

  /** Timestamp of the record in hand, as it is in the topic. */
  get timestamp(): number {
    return this.#cursor!.timestamp
  }

  /** Headers of the record in hand: made when a serde or handler looks. */
  get headers(): RecordHeaders {
    return (this.#headers ??= this.#cursor!.headers())
  }

  /** The timestamp of the record under the cursor of `head`; negative: the record is skipped, and that is counted and logged. */
  timestampOf(head: SourceHead): number {
    const { cursor } = head
    if (!this.#seesValues && cursor.timestamp >= 0) return cursor.timestamp
    this.#enter(head)
    if (this.#seesValues) {
      const key = this.#readKey(cursor)
      const value = key === skipped ? skipped : this.#readValue(cursor)
      if (value === skipped) return -1
      this.#headKey = key
      this.#headValue = value
    }
    const timestamp = this.#extract(head)
    if (timestamp < 0) {
      this.forget()
      this.#scope.dropped(this.name, `its timestamp is ${timestamp}`)
    }
    return timestamp
  }

  /** `head` as a record, which is the current one then, or `null` if it is skipped. */
  read(head: SourceHead): AnyRecord | null {
    const { cursor, timestamp } = head
    // What the extractor has seen may have changed the headers.
    const known = this.#seesValues ? this.#headers : null
    this.#enter(head)
    let key: unknown
    let value: unknown
    if (this.#seesValues) {
      key = this.#headKey
      value = this.#headValue
      this.#headKey = skipped
      this.#headValue = skipped
    } else {
      key = this.#readKey(cursor)
      if (key === skipped) return null
      value = this.#readValue(cursor)
      if (value === skipped) return null
    }
    const headers = known ?? this.#headers ?? (cursor.headerCount === 0 ? null : cursor.headers())
    const record = streamRecord(key, value, timestamp, headers)
    this.#scope.record.holder = record
    return record
  }

  /** Gives `record` to the children. What no processor below settles ends the task. */
  forward(record: AnyRecord): void {
    try {
      const child = this.#onlyChild
      if (child !== null) {
        child.process(record)
      } else {
        const children = this.#children
        for (let index = 0; index < children.length; index++) children[index]!.process(record)
      }
      this.#counts.processed++
    } catch (error) {
      throw isFinal(error) ? error : this.#scope.failures.fatal(this.name, error)
    }
  }

  /** Forgets the head that was read for the extractor. */
  forget(): void {
    const { record } = this.#scope
    if (record.holder === this) {
      // Nobody is to ask for the time of a record that is gone: reads of a test, for example, after it was skipped.
      record.holder = new NoRecord(Math.max(0, this.#cursor?.timestamp ?? 0))
      record.raw = null
    }
    this.#headKey = skipped
    this.#headValue = skipped
    this.#headers = null
    this.#cursor = null
  }

  /** Makes the record under the cursor the current one, as far as handlers and serdes see it. */
  #enter(head: SourceHead): void {
    const { cursor } = head
    const { record, mark } = this.#scope
    mark.cells[mark.at] = this.#number
    this.#cursor = cursor
    this.#headers = null
    record.topic = head.topic
    record.partition = head.partition
    record.offset = cursor.offset
    record.holder = this
    record.raw = cursor
    record.input = head.input
  }

  #readKey(cursor: RecordCursor): unknown {
    const { keyStart, keyEnd } = cursor
    const reader = this.#key
    if (keyStart < 0) return reader === null || this.#absentKey === null || reader.nullable ? null : this.#absentSide('key')
    if (reader === null) return copiedBytes(cursor.buffer, keyStart, keyEnd)
    let key: unknown
    try {
      key = reader.read(cursor.buffer, keyStart, keyEnd, this.#keyContext)
      if (key === null || key === undefined) this.#checkNothing(key, 'key', reader.nullable)
    } catch (error) {
      return this.#failed('key', error)
    }
    return key
  }

  #readValue(cursor: RecordCursor): unknown {
    const { valueStart, valueEnd } = cursor
    const reader = this.#value
    if (valueStart < 0) return reader === null || this.#absentValue === null || reader.nullable ? null : this.#absentSide('value')
    if (reader === null) return copiedBytes(cursor.buffer, valueStart, valueEnd)
    let value: unknown
    try {
      value = reader.read(cursor.buffer, valueStart, valueEnd, this.#valueContext)
      if (value === null || value === undefined) this.#checkNothing(value, 'value', reader.nullable)
    } catch (error) {
      return this.#failed('value', error)
    }
    return value
  }

  #failed(side: FailedSide, error: unknown): typeof skipped {
    this.#scope.failures.deserialization(this.name, side, error)
    return skipped
  }

  #absentSide(side: 'key' | 'value'): typeof skipped {
    if ((side === 'key' ? this.#absentKey : this.#absentValue) === 'drop') {
      this.#scope.dropped(this.name, `it has no ${side}`)
      return skipped
    }
    return this.#failed(side, absentError(side, 'the record has none, and the serde is not nullable'))
  }

  #checkNothing(given: null | undefined, side: 'key' | 'value', isNullable: boolean): void {
    if (given === null && isNullable) return
    throw absentError(side, `the deserializer gave ${String(given)} for bytes that are there`)
  }

  #extract(head: SourceHead): number {
    const { cursor, topic, partition } = head
    const key = this.#headKey === skipped ? null : this.#headKey
    const value = this.#headValue === skipped ? null : this.#headValue
    const record = { topic, partition, offset: cursor.offset, timestamp: cursor.timestamp, headers: this.headers, key, value }
    let timestamp: unknown
    try {
      timestamp = this.#extractor(record, head.partitionTime)
    } catch (error) {
      if (isFinal(error)) throw error
      throw this.#extractorFailed(head, `it threw ${asError(error).message}`, error)
    }
    if (typeof timestamp === 'number' && Number.isSafeInteger(timestamp)) return timestamp
    throw this.#extractorFailed(head, `it returned ${String(timestamp)}, required are whole milliseconds`, undefined)
  }

  #extractorFailed(head: SourceHead, found: string, cause: unknown): TaskError {
    const { topic, partition } = head
    const { offset } = head.cursor
    return new TaskError(
      'EXTRACTOR_FAILED',
      `Cannot take the timestamp of the record at ${topic}-${partition} offset ${offset} with the extractor of "${this.name}": ${found}`,
      { taskId: this.#scope.taskId, processor: this.name, topic, partition, offset, cause },
    )
  }
}

function readerOf(deserializer: Deserializer<unknown> | null): FastReader<unknown> | null {
  return deserializer === null ? null : fastReaderOf(deserializer)
}

function absentError(side: 'key' | 'value', found: string): SerdeError {
  return new SerdeError(side === 'key' ? 'KEY_ABSENT' : 'VALUE_ABSENT', `Cannot read the ${side}: ${found}`)
}
