import { BytesReader } from '../../base/bytes-reader.ts'

/**
 * Walks over the decompressed records of a batch without decoding them: where each begins and ends, its deltas, where its key lies.
 * Throws `RangeError` when the bytes are not `count` records and nothing else.
 */
export class RawRecordCursor {
  /** Bytes `[start, end)` are the record, its length included. */
  start = 0
  end = 0
  timestampDelta = 0
  offsetDelta = 0
  /** -1: no key. */
  keyLength = -1
  keyStart = 0
  /** -1: no value. */
  valueLength = -1
  readonly bytes: Buffer
  readonly #reader: BytesReader
  #left: number

  constructor(bytes: Buffer, count: number) {
    this.bytes = bytes
    this.#reader = new BytesReader(bytes)
    this.#left = count
  }

  /** Moves to the next record; false after the last. */
  next(): boolean {
    const reader = this.#reader
    if (this.#left === 0) {
      if (reader.remaining > 0) throw new RangeError(`Cannot read a batch: ${reader.remaining} bytes follow its last record`)
      return false
    }
    this.#left--
    this.start = reader.position
    const length = reader.varint()
    const end = reader.position + length
    if (length < 0 || length > reader.remaining) throw new RangeError(`Cannot read a record of ${length} bytes: ${reader.remaining} are left`)
    this.end = end
    reader.skip(1)
    this.timestampDelta = reader.varlong()
    this.offsetDelta = reader.varint()
    this.keyLength = reader.varint()
    this.keyStart = reader.position
    if (this.keyLength > 0) reader.skip(this.keyLength)
    this.valueLength = reader.varint()
    if (reader.position > end) throw new RangeError('Cannot read a record: its key is longer than the record')
    reader.position = end
    return true
  }
}
