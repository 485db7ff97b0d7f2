import { writeInt64 } from './int64.ts'
import { writeUtf8 } from './native-utf8.ts'

// Up to here a loop beats the call into native code (46 ns whatever the length).
const LOOP_COPY_BYTES_MAX = 32

/**
 * A growing buffer that writes Kafka's primitive types (big-endian; N§0.2).
 *
 * `buffer` may be replaced when it grows: take it only after the last write, or use `written()`. `position` may be set back to undo.
 */
export class BytesWriter {
  buffer: Buffer
  position = 0

  /** `memory`: what to write into until it is full, or how much of it to take; default 256 bytes. */
  constructor(memory: number | Buffer = 256) {
    this.buffer = typeof memory === 'number' ? Buffer.allocUnsafeSlow(memory) : memory
  }

  /** Makes room for `length` more bytes. */
  ensure(length: number): void {
    const needed = this.position + length
    if (needed <= this.buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2))
    this.buffer.copy(grown, 0, 0, this.position)
    this.buffer = grown
  }

  /** Forgets what was written, keeps the memory. */
  reset(): void {
    this.position = 0
  }

  /** What was written, as a view that the next write may overwrite after `reset()`. */
  written(): Buffer {
    return this.buffer.subarray(0, this.position)
  }

  /** What was written, as bytes of its own. */
  copy(): Buffer {
    return Buffer.from(this.written())
  }

  int8(value: number): void {
    this.ensure(1)
    this.position = this.buffer.writeInt8(value, this.position)
  }

  uint8(value: number): void {
    this.ensure(1)
    this.position = this.buffer.writeUInt8(value, this.position)
  }

  bool(value: boolean): void {
    this.uint8(value ? 1 : 0)
  }

  int16(value: number): void {
    this.ensure(2)
    this.position = this.buffer.writeInt16BE(value, this.position)
  }

  uint16(value: number): void {
    this.ensure(2)
    this.position = this.buffer.writeUInt16BE(value, this.position)
  }

  int32(value: number): void {
    this.ensure(4)
    this.position = this.buffer.writeInt32BE(value, this.position)
  }

  uint32(value: number): void {
    this.ensure(4)
    this.position = this.buffer.writeUInt32BE(value, this.position)
  }

  /** `Infinity` and `-Infinity` are int64 max and min; throws `RangeError` for another value that is not a safe integer. */
  int64(value: number): void {
    this.ensure(8)
    writeInt64(this.buffer, this.position, value)
    this.position += 8
  }

  float64(value: number): void {
    this.ensure(8)
    this.position = this.buffer.writeDoubleBE(value, this.position)
  }

  /** Unsigned LEB128 of an integer in [0, 2^32). */
  uvarint(value: number): void {
    this.ensure(5)
    let rest = value >>> 0
    while (rest > 0x7f) {
      this.buffer[this.position++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.buffer[this.position++] = rest
  }

  /** Zig-zag LEB128 of an int32. */
  varint(value: number): void {
    this.uvarint((value << 1) ^ (value >> 31))
  }

  /** Zig-zag LEB128 of a safe integer; throws `RangeError` where its zig-zag form is beyond 2^53. */
  varlong(value: number): void {
    let rest = value < 0 ? -value * 2 - 1 : value * 2
    if (!Number.isInteger(value) || !Number.isSafeInteger(rest))
      throw new RangeError(`Cannot write a varlong: ${value} is no integer within 2^52`)
    this.ensure(8)
    while (rest > 0x7f) {
      this.buffer[this.position++] = (rest % 128) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.buffer[this.position++] = rest
  }

  bytes(source: Uint8Array): void {
    this.ensure(source.length)
    this.buffer.set(source, this.position)
    this.position += source.length
  }

  /** Copies `[start, end)` of `source`. */
  range(source: Buffer, start: number, end: number): void {
    this.ensure(end - start)
    if (end - start > LOOP_COPY_BYTES_MAX) {
      source.copy(this.buffer, this.position, start, end)
      this.position += end - start
      return
    }
    const { buffer } = this
    let position = this.position
    for (let index = start; index < end; index++) buffer[position++] = source[index]!
    this.position = position
  }

  /** Writes `text` as UTF-8 without a length and returns the number of bytes. */
  utf8(text: string): number {
    this.ensure(text.length * 3)
    const length = writeUtf8(this.buffer, text, this.position)
    this.position += length
    return length
  }
}
