import type { BytesWriter } from '../../base/bytes-writer.ts'
import { readInt64, writeInt64 } from '../../base/int64.ts'
import type { ByteSlice } from '../byte-slice.ts'
import { type KeyRange, prefixRange } from '../key-range.ts'

// Rows of a buffer of changes: 0x00, int64 buffer time and key -> the buffered change; 0x01 and key -> int64 buffer time and int64 bytes
// as Java counts them. The first kind is the order in which changes leave, the second finds the change of a key.

const CHANGE = 0x00
const PLACE = 0x01
const TIME_BYTES = 8
/** Bytes before the key in the key of a change's row. */
export const CHANGE_PREFIX_BYTES: number = 1 + TIME_BYTES
/** Bytes before the key in the key of a place's row. */
export const PLACE_PREFIX_BYTES = 1
const PLACE_BYTES = 16

/** The rows of all changes, in the order in which they leave. */
export const changeRows: KeyRange = prefixRange(Buffer.of(CHANGE))
/** The rows of the changes with buffer time `time` or a later one. */
export function changeRowsFrom(time: number): KeyRange {
  const from = Buffer.allocUnsafe(CHANGE_PREFIX_BYTES)
  from[0] = CHANGE
  writeInt64(from, 1, time)
  return { ...changeRows, from }
}
/** The rows of all places. */
export const placeRows: KeyRange = prefixRange(Buffer.of(PLACE))

/** Whether a row tells the place of a key. */
export function isPlaceRow({ buffer, start }: ByteSlice): boolean {
  return buffer[start] === PLACE
}

/** Sets `into` to the key of the row with the change of `key` at `time`. */
export function writeChangeKey(time: number, key: ByteSlice, out: BytesWriter, into: ByteSlice): void {
  out.reset()
  out.uint8(CHANGE)
  out.int64(time)
  out.range(key.buffer, key.start, key.end)
  into.set(out.buffer, 0, out.position)
}

/** Sets `into` to the key of the row with the place of `key`. */
export function writePlaceKey(key: ByteSlice, out: BytesWriter, into: ByteSlice): void {
  out.reset()
  out.uint8(PLACE)
  out.range(key.buffer, key.start, key.end)
  into.set(out.buffer, 0, out.position)
}

/** The buffer time in the key of a change's row. */
export function timeInChangeKey({ buffer, start }: ByteSlice): number {
  return readInt64(buffer, start + 1)
}

/** Sets `into`, which has room, to the value of a place's row. */
export function writePlace(time: number, byteSize: number, into: ByteSlice): void {
  writeInt64(into.buffer, 0, time)
  writeInt64(into.buffer, TIME_BYTES, byteSize)
}

/** A slice that a place can be written to. */
export function placeBuffer(): Buffer {
  return Buffer.alloc(PLACE_BYTES)
}

/** The buffer time of a place. */
export function timeInPlace({ buffer, start }: ByteSlice): number {
  return readInt64(buffer, start)
}

/** The bytes that Java counts for the change at a place. */
export function byteSizeInPlace({ buffer, start }: ByteSlice): number {
  return readInt64(buffer, start + TIME_BYTES)
}
