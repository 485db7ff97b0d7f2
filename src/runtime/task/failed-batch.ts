import type { Logger } from '../../base/environment.ts'
import type { FailedBatch } from '../../client/producer.ts'
import type { ErrorContext } from '../../model/exception-handlers.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import { type DeadLetter, deadLetterOf } from './dead-letter.ts'
import { asError, type TaskHandlers } from './failures.ts'
import type { RecordOrigin } from './record-collector.ts'

/** What {@link answerFailedBatch} asks and tells. */
export interface FailedBatchScope {
  readonly handlers: TaskHandlers
  readonly logger: Logger
  /** What the numbers of the batch's records stand for. */
  readonly originOf: (number: number) => RecordOrigin
  /** Counts a record that is lost. */
  readonly onDropped: (origin: RecordOrigin) => void
  readonly writeDeadLetter: (letter: DeadLetter, origin: RecordOrigin) => void
}

type Answer = 'fail' | 'skip' | 'retry'

/**
 * Asks the production handler about each record of a batch that the cluster did not take (P§7.9). The answer for the batch is the strictest
 * one: a failure before a retry before a skip. As in Java's default handler the word `fail` means that errors that may pass are tried
 * again; `retry` of an error that does not pass is as `fail`.
 */
export function answerFailedBatch(failure: FailedBatch, scope: FailedBatchScope): Answer {
  const { handlers, logger } = scope
  const { production: handler } = handlers
  const { error } = failure
  if (handler === 'fail' && error.retriable) return 'retry'
  let whole: Answer = 'skip'
  const cursor = new RecordCursor()
  cursor.open(failure.batch)
  for (let index = 0; index < failure.recordCount && cursor.next(); index++) {
    const origin = scope.originOf(failure.nodes[index]!)
    const context: ErrorContext = {
      topic: origin.topic,
      partition: failure.sourcePartitions[index]!,
      offset: failure.sourceOffsets[index]!,
      timestamp: cursor.timestamp,
      headers: cursor.headers(),
      processor: origin.node,
      taskId: origin.taskId,
      // Freed when the record was written, as in Java.
      rawKey: null,
      rawValue: null,
      origin: null,
    }
    const answer = answerFor(context, failure, scope)
    if (answer === 'retry' && error.retriable) {
      if (whole !== 'fail') whole = 'retry'
      continue
    }
    if (handlers.deadLetterTopic !== null && failure.topic !== handlers.deadLetterTopic)
      scope.writeDeadLetter(deadLetterOf(context, error), origin)
    if (answer === 'fail' || answer === 'retry') whole = 'fail'
    else scope.onDropped(origin)
  }
  const { topic, partition, recordCount } = failure
  logger.error({ topic, partition, recordCount, answer: whole, err: error }, `Cannot write to ${topic}-${partition}: ${error.message}`)
  return whole
}

function answerFor(context: ErrorContext, failure: FailedBatch, { handlers, logger }: FailedBatchScope): Answer {
  const { production: handler, deadLetterTopic } = handlers
  let answer: unknown = handler
  if (typeof handler === 'function') {
    try {
      answer = handler(context, failure.error)
    } catch (thrown) {
      logger.error({ processor: context.processor, err: asError(thrown) }, 'The production exception handler threw')
      return 'fail'
    }
  }
  if (answer === 'skip' || answer === 'retry') return answer
  return answer === 'dead-letter' && deadLetterTopic !== null ? 'skip' : 'fail'
}
