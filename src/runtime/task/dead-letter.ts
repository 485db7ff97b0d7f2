import type { ErrorContext } from '../../model/exception-handlers.ts'
import { copied } from '../../model/stream-record.ts'
import { type RecordHeaders, recordHeaders } from '../../record/record-headers.ts'

/** A record for the dead-letter topic: what came in, with what went wrong in its headers (KIP-1034, P§7.9). */
export interface DeadLetter {
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly timestamp: number
  readonly headers: RecordHeaders
}

/** The dead letter for `error`: source key and value, the original headers, then Java's six headers as text. */
export function deadLetterOf(context: ErrorContext, error: Error): DeadLetter {
  const headers = copied(context.headers) ?? recordHeaders()
  headers.add('__streams.errors.exception', error.name === 'Error' ? error.constructor.name : error.name)
  headers.add('__streams.errors.message', error.message)
  headers.add('__streams.errors.stacktrace', error.stack ?? `${error.name}: ${error.message}`)
  headers.add('__streams.errors.topic', context.topic)
  headers.add('__streams.errors.partition', String(context.partition))
  headers.add('__streams.errors.offset', String(context.offset))
  return { key: context.rawKey, value: context.rawValue, timestamp: context.timestamp, headers }
}
