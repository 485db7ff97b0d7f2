// Kafka's snappy is that of snappy-java: a header, then blocks of raw snappy, each behind its length (N§4.1). Some clients write one raw
// block without any of it.

/** Uncompressed bytes of a block that we write: the default of snappy-java. */
export const XERIAL_BLOCK_BYTES: number = 32 * 1024

const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00])
const XERIAL_HEADER_BYTES = 16

/** Magic, version 1, compatible with version 1. */
export function xerialHeader(): Buffer {
  const header = Buffer.alloc(XERIAL_HEADER_BYTES)
  XERIAL_MAGIC.copy(header)
  header.writeInt32BE(1, 8)
  header.writeInt32BE(1, 12)
  return header
}

/** Calls `visit` with each raw block. Throws `RangeError` when the blocks do not fill the bytes exactly. */
export function eachSnappyBlock(bytes: Buffer, visit: (block: Buffer) => void): void {
  const isFramed = bytes.length >= XERIAL_HEADER_BYTES && bytes.compare(XERIAL_MAGIC, 0, 8, 0, 8) === 0
  if (!isFramed) return visit(bytes)
  let position = XERIAL_HEADER_BYTES
  while (position < bytes.length) {
    if (bytes.length - position < 4) throw new RangeError('a block length is cut off')
    const length = bytes.readInt32BE(position)
    position += 4
    if (length < 0 || length > bytes.length - position) {
      throw new RangeError(`a block of ${length} bytes is announced, ${bytes.length - position} are left`)
    }
    visit(bytes.subarray(position, position + length))
    position += length
  }
}

/** The uncompressed length that a raw block announces. Throws `RangeError` if it cannot be read. */
export function snappyBlockLength(block: Buffer): number {
  let length = 0
  for (let index = 0; index < 5; index++) {
    const byte = block[index]
    if (byte === undefined) break
    length += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return length
  }
  throw new RangeError('the length of a block cannot be read')
}
