/** The most bytes that a 32-bit varint takes. */
export const MAX_VARINT_BYTES = 5

/** Bytes of `value` (int32) as zig-zag LEB128. */
export function signedVarintSize(value: number): number {
  const raw = ((value << 1) ^ (value >> 31)) >>> 0
  if (raw < 0x80) return 1
  if (raw < 0x4000) return 2
  if (raw < 0x20_0000) return 3
  return raw < 0x1000_0000 ? 4 : 5
}

/** Writes `value` (int32) as zig-zag LEB128 at `position` of `target`, which has room. Returns the position after it. */
export function writeSignedVarint(target: Uint8Array, position: number, value: number): number {
  let raw = ((value << 1) ^ (value >> 31)) >>> 0
  if (raw < 0x80) {
    target[position] = raw
    return position + 1
  }
  let next = position
  do {
    target[next++] = (raw & 0x7f) | 0x80
    raw >>>= 7
  } while (raw >= 0x80)
  target[next] = raw
  return next + 1
}

/** Bytes of `value` (a safe integer below 2^52) as zig-zag LEB128. */
export function signedVarlongSize(value: number): number {
  if (value === value >> 0) return signedVarintSize(value)
  let raw = value < 0 ? -value * 2 - 1 : value * 2
  let size = 1
  for (; raw >= 0x80; raw = Math.floor(raw / 0x80)) size++
  return size
}

/** Writes `value` (a safe integer below 2^52) as zig-zag LEB128. Returns the position after it. */
export function writeSignedVarlong(target: Uint8Array, position: number, value: number): number {
  if (value === value >> 0) return writeSignedVarint(target, position, value)
  let raw = value < 0 ? -value * 2 - 1 : value * 2
  let next = position
  for (; raw >= 0x80; raw = Math.floor(raw / 0x80)) target[next++] = (raw % 0x80) | 0x80
  target[next] = raw
  return next + 1
}
