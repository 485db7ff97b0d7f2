import { assert } from '../../base/assert.ts'
import { readInt64, writeInt64 } from '../../base/int64.ts'
import { ByteSlice } from '../byte-slice.ts'

// The versions of a key that ended within one segment, in one row (P§6.5): the end of the newest, the start of the oldest, then of each
// version, newest first, its start and the length of its value (-1: there was none); then the values, newest last.
const TIME_BYTES = 8
const HEADER_BYTES = 2 * TIME_BYTES
const ENTRY_BYTES = TIME_BYTES + 4
const NO_VALUE = -1

/** A version in a row, as `findVersion` finds it. `validFrom` is its start, `validTo` its end. */
export class FoundVersion {
  /** Its place among the versions, newest first. */
  index = 0
  validFrom = 0
  validTo = 0
  /** Bytes of the values from its own to the newest. */
  valuesBytes = 0
  /** -1: there was no value. */
  valueBytes: number = NO_VALUE
}

/** The end of the newest version. */
export function endOf(row: ByteSlice): number {
  return readInt64(row.buffer, row.start)
}

/** The start of the oldest version. */
export function startOf(row: ByteSlice): number {
  return readInt64(row.buffer, row.start + TIME_BYTES)
}

/** A row with one version. */
export function rowOf(value: ByteSlice | null, validFrom: number, validTo: number): Buffer {
  const row = Buffer.allocUnsafeSlow(HEADER_BYTES + ENTRY_BYTES + lengthOf(value))
  writeInt64(row, 0, validTo)
  writeInt64(row, TIME_BYTES, validFrom)
  writeEntry(row, HEADER_BYTES, validFrom, value)
  value?.buffer.copy(row, HEADER_BYTES + ENTRY_BYTES, value.start, value.end)
  return row
}

/** Finds the version that held at `timestamp`, which is at the start of the oldest or later, and before the end of the newest. */
export function findVersion({ buffer, start, end }: ByteSlice, timestamp: number, found: FoundVersion): void {
  found.validTo = readInt64(buffer, start)
  found.index = 0
  found.valuesBytes = 0
  for (let entry = start + HEADER_BYTES; entry < end; entry += ENTRY_BYTES) {
    found.validFrom = readInt64(buffer, entry)
    found.valueBytes = buffer.readInt32BE(entry + TIME_BYTES)
    found.valuesBytes += Math.max(found.valueBytes, 0)
    if (found.validFrom <= timestamp) return
    found.validTo = found.validFrom
    found.index++
  }
  assert(false, 'A row has the version that held at a time between its ends')
}

/** Sets `into` to the value of a version that has one. */
export function readVersion({ buffer, end }: ByteSlice, { valuesBytes, valueBytes }: FoundVersion, into: ByteSlice): void {
  into.set(buffer, end - valuesBytes, end - valuesBytes + valueBytes)
}

/** Takes each version of `row` that has a value, newest first; the slice is valid during the call. */
export function forEachVersion(row: ByteSlice, take: (value: ByteSlice, validFrom: number, validTo: number) => void): void {
  const { buffer, start, end } = row
  const oldest = startOf(row)
  const value = new ByteSlice()
  let validTo = endOf(row)
  let valueAt = end
  for (let entry = start + HEADER_BYTES; entry < end; entry += ENTRY_BYTES) {
    const validFrom = readInt64(buffer, entry)
    const valueBytes = buffer.readInt32BE(entry + TIME_BYTES)
    if (valueBytes >= 0) {
      valueAt -= valueBytes
      value.set(buffer, valueAt, valueAt + valueBytes)
      take(value, validFrom, validTo)
    }
    if (validFrom === oldest) return
    validTo = validFrom
  }
}

/** `row` with a version more, which is newer than the one that was found and ends where that ended. */
export function withNewer(row: ByteSlice, found: FoundVersion, timestamp: number, value: ByteSlice | null): Buffer {
  const valuesAfter = found.valuesBytes - Math.max(found.valueBytes, 0)
  return inserted(row, { index: found.index, valuesAfter, timestamp, value })
}

/** `row` with another start and value in place of those of the version that was found. */
export function withReplaced(row: ByteSlice, found: FoundVersion, timestamp: number, value: ByteSlice | null): Buffer {
  const { buffer, start, end } = row
  const entry = HEADER_BYTES + found.index * ENTRY_BYTES
  const oldBytes = Math.max(found.valueBytes, 0)
  const changed = Buffer.allocUnsafeSlow(end - start - oldBytes + lengthOf(value))
  const valueAt = end - found.valuesBytes
  buffer.copy(changed, 0, start, valueAt)
  writeEntry(changed, entry, timestamp, value)
  value?.buffer.copy(changed, valueAt - start, value.start, value.end)
  buffer.copy(changed, valueAt - start + lengthOf(value), valueAt + oldBytes, end)
  if (found.validFrom === startOf(row)) writeInt64(changed, TIME_BYTES, timestamp)
  return changed
}

/** `row` with a version more, older than all. It ends where the oldest starts. */
export function withOldest(row: ByteSlice, timestamp: number, value: ByteSlice | null): Buffer {
  if (isEmpty(row)) return rowOf(value, timestamp, endOf(row))
  const oldest = new FoundVersion()
  findVersion(row, startOf(row), oldest)
  const changed = inserted(row, { index: oldest.index + 1, valuesAfter: oldest.valuesBytes, timestamp, value })
  writeInt64(changed, TIME_BYTES, timestamp)
  return changed
}

/** `row` with a version more, newer than all; where it does not start at their end, there was no value in between. */
export function withNewest(row: ByteSlice, value: ByteSlice | null, validFrom: number, validTo: number): Buffer {
  const end = endOf(row)
  // Java reconciles here what a crash between its two writes left; our rows are committed together.
  assert(end <= validFrom, 'The versions in a row have ended when a newer one starts')
  if (isEmpty(row) && end === validFrom) return rowOf(value, validFrom, validTo)
  let changed = row
  if (end < validFrom) changed = new ByteSlice(isEmpty(row) ? rowOf(null, end, validFrom) : newest(row, end, null))
  const result = newest(changed, validFrom, value)
  writeInt64(result, 0, validTo)
  return result
}

/** A row of a key that was deleted when it had no version: it has one version of no length, without a value. */
function isEmpty(row: ByteSlice): boolean {
  return endOf(row) === startOf(row)
}

function newest(row: ByteSlice, timestamp: number, value: ByteSlice | null): Buffer {
  return inserted(row, { index: 0, valuesAfter: 0, timestamp, value })
}

interface Insertion {
  readonly index: number
  /** Bytes of the values of newer versions. */
  readonly valuesAfter: number
  readonly timestamp: number
  readonly value: ByteSlice | null
}

function inserted({ buffer, start, end }: ByteSlice, { index, valuesAfter, timestamp, value }: Insertion): Buffer {
  const entry = HEADER_BYTES + index * ENTRY_BYTES
  const changed = Buffer.allocUnsafeSlow(end - start + ENTRY_BYTES + lengthOf(value))
  const valueAt = end - valuesAfter
  buffer.copy(changed, 0, start, start + entry)
  writeEntry(changed, entry, timestamp, value)
  buffer.copy(changed, entry + ENTRY_BYTES, start + entry, valueAt)
  const newValueAt = valueAt - start + ENTRY_BYTES
  value?.buffer.copy(changed, newValueAt, value.start, value.end)
  buffer.copy(changed, newValueAt + lengthOf(value), valueAt, end)
  return changed
}

function writeEntry(row: Buffer, at: number, timestamp: number, value: ByteSlice | null): void {
  writeInt64(row, at, timestamp)
  row.writeInt32BE(value === null ? NO_VALUE : value.length, at + TIME_BYTES)
}

function lengthOf(value: ByteSlice | null): number {
  return value === null ? 0 : value.length
}
