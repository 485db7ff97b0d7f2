import { type Duration, durationMs } from '../base/durations.ts'
import { copied } from '../model/stream-record.ts'
import { type RecordHeaders, recordHeaders } from '../record/record-headers.ts'
import type { Deserializer, SerdeContext, Serializer } from '../serdes/serde.ts'
import type { ReadableTopic, WritableTopic } from '../serdes/topic.ts'
import type { BuiltRecord } from './built-chunk.ts'
import type { WrittenRecord } from './memory-collector.ts'
import type { PipeOptions, TestInputOptions, TestInputTopic, TestOutputTopic, TestRecord } from './topology-test-driver.ts'

/** Milliseconds of a time that is given as number or date. Throws `RangeError` for what is no whole number of milliseconds since 1970. */
export function timeMs(time: number | Date, name: string): number {
  const ms = time instanceof Date ? time.getTime() : time
  if (Number.isSafeInteger(ms)) return ms
  throw new RangeError(`Cannot use ${name} of ${String(time)}: required are milliseconds since 1970 or a Date`)
}

/** What an input topic of a driver writes to. */
export interface InputParts<K, V> {
  readonly topic: WritableTopic<K, V>
  readonly options: TestInputOptions
  readonly nowMs: number
  readonly pipe: (record: BuiltRecord) => void
}

/** An input topic of a driver: serialises what is piped. */
export class DriverInputTopic<K, V> implements TestInputTopic<K, V> {
  readonly #topic: WritableTopic<K, V>
  readonly #pipe: (record: BuiltRecord) => void
  readonly #advanceMs: number
  #nowMs: number

  constructor({ topic, options, nowMs, pipe }: InputParts<K, V>) {
    this.#topic = topic
    this.#pipe = pipe
    this.#advanceMs = durationMs(options.autoAdvance ?? 0, 'autoAdvance')
    this.#nowMs = options.start === undefined ? nowMs : timeMs(options.start, 'start')
  }

  pipe(key: K, value: V | null, options: number | Date | PipeOptions = {}): void {
    const given: PipeOptions = typeof options === 'number' || options instanceof Date ? { timestamp: options } : options
    if ((given.partition ?? 0) !== 0) {
      throw new RangeError(`Cannot pipe to partition ${given.partition} of topic "${this.#topic.name}": the driver has partition 0 only`)
    }
    const headers = headersOf(given.headers)
    const timestamp = given.timestamp === undefined ? this.#takeTime() : timeMs(given.timestamp, 'timestamp')
    const context = { topic: this.#topic.name, headers, role: 'sink' } as const
    this.#pipe({
      key: serialized(this.#topic.key, key, { ...context, isKey: true }),
      value: serialized(this.#topic.value, value, { ...context, isKey: false }),
      timestamp,
      headers,
    })
  }

  pipeAll(records: Iterable<readonly [key: K, value: V | null, timestamp?: number | Date]>): void {
    for (const [key, value, timestamp] of records) this.pipe(key, value, { timestamp })
  }

  advanceTime(by: Duration): void {
    this.#nowMs += durationMs(by, 'by')
  }

  #takeTime(): number {
    const now = this.#nowMs
    this.#nowMs += this.#advanceMs
    return now
  }
}

function serialized<T>(serializer: Serializer<T>, given: T | null, context: SerdeContext): Uint8Array | null {
  if (given === undefined) {
    throw new TypeError(`Cannot pipe undefined as ${context.isKey ? 'key' : 'value'} to topic "${context.topic}": give a value or null`)
  }
  return given === null ? null : serializer.serialize(given, context)
}

/** An output topic of a driver: deserialises what is read. */
export class DriverOutputTopic<K, V> implements TestOutputTopic<K | null, V | null> {
  readonly #topic: ReadableTopic<K, V>
  /** Shared by all output topics of the same name. */
  readonly #records: () => WrittenRecord[]

  constructor(topic: ReadableTopic<K, V>, records: () => WrittenRecord[]) {
    this.#topic = topic
    this.#records = records
  }

  get size(): number {
    return this.#records().length
  }

  readRecord(): TestRecord<K | null, V | null> {
    const written = this.#records().shift()
    if (written === undefined) throw new RangeError(`Cannot read a record of topic "${this.#topic.name}": none is left`)
    const headers = copied(written.headers) ?? recordHeaders()
    const { timestamp, partition } = written
    return {
      key: deserialized(this.#topic.key, written.key, this.#context(headers, true)),
      value: deserialized(this.#topic.value, written.value, this.#context(headers, false)),
      timestamp,
      headers,
      partition,
    }
  }

  readValue(): V | null {
    return this.readRecord().value
  }

  readKeyValue(): readonly [key: K | null, value: V | null] {
    const { key, value } = this.readRecord()
    return [key, value]
  }

  readRecords(): TestRecord<K | null, V | null>[] {
    return [...this]
  }

  readValues(): (V | null)[] {
    return this.readRecords().map(({ value }) => value)
  }

  readKeyValues(): (readonly [key: K | null, value: V | null])[] {
    return this.readRecords().map(({ key, value }) => [key, value] as const)
  }

  readTable(): Map<K | null, V | null> {
    const table = new Map<K | null, V | null>()
    for (const { key, value } of this) {
      if (key === null) throw new RangeError(`Cannot read topic "${this.#topic.name}" as a table: a record has no key`)
      table.set(key, value)
    }
    return table
  }

  *[Symbol.iterator](): Iterator<TestRecord<K | null, V | null>> {
    while (this.size > 0) yield this.readRecord()
  }

  #context(headers: RecordHeaders, isKey: boolean): SerdeContext {
    return { topic: this.#topic.name, isKey, headers, role: 'source' }
  }
}

function deserialized<T>(deserializer: Deserializer<T>, bytes: Buffer | null, context: SerdeContext): T | null {
  return bytes === null ? null : deserializer.deserialize(new Uint8Array(bytes), context)
}

function headersOf(given: PipeOptions['headers']): RecordHeaders {
  if (given === undefined) return recordHeaders()
  if (!isHeaderList(given)) return recordHeaders(Object.entries(given))
  return recordHeaders(Array.from(given, ({ key, value }) => [key, value] as const))
}

function isHeaderList(given: NonNullable<PipeOptions['headers']>): given is RecordHeaders {
  return Symbol.iterator in given
}
