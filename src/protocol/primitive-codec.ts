import type { MessageReader } from './message-reader.ts'
import type { MessageWriter } from './message-writer.ts'
import type { PrimitiveType } from './schema.ts'
import { readUuid, writeUuid, zeroUuid } from './uuid.ts'

/** How one type is read and written in one version. Values are of the TypeScript type that belongs to the schema type. */
export interface ValueCodec {
  /** The fewest bytes that a value takes: bounds the count that an array can claim. */
  readonly minBytes: number
  write(value: unknown, writer: MessageWriter): void
  read(reader: MessageReader): unknown
}

/** The longest string or byte run that a length of int16 can tell. */
const INT16_LENGTH_MAX = 0x7fff

/** The value of a field of type `type` whose schema names no default. */
export function primitiveDefault(type: PrimitiveType): unknown {
  switch (type) {
    case 'bool':
      return false
    case 'string':
      return ''
    case 'uuid':
      return zeroUuid
    case 'bytes':
      return Buffer.alloc(0)
    case 'records':
      return null
    default:
      return 0
  }
}

/** The codec of a primitive; `flexible` and `nullable` change the lengths of strings and bytes only. */
export function primitiveCodec(type: PrimitiveType, flexible: boolean, nullable: boolean): ValueCodec {
  switch (type) {
    case 'string':
      return flexible ? compactString(nullable) : plainString(nullable)
    case 'bytes':
    case 'records':
      return byteRun(type, flexible, nullable)
    default:
      return fixedCodecs[type]
  }
}

/** Reads the length of a compact string, byte run or array: -1 for null. */
export function readCompactLength(reader: MessageReader): number {
  return reader.in.uvarint() - 1
}

/** Throws the error for a null where the schema allows none. */
export function refuseNull(reader: MessageReader): never {
  throw new RangeError(`Cannot read "${reader.field}": found null where a value is required`)
}

type FixedType = Exclude<PrimitiveType, 'string' | 'bytes' | 'records'>

// The casts are the border between schema and TypeScript types: the interfaces are checked against the tables by a test.
const fixedCodecs: Readonly<Record<FixedType, ValueCodec>> = {
  bool: { minBytes: 1, write: (value, { out }) => out.bool(value as boolean), read: (reader) => reader.in.bool() },
  int8: { minBytes: 1, write: (value, { out }) => out.int8(value as number), read: (reader) => reader.in.int8() },
  int16: { minBytes: 2, write: (value, { out }) => out.int16(value as number), read: (reader) => reader.in.int16() },
  uint16: { minBytes: 2, write: (value, { out }) => out.uint16(value as number), read: (reader) => reader.in.uint16() },
  int32: { minBytes: 4, write: (value, { out }) => out.int32(value as number), read: (reader) => reader.in.int32() },
  uint32: { minBytes: 4, write: (value, { out }) => out.uint32(value as number), read: (reader) => reader.in.uint32() },
  int64: { minBytes: 8, write: (value, { out }) => out.int64(value as number), read: (reader) => reader.in.int64() },
  float64: { minBytes: 8, write: (value, { out }) => out.float64(value as number), read: (reader) => reader.in.float64() },
  uuid: { minBytes: 16, write: (value, { out }) => writeUuid(out, value as string), read: (reader) => readUuid(reader.in) },
}

function compactString(nullable: boolean): ValueCodec {
  return {
    minBytes: 1,
    write: (value, { out }) => {
      if (value === null && nullable) {
        out.uvarint(0)
        return
      }
      const text = value as string
      out.uvarint(Buffer.byteLength(text) + 1)
      out.utf8(text)
    },
    read: (reader) => {
      const length = readCompactLength(reader)
      if (length < 0) return nullable ? null : refuseNull(reader)
      return reader.in.utf8(length)
    },
  }
}

function plainString(nullable: boolean): ValueCodec {
  return {
    minBytes: 2,
    write: (value, { out }) => {
      if (value === null && nullable) {
        out.int16(-1)
        return
      }
      const text = value as string
      const length = Buffer.byteLength(text)
      if (length > INT16_LENGTH_MAX) throw new RangeError(`the string has ${length} bytes, ${INT16_LENGTH_MAX} are allowed`)
      out.int16(length)
      out.utf8(text)
    },
    read: (reader) => {
      const length = reader.in.int16()
      if (length < 0) return nullable ? null : refuseNull(reader)
      return reader.in.utf8(length)
    },
  }
}

function byteRun(type: 'bytes' | 'records', flexible: boolean, nullable: boolean): ValueCodec {
  return {
    minBytes: flexible ? 1 : 4,
    write: (value, writer) => {
      const { out } = writer
      if (value === null && nullable) {
        if (flexible) out.uvarint(0)
        else out.int32(-1)
        return
      }
      const bytes = value as Buffer
      if (flexible) out.uvarint(bytes.length + 1)
      else out.int32(bytes.length)
      if (type === 'records') writer.records(bytes)
      else out.bytes(bytes)
    },
    read: (reader) => {
      const length = flexible ? readCompactLength(reader) : reader.in.int32()
      if (length < 0) return nullable ? null : refuseNull(reader)
      return type === 'records' ? reader.records(length) : reader.in.slice(length)
    },
  }
}
