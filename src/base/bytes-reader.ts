import { readInt64 } from './int64.ts'

/**
 * A cursor over a range of a buffer that reads Kafka's primitive types (big-endian; N§0.2).
 *
 * Never reads outside `[start, end)`: a read that would throws `RangeError` and leaves `position` where it was. Slices are views of the
 * buffer, not copies.
 */
export class BytesReader {
  readonly buffer: Buffer
  readonly end: number
  position: number

  constructor(buffer: Buffer, start = 0, end: number = buffer.length) {
    if (start < 0 || end > buffer.length || start > end) {
      throw new RangeError(`Cannot read range ${start}..${end}: the buffer has ${buffer.length} bytes`)
    }
    this.buffer = buffer
    this.position = start
    this.end = end
  }

  get remaining(): number {
    return this.end - this.position
  }

  int8(): number {
    return this.buffer.readInt8(this.#take(1))
  }

  uint8(): number {
    return this.buffer[this.#take(1)]!
  }

  bool(): boolean {
    return this.buffer[this.#take(1)] !== 0
  }

  int16(): number {
    return this.buffer.readInt16BE(this.#take(2))
  }

  uint16(): number {
    return this.buffer.readUInt16BE(this.#take(2))
  }

  int32(): number {
    return this.buffer.readInt32BE(this.#take(4))
  }

  uint32(): number {
    return this.buffer.readUInt32BE(this.#take(4))
  }

  /** int64 max and min come as `Infinity` and `-Infinity`; another value beyond 2^53 throws `RangeError`. */
  int64(): number {
    const value = this.#peek(8, readInt64)
    this.position += 8
    return value
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.#take(8))
  }

  /** Unsigned LEB128 of at most 32 bits. */
  uvarint(): number {
    const start = this.position
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      if (this.position >= this.end) return this.#fail(start, 'a varint that is cut off')
      const byte = this.buffer[this.position++]!
      if (shift === 28 && byte > 0x0f) return this.#fail(start, 'a varint of more than 32 bits')
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    return this.#fail(start, 'a varint of more than 5 bytes')
  }

  /** Zig-zag LEB128 of at most 32 bits. */
  varint(): number {
    const raw = this.uvarint()
    return (raw >>> 1) ^ -(raw & 1)
  }

  /** Zig-zag LEB128 of at most 64 bits; a value beyond 2^53 throws `RangeError`. */
  varlong(): number {
    const start = this.position
    let low = 0
    let scale = 1
    // The value before zig-zag, in 53 bits: seven bytes of seven bits, and four bits of the eighth.
    for (let count = 1; count <= 10; count++) {
      if (this.position >= this.end) return this.#fail(start, 'a varlong that is cut off')
      const byte = this.buffer[this.position++]!
      low += (byte & 0x7f) * scale
      scale *= 128
      if (byte < 0x80) {
        if (low > Number.MAX_SAFE_INTEGER) return this.#fail(start, 'a varlong beyond 2^53')
        return low % 2 === 0 ? low / 2 : -(low + 1) / 2
      }
    }
    return this.#fail(start, 'a varlong of more than 10 bytes')
  }

  /** The next `length` bytes as a view of the buffer. */
  slice(length: number): Buffer {
    if (length < 0) throw new RangeError(`Cannot read ${length} bytes at ${this.position}`)
    const start = this.#take(length)
    return this.buffer.subarray(start, start + length)
  }

  /** The next `length` bytes as UTF-8 text. */
  utf8(length: number): string {
    if (length < 0) throw new RangeError(`Cannot read a string of ${length} bytes at ${this.position}`)
    const start = this.#take(length)
    return this.buffer.toString('utf8', start, start + length)
  }

  skip(length: number): void {
    if (length < 0) throw new RangeError(`Cannot skip ${length} bytes at ${this.position}`)
    this.#take(length)
  }

  #take(length: number): number {
    const start = this.position
    if (length > this.end - start) throw new RangeError(`Cannot read ${length} bytes at ${start}: ${this.end - start} are left`)
    this.position = start + length
    return start
  }

  #peek(length: number, read: (bytes: Buffer, offset: number) => number): number {
    if (length > this.end - this.position) {
      throw new RangeError(`Cannot read ${length} bytes at ${this.position}: ${this.end - this.position} are left`)
    }
    return read(this.buffer, this.position)
  }

  #fail(start: number, found: string): never {
    this.position = start
    throw new RangeError(`Cannot read a variable-length integer at ${start}: found ${found}`)
  }
}
