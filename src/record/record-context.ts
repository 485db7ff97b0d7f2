import type { RecordHeaders } from './record-headers.ts'

/** Key and value of a record as they were read; `null` = absent. Owns its bytes. */
export interface SourceBytes {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
}

/**
 * Where the record that is being processed came from. The fields of one such object change from record to record: copy what must outlive
 * the record (`copyRecordContext`).
 */
export interface RecordContext {
  /** `null` in a punctuator (P§5.5). */
  topic: string | null
  /** -1 in a punctuator. */
  partition: number
  /** -1 in a punctuator. */
  offset: number
  /** Milliseconds since 1970; in a punctuator the time of the punctuation. */
  timestamp: number
  headers: RecordHeaders
  /** The bytes of the source record, where somebody may ask for them later: an exception handler, a dead-letter topic (P§7.9). */
  source?: SourceBytes | null
}

/** A context with the same fields, which shares the headers. */
export function copyRecordContext(context: Readonly<RecordContext>): RecordContext {
  return {
    topic: context.topic,
    partition: context.partition,
    offset: context.offset,
    timestamp: context.timestamp,
    headers: context.headers,
    source: context.source ?? null,
  }
}
