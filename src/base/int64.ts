// 64-bit integers as JavaScript numbers. `Infinity` and `-Infinity` stand for int64 max and min, which the protocol uses as sentinels;
// any other value outside the safe integers is refused, because it would silently change.

const TWO_32 = 0x1_0000_0000

/** Reads a big-endian int64 at `offset`. Throws `RangeError` for a value beyond 2^53 that is neither int64 max nor min. */
export function readInt64(bytes: Buffer, offset: number): number {
  const high = bytes.readInt32BE(offset)
  const low = bytes.readUInt32BE(offset + 4)
  if (high >= -0x20_0000 && high < 0x20_0000) return high * TWO_32 + low
  if (high === 0x7fff_ffff && low === 0xffff_ffff) return Infinity
  if (high === -0x8000_0000 && low === 0) return -Infinity
  throw new RangeError(`Cannot read an int64: ${bytes.readBigInt64BE(offset)} is beyond 2^53`)
}

/** Writes `value` as a big-endian int64 at `offset`. Throws `RangeError` unless it is a safe integer, `Infinity` or `-Infinity`. */
export function writeInt64(bytes: Buffer, offset: number, value: number): void {
  if (Number.isSafeInteger(value)) {
    const low = value >>> 0
    bytes.writeInt32BE((value - low) / TWO_32, offset)
    bytes.writeUInt32BE(low, offset + 4)
  } else if (value === Infinity) {
    bytes.writeInt32BE(0x7fff_ffff, offset)
    bytes.writeUInt32BE(0xffff_ffff, offset + 4)
  } else if (value === -Infinity) {
    bytes.writeInt32BE(-0x8000_0000, offset)
    bytes.writeUInt32BE(0, offset + 4)
  } else {
    throw new RangeError(`Cannot write an int64: ${value} is not a safe integer`)
  }
}
