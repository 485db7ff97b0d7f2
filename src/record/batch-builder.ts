import { crc32c } from '../base/crc32c.ts'
import { writeInt64 } from '../base/int64.ts'
import {
  ATTRIBUTES_AT,
  BASE_OFFSET_AT,
  BASE_SEQUENCE_AT,
  BASE_TIMESTAMP_AT,
  BATCH_HEADER_BYTES,
  BATCH_MAGIC,
  BATCH_PREFIX_BYTES,
  CONTROL_BIT,
  CRC_AT,
  CRC_START,
  LAST_OFFSET_DELTA_AT,
  LEADER_EPOCH_AT,
  LENGTH_AT,
  LOG_APPEND_TIME_BIT,
  MAGIC_AT,
  MAX_TIMESTAMP_AT,
  PRODUCER_EPOCH_AT,
  PRODUCER_ID_AT,
  RECORD_COUNT_AT,
  TRANSACTIONAL_BIT,
} from './batch-view.ts'
import { compress, type Compression, compressionCode } from './compression.ts'
import { headersSize, type RecordHeaders, writeHeaders } from './record-headers.ts'
import { signedVarintSize, signedVarlongSize, writeSignedVarint, writeSignedVarlong } from './varint.ts'

/** What is appended. One mutable object that the caller may reuse for every record: the builder copies out of it. */
export interface RecordToAppend {
  /** Milliseconds, a safe integer. */
  timestamp: number
  /** What the ranges are ranges of. */
  bytes: Buffer
  /** The key is `[keyStart, keyEnd)` of `bytes`; `keyEnd` -1: no key. */
  keyStart: number
  keyEnd: number
  /** The value is `[valueStart, valueEnd)` of `bytes`; `valueEnd` -1: no value. */
  valueStart: number
  valueEnd: number
  /** `null`: none. */
  headers: RecordHeaders | null
}

/** What the header of a batch says beside its records. Everything has a default. */
export interface SealOptions {
  /** Default -1: none. */
  readonly producerId?: number | undefined
  /** Default -1. */
  readonly producerEpoch?: number | undefined
  /** Default -1. */
  readonly baseSequence?: number | undefined
  readonly isTransactional?: boolean | undefined
  readonly isControl?: boolean | undefined
  /** The timestamps are of the append: the maximum counts for every record. */
  readonly isLogAppendTime?: boolean | undefined
  /** Default `none`. */
  readonly compression?: Compression | undefined
  /** Default -1, which a producer writes. */
  readonly partitionLeaderEpoch?: number | undefined
  /** Default 0, which a producer writes. */
  readonly baseOffset?: number | undefined
  /** Default: that of the last record. Compaction keeps that of the batch which it rewrites. */
  readonly lastOffsetDelta?: number | undefined
}

const noBytes = Buffer.alloc(0)

/** Bytes of a key or value up to which a loop is faster than a call of the runtime's copy. */
const LOOP_COPY_BYTES_MAX = 24
/** Below this a number takes at most three bytes as a zig-zag varint. */
const SHORT_MAX = 0x10_0000

/**
 * Builds record batches (N§4.1), one after the other, each in the buffer that is sent. `append` is synchronous, copies once and
 * allocates nothing unless the buffer must grow; an `append` that throws or declines leaves the batch as it was.
 */
export class BatchBuilder {
  readonly #capacity: number
  /** Empty until the first record needs it. */
  #buffer: Buffer = noBytes
  #position = BATCH_HEADER_BYTES
  #count = 0
  #nextOffsetDelta = 0
  #lastOffsetDelta = 0
  #baseTimestamp = 0
  #maxTimestamp = 0
  // The sizes of the record that is being appended, computed once.
  #timestampDelta = 0
  #bodySize = 0

  /** `capacity`: bytes that a batch usually has; the buffer grows beyond it when needed. */
  constructor(capacity: number = 16 * 1024) {
    this.#capacity = Math.max(capacity, BATCH_HEADER_BYTES)
  }

  /** The number of records in the open batch. */
  get count(): number {
    return this.#count
  }

  /** Exact bytes of the open batch, not compressed, header included. */
  get size(): number {
    return this.#position
  }

  /** The greatest timestamp in the open batch; -1 without records. */
  get maxTimestamp(): number {
    return this.#count === 0 ? -1 : this.#maxTimestamp
  }

  /** Exact bytes that the open batch would have, not compressed, with `record` in it. Throws as `append`. */
  sizeWith(record: RecordToAppend): number {
    return this.#position + this.#measure(record)
  }

  /**
   * Copies `record` into the batch. Declines with `false` if the batch has records and would have more than `sizeMax` bytes with it.
   * Throws `RangeError` for a timestamp that is not a safe integer or too far from that of the first record.
   */
  append(record: RecordToAppend, sizeMax: number = Infinity): boolean {
    const isAppended = this.#appendUsual(record, sizeMax)
    if (isAppended !== null) return isAppended
    const size = this.#measure(record)
    if (this.#count > 0 && this.#position + size > sizeMax) return false
    this.#ensure(size)
    const position = this.#write(record)
    if (this.#count === 0) {
      this.#baseTimestamp = record.timestamp
      this.#maxTimestamp = record.timestamp
    } else if (record.timestamp > this.#maxTimestamp) this.#maxTimestamp = record.timestamp
    this.#position = position
    this.#lastOffsetDelta = this.#nextOffsetDelta++
    this.#count++
    return true
  }

  /** The next record gets this offset delta, which must be above that of the last: the gaps that compaction leaves. */
  skipTo(offsetDelta: number): void {
    if (offsetDelta < this.#nextOffsetDelta || offsetDelta > 0x7fff_ffff) {
      throw new RangeError(`Cannot continue a batch at offset delta ${offsetDelta}: the next is ${this.#nextOffsetDelta}`)
    }
    this.#nextOffsetDelta = offsetDelta
  }

  /** Drops the open batch and keeps the memory. */
  reset(): void {
    this.#position = BATCH_HEADER_BYTES
    this.#count = 0
    this.#nextOffsetDelta = 0
    this.#lastOffsetDelta = 0
    this.#baseTimestamp = 0
    this.#maxTimestamp = 0
  }

  /**
   * The finished batch, as bytes that belong to the caller; the builder is empty afterwards. A batch that fills its buffer well is handed
   * over with it, a smaller one is copied out.
   */
  seal(options: SealOptions = {}): Buffer {
    const compression = options.compression ?? 'none'
    this.#ensure(0)
    let batch: Buffer
    if (compression === 'none') batch = this.#takeBuffer()
    else {
      const records = compress(compression, this.#buffer.subarray(BATCH_HEADER_BYTES, this.#position))
      batch = Buffer.allocUnsafeSlow(BATCH_HEADER_BYTES + records.length)
      records.copy(batch, BATCH_HEADER_BYTES)
    }
    this.#writeHeader(batch, options)
    this.reset()
    return batch
  }

  /**
   * Takes back the memory of a sealed batch that nobody looks at any more, for a batch to come: new memory for every batch costs more than
   * filling it. Does nothing where the memory has not the capacity of this builder, or is not needed.
   */
  recycle(batch: Buffer): void {
    if (this.#buffer.length === 0 && batch.buffer.byteLength === this.#capacity) this.#buffer = Buffer.from(batch.buffer)
  }

  #takeBuffer(): Buffer {
    const used = this.#buffer.subarray(0, this.#position)
    if (used.length * 2 < this.#buffer.length) {
      const copy = Buffer.allocUnsafeSlow(used.length)
      used.copy(copy, BATCH_HEADER_BYTES, BATCH_HEADER_BYTES)
      return copy
    }
    this.#buffer = noBytes
    return used
  }

  #writeHeader(batch: Buffer, options: SealOptions): void {
    const flags =
      (options.isLogAppendTime === true ? LOG_APPEND_TIME_BIT : 0) |
      (options.isTransactional === true ? TRANSACTIONAL_BIT : 0) |
      (options.isControl === true ? CONTROL_BIT : 0)
    writeInt64(batch, BASE_OFFSET_AT, options.baseOffset ?? 0)
    batch.writeInt32BE(batch.length - BATCH_PREFIX_BYTES, LENGTH_AT)
    batch.writeInt32BE(options.partitionLeaderEpoch ?? -1, LEADER_EPOCH_AT)
    batch.writeInt8(BATCH_MAGIC, MAGIC_AT)
    batch.writeInt16BE(flags | compressionCode(options.compression ?? 'none'), ATTRIBUTES_AT)
    batch.writeInt32BE(options.lastOffsetDelta ?? this.#lastOffsetDelta, LAST_OFFSET_DELTA_AT)
    writeInt64(batch, BASE_TIMESTAMP_AT, this.#count === 0 ? -1 : this.#baseTimestamp)
    writeInt64(batch, MAX_TIMESTAMP_AT, this.maxTimestamp)
    writeInt64(batch, PRODUCER_ID_AT, options.producerId ?? -1)
    batch.writeInt16BE(options.producerEpoch ?? -1, PRODUCER_EPOCH_AT)
    batch.writeInt32BE(options.baseSequence ?? -1, BASE_SEQUENCE_AT)
    batch.writeInt32BE(this.#count, RECORD_COUNT_AT)
    batch.writeUInt32BE(crc32c(batch, CRC_START, batch.length), CRC_AT)
  }

  /**
   * Appends a record of the usual shape: not the first one, without headers, numbers of at most three bytes each, room in the buffer.
   * Gives up with `null` on anything else, ranges out of bounds included, which `append` then takes or refuses. A third faster than the
   * general way (`bench/record.ts`): nothing is kept in fields between measuring and writing, and nothing is called but what is inlined.
   */
  #appendUsual(record: RecordToAppend, sizeMax: number): boolean | null {
    const { timestamp, bytes, keyStart, keyEnd, valueStart, valueEnd } = record
    const timestampDelta = timestamp - this.#baseTimestamp
    const offsetDelta = this.#nextOffsetDelta
    const keyLength = keyEnd < 0 ? -1 : keyEnd - keyStart
    const valueLength = valueEnd < 0 ? -1 : valueEnd - valueStart
    const isShort = keyLength < SHORT_MAX && valueLength < SHORT_MAX && offsetDelta < SHORT_MAX
    const isNear = timestampDelta >= -SHORT_MAX && timestampDelta < SHORT_MAX && Number.isInteger(timestampDelta)
    const isKeyWithin = keyEnd < 0 || (keyStart >= 0 && keyStart <= keyEnd && keyEnd <= bytes.length)
    const isValueWithin = valueEnd < 0 || (valueStart >= 0 && valueStart <= valueEnd && valueEnd <= bytes.length)
    if (!isShort || !isNear || !isKeyWithin || !isValueWithin || this.#count === 0 || record.headers !== null) return null

    const rawTime = (timestampDelta << 1) ^ (timestampDelta >> 31)
    const rawOffset = offsetDelta << 1
    const rawKey = (keyLength << 1) ^ (keyLength >> 31)
    const rawValue = (valueLength << 1) ^ (valueLength >> 31)
    // Attributes, four numbers of one byte, no headers; what is longer adds to it.
    const bodySize =
      6 +
      moreBytes(rawTime) +
      moreBytes(rawOffset) +
      moreBytes(rawKey) +
      moreBytes(rawValue) +
      Math.max(keyLength, 0) +
      Math.max(valueLength, 0)
    if (bodySize >= SHORT_MAX) return null
    const end = this.#position + 1 + moreBytes(bodySize << 1) + bodySize
    if (end > sizeMax) return false
    const buffer = this.#buffer
    if (end > buffer.length) return null
    let position = writeShort(buffer, this.#position, bodySize << 1)
    buffer[position++] = 0
    position = writeShort(buffer, position, rawTime)
    position = writeShort(buffer, position, rawOffset)
    position = writeShort(buffer, position, rawKey)
    if (keyLength > 0) position = this.#copy(bytes, keyStart, keyEnd, position)
    position = writeShort(buffer, position, rawValue)
    if (valueLength > 0) position = this.#copy(bytes, valueStart, valueEnd, position)
    buffer[position] = 0
    if (timestamp > this.#maxTimestamp) this.#maxTimestamp = timestamp
    this.#position = end
    this.#lastOffsetDelta = offsetDelta
    this.#nextOffsetDelta = offsetDelta + 1
    this.#count++
    return true
  }

  /** Bytes of `record` in the batch, its length field included; keeps what `#write` needs. */
  #measure(record: RecordToAppend): number {
    const { timestamp, keyEnd, valueEnd, headers } = record
    const timestampDelta = this.#count === 0 ? 0 : timestamp - this.#baseTimestamp
    // 2^52: what a varlong of ours can hold. 285,000 years.
    if (!Number.isSafeInteger(timestamp) || timestampDelta > 0xf_ffff_ffff_ffff || timestampDelta < -0xf_ffff_ffff_ffff) {
      throw new RangeError(`Cannot append a record: its timestamp is ${timestamp}, required are whole milliseconds`)
    }
    if (keyEnd >= 0) requireRange(record.bytes, record.keyStart, keyEnd)
    if (valueEnd >= 0) requireRange(record.bytes, record.valueStart, valueEnd)
    const keyLength = keyEnd < 0 ? -1 : keyEnd - record.keyStart
    const valueLength = valueEnd < 0 ? -1 : valueEnd - record.valueStart
    const bodySize =
      1 +
      signedVarlongSize(timestampDelta) +
      signedVarintSize(this.#nextOffsetDelta) +
      signedVarintSize(keyLength) +
      (keyLength < 0 ? 0 : keyLength) +
      signedVarintSize(valueLength) +
      (valueLength < 0 ? 0 : valueLength) +
      headersSize(headers)
    this.#timestampDelta = timestampDelta
    this.#bodySize = bodySize
    return signedVarintSize(bodySize) + bodySize
  }

  /** Returns the position after the record. It is in the batch only once the caller has moved on to there. */
  #write(record: RecordToAppend): number {
    const buffer = this.#buffer
    const { bytes, keyStart, keyEnd, valueStart, valueEnd } = record
    let position = writeSignedVarint(buffer, this.#position, this.#bodySize)
    buffer[position++] = 0
    position = writeSignedVarlong(buffer, position, this.#timestampDelta)
    position = writeSignedVarint(buffer, position, this.#nextOffsetDelta)
    position = writeSignedVarint(buffer, position, keyEnd < 0 ? -1 : keyEnd - keyStart)
    if (keyEnd >= 0) position = this.#copy(bytes, keyStart, keyEnd, position)
    position = writeSignedVarint(buffer, position, valueEnd < 0 ? -1 : valueEnd - valueStart)
    if (valueEnd >= 0) position = this.#copy(bytes, valueStart, valueEnd, position)
    return writeHeaders(record.headers, buffer, position)
  }

  #copy(source: Buffer, start: number, end: number, position: number): number {
    const target = this.#buffer
    if (end - start > LOOP_COPY_BYTES_MAX) {
      source.copy(target, position, start, end)
      return position + end - start
    }
    let next = position
    for (let index = start; index < end; index++) target[next++] = source[index]!
    return next
  }

  #ensure(length: number): void {
    const needed = this.#position + length
    if (needed <= this.#buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#capacity, this.#buffer.length * 2))
    if (this.#count > 0) this.#buffer.copy(grown, BATCH_HEADER_BYTES, BATCH_HEADER_BYTES, this.#position)
    this.#buffer = grown
  }
}

/** How many bytes the varint of `raw` takes beside the first; `raw` takes three at most. */
function moreBytes(raw: number): number {
  if (raw < 0x80) return 0
  return raw < 0x4000 ? 1 : 2
}

/** Writes `raw` as a varint of at most three bytes. Returns the position after it. */
function writeShort(target: Buffer, position: number, raw: number): number {
  if (raw < 0x80) {
    target[position] = raw
    return position + 1
  }
  target[position] = (raw & 0x7f) | 0x80
  if (raw < 0x4000) {
    target[position + 1] = raw >>> 7
    return position + 2
  }
  target[position + 1] = ((raw >>> 7) & 0x7f) | 0x80
  target[position + 2] = raw >>> 14
  return position + 3
}

function requireRange(bytes: Buffer, start: number, end: number): void {
  if (start < 0 || start > end || end > bytes.length) {
    throw new RangeError(`Cannot append a record: the range ${start}..${end} is not within ${bytes.length} bytes`)
  }
}
