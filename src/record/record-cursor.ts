import { type RecordRange, recordsOf } from './batch-reader.ts'
import type { BatchView } from './batch-view.ts'
import { corruptBatch } from './corrupt-batch.ts'
import { type HeaderRange, headersIn, type RecordHeaders } from './record-headers.ts'

const noBytes = Buffer.alloc(0)

/** -1 as a zig-zag number: there is no key or value. */
const NULL_LENGTH = 1
/** What the numbers before the key take at most in `#readUsual`: 3 + 1 + 3 + 2 + 2. */
const USUAL_BYTES_MIN = 11

/**
 * Walks over the records of a batch in place. One cursor serves any number of batches; moving it allocates nothing: the fields describe
 * the current record until the next call of `next` or `open`.
 *
 * Every length is checked before it is used, so nothing outside the records is ever read: `next` throws `ClusterError` `CORRUPT_BATCH`
 * for records that are not what the batch announces. After a throw the cursor must be opened anew.
 */
export class RecordCursor implements HeaderRange {
  /** What the ranges of the current record are ranges of. */
  buffer: Buffer = noBytes
  offset = -1
  /** That of the record, or under `LogAppendTime` the maximum of the batch for every record (N§4.1). */
  timestamp = -1
  /** The key is `[keyStart, keyEnd)`; both -1: no key. */
  keyStart = -1
  keyEnd = -1
  /** The value is `[valueStart, valueEnd)`; both -1: no value. */
  valueStart = -1
  valueEnd = -1
  headersStart = 0
  headersEnd = 0
  headerCount = 0

  #batch: BatchView | null = null
  #position = 0
  #end = 0
  #left = 0
  #baseOffset = 0
  #offsetDeltaMax = 0
  #baseTimestamp = 0
  #isLogAppendTime = false

  /** Goes before the first record of `batch`. `records` are its records if the caller has decompressed them already. */
  open(batch: BatchView, records: RecordRange = recordsOf(batch)): void {
    this.#batch = batch
    this.buffer = records.buffer
    this.#position = records.start
    this.#end = records.end
    this.#left = batch.recordCount
    this.#baseOffset = batch.baseOffset
    this.#offsetDeltaMax = batch.lastOffset - batch.baseOffset
    this.#isLogAppendTime = batch.timestampType === 'LogAppendTime'
    this.#baseTimestamp = this.#isLogAppendTime ? batch.maxTimestamp : batch.baseTimestamp
  }

  /** The number of records that are still to come. */
  get left(): number {
    return this.#left
  }

  /** Goes to the next record; `false` after the last. */
  next(): boolean {
    if (this.#left === 0) {
      if (this.#position !== this.#end) this.#fail(`${this.#end - this.#position} bytes follow the last record`)
      return false
    }
    this.#left--
    if (!this.#readUsual()) this.#readAny()
    return true
  }

  /** The key as a view of the buffer; `null`: none. */
  key(): Buffer | null {
    return this.keyStart < 0 ? null : this.buffer.subarray(this.keyStart, this.keyEnd)
  }

  /** The value as a view of the buffer; `null`: none. */
  value(): Buffer | null {
    return this.valueStart < 0 ? null : this.buffer.subarray(this.valueStart, this.valueEnd)
  }

  /** The headers, as an object of their own that may outlive the buffer. */
  headers(): RecordHeaders {
    return headersIn(this)
  }

  /**
   * Reads a record of the usual shape: no headers, lengths and timestamp delta of at most three bytes, offset delta and key length of at
   * most two. Gives up with `false` on anything else, damage included, which `#readAny` then takes or refuses. A third faster than
   * `#readAny` (`bench/record.ts`), because the position stays in a local variable and numbers are read without a check of their own: it is
   * made sure beforehand that they cannot reach beyond the records.
   */
  #readUsual(): boolean {
    const buffer = this.buffer
    const limit = this.#end
    let position = this.#position
    if (limit - position < USUAL_BYTES_MIN) return false

    let length = buffer[position++]!
    if (length >= 0x80) length = (length & 0x7f) | (buffer[position++]! << 7)
    if (length >= 0x4000) length = (length & 0x3fff) | (buffer[position++]! << 14)
    const end = position + (length >>> 1)
    // An odd number is negative; one of more than 21 bits has more bytes.
    if ((length & 1) === 1 || length >= 0x20_0000 || end > limit) return false
    position++

    let timestampDelta = buffer[position++]!
    if (timestampDelta >= 0x80) timestampDelta = (timestampDelta & 0x7f) | (buffer[position++]! << 7)
    if (timestampDelta >= 0x4000) timestampDelta = (timestampDelta & 0x3fff) | (buffer[position++]! << 14)
    let offsetDelta = buffer[position++]!
    if (offsetDelta >= 0x80) offsetDelta = (offsetDelta & 0x7f) | (buffer[position++]! << 7)
    let keyLength = buffer[position++]!
    if (keyLength >= 0x80) keyLength = (keyLength & 0x7f) | (buffer[position++]! << 7)
    const isNegative = (offsetDelta & 1) === 1 || ((keyLength & 1) === 1 && keyLength !== NULL_LENGTH)
    if (timestampDelta >= 0x20_0000 || (offsetDelta | keyLength) >= 0x4000 || isNegative || offsetDelta >>> 1 > this.#offsetDeltaMax)
      return false

    const keyStart = position
    if (keyLength !== NULL_LENGTH) position += keyLength >>> 1
    const keyEnd = position
    if (limit - position < 4) return false
    let valueLength = buffer[position++]!
    if (valueLength >= 0x80) valueLength = (valueLength & 0x7f) | (buffer[position++]! << 7)
    if (valueLength >= 0x4000) valueLength = (valueLength & 0x3fff) | (buffer[position++]! << 14)
    if (valueLength >= 0x20_0000 || ((valueLength & 1) === 1 && valueLength !== NULL_LENGTH)) return false
    const valueStart = position
    if (valueLength !== NULL_LENGTH) position += valueLength >>> 1
    if (position + 1 !== end || buffer[position] !== 0) return false

    const delta = (timestampDelta >>> 1) ^ -(timestampDelta & 1)
    this.timestamp = this.#isLogAppendTime ? this.#baseTimestamp : this.#baseTimestamp + delta
    this.offset = this.#baseOffset + (offsetDelta >>> 1)
    this.keyStart = keyLength === NULL_LENGTH ? -1 : keyStart
    this.keyEnd = keyLength === NULL_LENGTH ? -1 : keyEnd
    this.valueStart = valueLength === NULL_LENGTH ? -1 : valueStart
    this.valueEnd = valueLength === NULL_LENGTH ? -1 : position
    this.headersStart = end
    this.headersEnd = end
    this.headerCount = 0
    this.#position = end
    return true
  }

  #readAny(): void {
    const length = this.#varint(this.#end)
    const end = this.#position + length
    if (length < 0 || end > this.#end) this.#fail(`a record of ${length} bytes is announced, ${this.#end - this.#position} are left`)
    // The attributes of a record have no meaning yet.
    this.#position++
    const timestampDelta = this.#varlong(end)
    this.timestamp = this.#isLogAppendTime ? this.#baseTimestamp : this.#baseTimestamp + timestampDelta
    const offsetDelta = this.#varint(end)
    if (offsetDelta < 0 || offsetDelta > this.#offsetDeltaMax) {
      this.#fail(`the offset delta ${offsetDelta} is outside 0..${this.#offsetDeltaMax}`)
    }
    this.offset = this.#baseOffset + offsetDelta
    this.#readKeyAndValue(end)
    const headerCount = this.#varint(end)
    this.headerCount = headerCount
    this.headersStart = this.#position
    this.headersEnd = end
    if (headerCount !== 0) this.#checkHeaders(headerCount, end)
    if (this.#position !== end) this.#fail(`a record of ${length} bytes ends ${end - this.#position} bytes before its end`)
  }

  #readKeyAndValue(end: number): void {
    const keyLength = this.#varint(end)
    if (keyLength < 0) {
      this.keyStart = -1
      this.keyEnd = -1
    } else {
      this.keyStart = this.#position
      this.keyEnd = this.#skip(keyLength, end)
    }
    const valueLength = this.#varint(end)
    if (valueLength < 0) {
      this.valueStart = -1
      this.valueEnd = -1
    } else {
      this.valueStart = this.#position
      this.valueEnd = this.#skip(valueLength, end)
    }
  }

  #checkHeaders(count: number, end: number): void {
    if (count < 0) this.#fail(`a record has ${count} headers`)
    for (let index = 0; index < count; index++) {
      const keyLength = this.#varint(end)
      if (keyLength < 0) this.#fail('a header has no key')
      this.#skip(keyLength, end)
      const valueLength = this.#varint(end)
      if (valueLength >= 0) this.#skip(valueLength, end)
    }
  }

  /** Moves on by `length` bytes and returns the new position. */
  #skip(length: number, end: number): number {
    const position = this.#position + length
    if (position > end) this.#fail(`a field of ${length} bytes is announced, ${end - this.#position} are left`)
    this.#position = position
    return position
  }

  #varint(end: number): number {
    let raw = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.#position >= end) this.#fail('a number is cut off')
      const byte = this.buffer[this.#position++]!
      raw |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        if (shift === 28 && byte > 0x0f) break
        return (raw >>> 1) ^ -(raw & 1)
      }
    }
    return this.#fail('a number has more than 32 bits')
  }

  #varlong(end: number): number {
    let raw = 0
    let scale = 1
    for (let count = 0; count < 10; count++) {
      if (this.#position >= end) this.#fail('a number is cut off')
      const byte = this.buffer[this.#position++]!
      raw += (byte & 0x7f) * scale
      scale *= 0x80
      if (byte < 0x80) {
        if (raw > Number.MAX_SAFE_INTEGER) break
        return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2
      }
    }
    return this.#fail('a number is beyond 2^53')
  }

  #fail(problem: string): never {
    const batch = this.#batch
    throw corruptBatch(`Cannot read the records of a batch: ${problem}`, { origin: batch?.origin, offset: batch?.baseOffset })
  }
}
