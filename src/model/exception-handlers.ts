import type { RecordHeaders } from '../record/record-headers.ts'

/** What an exception handler knows of the record in hand (P§7.9). */
export interface ErrorContext {
  /** `null`, and partition and offset -1, in punctuators and flushes. */
  readonly topic: string | null
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly headers: RecordHeaders
  /** Name of the node. */
  readonly processor: string
  readonly taskId: string
  /** The source record's bytes, kept only where a handler is a function or a dead-letter topic is set; else `null`. */
  readonly rawKey: Uint8Array | null
  readonly rawValue: Uint8Array | null
  /** Which side failed to (de)serialise; `null` for other failures. */
  readonly origin: 'key' | 'value' | null
}

/**
 * What to do with a failure: a word, or a function that decides per failure. `fail` stops the task, `skip` drops the record; with
 * `errorsDeadLetterQueueTopicName` set both write the record there, as Java's built-in handlers do. `dead-letter` is `skip` that
 * requires that topic. A handler that throws is as `fail`.
 */
export type ErrorHandler<D extends string = 'fail' | 'skip' | 'dead-letter'> = D | ((context: ErrorContext, error: Error) => D)
