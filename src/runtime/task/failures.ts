import type { Logger } from '../../base/environment.ts'
import { AssertionError } from '../../base/assert.ts'
import { ClusterError, isMillraceError, StoreError, TaskError } from '../../base/errors.ts'
import type { ErrorContext, ErrorHandler } from '../../model/exception-handlers.ts'
import { deadLetterOf, type DeadLetter } from './dead-letter.ts'
import type { RecordScope } from './record-scope.ts'
import type { TaskMetrics } from './task-metrics.ts'

/** What to do with failures (P§7.9). */
export interface TaskHandlers {
  readonly deserialization: ErrorHandler
  readonly processing: ErrorHandler
  readonly production: ErrorHandler<'fail' | 'skip' | 'retry' | 'dead-letter'>
  /** `errors.dead.letter.queue.topic.name`; `null`: no dead letters are written. */
  readonly deadLetterTopic: string | null
}

/** What {@link Failures} needs of its task. */
export interface FailureScope {
  readonly taskId: string
  readonly handlers: TaskHandlers
  readonly record: RecordScope
  readonly metrics: TaskMetrics
  readonly logger: Logger
  /** Writes a dead letter with the producer of the thread, so that it belongs to the transaction. */
  readonly writeDeadLetter: (letter: DeadLetter, node: string) => void
}

/** Whether a handler or a dead letter may ask for the bytes of the source record. */
export function keepsSource({ deserialization, processing, production, deadLetterTopic }: TaskHandlers): boolean {
  return deadLetterTopic !== null || [deserialization, processing, production].some((handler) => typeof handler === 'function')
}

/** Which side of a record failed to be read or written; `null`: neither. */
export type FailedSide = 'key' | 'value' | null

/**
 * Asks the exception handlers of a task about failures, and carries out what they answer: a method returns when the record is to be
 * skipped, after the dead letter is written and the drop is counted, and throws `TaskError` when the task is to stop.
 */
export class Failures {
  readonly #scope: FailureScope

  constructor(scope: FailureScope) {
    this.#scope = scope
  }

  /** A key or value that cannot be read at source `node`. */
  deserialization(node: string, side: FailedSide, failure: unknown): void {
    this.#settle(this.#scope.handlers.deserialization, 'DESERIALIZATION_FAILED', { node, side, failure, action: 'deserialize' })
  }

  /** An exception out of the processor `node`. Failures that were settled further below and failures of the cluster are not asked about again. */
  processing(node: string, failure: unknown): void {
    if (isFinal(failure)) throw failure
    this.#settle(this.#scope.handlers.processing, 'PROCESSING_FAILED', { node, side: null, failure, action: 'process' })
  }

  /** A key or value that cannot be written at sink `node`, or a record that the producer does not take. `retry` is as `fail`. */
  production(node: string, side: FailedSide, failure: unknown): void {
    this.#settle(this.#scope.handlers.production, 'PRODUCTION_FAILED', { node, side, failure, action: 'write what came of' })
  }

  /** The error for an exception that no processor is there to settle: out of a sink below a source. */
  fatal(node: string, failure: unknown): TaskError {
    const error = asError(failure)
    const place = isMillraceError(error) ? (error.processor ?? node) : node
    return failed('PROCESSING_FAILED', 'process', this.#contextOf(place, null), error)
  }

  #contextOf(node: string, side: FailedSide): ErrorContext {
    const { record, taskId } = this.#scope
    const { source } = record
    return {
      topic: record.topic,
      partition: record.partition,
      offset: record.offset,
      timestamp: record.timestamp,
      headers: record.headers,
      processor: node,
      taskId,
      rawKey: source?.key ?? null,
      rawValue: source?.value ?? null,
      origin: side,
    }
  }

  #settle(handler: AnyHandler, code: FailureCode, details: FailureDetails): void {
    const { metrics, logger, handlers, taskId, writeDeadLetter } = this.#scope
    const error = asError(details.failure)
    const context = this.#contextOf(details.node, details.side)
    const answer = this.#ask(handler, context, error)
    if (handlers.deadLetterTopic !== null) {
      writeDeadLetter(deadLetterOf(context, error), details.node)
      metrics.deadLetters++
    }
    if (answer === 'fail' || answer === 'retry') throw failed(code, details.action, context, error)
    metrics.droppedRecords++
    logger.warn(
      { taskId, processor: context.processor, topic: context.topic, partition: context.partition, offset: context.offset, err: error },
      `Skipped a record: ${error.message}`,
    )
  }

  #ask(handler: AnyHandler, context: ErrorContext, error: Error): Answer {
    const { handlers } = this.#scope
    if (typeof handler !== 'function') return handler
    let answer: unknown
    try {
      answer = handler(context, error)
    } catch (cause) {
      throw failedHandler(context, `it threw ${asError(cause).message}`, cause)
    }
    if (answer !== 'fail' && answer !== 'skip' && answer !== 'retry' && answer !== 'dead-letter') {
      throw failedHandler(context, `it returned ${typeof answer === 'string' ? `"${answer}"` : typeof answer}`, error)
    }
    if (answer === 'dead-letter' && handlers.deadLetterTopic === null) {
      throw failedHandler(context, 'it returned "dead-letter", but errorsDeadLetterQueueTopicName is not set', error)
    }
    return answer
  }
}

type Answer = 'fail' | 'skip' | 'retry' | 'dead-letter'
type AnyHandler = Answer | ((context: ErrorContext, error: Error) => Answer)
type FailureCode = 'DESERIALIZATION_FAILED' | 'PROCESSING_FAILED' | 'PRODUCTION_FAILED'

interface FailureDetails {
  readonly node: string
  readonly side: FailedSide
  readonly failure: unknown
  readonly action: string
}

/** What goes wrong while a record is processed, and is about the record or what is made of it. */
const ofProcessing: ReadonlySet<string> = new Set([
  'BUFFER_FULL',
  'BUFFER_KEY_NULL',
  'FORWARD_DISABLED',
  'PROMISE_RETURNED',
  'TABLE_KEY_NULL',
  'UNDEFINED_RETURNED',
])

/** Whether `failure` must not be put before a handler: it was before one already, or is not about the record. */
export function isFinal(failure: unknown): boolean {
  if (failure instanceof TaskError) return !ofProcessing.has(failure.code)
  if (failure instanceof StoreError) return failure.code === 'STORE_CORRUPTED'
  return failure instanceof ClusterError || failure instanceof AssertionError
}

/** `thrown` as an error: user code may throw anything. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** Where the record of `context` came from, as a part of a sentence. */
function originOf(context: ErrorContext): string {
  if (context.topic === null) return 'a record that came from no topic (punctuator or cache)'
  return `the record at ${context.topic}-${context.partition} offset ${context.offset}`
}

function failed(code: FailureCode, action: string, context: ErrorContext, error: Error): TaskError {
  const side = context.origin === null ? '' : `the ${context.origin} of `
  const message = `Cannot ${action} ${side}${originOf(context)} in "${context.processor}" of task ${context.taskId}: ${error.message}`
  return new TaskError(code, message, { ...placeOf(context), cause: error })
}

function failedHandler(context: ErrorContext, found: string, cause: unknown): TaskError {
  const message = `Cannot ask the exception handler about ${originOf(context)} in "${context.processor}" of task ${context.taskId}: ${found}, required is one of its answers`
  return new TaskError('HANDLER_FAILED', message, { ...placeOf(context), cause })
}

function placeOf(context: ErrorContext): { taskId: string; processor: string; topic?: string; partition?: number; offset?: number } {
  const { taskId, processor, topic, partition, offset } = context
  return topic === null ? { taskId, processor } : { taskId, processor, topic, partition, offset }
}
