import { crc32c } from '../base/crc32c.ts'
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
} from './batch-view.ts'
import { compressionNames, decompress } from './compression.ts'
import { type BatchOrigin, corruptBatch, withBatchDetails } from './corrupt-batch.ts'

/** The most bytes that the records of one batch may decompress to, unless the caller says otherwise: 64 MiB. */
export const DECOMPRESSED_BYTES_MAX: number = 64 * 1024 * 1024

/** The smallest record: length, attributes, two deltas, no key, no value, no headers. */
const RECORD_BYTES_MIN = 7

/**
 * The whole batches in `[start, end)`, which is what a fetch response or a produce request has for one partition. A last batch that is
 * cut off is left out (N§4.1). Looks at the headers only; the checksum is the caller's to verify (`verifyCrc`).
 *
 * Throws `ClusterError` `CORRUPT_BATCH` for another format than 2, for lengths, counts and numbers that cannot be, and when not even the
 * first batch is whole, which no broker sends.
 */
export function readBatches(buffer: Buffer, start: number, end: number, origin: BatchOrigin | null = null): BatchView[] {
  const batches: BatchView[] = []
  let position = start
  while (end - position >= BATCH_PREFIX_BYTES) {
    const length = buffer.readInt32BE(position + LENGTH_AT) + BATCH_PREFIX_BYTES
    if (end - position > MAGIC_AT && buffer[position + MAGIC_AT] !== BATCH_MAGIC) {
      const magic = buffer.readInt8(position + MAGIC_AT)
      throw corruptBatch(`Cannot read a batch of format ${magic}: only format ${BATCH_MAGIC} is read`, { origin })
    }
    if (length < BATCH_HEADER_BYTES) {
      throw corruptBatch(`Cannot read a batch of ${length} bytes: its header alone has ${BATCH_HEADER_BYTES}`, { origin })
    }
    if (length > end - position) break
    batches.push(readHeader(buffer, position, position + length, origin))
    position += length
  }
  if (batches.length === 0 && end > start) {
    throw corruptBatch(`Cannot read a batch: ${end - start} bytes are there and none is whole`, { origin })
  }
  return batches
}

function readHeader(buffer: Buffer, start: number, end: number, origin: BatchOrigin | null): BatchView {
  let batch: BatchView
  try {
    batch = viewBatch(buffer, start, end, origin)
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause
    throw corruptBatch('Cannot read the header of a batch: a number is beyond 2^53', { origin, cause })
  }
  const codec = buffer[start + ATTRIBUTES_AT + 1]! & COMPRESSION_MASK
  const problem = headerProblem(batch, codec)
  if (problem === null) return batch
  const offset = Number.isSafeInteger(batch.baseOffset) ? batch.baseOffset : undefined
  throw corruptBatch(`Cannot read the header of a batch: ${problem}`, { origin, offset })
}

function headerProblem(batch: BatchView, codec: number): string | null {
  const { baseOffset, lastOffset, recordCount, baseTimestamp, maxTimestamp, producerId } = batch
  if (!Number.isSafeInteger(baseOffset) || baseOffset < 0 || !Number.isSafeInteger(lastOffset)) return `its base offset is ${baseOffset}`
  if (!Number.isSafeInteger(baseTimestamp) || !Number.isSafeInteger(maxTimestamp))
    return `its timestamps are ${baseTimestamp} and ${maxTimestamp}`
  if (!Number.isSafeInteger(producerId)) return `its producer id is ${producerId}`
  if (lastOffset < baseOffset) return `its last offset delta is ${lastOffset - baseOffset}`
  if (codec >= compressionNames.length) return `its compression is ${codec}, which Kafka does not have`
  if (recordCount < 0 || recordCount > lastOffset - baseOffset + 1) {
    return `it counts ${recordCount} records in ${lastOffset - baseOffset + 1} offsets`
  }
  const bytes = batch.end - batch.start - BATCH_HEADER_BYTES
  if (codec === 0 && recordCount * RECORD_BYTES_MIN > bytes) return `it counts ${recordCount} records in ${bytes} bytes`
  return null
}

/** Throws `ClusterError` `CORRUPT_BATCH` unless the checksum of the batch is that of its bytes. Once per batch is enough. */
export function verifyCrc(batch: BatchView): void {
  const expected = batch.buffer.readUInt32BE(batch.start + CRC_AT)
  const actual = crc32c(batch.buffer, batch.start + CRC_START, batch.end)
  if (actual === expected) return
  const message = `Cannot trust a batch: its checksum is ${expected.toString(16)}, its bytes give ${actual.toString(16)}`
  throw corruptBatch(message, { origin: batch.origin, offset: batch.baseOffset })
}

/** The records of a batch, not compressed: `[start, end)` of `buffer`. */
export interface RecordRange {
  readonly buffer: Buffer
  readonly start: number
  readonly end: number
}

/**
 * The records of `batch`: a view of it if it is not compressed, else bytes of their own. Throws `ClusterError` `CORRUPT_BATCH` when they
 * cannot be decompressed or have more than `bytesMax` bytes.
 */
export function recordsOf(batch: BatchView, bytesMax: number = DECOMPRESSED_BYTES_MAX): RecordRange {
  const start = batch.start + BATCH_HEADER_BYTES
  if (batch.compression === 'none') return { buffer: batch.buffer, start, end: batch.end }
  // Some writers give an empty batch a codec and no bytes.
  if (batch.recordCount === 0) return { buffer: batch.buffer, start, end: start }
  const compressed = batch.buffer.subarray(start, batch.end)
  const records = withBatchDetails({ origin: batch.origin, offset: batch.baseOffset }, () =>
    decompress(batch.compression, compressed, bytesMax),
  )
  return { buffer: records, start: 0, end: records.length }
}
