import { ClusterError } from '../base/errors.ts'

/** Where a batch came from, for messages. */
export interface BatchOrigin {
  readonly topic: string
  readonly partition: number
}

/** What is known of a corrupt batch. */
export interface CorruptBatchDetails {
  readonly origin?: BatchOrigin | null | undefined
  /** The base offset of the batch. */
  readonly offset?: number | undefined
  readonly cause?: unknown
}

/** The error for bytes that are no batch of records. */
export function corruptBatch(message: string, details: CorruptBatchDetails = {}): ClusterError {
  const { origin, offset, cause } = details
  const where = origin === null || origin === undefined ? '' : ` of ${origin.topic}-${origin.partition}`
  const at = offset === undefined ? '' : ` at offset ${offset}`
  const suffix = where === '' && at === '' ? '' : ` (batch${at}${where})`
  return new ClusterError('CORRUPT_BATCH', message + suffix, { topic: origin?.topic, partition: origin?.partition, offset, cause })
}

/** Runs `read`, and gives its errors about a batch the details of `details`. Errors of other kinds go through. */
export function withBatchDetails<T>(details: CorruptBatchDetails, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof ClusterError && error.code === 'CORRUPT_BATCH' && error.offset === undefined) {
      throw corruptBatch(error.message, { ...details, cause: error.cause })
    }
    throw error
  }
}
