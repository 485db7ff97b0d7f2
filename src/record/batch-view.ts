import { readInt64 } from '../base/int64.ts'
import type { BatchOrigin } from './corrupt-batch.ts'
import { type Compression, compressionNames } from './compression.ts'

// The layout of a record batch v2 (N§4.1): where its fields lie, counted from its first byte.

/** Bytes before the records. */
export const BATCH_HEADER_BYTES = 61
/** Bytes before the part that the length field counts. */
export const BATCH_PREFIX_BYTES = 12
/** The only batch format that is read. */
export const BATCH_MAGIC = 2
export const BASE_OFFSET_AT = 0
export const LENGTH_AT = 8
export const LEADER_EPOCH_AT = 12
export const MAGIC_AT = 16
export const CRC_AT = 17
/** Where what the checksum covers begins; it ends with the batch. */
export const CRC_START = 21
export const ATTRIBUTES_AT = 21
export const LAST_OFFSET_DELTA_AT = 23
export const BASE_TIMESTAMP_AT = 27
export const MAX_TIMESTAMP_AT = 35
export const PRODUCER_ID_AT = 43
export const PRODUCER_EPOCH_AT = 51
export const BASE_SEQUENCE_AT = 53
export const RECORD_COUNT_AT = 57

/** The bits of the attributes that number the codec. */
export const COMPRESSION_MASK = 0x07
/** The timestamps are of the append. */
export const LOG_APPEND_TIME_BIT = 0x08
/** The batch is part of a transaction. */
export const TRANSACTIONAL_BIT = 0x10
/** The batch has a control record and no data. */
export const CONTROL_BIT = 0x20

/** Whose clock gave the timestamps of a batch, as the topic configuration `message.timestamp.type` spells it. */
export type TimestampType = 'CreateTime' | 'LogAppendTime'

/** A record batch in a buffer: its header decoded, its records untouched. Valid as long as the bytes stay as they are. */
export interface BatchView {
  readonly buffer: Buffer
  /** The batch is `[start, end)` of `buffer`. */
  readonly start: number
  readonly end: number
  readonly baseOffset: number
  /** `baseOffset` plus the last offset delta: also where compaction has removed the last records. */
  readonly lastOffset: number
  readonly partitionLeaderEpoch: number
  readonly compression: Compression
  readonly timestampType: TimestampType
  readonly isTransactional: boolean
  readonly isControl: boolean
  /** What the timestamps of the records are relative to. */
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  /** -1: none. */
  readonly producerId: number
  readonly producerEpoch: number
  readonly baseSequence: number
  /** May be 0: compaction keeps empty batches for the state of producers. */
  readonly recordCount: number
  /** Where the batch came from, if the reader was told. */
  readonly origin: BatchOrigin | null
}

/** Decodes the header of the batch `[start, end)`, which is at least 61 bytes. Throws `RangeError` for an int64 beyond 2^53. */
export function viewBatch(buffer: Buffer, start: number, end: number, origin: BatchOrigin | null): BatchView {
  const attributes = buffer.readInt16BE(start + ATTRIBUTES_AT)
  const baseOffset = readInt64(buffer, start + BASE_OFFSET_AT)
  return {
    buffer,
    start,
    end,
    baseOffset,
    lastOffset: baseOffset + buffer.readInt32BE(start + LAST_OFFSET_DELTA_AT),
    partitionLeaderEpoch: buffer.readInt32BE(start + LEADER_EPOCH_AT),
    compression: compressionNames[attributes & COMPRESSION_MASK] ?? 'none',
    timestampType: (attributes & LOG_APPEND_TIME_BIT) === 0 ? 'CreateTime' : 'LogAppendTime',
    isTransactional: (attributes & TRANSACTIONAL_BIT) !== 0,
    isControl: (attributes & CONTROL_BIT) !== 0,
    baseTimestamp: readInt64(buffer, start + BASE_TIMESTAMP_AT),
    maxTimestamp: readInt64(buffer, start + MAX_TIMESTAMP_AT),
    producerId: readInt64(buffer, start + PRODUCER_ID_AT),
    producerEpoch: buffer.readInt16BE(start + PRODUCER_EPOCH_AT),
    baseSequence: buffer.readInt32BE(start + BASE_SEQUENCE_AT),
    recordCount: buffer.readInt32BE(start + RECORD_COUNT_AT),
    origin,
  }
}
