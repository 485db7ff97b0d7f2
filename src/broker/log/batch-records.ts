import { BATCH_HEADER_BYTES, type BatchView } from '../../record/batch-view.ts'
import { decompress } from '../../record/compression.ts'
import { RawRecordCursor } from './raw-record-cursor.ts'

/** The most that the records of one batch may have decompressed: guards the process against a batch that unfolds without end. */
const RECORDS_BYTES_MAX = 256 * 1024 * 1024

/** A cursor over the records of a batch, decompressed. Throws `ClusterError` `CORRUPT_BATCH` or `RangeError` for bytes that are none. */
export function cursorOver(batch: BatchView): RawRecordCursor {
  const stored = batch.buffer.subarray(batch.start + BATCH_HEADER_BYTES, batch.end)
  return new RawRecordCursor(decompress(batch.compression, stored, RECORDS_BYTES_MAX), batch.recordCount)
}
