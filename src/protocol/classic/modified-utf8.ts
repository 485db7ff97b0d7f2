import type { BytesReader } from '../../base/bytes-reader.ts'
import type { BytesWriter } from '../../base/bytes-writer.ts'

/** Java's `DataOutput.writeUTF`: uint16 byte length, then each UTF-16 unit in one to three bytes, U+0000 in two (N§2.4). */
export function writeModifiedUtf8(writer: BytesWriter, text: string): void {
  const lengthAt = writer.position
  writer.uint16(0)
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit > 0 && unit < 0x80) writer.uint8(unit)
    else if (unit < 0x800) {
      writer.uint8(0xc0 | (unit >> 6))
      writer.uint8(0x80 | (unit & 0x3f))
    } else {
      writer.uint8(0xe0 | (unit >> 12))
      writer.uint8(0x80 | ((unit >> 6) & 0x3f))
      writer.uint8(0x80 | (unit & 0x3f))
    }
  }
  writer.buffer.writeUInt16BE(writer.position - lengthAt - 2, lengthAt)
}

/** Java's `DataInput.readUTF`. Throws `RangeError` for bytes that it would refuse. */
export function readModifiedUtf8(reader: BytesReader): string {
  const length = reader.uint16()
  const bytes = reader.slice(length)
  let text = ''
  for (let index = 0; index < length;) {
    const first = bytes[index]!
    if (first < 0x80) {
      text += String.fromCharCode(first)
      index += 1
    } else if (first >> 5 === 0b110) {
      text += String.fromCharCode(((first & 0x1f) << 6) | continuation(bytes, index + 1))
      index += 2
    } else if (first >> 4 === 0b1110) {
      text += String.fromCharCode(((first & 0x0f) << 12) | (continuation(bytes, index + 1) << 6) | continuation(bytes, index + 2))
      index += 3
    } else throw new RangeError(`Cannot read a modified UTF-8 string: byte ${first} starts no character`)
  }
  return text
}

function continuation(bytes: Buffer, index: number): number {
  const byte = bytes[index]
  if (byte === undefined || byte >> 6 !== 0b10) throw new RangeError('Cannot read a modified UTF-8 string: a character is cut off')
  return byte & 0x3f
}
