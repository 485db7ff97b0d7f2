import type { RecordContext, SourceBytes } from '../../record/record-context.ts'
import type { RecordHeaders } from '../../record/record-headers.ts'

/** What has a time and headers: a record, or the context of a cached one. */
export interface RecordHolder {
  readonly timestamp: number
  readonly headers: RecordHeaders
}

/** The bytes of a record as it was read, as ranges of `buffer`; -1 = absent. Valid while the record is processed. */
export interface RawRecord {
  readonly buffer: Buffer
  readonly keyStart: number
  readonly keyEnd: number
  readonly valueStart: number
  readonly valueEnd: number
}

/**
 * The record context of a task: one object that changes with each record and each forward. Topic, partition and offset are those of the
 * source record, timestamp and headers those of the record that is being processed (P§15).
 */
export class RecordScope implements RecordContext {
  /** `null` outside of records: in factories and punctuators. */
  topic: string | null = null
  partition = -1
  offset = -1
  /** The record whose time and headers are the current ones: one store per forward, and nobody is asked for headers before somebody looks. */
  holder: RecordHolder
  /** The source record's bytes, `null` when there is none. */
  raw: RawRecord | null = null
  readonly #keepsSource: boolean
  /** The source bytes of a context that outlived its record. */
  #keptSource: SourceBytes | null = null
  /** Number of the input topic among those of the task, from 1; 0 outside of records. */
  input = 0

  /** `keepsSource`: whether contexts that outlive their record, in caches, are to have the bytes of the source record. */
  constructor(holder: RecordHolder, keepsSource: boolean) {
    this.holder = holder
    this.#keepsSource = keepsSource
  }

  get source(): SourceBytes | null {
    if (!this.#keepsSource) return null
    return this.raw === null ? this.#keptSource : sourceBytesOf(this.raw)
  }

  get timestamp(): number {
    return this.holder.timestamp
  }

  get headers(): RecordHeaders {
    return this.holder.headers
  }

  /** Runs `run` with the fields of `context`, then sets back what was. */
  runWith(context: Readonly<RecordContext>, run: () => void): void {
    const { topic, partition, offset, holder, raw, input } = this
    const keptSource = this.#keptSource
    this.topic = context.topic
    this.partition = context.partition
    this.offset = context.offset
    this.holder = context
    this.raw = null
    this.#keptSource = context.source ?? null
    this.input = 0
    try {
      run()
    } finally {
      this.topic = topic
      this.partition = partition
      this.offset = offset
      this.holder = holder
      this.raw = raw
      this.#keptSource = keptSource
      this.input = input
    }
  }
}

function sourceBytesOf(raw: RawRecord): SourceBytes {
  const { buffer, keyStart, keyEnd, valueStart, valueEnd } = raw
  return {
    key: keyStart < 0 ? null : new Uint8Array(buffer.subarray(keyStart, keyEnd)),
    value: valueStart < 0 ? null : new Uint8Array(buffer.subarray(valueStart, valueEnd)),
  }
}
