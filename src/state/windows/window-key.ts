import { SerdeError } from '../../base/errors.ts'
import { readInt64, writeInt64 } from '../../base/int64.ts'
import type { Windowed } from '../../model/windowed.ts'
import type { FastSerde } from '../../serdes/fast-serde.ts'
import { invalidBytes } from '../../serdes/invalid-value.ts'
import { type ByteSlice, compareTo } from '../byte-slice.ts'
import { segmentOf, type WindowLayout } from './window-layout.ts'

// A row's key: int64 segment, then the key of Java's store and changelog: key bytes, int64 start, int32 sequence number (P§3.8). With the
// segment in front the rows are in the order in which Java's iterators give them.

/** Bytes of the segment: they are not part of the changelog's keys. */
export const SEGMENT_BYTES = 8
const START_BYTES = 8
const SEQUENCE_BYTES = 4
/** Bytes behind the key. */
export const WINDOW_SUFFIX_BYTES: number = START_BYTES + SEQUENCE_BYTES
const ROW_EXTRA_BYTES = SEGMENT_BYTES + WINDOW_SUFFIX_BYTES
/** The byte with which Java marks the keys of time-ordered stores: only the size of cache entries shows it. */
const ORDER_MARK_BYTES = 1
const SEQUENCE_MAX = 0x7fff_ffff

/** Writes and reads the keys of a window store's rows. `numbering` has the sequence number to write, 0 in a store without duplicates. */
export function windowKeySerde<K>(
  inner: FastSerde<K>,
  layout: WindowLayout,
  numbering: { readonly writtenSequence: number },
): FastSerde<Windowed<K>> {
  const { identity, estimate } = inner
  let lastStart = -1
  let startText = ''
  const estimatedExtra = layout.timeOrdered === 'no' ? ROW_EXTRA_BYTES : ROW_EXTRA_BYTES + ORDER_MARK_BYTES
  return {
    read: (bytes, start, end, context) => {
      if (end - start < ROW_EXTRA_BYTES) throw invalidBytes('key of a window store', `${end - start} bytes`, `at least ${ROW_EXTRA_BYTES}`)
      const windowStart = readInt64(bytes, end - WINDOW_SUFFIX_BYTES)
      return {
        key: inner.read(bytes, start + SEGMENT_BYTES, end - WINDOW_SUFFIX_BYTES, context),
        window: { start: windowStart, end: windowStart + layout.sizeMs },
      }
    },
    nullable: false,
    write: (windowed, out, context) => {
      const { start } = windowed.window
      out.ensure(SEGMENT_BYTES)
      writeInt64(out.buffer, out.position, segmentOf(layout, start))
      out.position += SEGMENT_BYTES
      inner.write(windowed.key, out, context)
      out.ensure(WINDOW_SUFFIX_BYTES)
      writeInt64(out.buffer, out.position, start)
      out.buffer.writeInt32BE(numbering.writtenSequence, out.position + START_BYTES)
      out.position += WINDOW_SUFFIX_BYTES
    },
    windowBytes: WINDOW_SUFFIX_BYTES,
    // With duplicates the same object is written with another number each time.
    immutable: inner.immutable && !layout.retainsDuplicates,
    // The start comes last and is free of '@', so that no key can look like another key with its window.
    identity:
      identity === null
        ? null
        : ({ key, window: { start } }) => {
            // One window has many keys, and a number of that size takes long to become text.
            if (start !== lastStart) startText = `@${(lastStart = start)}`
            return identity(key) + startText
          },
    estimate: estimate === null ? null : (windowed) => estimate(windowed.key) + estimatedExtra,
  }
}

/** The key of the row that a changelog record is about. Throws `SerdeError` `BYTES_INVALID` for a key of too few bytes. */
export function rowKeyOf(layout: WindowLayout, changelogKey: Buffer): Buffer {
  if (changelogKey.length < WINDOW_SUFFIX_BYTES) {
    throw new SerdeError(
      'BYTES_INVALID',
      `Cannot restore a window store: a key of its changelog has ${changelogKey.length} bytes, required are at least ${WINDOW_SUFFIX_BYTES}`,
    )
  }
  const rowKey = Buffer.allocUnsafeSlow(SEGMENT_BYTES + changelogKey.length)
  changelogKey.copy(rowKey, SEGMENT_BYTES)
  writeInt64(rowKey, 0, segmentOf(layout, readInt64(changelogKey, changelogKey.length - WINDOW_SUFFIX_BYTES)))
  return rowKey
}

/** The start of the window of a row. */
export function startIn({ buffer, end }: ByteSlice): number {
  return readInt64(buffer, end - WINDOW_SUFFIX_BYTES)
}

/** The sequence number of a row. */
export function sequenceIn({ buffer, end }: ByteSlice): number {
  return buffer.readInt32BE(end - SEQUENCE_BYTES)
}

/** Where the key lies in the key of a row: from `start + KEY_AT` to `end - WINDOW_SUFFIX_BYTES`. */
export const KEY_AT: number = SEGMENT_BYTES

/** The segment of a row. */
export function segmentIn({ buffer, start }: ByteSlice): number {
  return readInt64(buffer, start)
}

/** Negative, zero or positive as the key of a row comes before, equals or comes after `key`. */
export function compareKeyIn(row: ByteSlice, key: Buffer): number {
  return row.buffer.compare(key, 0, key.length, row.start + SEGMENT_BYTES, row.end - WINDOW_SUFFIX_BYTES)
}

/** The order of rows by the starts of their windows, then by their keys. */
export function compareTimes(left: ByteSlice, right: ByteSlice): number {
  const { buffer, start, end } = right
  return startIn(left) - startIn(right) || left.buffer.compare(buffer, start + SEGMENT_BYTES, end, left.start + SEGMENT_BYTES, left.end)
}

/** As `compareKeyIn`, for a key somewhere in a buffer. */
export function compareKeyTo(row: ByteSlice, key: ByteSlice): number {
  // Most rows that a walk comes by are of other keys, which a loop sees at once: a native call costs more.
  return -compareTo(key, row.buffer, row.start + SEGMENT_BYTES, row.end - WINDOW_SUFFIX_BYTES)
}

/** Where the rows of `segment` begin. */
export function segmentStart(segment: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(SEGMENT_BYTES)
  writeInt64(bytes, 0, segment)
  return bytes
}

/** The first row of `key` in `segment` with a window from `start` on. */
export function firstRow(segment: number, key: Buffer, start: number): Buffer {
  return row(segment, key, start, 0)
}

/** The last row of `key` in `segment` with a window up to `start`. */
export function lastRow(segment: number, key: Buffer, start: number): Buffer {
  return row(segment, key, start, SEQUENCE_MAX)
}

/** A row with a key of `keyBytes` bytes, to be written from `KEY_AT` on, and a place that is to be set: see `setFirst` and `setLast`. */
export function rowTemplate(keyBytes: number): Buffer {
  return Buffer.allocUnsafeSlow(keyBytes + ROW_EXTRA_BYTES)
}

/** Makes `target` what `firstRow` gives for its key. */
export function setFirst(target: Buffer, segment: number, start: number): void {
  setPlace(target, segment, start, 0)
}

/** Makes `target` what `lastRow` gives for its key. */
export function setLast(target: Buffer, segment: number, start: number): void {
  setPlace(target, segment, start, SEQUENCE_MAX)
}

function row(segment: number, key: Buffer, start: number, sequence: number): Buffer {
  const bytes = rowTemplate(key.length)
  key.copy(bytes, SEGMENT_BYTES)
  setPlace(bytes, segment, start, sequence)
  return bytes
}

function setPlace(target: Buffer, segment: number, start: number, sequence: number): void {
  writeInt64(target, 0, segment)
  writeInt64(target, target.length - WINDOW_SUFFIX_BYTES, start)
  target.writeInt32BE(sequence, target.length - SEQUENCE_BYTES)
}
