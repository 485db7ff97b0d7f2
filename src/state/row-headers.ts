import { headersIn, headersSize, type RecordHeaders, writeHeaders } from '../record/record-headers.ts'
import { signedVarintSize, writeSignedVarint } from '../record/varint.ts'

// The headers in front of a row of the format `headers` (P§6.3): their length as a varint, then as in a record their number, keys and values.
// No headers are a length of 0 and nothing else.

/** Bytes of the headers at `start` of a row, with their length. */
export function rowHeadersBytes(buffer: Buffer, start: number): number {
  if (buffer[start] === 0) return 1
  const length = readVarint(buffer, start)
  return signedVarintSize(length) + length
}

/** The headers at `start` of a row; `null` = none. */
export function readRowHeaders(buffer: Buffer, start: number): RecordHeaders | null {
  if (buffer[start] === 0) return null
  const length = readVarint(buffer, start)
  const countStart = start + signedVarintSize(length)
  const headerCount = readVarint(buffer, countStart)
  const headersStart = countStart + signedVarintSize(headerCount)
  return headersIn({ buffer, headersStart, headersEnd: countStart + length, headerCount })
}

/** What `writeRowHeaders` writes. */
export function rowHeadersSize(headers: RecordHeaders | null): number {
  const length = lengthOf(headers)
  return signedVarintSize(length) + length
}

/** Writes headers with their length at `position` of `target`, which has room. Returns the position after them. */
export function writeRowHeaders(headers: RecordHeaders | null, target: Buffer, position: number): number {
  const length = lengthOf(headers)
  const start = writeSignedVarint(target, position, length)
  return length === 0 ? start : writeHeaders(headers, target, start)
}

function lengthOf(headers: RecordHeaders | null): number {
  const bytes = headersSize(headers)
  // One byte is the number of headers, 0.
  return bytes === 1 ? 0 : bytes
}

function readVarint(buffer: Buffer, start: number): number {
  let raw = 0
  for (let shift = 0, at = start; ; shift += 7, at++) {
    const byte = buffer[at]!
    raw |= (byte & 0x7f) << shift
    if (byte < 0x80) return (raw >>> 1) ^ -(raw & 1)
  }
}
