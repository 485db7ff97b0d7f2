import { assert } from '../base/assert.ts'
import type { BytesReader } from '../base/bytes-reader.ts'
import type { BytesWriter } from '../base/bytes-writer.ts'

/** The zero id, which stands for "none" in topic ids. */
export const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA'

/** Reads 16 bytes as Kafka prints ids: base64url without padding, 22 characters. */
export function readUuid(reader: BytesReader): string {
  const start = reader.position
  reader.skip(16)
  return reader.buffer.toString('base64url', start, start + 16)
}

/** Writes an id of 22 base64url characters as 16 bytes. */
export function writeUuid(writer: BytesWriter, uuid: string): void {
  assert(uuid.length === 22, `an id has 22 base64url characters, not "${uuid}"`)
  writer.ensure(16)
  const length = writer.buffer.write(uuid, writer.position, 16, 'base64url')
  assert(length === 16, `an id is base64url of 16 bytes, not "${uuid}"`)
  writer.position += 16
}
