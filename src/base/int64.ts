// 64-bit integers as JavaScript numbers. `Infinity` and `-Infinity` stand for int64 max and min, which the protocol uses as sentinels;
// any other value outside the safe integers is refused, because it would silently change.

const TWO_32 = 0x1_0000_0000

/** Reads a big-endian int64 at `offset`. Throws `RangeError` for a value beyond 2^53 that is neither int64 max nor min, and outside the buffer. */
export function readInt64(bytes: Buffer, offset: number): number {
  checkRange(bytes, offset)
  const high = (bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!
  const low = ((bytes[offset + 4]! << 24) | (bytes[offset + 5]! << 16) | (bytes[offset + 6]! << 8) | bytes[offset + 7]!) >>> 0
  if (high >= -0x20_0000 && high < 0x20_0000) return high * TWO_32 + low
  if (high === 0x7fff_ffff && low === 0xffff_ffff) return Infinity
  if (high === -0x8000_0000 && low === 0) return -Infinity
  throw new RangeError(`Cannot read an int64: ${bytes.readBigInt64BE(offset)} is beyond 2^53`)
}

/** Writes `value` as a big-endian int64 at `offset`. Throws `RangeError` unless it is a safe integer, `Infinity` or `-Infinity`. */
export function writeInt64(bytes: Buffer, offset: number, value: number): void {
  if (Number.isSafeInteger(value)) {
    const low = value >>> 0
    writeHalves(bytes, offset, (value - low) / TWO_32, low)
  } else if (value === Infinity) {
    writeHalves(bytes, offset, 0x7fff_ffff, 0xffff_ffff)
  } else if (value === -Infinity) {
    writeHalves(bytes, offset, -0x8000_0000, 0)
  } else {
    throw new RangeError(`Cannot write an int64: ${value} is not a safe integer`)
  }
}

// Byte by byte: the checks of Buffer's own methods cost more than the work, and timestamps are read and written for every record.
function writeHalves(bytes: Buffer, offset: number, high: number, low: number): void {
  checkRange(bytes, offset)
  bytes[offset] = high >>> 24
  bytes[offset + 1] = high >>> 16
  bytes[offset + 2] = high >>> 8
  bytes[offset + 3] = high
  bytes[offset + 4] = low >>> 24
  bytes[offset + 5] = low >>> 16
  bytes[offset + 6] = low >>> 8
  bytes[offset + 7] = low
}

function checkRange(bytes: Buffer, offset: number): void {
  if (offset < 0 || offset + 8 > bytes.length)
    throw new RangeError(`Cannot find an int64 at ${offset}: the buffer has ${bytes.length} bytes`)
}
