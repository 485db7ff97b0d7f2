import type { ByteSlice } from '../../byte-slice.ts'

/** How many bytes of a key a prefix number has: as many as a double holds exactly. */
const PREFIX_BYTES = 6

/**
 * The first six bytes of `bytes[start, end)` as a number, with zeros for those that are not there. A lesser key never has a greater number,
 * so that most keys can be told apart without looking at their bytes.
 */
export function prefixNumber(bytes: Buffer, start: number, end: number): number {
  if (end - start >= PREFIX_BYTES) {
    const high = (bytes[start]! << 16) | (bytes[start + 1]! << 8) | bytes[start + 2]!
    return high * 0x100_0000 + ((bytes[start + 3]! << 16) | (bytes[start + 4]! << 8) | bytes[start + 5]!)
  }
  let number = 0
  for (let index = start; index < start + PREFIX_BYTES; index++) number = number * 256 + (index < end ? bytes[index]! : 0)
  return number
}

/** How many bytes at their beginning `key` and `bytes[start, end)` have in common, at most `max`. */
export function sharedLength(key: ByteSlice, bytes: Buffer, start: number, max: number): number {
  const { buffer, start: keyStart } = key
  const limit = Math.min(max, key.end - keyStart)
  let length = 0
  while (length < limit && buffer[keyStart + length] === bytes[start + length]) length++
  return length
}
