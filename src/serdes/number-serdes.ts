import { readInt64, writeInt64 } from '../base/int64.ts'
import type { FastSerde } from './fast-serde.ts'
import { invalidBytes, invalidValue, requireLength, requireType } from './invalid-value.ts'

type NumberSerde = FastSerde<number>

const TWO_16 = 0x1_0000
const TWO_32 = 0x1_0000_0000

function requireInteger(value: number, limit: number, serde: string): void {
  if (!Number.isInteger(value) || value < -limit || value >= limit) {
    throw invalidValue(value, serde, `an integer from ${-limit} to ${limit - 1} is required`)
  }
}

/** Big-endian, 2 bytes (Java's `Serdes.Short`). */
export const int16Serde: NumberSerde = {
  read: (bytes, start, end) => {
    requireLength(end - start, 2, 'int16')
    return bytes.readInt16BE(start)
  },
  nullable: false,
  write: (value, out) => {
    requireInteger(value, TWO_16 / 2, 'int16')
    out.int16(value)
  },
  windowBytes: 0,
  immutable: true,
  identity: (value) => value + 0,
  estimate: () => 2,
}

/** Big-endian, 4 bytes (Java's `Serdes.Integer`). */
export const int32Serde: NumberSerde = {
  read: (bytes, start, end) => {
    requireLength(end - start, 4, 'int32')
    return bytes.readInt32BE(start)
  },
  nullable: false,
  write: (value, out) => {
    requireInteger(value, TWO_32 / 2, 'int32')
    out.int32(value)
  },
  windowBytes: 0,
  immutable: true,
  identity: (value) => value + 0,
  estimate: () => 4,
}

/** Big-endian, 8 bytes (Java's `Serdes.Long`), safe integers only: a value beyond 2^53 throws at both ends. */
export const int64Serde: NumberSerde = {
  read: (bytes, start, end) => {
    requireLength(end - start, 8, 'int64')
    // The reader gives infinities for int64 max and min and throws for what else is beyond 2^53.
    const value = readInt64(bytes, start)
    if (!Number.isSafeInteger(value)) throw invalidBytes('int64', String(bytes.readBigInt64BE(start)), 'a value within 2^53; use bigint64')
    return value
  },
  nullable: false,
  write: (value, out) => {
    if (!Number.isSafeInteger(value)) throw invalidValue(value, 'int64', 'a safe integer is required; use bigint64 beyond 2^53')
    out.ensure(8)
    writeInt64(out.buffer, out.position, value)
    out.position += 8
  },
  windowBytes: 0,
  immutable: true,
  identity: (value) => value + 0,
  estimate: () => 8,
}

const INT64_LIMIT = 2n ** 63n

/** Big-endian, 8 bytes (Java's `Serdes.Long`), as bigint. */
export const bigint64Serde: FastSerde<bigint> = {
  read: (bytes, start, end) => {
    requireLength(end - start, 8, 'bigint64')
    return bytes.readBigInt64BE(start)
  },
  nullable: false,
  write: (value, out) => {
    requireType(value, 'bigint', 'bigint64')
    if (value < -INT64_LIMIT || value >= INT64_LIMIT) throw invalidValue(value, 'bigint64', 'a bigint of 64 bits is required')
    out.ensure(8)
    out.position = out.buffer.writeBigInt64BE(value, out.position)
  },
  windowBytes: 0,
  immutable: true,
  identity: (value) => value.toString(),
  estimate: () => 8,
}

/** Negative zero and zero have different bytes, and so have different identities; all NaN are written alike. */
function floatIdentity(value: number): string | number {
  return Object.is(value, -0) ? '-0' : Number.isNaN(value) ? 'NaN' : value
}

/** IEEE 754, big-endian, 4 bytes (Java's `Serdes.Float`): the value is rounded to single precision. */
export const float32Serde: NumberSerde = {
  read: (bytes, start, end) => {
    requireLength(end - start, 4, 'float32')
    return bytes.readFloatBE(start)
  },
  nullable: false,
  write: (value, out) => {
    requireType(value, 'number', 'float32')
    out.ensure(4)
    if (Number.isNaN(value)) out.int32(0x7fc0_0000)
    else out.position = out.buffer.writeFloatBE(value, out.position)
  },
  windowBytes: 0,
  immutable: true,
  identity: (value) => floatIdentity(Math.fround(value)),
  estimate: () => 4,
}

/** IEEE 754, big-endian, 8 bytes (Java's `Serdes.Double`). */
export const float64Serde: NumberSerde = {
  read: (bytes, start, end) => {
    requireLength(end - start, 8, 'float64')
    return bytes.readDoubleBE(start)
  },
  nullable: false,
  write: (value, out) => {
    requireType(value, 'number', 'float64')
    // Java writes one bit pattern for every NaN.
    if (Number.isNaN(value)) {
      out.uint32(0x7ff8_0000)
      out.uint32(0)
    } else out.float64(value)
  },
  windowBytes: 0,
  immutable: true,
  identity: floatIdentity,
  estimate: () => 8,
}
