const FRAME_MAGIC = 0x184d_2204
const BLOCK_IS_STORED = 0x8000_0000

/**
 * The length of what an LZ4 frame decompresses to, found by walking its blocks without decompressing them, so that it can be refused
 * before memory is spent. Throws `RangeError` for anything but one whole frame.
 */
export function lz4ContentLength(frame: Buffer): number {
  if (frame.length < 7 || frame.readUInt32LE(0) !== FRAME_MAGIC) throw new RangeError('there is no LZ4 frame')
  const flags = frame[4]!
  if (flags >> 6 !== 1) throw new RangeError(`the frame has the version ${flags >> 6}`)
  const hasBlockChecksum = (flags & 0x10) !== 0
  const blockBytesMax = 2 ** (8 + 2 * ((frame[5]! >> 4) & 7))
  let position = 7 + ((flags & 0x08) === 0 ? 0 : 8) + ((flags & 0x01) === 0 ? 0 : 4)
  let length = 0
  for (;;) {
    if (frame.length - position < 4) throw new RangeError('the frame is cut off')
    const field = frame.readUInt32LE(position)
    position += 4
    if (field === 0) break
    const isStored = field >= BLOCK_IS_STORED
    const blockBytes = isStored ? field - BLOCK_IS_STORED : field
    if (blockBytes > frame.length - position) throw new RangeError('a block is cut off')
    const contentBytes = isStored ? blockBytes : blockContentLength(frame, position, position + blockBytes)
    if (contentBytes > blockBytesMax) throw new RangeError(`a block has ${contentBytes} bytes, the frame allows ${blockBytesMax}`)
    length += contentBytes
    position += blockBytes + (hasBlockChecksum ? 4 : 0)
  }
  if ((flags & 0x04) !== 0) position += 4
  if (position !== frame.length) throw new RangeError(`the frame ends at ${position} of ${frame.length} bytes`)
  return length
}

/** Adds up literals and matches of the sequences in `[start, end)`. */
function blockContentLength(frame: Buffer, start: number, end: number): number {
  let length = 0
  let position = start
  while (position < end) {
    const token = frame[position++]!
    let literals = token >> 4
    if (literals === 15) {
      let more: number
      do {
        if (position >= end) throw new RangeError('a literal is cut off')
        more = frame[position++]!
        literals += more
      } while (more === 255)
    }
    position += literals
    length += literals
    if (position === end) return length
    position += 2
    let match = (token & 15) + 4
    if (match === 19) {
      let more: number
      do {
        if (position >= end) throw new RangeError('a match is cut off')
        more = frame[position++]!
        match += more
      } while (more === 255)
    }
    length += match
  }
  throw new RangeError('a block does not end with literals')
}
