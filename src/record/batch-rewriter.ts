import { crc32c } from '../base/crc32c.ts'
import { writeInt64 } from '../base/int64.ts'
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BASE_SEQUENCE_AT,
  CRC_AT,
  CRC_START,
  LEADER_EPOCH_AT,
  LOG_APPEND_TIME_BIT,
  MAX_TIMESTAMP_AT,
  PRODUCER_EPOCH_AT,
  PRODUCER_ID_AT,
} from './batch-view.ts'

// Changes of a sealed batch in place. A `BatchView` that was made before says what the batch said before.

/** A batch: `[start, end)` of `buffer`. A `BatchView` is one. */
export interface BatchRange {
  readonly buffer: Buffer
  readonly start: number
  readonly end: number
}

/** Sets what the leader of a partition decides when it appends. Neither field is under the checksum. */
export function setBaseOffset(batch: BatchRange, baseOffset: number, partitionLeaderEpoch: number): void {
  writeInt64(batch.buffer, batch.start + BASE_OFFSET_AT, baseOffset)
  batch.buffer.writeInt32BE(partitionLeaderEpoch, batch.start + LEADER_EPOCH_AT)
}

/** Gives all records of the batch the time of its append, and the batch a new checksum. */
export function setLogAppendTime(batch: BatchRange, timestamp: number): void {
  const { buffer, start } = batch
  buffer.writeInt16BE(buffer.readInt16BE(start + ATTRIBUTES_AT) | LOG_APPEND_TIME_BIT, start + ATTRIBUTES_AT)
  writeInt64(buffer, start + MAX_TIMESTAMP_AT, timestamp)
  sealCrc(batch)
}

/** Who writes a batch: what an idempotent producer stamps on it. */
export interface ProducerStamp {
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
}

/** Stamps the batch anew, as after a bump of the producer epoch (N§3.5), and gives it a new checksum. */
export function setProducer(batch: BatchRange, stamp: ProducerStamp): void {
  const { buffer, start } = batch
  writeInt64(buffer, start + PRODUCER_ID_AT, stamp.producerId)
  buffer.writeInt16BE(stamp.producerEpoch, start + PRODUCER_EPOCH_AT)
  buffer.writeInt32BE(stamp.baseSequence, start + BASE_SEQUENCE_AT)
  sealCrc(batch)
}

/** Gives the batch the checksum of what it now says. */
export function sealCrc(batch: BatchRange): void {
  batch.buffer.writeUInt32BE(crc32c(batch.buffer, batch.start + CRC_START, batch.end), batch.start + CRC_AT)
}
