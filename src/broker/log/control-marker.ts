import { writeInt64 } from '../../base/int64.ts'
import {
  ATTRIBUTES_AT,
  BASE_SEQUENCE_AT,
  BASE_TIMESTAMP_AT,
  BATCH_HEADER_BYTES,
  BATCH_MAGIC,
  BATCH_PREFIX_BYTES,
  CONTROL_BIT,
  LEADER_EPOCH_AT,
  LENGTH_AT,
  MAGIC_AT,
  MAX_TIMESTAMP_AT,
  PRODUCER_EPOCH_AT,
  PRODUCER_ID_AT,
  RECORD_COUNT_AT,
  TRANSACTIONAL_BIT,
} from '../../record/batch-view.ts'
import { sealBatch } from './batch-check.ts'

/** A control marker that ends a transaction. */
export interface TransactionMarker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly isCommit: boolean
  readonly coordinatorEpoch: number
}

/** Length of the one record after its length field. */
const RECORD_BYTES = 16

/** The batch that ends a transaction: one control record, which takes one offset (N§3.6). */
export function encodeMarker(marker: TransactionMarker, nowMs: number): Buffer {
  const size = BATCH_HEADER_BYTES + 1 + RECORD_BYTES
  const bytes = Buffer.alloc(size)
  bytes.writeInt32BE(size - BATCH_PREFIX_BYTES, LENGTH_AT)
  bytes.writeInt32BE(-1, LEADER_EPOCH_AT)
  bytes.writeInt8(BATCH_MAGIC, MAGIC_AT)
  bytes.writeInt16BE(TRANSACTIONAL_BIT | CONTROL_BIT, ATTRIBUTES_AT)
  writeInt64(bytes, BASE_TIMESTAMP_AT, nowMs)
  writeInt64(bytes, MAX_TIMESTAMP_AT, nowMs)
  writeInt64(bytes, PRODUCER_ID_AT, marker.producerId)
  bytes.writeInt16BE(marker.producerEpoch, PRODUCER_EPOCH_AT)
  bytes.writeInt32BE(-1, BASE_SEQUENCE_AT)
  bytes.writeInt32BE(1, RECORD_COUNT_AT)
  const record = BATCH_HEADER_BYTES
  bytes.writeUInt8(RECORD_BYTES * 2, record)
  bytes.writeUInt8(4 * 2, record + 4)
  bytes.writeInt16BE(marker.isCommit ? 1 : 0, record + 7)
  bytes.writeUInt8(6 * 2, record + 9)
  bytes.writeInt32BE(marker.coordinatorEpoch, record + 12)
  sealBatch(bytes, 0, size)
  return bytes
}
