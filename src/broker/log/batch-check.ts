// What a leader checks before it appends a client's batch.
import { ClusterError } from '../../base/errors.ts'
import { kafkaErrors } from '../../protocol/kafka-errors.ts'
import { readBatches, verifyCrc } from '../../record/batch-reader.ts'
import { BATCH_MAGIC, type BatchView, MAGIC_AT } from '../../record/batch-view.ts'
import { RecordCursor } from '../../record/record-cursor.ts'
import type { LogConfig } from './log-config.ts'

/** A record that made a batch fail. */
export interface RecordProblem {
  readonly index: number
  readonly message: string
}

/** Why a batch cannot be appended. */
export interface BatchProblem {
  readonly errorCode: number
  readonly message: string
  readonly records: readonly RecordProblem[]
}

/** Whether `checkBatch` found a problem. */
export function isProblem(checked: BatchView | BatchProblem): checked is BatchProblem {
  return 'errorCode' in checked
}

/** Checks that `bytes` is one batch that a topic with `config` takes from a client at `nowMs`. */
export function checkBatch(bytes: Buffer | null, config: LogConfig, nowMs: number): BatchView | BatchProblem {
  if (bytes === null || bytes.length === 0) return invalid('No batch came for the partition')
  if (bytes.length > MAGIC_AT && bytes.readInt8(MAGIC_AT) !== BATCH_MAGIC) {
    return invalid(`The batch has the format ${bytes.readInt8(MAGIC_AT)}, and only ${BATCH_MAGIC} is taken`)
  }
  try {
    const [batch, second] = readBatches(bytes, 0, bytes.length)
    if (batch === undefined) return corrupt('No whole batch came for the partition')
    if (second !== undefined || batch.end < bytes.length) return invalid('More than one batch came for the partition')
    if (bytes.length > config.batchBytesMax) {
      return problem(kafkaErrors.MESSAGE_TOO_LARGE, `The batch has ${bytes.length} bytes, and max.message.bytes is ${config.batchBytesMax}`)
    }
    verifyCrc(batch)
    return checkHeader(batch) ?? checkTimestamps(batch, config, nowMs) ?? checkRecords(batch, config) ?? batch
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error
    return corrupt(error.message)
  }
}

function checkHeader(batch: BatchView): BatchProblem | null {
  if (batch.isControl) return invalid('Clients do not write control records')
  if (batch.recordCount === 0) return invalid('The batch has no records')
  if (batch.recordCount !== batch.lastOffset - batch.baseOffset + 1) {
    return invalid('The count of records and the last offset do not agree')
  }
  const hasProducer = batch.producerId >= 0
  if (hasProducer && batch.producerEpoch < 0) return invalid('The batch has a producer id and no producer epoch')
  if (hasProducer && batch.baseSequence < 0) return invalid('The batch has a producer id and no sequence')
  if (!hasProducer && batch.isTransactional) return invalid('The batch is transactional and has no producer id')
  return null
}

function checkTimestamps(batch: BatchView, config: LogConfig, nowMs: number): BatchProblem | null {
  if (config.isLogAppendTime) return null
  const timestamp = batch.maxTimestamp
  if (timestamp - nowMs <= config.timestampAfterMaxMs && nowMs - timestamp <= config.timestampBeforeMaxMs) return null
  return problem(kafkaErrors.INVALID_TIMESTAMP, `The timestamp ${timestamp} is too far from the broker's ${nowMs}`)
}

/** Walks over the records where that can find something: keys are required only where compaction goes by them. */
function checkRecords(batch: BatchView, config: LogConfig): BatchProblem | null {
  if (!config.isCompacted) return null
  const keyless: RecordProblem[] = []
  const cursor = new RecordCursor()
  cursor.open(batch)
  while (cursor.next()) {
    if (cursor.keyStart < 0)
      keyless.push({ index: cursor.offset - batch.baseOffset, message: 'Compacted topic cannot accept message without key' })
  }
  if (keyless.length === 0) return null
  return { errorCode: kafkaErrors.INVALID_RECORD, message: 'One or more records have been rejected', records: keyless }
}

function problem(errorCode: number, message: string): BatchProblem {
  return { errorCode, message, records: [] }
}

function corrupt(message: string): BatchProblem {
  return problem(kafkaErrors.CORRUPT_MESSAGE, message)
}

function invalid(message: string): BatchProblem {
  return problem(kafkaErrors.INVALID_RECORD, message)
}
