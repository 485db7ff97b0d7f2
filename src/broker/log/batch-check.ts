// What a leader checks before it appends a client's batch.
import { crc32c } from '../../base/crc32c.ts'
import { ClusterError } from '../../base/errors.ts'
import {
  ATTRIBUTES_AT,
  BATCH_HEADER_BYTES,
  BATCH_MAGIC,
  BATCH_PREFIX_BYTES,
  type BatchView,
  COMPRESSION_MASK,
  CRC_AT,
  CRC_START,
  LENGTH_AT,
  MAGIC_AT,
  viewBatch,
} from '../../record/batch-view.ts'
import { compressionNames } from '../../record/compression.ts'
import { kafkaErrors } from '../kafka-errors.ts'
import { cursorOver } from './batch-records.ts'
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

/** Gives the batch of `length` bytes the checksum of what it now says. */
export function sealBatch(bytes: Buffer, at: number, length: number): void {
  bytes.writeUInt32BE(crc32c(bytes, at + CRC_START, at + length), at + CRC_AT)
}

/** Checks that `bytes` is one batch that a topic with `config` takes from a client at `nowMs`. */
export function checkBatch(bytes: Buffer | null, config: LogConfig, nowMs: number): BatchView | BatchProblem {
  if (bytes === null || bytes.length < BATCH_HEADER_BYTES) return corrupt('The batch is shorter than its header')
  const magic = bytes.readInt8(MAGIC_AT)
  if (magic !== BATCH_MAGIC) return invalid(`The batch has the format ${magic}, and only ${BATCH_MAGIC} is taken`)
  const length = bytes.readInt32BE(LENGTH_AT) + BATCH_PREFIX_BYTES
  if (length < BATCH_HEADER_BYTES || length > bytes.length) return corrupt(`The batch says that it has ${length} bytes, and ${bytes.length} came`)
  if (length < bytes.length) return invalid('More than one batch came for the partition')
  if (length > config.batchBytesMax) {
    return problem(kafkaErrors.MESSAGE_TOO_LARGE, `The batch has ${length} bytes, and max.message.bytes is ${config.batchBytesMax}`)
  }
  if (crc32c(bytes, CRC_START, length) !== bytes.readUInt32BE(CRC_AT)) return corrupt('The checksum of the batch is wrong')
  try {
    const batch = viewBatch(bytes, 0, length, null)
    return checkHeader(batch) ?? checkTimestamps(batch, config, nowMs) ?? checkRecords(batch, config) ?? batch
  } catch (error) {
    // Numbers beyond 2^53, records that do not add up, bytes that do not decompress.
    if (!(error instanceof RangeError || error instanceof ClusterError)) throw error
    return corrupt(error.message)
  }
}

function checkHeader(batch: BatchView): BatchProblem | null {
  if (batch.isControl) return invalid('Clients do not write control records')
  const codec = batch.buffer.readInt16BE(ATTRIBUTES_AT) & COMPRESSION_MASK
  if (codec >= compressionNames.length) return invalid(`The compression ${codec} is not known`)
  if (batch.recordCount <= 0) return invalid('The batch has no records')
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
  const cursor = cursorOver(batch)
  while (cursor.next()) {
    if (cursor.keyLength < 0) keyless.push({ index: cursor.offsetDelta, message: 'Compacted topic cannot accept message without key' })
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
