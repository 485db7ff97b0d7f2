import { SerdeError } from '../../base/errors.ts'
import { readInt64, writeInt64 } from '../../base/int64.ts'
import type { Windowed } from '../../model/windowed.ts'
import type { FastSerde } from '../../serdes/fast-serde.ts'
import { invalidBytes } from '../../serdes/invalid-value.ts'
import type { ByteSlice } from '../byte-slice.ts'
import type { KeyRange } from '../key-range.ts'
import { SEGMENT_BYTES } from '../windows/window-key.ts'
import { segmentOfEnd, type SessionLayout } from './session-layout.ts'

// A row's key: int64 segment of the end, then the key of Java's store and changelog: key bytes, int64 end, int64 start (P§3.8). In an index
// by end there is a second row for each: 0xff, int64 end, int64 start, key bytes, without a value. Segments are not negative, so that index
// rows come last.

const TIME_BYTES = 8
/** Bytes behind the key. */
export const SESSION_SUFFIX_BYTES: number = 2 * TIME_BYTES
const ROW_EXTRA_BYTES = SEGMENT_BYTES + SESSION_SUFFIX_BYTES
const INDEX_MARK = 0xff

/** The rows of sessions, without those of the index. */
export const allSessions: KeyRange = { from: null, to: Buffer.from([INDEX_MARK]), includesTo: false }

/** Writes and reads the keys of a session store's rows. */
export function sessionKeySerde<K>(inner: FastSerde<K>, layout: SessionLayout): FastSerde<Windowed<K>> {
  const { identity, estimate } = inner
  return {
    read: (bytes, start, end, context) => {
      if (end - start < ROW_EXTRA_BYTES) throw invalidBytes('key of a session store', `${end - start} bytes`, `at least ${ROW_EXTRA_BYTES}`)
      const suffix = end - SESSION_SUFFIX_BYTES
      const window = { start: readInt64(bytes, suffix + TIME_BYTES), end: readInt64(bytes, suffix) }
      return { key: inner.read(bytes, start + SEGMENT_BYTES, suffix, context), window }
    },
    nullable: false,
    write: ({ key, window }, out, context) => {
      out.ensure(SEGMENT_BYTES)
      writeInt64(out.buffer, out.position, segmentOfEnd(layout, window.end))
      out.position += SEGMENT_BYTES
      inner.write(key, out, context)
      out.ensure(SESSION_SUFFIX_BYTES)
      writeInt64(out.buffer, out.position, window.end)
      writeInt64(out.buffer, out.position + TIME_BYTES, window.start)
      out.position += SESSION_SUFFIX_BYTES
    },
    windowBytes: SESSION_SUFFIX_BYTES,
    immutable: inner.immutable,
    // The times come last and are free of '@', so that no key can look like another key with its session.
    identity: identity === null ? null : ({ key, window }) => `${identity(key)}@${window.end},${window.start}`,
    estimate: estimate === null ? null : ({ key }) => estimate(key) + ROW_EXTRA_BYTES,
  }
}

/** The key of the row that a changelog record is about. Throws `SerdeError` `BYTES_INVALID` for a key of too few bytes. */
export function sessionRowKeyOf(layout: SessionLayout, changelogKey: Buffer): Buffer {
  if (changelogKey.length < SESSION_SUFFIX_BYTES) {
    throw new SerdeError(
      'BYTES_INVALID',
      `Cannot restore a session store: a key of its changelog has ${changelogKey.length} bytes, required are at least ${SESSION_SUFFIX_BYTES}`,
    )
  }
  const rowKey = Buffer.allocUnsafeSlow(SEGMENT_BYTES + changelogKey.length)
  changelogKey.copy(rowKey, SEGMENT_BYTES)
  writeInt64(rowKey, 0, segmentOfEnd(layout, readInt64(changelogKey, changelogKey.length - SESSION_SUFFIX_BYTES)))
  return rowKey
}

/** The end of the session of a row. */
export function endIn({ buffer, end }: ByteSlice): number {
  return readInt64(buffer, end - SESSION_SUFFIX_BYTES)
}

/** The start of the session of a row. */
export function sessionStartIn({ buffer, end }: ByteSlice): number {
  return readInt64(buffer, end - TIME_BYTES)
}

/** Negative, zero or positive as the key of a row comes before, equals or comes after `key`. */
export function compareSessionKeyIn(row: ByteSlice, key: Buffer): number {
  return row.buffer.compare(key, 0, key.length, row.start + SEGMENT_BYTES, row.end - SESSION_SUFFIX_BYTES)
}

/** The key of the row of a session. */
export function sessionRow(segment: number, key: Buffer, start: number, end: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(key.length + ROW_EXTRA_BYTES)
  writeInt64(bytes, 0, segment)
  key.copy(bytes, SEGMENT_BYTES)
  writeInt64(bytes, SEGMENT_BYTES + key.length, end)
  writeInt64(bytes, SEGMENT_BYTES + key.length + TIME_BYTES, start)
  return bytes
}

/** Sets `into` to the key of the index row of the row `key`, in `scratch` if it is long enough. Returns the buffer that was used. */
export function setIndexKey(key: ByteSlice, into: ByteSlice, scratch: Buffer): Buffer {
  const keyEnd = key.end - SESSION_SUFFIX_BYTES
  const length = key.length - SEGMENT_BYTES + 1
  const bytes = length <= scratch.length ? scratch : Buffer.allocUnsafeSlow(length * 2)
  bytes[0] = INDEX_MARK
  key.buffer.copy(bytes, 1, keyEnd, key.end)
  key.buffer.copy(bytes, 1 + SESSION_SUFFIX_BYTES, key.start + SEGMENT_BYTES, keyEnd)
  into.set(bytes, 0, length)
  return bytes
}

/** The key of the row that an index row stands for. */
export function indexedRow(layout: SessionLayout, { buffer, start, end }: ByteSlice): Buffer {
  const sessionEnd = readInt64(buffer, start + 1)
  const key = buffer.subarray(start + 1 + SESSION_SUFFIX_BYTES, end)
  return sessionRow(segmentOfEnd(layout, sessionEnd), key, readInt64(buffer, start + 1 + TIME_BYTES), sessionEnd)
}

/** The key below which the sessions are that end before `end`, where a segment begins. */
export function sessionsStart(layout: SessionLayout, end: number): Buffer {
  const key = Buffer.allocUnsafeSlow(SEGMENT_BYTES)
  writeInt64(key, 0, segmentOfEnd(layout, end))
  return key
}

/** The index rows of sessions that end before `end`. */
export function indexBefore(end: number): KeyRange {
  return { from: Buffer.from([INDEX_MARK]), to: indexFrom(end), includesTo: false }
}

/** The sessions of the segment of `end` and of all later ones. */
export function sessionsFrom(layout: SessionLayout, end: number): KeyRange {
  const from = Buffer.allocUnsafeSlow(SEGMENT_BYTES)
  writeInt64(from, 0, segmentOfEnd(layout, end))
  return { ...allSessions, from }
}

/** Where the index rows of sessions that end at `end` or later begin. */
export function indexFrom(end: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(1 + TIME_BYTES)
  bytes[0] = INDEX_MARK
  writeInt64(bytes, 1, end)
  return bytes
}
