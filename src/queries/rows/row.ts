import { BytesReader } from '../../base/bytes-reader.ts'
import { BytesWriter } from '../../base/bytes-writer.ts'

/** A row as it goes from one instance to another: bytes as the serdes of the store make them. */
export interface Row {
  readonly key: Uint8Array
  readonly value: Uint8Array
  /** -1: rows of this store have none. */
  readonly timestamp: number
  /** Of windows and sessions their start, of a version the time from which it holds; else -1. */
  readonly start: number
  /** Of windows and sessions their end, of a version that has ended the time of the next; else -1. */
  readonly end: number
  /** Only of stores that show them. */
  readonly headers: readonly (readonly [key: string, value: Uint8Array | null])[]
}

/** Rows of one partition, and how to ask for those that follow. */
export interface RowsPage {
  readonly rows: readonly Row[]
  /** `null`: there are no more. */
  readonly next: string | null
}

const FORMAT_VERSION = 0
// Rows of another version, and more than anybody sends, are refused.
const ROWS_MAX = 1_000_000

/**
 * Rows as bytes, numbers big-endian: int8 version 0, int32 count; of each row int64 timestamp, start and end, then key, value and headers:
 * int32 length and bytes of key and value, int32 count of the headers, of each int32 length and bytes of key (UTF-8) and value (-1: absent).
 */
export function encodeRows(rows: readonly Row[]): Buffer {
  const writer = new BytesWriter()
  writer.int8(FORMAT_VERSION)
  writer.int32(rows.length)
  for (const { key, value, timestamp, start, end, headers } of rows) {
    writer.int64(timestamp)
    writer.int64(start)
    writer.int64(end)
    writeBytes(writer, key)
    writeBytes(writer, value)
    writer.int32(headers.length)
    for (const [name, content] of headers) {
      writeBytes(writer, Buffer.from(name))
      if (content === null) writer.int32(-1)
      else writeBytes(writer, content)
    }
  }
  return writer.copy()
}

/** What `encodeRows` wrote. Throws `RangeError` for anything else. */
export function decodeRows(bytes: Buffer): readonly Row[] {
  const reader = new BytesReader(bytes)
  try {
    const version = reader.int8()
    if (version !== FORMAT_VERSION) throw new RangeError(`their format has version ${version}, this is ${FORMAT_VERSION}`)
    return Array.from({ length: countIn(reader) }, () => readRow(reader))
  } catch (cause) {
    throw new RangeError(`Cannot read the rows that an instance sent: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

function readRow(reader: BytesReader): Row {
  const timestamp = reader.int64()
  const start = reader.int64()
  const end = reader.int64()
  const key = readBytes(reader)
  const value = readBytes(reader)
  const headers = Array.from({ length: countIn(reader) }, () => {
    const name = readBytes(reader).toString()
    const length = reader.int32()
    return [name, length < 0 ? null : reader.slice(length)] as const
  })
  return { key, value, timestamp, start, end, headers }
}

function countIn(reader: BytesReader): number {
  const count = reader.int32()
  if (count < 0 || count > ROWS_MAX) throw new RangeError(`a count is ${count}`)
  return count
}

function writeBytes(writer: BytesWriter, bytes: Uint8Array): void {
  writer.int32(bytes.length)
  writer.bytes(bytes)
}

function readBytes(reader: BytesReader): Buffer {
  return Buffer.from(reader.slice(reader.int32()))
}
